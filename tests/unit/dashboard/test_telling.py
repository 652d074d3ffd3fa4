"""Whether figures of answers may be told, by whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from dashboard.filters import default
from dashboard.measures import telling
from tests.support.regulations import almaty

LEAST = 5
FEW = {"almaly": 2, "auezov": 20, "bostandyk": 20, "medeu": 20}
"""Answers by office; others have none."""


def told(offices: Sequence[str]) -> bool:
    regulation = almaty()
    chosen = default(regulation=regulation, as_of=date(2014, 1, 1))
    basis = SimpleNamespace(
        filter=replace(chosen, service_points=tuple(offices)), regulation=regulation
    )
    return telling._told(FEW, basis, LEAST)


def test_offices_are_those_of_the_regulation() -> None:
    known = {place.code for place in almaty().service_points}
    assert {*FEW, "authority", "portal"} <= known


@pytest.mark.parametrize(
    "offices",
    [
        ["auezov", "bostandyk", "medeu"],
        ["auezov", "bostandyk", "medeu", "authority"],  # as many as have answers, and not the same
        ["auezov", "bostandyk", "medeu", "authority", "portal"],
    ],
)
def test_all_but_the_few_are_not_told_whoever_is_named_beside_them(offices: list[str]) -> None:
    assert not told(offices)


@pytest.mark.parametrize("offices", [[], [*FEW], [*FEW, "portal"]])
def test_all_together_are_told(offices: list[str]) -> None:
    assert told(offices)
