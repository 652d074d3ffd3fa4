"""Which records of a source are asked for: a log of events also tells of cases, or of drafts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from etl.extract.model import Extract
from etl.sources.model import SourceSpec
from etl.words import folded


def chosen(spec: SourceSpec, extract: Extract) -> Extract:
    """The records whose columns hold one of the words that ``spec.where`` names for each, and the
    events inside those. The others are passed over: no record of this source, and not counted."""
    kept = np.ones(len(extract.place), bool)
    for column, words in spec.where.items():
        wanted = {folded(word) for word in words}
        texts = extract.records[column].fillna("")
        kept &= texts.isin([text for text in texts.unique() if folded(text) in wanted]).to_numpy()
    if kept.all():
        return extract
    nested = extract.nested
    if nested is not None:
        inside = nested[kept[nested["record"]]]
        nested = inside.assign(record=(np.cumsum(kept) - 1)[inside["record"]])
        nested = nested.reset_index(drop=True)
    return replace(
        extract,
        records=extract.records[kept].reset_index(drop=True),
        place=extract.place[kept].reset_index(drop=True),
        native={k: v[kept].reset_index(drop=True) for k, v in extract.native.items()},
        nested=nested,
    )
