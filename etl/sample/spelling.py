"""Codes as clerks spell them: never quite the same way twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from etl.sample.batches import Batch
from etl.sample.days import NEVER
from etl.sample.parameters import CATEGORIES, OUTCOMES
from etl.sample.words import Spellings


def categories(rng: np.random.Generator, batch: Batch, spellings: Spellings) -> list[str]:
    """Each application's category in one of its spellings."""
    drawn = rng.integers(0, 60, len(batch)).tolist()
    words = [spellings[code] for code in CATEGORIES]
    return [
        words[c][k % len(words[c])] for c, k in zip(batch.category.tolist(), drawn, strict=True)
    ]


def results(rng: np.random.Generator, batch: Batch, spellings: Spellings) -> list[str]:
    """Each finished application's result in one of its spellings; blank for open ones."""
    drawn = rng.integers(0, 60, len(batch)).tolist()
    words = [spellings.get(code, ("",)) for code in OUTCOMES]
    finished = (batch.stopped < NEVER).tolist()
    return [
        words[o][k % len(words[o])] if done else ""
        for o, k, done in zip(batch.outcome.tolist(), drawn, finished, strict=True)
    ]


def picked(rng: np.random.Generator, among: Sequence[str], n: int) -> list[str]:
    """``n`` of them, any one as likely as another."""
    return [among[k] for k in rng.integers(0, len(among), n).tolist()]
