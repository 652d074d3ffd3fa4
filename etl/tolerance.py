"""How much of a source may be rejected before the run stops rather than load what is left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from etl.errors import KezekError
from etl.load import Staged, Tally
from etl.load.records import DUPLICATE, Records
from etl.sources import SourceSpec

# Of fewer records one spoilt row is more than a twentieth and four are a fifth: that happens in
# any small file and says nothing of its format.
FEWEST = 20
_TOLD_OF = ["record", "rule", "column", "file", "row"]
_TOLD = 5  # sources in one message, the worst first


def require(
    sources: Sequence[SourceSpec],
    staged: Sequence[Staged],
    orphans: Mapping[str, pd.DataFrame] | None = None,
    *,
    known: Mapping[str, int] | None = None,
) -> None:
    """Raise KezekError where more of a source is rejected than its ``max_rejected`` allows.

    ``staged``: of the same sources in the same order. ``orphans``: by source, what the loader
    rejected beside the contract, once it has been asked. ``known``: by source, the records of files
    that needed no reading, which count on the sound side; of a table of which only changes were
    read nothing is asked, for they may be few and mended ones among them many. Records known from
    an earlier run count, duplicates do not; a source of fewer than ``FEWEST`` records passes.
    """
    none = pd.DataFrame(columns=_TOLD_OF)
    judged = [
        _Judged(
            spec,
            one.records,
            one.rejects,
            (orphans or {}).get(spec.name, none),
            (known or {}).get(spec.name, 0),
        )
        for spec, one in zip(sources, staged, strict=True)
        if one.full or one.unread
    ]
    spoilt = sorted((one for one in judged if one.is_spoilt), key=lambda one: -one.share)
    if spoilt:
        enough = math.ceil(spoilt[0].share * 100) / 100
        told = [one.in_words() for one in spoilt[:_TOLD]]
        told += [f"and so of {len(spoilt) - _TOLD} more"] if len(spoilt) > _TOLD else []
        raise KezekError(
            "The run was stopped and nothing was changed, for too many records would be rejected: "
            f"{'; '.join(told)}. "
            "The format of the export may have changed: correct the source in "
            f"{spoilt[0].spec.declared_in}, or allow it with max_rejected = {enough} there "
            f"or with --max-rejected {enough}."
        )


def require_listed(sources: Sequence[SourceSpec], tallies: Mapping[str, Tally]) -> None:
    """Raise KezekError where more entries of a register have vanished than its ``max_rejected``
    allows: an export that was cut short must not empty the queue."""
    for spec in sources:
        tally = tallies[spec.name]
        known = tally.vanished + tally.unchanged + tally.updated
        if known >= FEWEST and tally.vanished > spec.max_rejected * known:
            raise KezekError(
                f"The run was stopped and nothing was changed: {spec.name} lists {tally.vanished} "
                f"of {known} entries no longer, more than {spec.max_rejected:.1%}. Its export may "
                "be incomplete: fetch it again, or allow it with a larger max_rejected in "
                f"{spec.declared_in} or with --max-rejected."
            )


@dataclass(frozen=True)
class _Judged:
    """A source with what the contract and the loader said of its records."""

    spec: SourceSpec
    records: Records
    rejects: pd.DataFrame
    orphans: pd.DataFrame
    known: int

    @cached_property
    def rejected(self) -> int:
        return len(self.rejects) + len(self.orphans)

    @cached_property
    def counted(self) -> int:
        return self.known + self.records.size - self.records.count(DUPLICATE)

    @property
    def share(self) -> float:
        return self.rejected / self.counted

    @property
    def is_spoilt(self) -> bool:
        return self.counted >= FEWEST and self.share > self.spec.max_rejected

    def in_words(self) -> str:
        """How many, mostly why, and where to look; never what stands there."""
        whole = pd.concat([self.rejects[_TOLD_OF], self.orphans[_TOLD_OF]]).sort_values("record")
        rule = whole["rule"].mode()[0]
        of_rule = whole[whole["rule"] == rule]
        first = of_rule.iloc[0]
        column = f"in the column {first['column']!r}, " if pd.notna(first["column"]) else ""
        return (
            f"{self.rejected} of the {self.counted} of {self.spec.name} ({self.share:.1%}, "
            f"at most {self.spec.max_rejected:.1%} may be), most by the rule {rule} "
            f"({len(of_rule)}: {column}first in {first['file']}:{int(first['row'])})"
        )
