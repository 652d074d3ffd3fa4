"""A city of 3,000 applications, written once for the tests that read it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from etl.sample import write_city
from tests.support.regulations import almaty

AS_OF = date(2013, 12, 31)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the exports."""
    folder = tmp_path_factory.mktemp("city")
    write_city(folder, regulation=almaty(), applications=3000, seed=3, as_of=AS_OF)
    return folder


@pytest.fixture(scope="session")
def told(city: Path) -> dict[str, Any]:
    """``truth.json``."""
    truth: dict[str, Any] = json.loads((city / "truth.json").read_text(encoding="utf-8"))
    return truth
