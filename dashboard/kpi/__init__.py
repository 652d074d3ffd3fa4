"""Numbers from counts: pure functions over the marts' frames; no database, no screen.

The rows of a frame count ``n`` times. Days are whole local dates; a period holds both its ends.
"""
