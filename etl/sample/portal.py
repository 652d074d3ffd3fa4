"""The gateway's journal: a file a month, the envelopes in the order in which they passed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np

from etl.regulation.model import Regulation
from etl.sample.batches import Batch
from etl.sample.conversation import IDS, Application, Message, conversation
from etl.sample.days import DAY, Days, utc_offset
from etl.sample.defects import Tally
from etl.sample.envelope import JOURNAL, STYLES, Writer
from etl.sample.parameters import CATEGORIES, OUTCOMES
from etl.sample.people import iins, spoilt
from etl.sample.stamps import Stamps

SOURCE: Final = "portal"
_SYNCHRONOUS: Final = 0.2  # of the applications
_UNSIGNED: Final = 7  # one message in so many
_OPENING: Final = '<?xml version="1.0" encoding="UTF-8"?>\n<j:journal xmlns:j="{}" month="{}">\n'
_CLOSING: Final = "</j:journal>\n"

Waiting = tuple[int, int, str]  # minute, order, text


class Gateway:
    """Writes the journal. Messages wait until everything that passed before them is written."""

    def __init__(
        self, folder: Path, stamps: Stamps, tally: Tally, *, days: Days, regulation: Regulation
    ) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True)
        self._stamps = stamps
        self._tally = tally
        self._end = days.end
        offset_of_day = cache(lambda day: utc_offset(regulation, day))
        self._writer = Writer(stamps, lambda minute: offset_of_day(minute // DAY))
        self._waiting: list[Waiting] = []
        self._count = 0
        self._month = ""
        tally.open_source(SOURCE)

    def write(self, rng: np.random.Generator, batch: Batch, queue_numbers: Sequence[str]) -> None:
        """Take a batch's messages: they are written when nothing earlier can come any more."""
        for case in _applications(rng, batch, queue_numbers):
            for message in conversation(case):
                self._take(message, case.how)

    def flush(self, before: int) -> None:
        """Write what passed before that minute."""
        self._waiting.sort()
        ready = bisect_left(self._waiting, (before, 0, ""))
        passed, self._waiting = self._waiting[:ready], self._waiting[ready:]
        for month, messages in groupby(passed, lambda w: self._stamps.iso(w[0])[:7]):
            self._append(month, "".join(text for _, _, text in messages))

    def close(self) -> None:
        """Write the rest; an empty journal where nobody used the portal."""
        self.flush(self._end)
        if not self._month:
            self._append(self._stamps.iso(self._end - 1)[:7], "")
        self._to_file(_CLOSING)

    def _take(self, message: Message, how: int) -> None:
        self._tally.wrote(SOURCE, 1)
        if message.dirt:
            self._tally.planted(SOURCE, message.dirt)
        # a redelivery has the same words: its form follows from the message and the application
        variant = int(message.message_id[-4:], 16)
        style = STYLES[(variant if message.kind == "REQUEST" else how) % len(STYLES)]
        text = self._writer.envelope(message, style, signed=variant % _UNSIGNED > 0)
        self._count += 1
        passed = min(message.minute + message.delay, self._end - 1)
        self._waiting.append((passed, self._count, text))

    def _append(self, month: str, text: str) -> None:
        """Months come in order: the next one closes the one before."""
        if month != self._month:
            if self._month:
                self._to_file(_CLOSING)
            self._month = month
            self._to_file(_OPENING.format(JOURNAL, month))
        self._to_file(text)

    def _to_file(self, text: str) -> None:
        path = self._folder / f"{self._month}.xml"
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)


def _applications(
    rng: np.random.Generator, batch: Batch, queue_numbers: Sequence[str]
) -> Iterator[Application]:
    n = len(batch)
    ids = rng.bytes(16 * IDS * n).hex()
    synchronous = (rng.random(n) < _SYNCHRONOUS).tolist()
    for at, (steps, category, iin, outcome, kind, how) in enumerate(
        zip(
            batch.steps.tolist(),
            batch.category.tolist(),
            iins(rng, n),
            batch.outcome.tolist(),
            batch.kinds,
            rng.integers(0, 1 << 20, n).tolist(),
            strict=True,
        )
    ):
        yield Application(
            steps=steps,
            category=CATEGORIES[category],
            iin=spoilt(iin, how) if kind == "iin_check" else iin,
            outcome=OUTCOMES[outcome],
            queue_number=queue_numbers[at],
            ids=[_uuid(ids, IDS * at + k) for k in range(IDS)],
            synchronous=synchronous[at],
            dirt=kind,
            how=how,
        )


def _uuid(digits: str, at: int) -> str:
    h = digits[32 * at : 32 * at + 32]
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
