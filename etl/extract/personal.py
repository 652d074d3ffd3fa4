"""IINs that stand where none belongs, masked before anything else sees them.

A mapping names the one column that holds IINs, which `etl.contract` turns into pseudonyms. One that
somebody typed into another column would go on as a case number, an officer or a value in
quarantine, and into hashes that could be tried out.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from etl.extract.model import Extract
from etl.identity import without_iin, without_iins
from etl.sources.model import SourceSpec


def masked(spec: SourceSpec, extract: Extract) -> Extract:
    """The same records with every IIN outside the mapping's own column as asterisks, those in the
    names of files included."""
    own = spec.columns.get("iin")
    records = extract.records
    texts = {name: without_iins(records[name]) for name in records.columns if name != own}
    nested = extract.nested
    if nested is not None:
        told = ("step", "at", "event_id", "actor")
        nested = nested.assign(**{name: without_iins(nested[name]) for name in told})
    files = tuple(replace(file, name=without_iin(file.name)) for file in extract.files)
    return replace(
        extract,
        records=records.assign(**texts),
        place=_with_files_masked(extract.place),
        files=files,
        unreadable=_with_files_masked(extract.unreadable),
        nested=nested,
    )


def _with_files_masked(places: pd.DataFrame) -> pd.DataFrame:
    """Each name is looked at once, however many records stand in the file."""
    names = pd.Series(places["file"].unique(), dtype="str")
    shown = without_iins(names)
    if shown.equals(names):
        return places
    meaning = dict(zip(names, shown, strict=True))
    return places.assign(file=places["file"].map(meaning).astype("str"))
