"""Frames into figures: pure, without Dash and without SQL."""
