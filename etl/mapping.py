"""From a source's words to ours: canonical columns, codes for spellings, times in UTC."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl import times
from etl.extract.model import Extract
from etl.regulation.model import Regulation
from etl.sources import Sources, SourceSpec, read_sources
from etl.sources.fields import PREFIXED, fields_of
from etl.words import coded

__all__ = ["Mapped", "SourceSpec", "Sources", "apply", "read_sources"]

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Mapped:
    """One source in canonical words, not judged yet.

    ``fields``: one row a record (RangeIndex), a column per canonical field that the mapping gives:
    ``str``, times as ``datetime64[us]`` naive UTC. ``unparsed``: the same rows, ``bool`` per time
    field: there is a text, but it is no time. ``events``: those that stand inside records, in the
    source's order: ``record`` (int64), ``event_id``, ``step``, ``occurred_at``, ``actor``,
    ``column`` and ``value`` (where the time stood, and its text); null where records hold none.
    """

    spec: SourceSpec
    extract: Extract
    fields: pd.DataFrame
    unparsed: pd.DataFrame
    events: pd.DataFrame | None

    def text_of(self, field: str) -> pd.Series:
        """The source's own words for a canonical field, record by record."""
        column = self.spec.columns.get(field)
        if column is not None:
            return self.extract.records[column]
        return _repeated(self.spec.constants.get(field), len(self.fields))


def apply(spec: SourceSpec, extract: Extract, *, regulation: Regulation) -> Mapped:
    """The records of ``spec`` in canonical words."""
    size = len(extract.place)
    fields: dict[str, pd.Series] = {}
    unparsed: dict[str, pd.Series] = {}
    for name, field in fields_of(spec.entity, regulation).items():
        if not spec.gives(name):
            continue
        words = _words(spec, extract, name, size)
        if field.time:
            native = _native(spec, extract, spec.columns.get(name, ""), np.arange(size))
            fields[name] = _moments(spec, words, native)
            unparsed[name] = words.notna() & fields[name].isna()
        else:
            fields[name] = words
    index = pd.RangeIndex(size)
    return Mapped(
        spec=spec,
        extract=extract,
        fields=pd.DataFrame(fields, index=index),
        unparsed=pd.DataFrame(unparsed, index=index, dtype=bool),
        events=_events(spec, extract),
    )


def _words(spec: SourceSpec, extract: Extract, name: str, size: int) -> pd.Series:
    """One field's words: the source's or a constant, as codes where the mapping knows them."""
    column = spec.columns.get(name)
    words = _repeated(spec.constants.get(name), size) if column is None else extract.records[column]
    if name in spec.values:
        words = coded(words, spec.values[name])
    if name in PREFIXED and spec.key_prefix:
        words = spec.key_prefix + words
    return words


def _repeated(word: str | None, size: int) -> pd.Series:
    return pd.Series(word or None, index=pd.RangeIndex(size), dtype="str")


def _moments(spec: SourceSpec, texts: pd.Series, native: pd.Series) -> pd.Series:
    """The times that a column holds: the source's own dates as they are, its texts parsed."""
    if native.isna().all():
        return times.parse(texts, spec.date_formats, zone=spec.timezone)
    if native.notna().all():
        return native.reset_index(drop=True)
    given = native.reset_index(drop=True)
    parsed = times.parse(texts.where(given.isna()), spec.date_formats, zone=spec.timezone)
    return given.fillna(parsed)


def _events(spec: SourceSpec, extract: Extract) -> pd.DataFrame | None:
    """The events inside the records, those of wide rows and nested ones alike."""
    parts = [_of_steps(spec, extract)] if spec.steps else []
    if spec.events is not None and extract.nested is not None:
        column = f"{spec.events.path}/{spec.events.at}"
        parts.append(_of_nested(spec, extract.nested, column))
    if not parts:
        return None
    whole = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    return whole.sort_values("record", kind="stable", ignore_index=True)


def _of_steps(spec: SourceSpec, extract: Extract) -> pd.DataFrame:
    """Wide rows: a column for each step, blank where it has not happened."""
    rows = {step: np.flatnonzero(extract.records[c].notna()) for step, c in spec.steps.items()}
    counts = [len(found) for found in rows.values()]
    texts = [extract.records[c].take(rows[step]) for step, c in spec.steps.items()]
    native = [_native(spec, extract, c, rows[step]) for step, c in spec.steps.items()]
    words = pd.concat(texts, ignore_index=True)
    nothing = _repeated(None, len(words))
    return pd.DataFrame(
        {
            "record": np.concatenate(list(rows.values())),
            "event_id": nothing,
            "step": _each(list(spec.steps), counts),
            "occurred_at": _moments(spec, words, pd.concat(native)),
            "actor": nothing,
            "column": _each(list(spec.steps.values()), counts),
            "value": words,
        }
    )


def _each(words: list[str], counts: list[int]) -> pd.Series:
    """Each word so many times."""
    return pd.Series(words, dtype="str").repeat(counts).reset_index(drop=True)


def _native(spec: SourceSpec, extract: Extract, column: str, rows: Rows) -> pd.Series:
    """The source's real dates in a column as naive UTC; NaT where it holds texts."""
    native = extract.native.get(column)
    if native is None:
        return pd.Series(pd.NaT, index=pd.RangeIndex(len(rows)), dtype="datetime64[us]")
    return times.to_utc(native.take(rows), zone=spec.timezone)


def _of_nested(spec: SourceSpec, nested: pd.DataFrame, column: str) -> pd.DataFrame:
    steps = nested["step"]
    return pd.DataFrame(
        {
            "record": nested["record"],
            "event_id": spec.key_prefix + nested["event_id"],
            "step": coded(steps, spec.values["step"]) if "step" in spec.values else steps,
            "occurred_at": times.parse(nested["at"], spec.date_formats, zone=spec.timezone),
            "actor": nested["actor"],
            "column": _repeated(column, len(nested)),
            "value": nested["at"],
        }
    )
