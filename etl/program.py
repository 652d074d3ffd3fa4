"""Which program this is."""

from importlib import metadata


def code_version() -> str:
    """The version of this program."""
    return metadata.version("kezek")
