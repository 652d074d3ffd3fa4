"""``kezek`` in this process, on an engine that a test prepares."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from dashboard.cli.main import main
from etl import databases
from etl.databases import open_engine


def kezek(*arguments: object) -> None:
    """The command; raises SystemExit, with what it says, where it does not end with 0."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["kezek", *(str(argument) for argument in arguments)])
        try:
            main()
        except SystemExit as end:
            if end.code:
                raise


def prepare_engines(monkeypatch: pytest.MonkeyPatch, prepare: Callable[[Engine], None]) -> None:
    """Let every engine that a command opens be prepared by the test first."""

    def opened(url: str) -> Engine:
        engine = open_engine(url)
        prepare(engine)
        return engine

    monkeypatch.setattr(databases, "open_engine", opened)
