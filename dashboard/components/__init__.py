"""Small functions named for what they show; each returns Dash components."""
