"""The ids of components that callbacks, tests and style sheets name."""

LOCATION = "location"
WINDOW_TITLE = "window-title"
ARRIVED = "arrived"
PROGRESS = "progress"
DRAWN = "drawn"  # what the frame was last drawn for
HEADER = "header"
MAIN = "main"
AGE = "age"
FILTERS = "filters"
FOLLOWED = "followed"  # what the filter that stands is brought to
STANDING = "standing"
CHOSEN = "chosen"  # what the reader chose in it
RESET = "reset"
NOTICES = "notices"
CONTENT = "content"


def filter_control(key: str) -> dict[str, str]:
    """The control of one key of the address's query (``dashboard.filters``)."""
    return {"type": "filter", "key": key}


def chip(key: str) -> dict[str, str]:
    """The chip that says what one part of the filter is set to."""
    return {"type": "chip", "key": key}
