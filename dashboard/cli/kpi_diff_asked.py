"""What the options of ``kezek kpi diff`` ask to be compared, or one sentence saying why nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import typer
from sqlalchemy import Engine

from dashboard import queries
from dashboard.cli.kpi_asked import default_as_of, filter_of, known_at, regulation_of, to_json
from dashboard.cli.warehouse import NothingLoadedError
from dashboard.filters import Filter
from dashboard.measures import Moment
from dashboard.queries import Known
from etl.regulation.model import Regulation


@dataclass(frozen=True, kw_only=True)
class Options:
    """As they were given. ``asked``, ``codes``: as for ``kpi_asked.filter_of``."""

    known_at: str | None
    and_at: str | None
    as_of: str | None
    from_as_of: str | None
    to_as_of: str | None
    asked: Mapping[str, str | None]
    codes: Mapping[str, Sequence[str] | None]
    regulation: Path | None
    cases: int


@dataclass(frozen=True)
class Sides:
    """What is asked before and after; the versions that were asked for, if any; two days or one."""

    before: Moment
    after: Moment
    known: tuple[Known, Known] | None
    days: bool

    def to_json(self) -> dict[str, Any]:
        """What was asked, as it stands at the head of an answer."""
        head = to_json(self.before.filter)
        if self.days:
            days = {
                key: {name: to_json(side.filter)[name] for name in ("as_of", "from", "to")}
                for key, side in (("from_as_of", self.before), ("to_as_of", self.after))
            }
            head = {**days, "clock": head["clock"], "filter": head["filter"]}
        for key, known in zip(("known_at", "and_at"), self.known or (), strict=False):
            head[key] = {"version": known.version, "run_id": known.run_id}
        return head


def refuse_contradictions(options: Options) -> None:
    """Raises BadParameter for options that do not go together, or say nothing to compare."""
    if options.from_as_of is None:
        if options.to_as_of is not None:
            raise typer.BadParameter(
                "it needs the earlier day beside it, as --from-as-of DATE.",
                param_hint="--to-as-of",
            )
        if options.known_at is None:
            raise typer.BadParameter(
                "say what to compare: --known-at RUN|DATE for what was known then and now, or "
                "--from-as-of DATE for two days.",
                param_hint="--known-at, --from-as-of",
            )
        return
    if options.as_of is not None:
        raise typer.BadParameter(
            "the figures of two days are compared; give the later one as --to-as-of DATE.",
            param_hint="--as-of",
        )
    if options.known_at is None and options.and_at is not None:
        raise typer.BadParameter(
            "it needs --known-at RUN|DATE beside it, as which the earlier day was known.",
            param_hint="--and-at",
        )
    if options.cases:
        raise typer.BadParameter(
            "it lists what became known otherwise of one day; ask for that day with --as-of and "
            "--known-at.",
            param_hint="--cases",
        )


def sides_of(engine: Engine, options: Options) -> Sides:
    """The two sides that the options mean. Raises BadParameter for the first that means nothing."""
    newest = regulation_of(engine, options.regulation)
    if options.known_at is None:
        return _two_days(engine, options, None, (newest, newest))
    then = known_at(engine, options.known_at, newest, option="--known-at")
    now = _later(engine, options, then, newest)
    rules = tuple(regulation_of(engine, options.regulation, moment) for moment in (then, now))
    if options.from_as_of is not None:
        return _two_days(engine, options, (then, now), (rules[0], rules[1]))
    asked = {"as_of": options.as_of, **options.asked}
    chosen = filter_of(asked, options.codes, rules[0], then.as_of)
    # The regulation of the later moment must know the same clock and codes.
    filter_of({"clock": chosen.clock}, options.codes, rules[1], then.as_of)
    before, after = (
        Moment(law, replace(chosen, known_at=moment.version))
        for law, moment in zip(rules, (then, now), strict=True)
    )
    return Sides(before, after, (then, now), days=False)


def _two_days(
    engine: Engine,
    options: Options,
    known: tuple[Known, Known] | None,
    rules: tuple[Regulation, Regulation],
) -> Sides:
    """Both days, each in the period that it is usually shown with unless one was given."""
    usual = default_as_of(engine, rules[1])
    if known is not None and options.and_at is not None:
        usual = known[1].as_of
    before = _on(options, "from_as_of", rules[0], usual)
    # Without a clock both sides count by the one of the earlier day.
    after = replace(_on(options, "to_as_of", rules[1], usual), clock=before.clock)
    filter_of({"clock": before.clock}, {}, rules[1], usual)
    if after.as_of < before.as_of:
        raise typer.BadParameter(
            f"the later day ({after.as_of}) lies before the earlier one ({before.as_of}); "
            "give the earlier of the two to --from-as-of.",
            param_hint="--from-as-of, --to-as-of",
        )
    if known is not None:
        before, after = (
            replace(f, known_at=k.version) for f, k in zip((before, after), known, strict=True)
        )
    return Sides(Moment(rules[0], before), Moment(rules[1], after), known, days=True)


def _on(options: Options, day: str, regulation: Regulation, usual: date) -> Filter:
    """The filter of one of the two days. Raises BadParameter under the name of its option."""
    asked = {**options.asked, "as_of": getattr(options, day)}
    return filter_of(asked, options.codes, regulation, usual, day=day)


def _later(engine: Engine, options: Options, then: Known, regulation: Regulation) -> Known:
    """The moment to compare with. Raises BadParameter where it lies before the other."""
    and_at = options.and_at
    if and_at is not None:
        now = known_at(engine, and_at, regulation, option="--and-at")
        if now.version < then.version:
            raise typer.BadParameter(
                f"what --and-at {and_at} knew is older than what --known-at {options.known_at} "
                "knew; give the earlier of the two to --known-at.",
                param_hint="--known-at, --and-at",
            )
        return now
    newest = queries.known_now(engine)
    if newest is None:
        raise NothingLoadedError("The warehouse is empty; fill it with `kezek etl run`.")
    return newest
