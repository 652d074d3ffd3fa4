"""Attributes of HTML that are no names of Python."""

from __future__ import annotations

from typing import Any


def aria(**values: str) -> dict[str, Any]:
    """``aria(label="…", hidden="true")`` as the attributes ``aria-label`` and ``aria-hidden``."""
    return {f"aria-{name}": value for name, value in values.items()}
