"""``kezek etl rejects``: the records that stand in quarantine, on the terminal or as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from dashboard import audit, spreadsheet
from dashboard.cli import etl_tables
from dashboard.cli.options import Database, Json
from dashboard.cli.system_user import system_user
from dashboard.cli.warehouse import loaded
from dashboard.cli.whole_file import write_whole
from dashboard.i18n import N_, Translator, read_catalogue
from dashboard.rules_in_words import reason_of
from etl import ledger
from etl.regulation.model import Lang

_HEADINGS: Mapping[str, str] = {
    "source": N_("source"),
    "rule": N_("rule"),
    "reason": N_("reason"),
    "file": N_("file"),
    "row": N_("row"),
    "record_key": N_("number of the record"),
    "column": N_("column"),
    "value": N_("value"),
    "raw": N_("the record as it came"),
    "run_id": N_("number of the load"),
}


def rejects(
    *,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only records of this source.")
    ] = None,
    rule: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only records that this rule kept out.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="At most so many.")] = 50,
    csv: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write all of them there, with what each record said."),
    ] = None,
    lang: Annotated[Lang, typer.Option(help="The language of the reasons.")] = "en",
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List the records that stand in quarantine: file, row, rule in words and value.

    Once they are corrected where they come from, `kezek etl replay` loads them. A file that is
    written is noted in the audit.
    """
    t = Translator(read_catalogue(lang))
    with loaded(database) as engine:
        if csv is not None:
            _, rows = ledger.in_quarantine(engine, source=source, rule=rule, limit=1)
            about = {"file": str(csv), "source": source, "rule": rule, "rows": rows}
            now = datetime.now(UTC)
            audit.note(engine, "rejects.taken", who=system_user(), about=about, now=now)
            blocks = ledger.all_in_quarantine(engine, source=source, rule=rule)
            _write(csv, blocks, t, as_json=as_json)
            return
        entries, total = ledger.in_quarantine(engine, source=source, rule=rule, limit=limit)
    if as_json:
        told = [
            {**entry, "reason": reason_of(entry["rule"], t), "purged": entry["raw"] is None}
            for entry in entries
        ]
        typer.echo(json.dumps({"total": total, "rejects": told}, ensure_ascii=False))
        return
    if not total:
        typer.echo("No such record stands in quarantine.")
        return
    etl_tables.show(_table(entries), _in_words(entries, t))
    if total > len(entries):
        typer.echo(f"{len(entries)} of {total}; --limit shows more, --source and --rule choose.")
    typer.echo("Once they are corrected where they come from, `kezek etl replay` loads them.")


def _table(entries: Sequence[Mapping[str, Any]]) -> Table:
    columns = ("source", "rule", "file", "row", "record_key", "column", "value")
    table = Table(title="In quarantine, the newest first", **etl_tables.LOOK)
    for name in columns:
        table.add_column(name.replace("record_key", "key"), no_wrap=name == "rule")
    for entry in entries:
        shown = {**entry, "value": _value(entry, "purged")}
        cells = ("–" if shown[name] is None else escape(str(shown[name])) for name in columns)
        table.add_row(*cells)
    return table


def _in_words(entries: Sequence[Mapping[str, Any]], t: Translator) -> Table:
    """What the rules of the list mean."""
    table = Table("rule", "reason", **etl_tables.LOOK)
    table.columns[0].no_wrap = True
    for rule in dict.fromkeys(entry["rule"] for entry in entries):
        table.add_row(rule, reason_of(rule, t))
    return table


def _write(
    path: Path, blocks: Iterator[list[dict[str, Any]]], t: Translator, *, as_json: bool
) -> None:
    """The whole list as a file; prints how many there are in it."""
    total = 0

    def rows() -> Iterator[list[list[Any]]]:
        nonlocal total
        for entries in blocks:
            total += len(entries)
            yield [_cells(entry, t) for entry in entries]

    write_whole(path, spreadsheet.csv_lines([t(name) for name in _HEADINGS.values()], rows()))
    if as_json:
        typer.echo(json.dumps({"total": total, "csv": str(path)}, ensure_ascii=False))
    else:
        typer.echo(f"{total} in quarantine, written to {path}.")


def _value(entry: Mapping[str, Any], gone: str) -> str | None:
    """What broke the rule; ``gone`` where that was purged."""
    value: str | None = entry["value"]
    return gone if value is None and entry["raw"] is None else value


def _cells(entry: Mapping[str, Any], t: Translator) -> list[Any]:
    gone = t("purged")
    raw = gone if entry["raw"] is None else json.dumps(entry["raw"], ensure_ascii=False)
    told = {**entry, "value": _value(entry, gone), "reason": reason_of(entry["rule"], t)}
    told["raw"] = raw
    return [told[name] for name in _HEADINGS]
