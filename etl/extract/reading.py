"""A source as parts, and what the ledger wants to know of its files once all have been read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from etl.extract import database, delimited, documents, files, gateway, workbook, xml_records
from etl.extract.files import RawFile
from etl.extract.model import FileInfo, Part
from etl.identity import without_iin
from etl.sources.model import SourceSpec

_WHOLE = {"xlsx": workbook.read, "json": documents.read, "xml": xml_records.read}
_LEAVES_OUT = {"json", "xml"}  # kinds in which an empty field need not be there at all


class Reading:
    """The parts of a source in their order; each that was read must be noted, in that order.

    ``known``: names of files that are left out. ``since``: of a table, only the rows that have
    changed since that watermark are given, and none after the day ``until`` moves it. ``watermark``
    is the new one, once all parts were given.
    """

    def __init__(
        self,
        spec: SourceSpec,
        *,
        known: Collection[str] = (),
        since: str | None = None,
        until: date | None = None,
    ) -> None:
        self.watermark: str | None = None
        self._spec = spec
        self._known = known
        self._since, self._until = since, until
        self._ended: list[FileInfo] = []  # by position, rows aside
        self._rows: dict[int, list[FileInfo]] = {}
        self._blank: frozenset[str] | None = None

    def parts(self) -> Iterator[Part]:
        """Every part, a few megabytes each where the kind of source allows it.

        A gateway's messages are one part: what one of them means, others may say. Raises KezekError
        for what is not there or damaged.
        """
        match self._spec.kind:
            case "database":
                yield from self._of_database()
            case "gateway":
                yield self._of_gateway()
            case "csv":
                yield from self._of_tables()
            case _:
                yield from self._of_whole_files()

    def note(self, part: Part, files: Sequence[FileInfo], blank: frozenset[str] | None) -> None:
        """What was read of a part: its ``files`` with their rows, and the columns that are
        ``blank``, as its extract has them."""
        self._rows.setdefault(part.file, []).extend(files)
        if blank is not None:
            self._blank = blank if self._blank is None else self._blank & blank

    def files(self) -> tuple[FileInfo, ...]:
        """Every file with its rows, once all parts have been noted.

        Raises KezekError where no record of any document has a field that must be there; of some
        of the documents, one spoilt record says nothing of the mapping.
        """
        found: list[FileInfo] = []
        for position, infos in sorted(self._rows.items()):
            ended = self._ended[position] if position < len(self._ended) else None
            if ended is None:
                found += infos
            else:
                found.append(replace(ended, rows=sum(info.rows for info in infos)))
        if self._spec.kind in _LEAVES_OUT and self._blank and not self._known:
            documents.require_fields(self._spec, self._blank, found)
        return tuple(found)

    def _found(self) -> list[Path]:
        return files.unread(self._spec, self._known)

    def _of_tables(self) -> Iterator[Part]:
        for position, path in enumerate(self._found()):
            stream = files.Stream(self._spec, path)
            for data, above in delimited.parts(self._spec, stream):
                file = RawFile(stream.name, data, None, None)
                read = partial(delimited.read, file=file, above=above)
                yield Part(read, position, len(data))
            name = without_iin(stream.name)
            self._ended.append(FileInfo(name, stream.size, stream.sha256, 0, stream.stamp))

    def _of_whole_files(self) -> Iterator[Part]:
        for position, path in enumerate(self._found()):
            file = files.opened(self._spec, path)
            yield Part(partial(_WHOLE[self._spec.kind], file=file), position, len(file.data))

    def _of_gateway(self) -> Part:
        opened = [files.opened(self._spec, path) for path in self._found()]
        size = sum(len(file.data) for file in opened)
        return Part(partial(gateway.read, files=opened), 0, size)

    def _of_database(self) -> Iterator[Part]:
        with database.opened(self._spec, since=self._since, until=self._until) as table:
            for rows in table.parts():
                yield Part(partial(database.read_rows, rows=rows), 0, rows.size)
            self._ended.append(table.described())
            self.watermark = table.watermark
