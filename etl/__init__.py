"""From source systems to the warehouse."""
