"""From the warehouse to the people."""
