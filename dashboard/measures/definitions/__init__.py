"""The measures in groups: what each is called, what it means and how it comes about."""
