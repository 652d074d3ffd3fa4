"""Whether a source's mapping names fields, steps and codes that there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from typing import Any

from etl.regulation.model import Regulation
from etl.sources.fields import Field, codes_of, fields_of
from etl.words import folded

Table = Mapping[str, Any]

_NO_PLACE = "an IIN is kept nowhere; map another column"
_NESTED = {"path": True, "step": True, "at": True, "event_id": False, "actor": False}  # required?


def mapping_faults(table: Table, regulation: Regulation) -> Iterator[str]:
    """What is wrong with the tables columns, constants, values, steps and events of a source."""
    if table["entity"] == "surveys" and regulation.survey is None:
        yield "entity: the regulation has no survey"
        return
    checks = _Checks(table, regulation)
    yield from checks.names()
    yield from checks.required()
    yield from checks.steps()
    yield from checks.nested()
    yield from checks.constants()
    yield from checks.values()


@dataclass(frozen=True)
class _Checks:
    table: Table
    regulation: Regulation

    def part(self, name: str) -> Table:
        part: Table = self.table.get(name, {})
        return part

    @cached_property
    def fields(self) -> dict[str, Field]:
        return fields_of(self.table["entity"], self.regulation)

    def is_iin(self, column: str) -> bool:
        """Whether it is the column of the IINs, however its name is written."""
        iin = self.part("columns").get("iin")
        return isinstance(iin, str) and folded(column) == folded(iin)

    @property
    def unpivoted(self) -> bool:
        """Whether events stand inside the records."""
        return bool(self.part("steps") or self.part("events"))

    def names(self) -> Iterator[str]:
        columns = self.part("columns")
        for where in ("columns", "constants"):
            for name in self.part(where).keys() - self.fields.keys():
                yield f"{where}.{name}: unknown field; known are {', '.join(self.fields)}"
        for name in columns.keys() & self.part("constants").keys():
            yield f"constants.{name}: columns says it too; keep one of the two"
        for name, column in columns.items():
            if not _is_name(column):
                yield f"columns.{name}: must be the name of a column"
            elif name != "iin" and self.is_iin(column):
                yield f"columns.{name}: {_NO_PLACE}"

    def required(self) -> Iterator[str]:
        given = self.part("columns").keys() | self.part("constants").keys()
        spared = {"step", "occurred_at"} if self.unpivoted else set()
        for field in self.fields.values():
            if field.required and field.name not in given | spared:
                entity = self.table["entity"]
                yield f"columns.{field.name}: is missing; a source of {entity} must give it"

    def steps(self) -> Iterator[str]:
        if self.unpivoted and self.table["entity"] not in {"cases", "events"}:
            yield f"steps: a source of {self.table['entity']} has none; take it out"
        for code, column in self.part("steps").items():
            if code not in self.regulation.steps:
                yield f"steps.{code}: the regulation has no such step"
            if not _is_name(column):
                yield f"steps.{code}: must be the name of a column"
            elif self.is_iin(column):
                yield f"steps.{code}: {_NO_PLACE}"

    def nested(self) -> Iterator[str]:
        events = self.part("events")
        if not events:
            return
        if self.table["kind"] not in {"json", "xml", "gateway"}:
            yield f"events: a {self.table['kind']} record holds no others; use steps"
        for key, path in events.items():
            if key not in _NESTED:
                yield f"events.{key}: unknown key; known are {', '.join(_NESTED)}"
            elif not _is_name(path):
                yield f"events.{key}: must be a path"
        for key, required in _NESTED.items():
            if required and key not in events:
                yield f"events.{key}: is missing"

    def constants(self) -> Iterator[str]:
        for name, value in self.part("constants").items():
            if name in self.fields:
                yield from self.allowed(f"constants.{name}", value, self.fields[name])

    def values(self) -> Iterator[str]:
        known = dict(self.fields)
        if self.unpivoted:
            known["step"] = Field("step", codes="steps")
        for name, words in self.part("values").items():
            if name not in known:
                yield f"values.{name}: unknown field; known are {', '.join(known)}"
            elif not isinstance(words, dict):
                yield f"values.{name}: must be a table of spellings and codes"
            else:
                yield from self.spellings(words, known[name])

    def spellings(self, words: Table, field: Field) -> Iterator[str]:
        meanings: dict[str, object] = {}
        for word, code in words.items():
            where = f"values.{field.name}.{word!r}"
            if meanings.setdefault(folded(word), code) != code:
                yield f"{where}: it is there twice, with different codes"
            yield from self.allowed(where, code, field)

    def allowed(self, where: str, value: object, field: Field) -> Iterator[str]:
        if not isinstance(value, str | int | date | time) or isinstance(value, bool):
            yield f"{where}: must be a text or a number"
            return
        codes = codes_of(field, self.regulation)
        if codes is not None and str(value) and str(value) not in codes:
            yield (
                f"{where}: the regulation has no {value!r} among its {field.codes}; "
                f"it has {', '.join(sorted(codes))}"
            )


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
