"""LibreOffice opens every workbook that the screens offer, and saves what it understood: cell for
cell what we wrote."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from dashboard import pages
from tests.support import drawing, screens
from tests.support.regulations import almaty

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = pytest.mark.skipif(
    SOFFICE is None,
    reason="LibreOffice is not here to open workbooks (Debian: apt-get install libreoffice-calc)",
)
LANGS = ("kk", "ru")
OFFERED = re.compile(r'"(/export/[^"]+\.xlsx[^"]*)"')


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Worksheet, Worksheet]]:
    """By its address each workbook's sheet as we wrote it, and as LibreOffice saved it."""
    folder = tmp_path_factory.mktemp("workbooks")
    url = screens.database(folder, almaty(), cases=300, entries=60, responses=60)
    asking = screens.client(url)
    written: dict[str, Path] = {}
    for lang in LANGS:
        for page in pages.load():
            answer = drawing.ask(asking, page.PATH, f"?lang={lang}&show=both").get_json()
            for address in OFFERED.findall(json.dumps(answer)):
                file = folder / f"{len(written)}.xlsx"
                file.write_bytes(asking.get(address).data)
                written[address] = file
    assert written
    saved = folder / "saved"
    own = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [str(SOFFICE), "--headless", own, "--convert-to", "xlsx", "--outdir", str(saved)]
    files = [str(file) for file in written.values()]
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=240)
    return {
        address: (sheet_in(file), sheet_in(saved / file.name)) for address, file in written.items()
    }


def sheet_in(file: Path) -> Worksheet:
    sheet = openpyxl.load_workbook(file).active
    assert isinstance(sheet, Worksheet)
    return sheet


def shown(cell: Any) -> tuple[object, str, bool]:
    """Its value, of which LibreOffice writes fifteen digits, its type, and whether it is a day."""
    value = float(f"{cell.value:.12g}") if isinstance(cell.value, float) else cell.value
    return value, cell.data_type, cell.is_date


@pytest.mark.timeout(600)
def test_every_cell_is_read_as_it_was_written(
    workbooks: dict[str, tuple[Worksheet, Worksheet]],
) -> None:
    kinds = set()
    for address, (ours, theirs) in workbooks.items():
        assert theirs.dimensions == ours.dimensions, address
        for mine, other in zip(ours.iter_rows(), theirs.iter_rows(), strict=True):
            told = [shown(cell) for cell in mine]
            assert [shown(cell) for cell in other] == told, address
            kinds |= {kind for value, kind, _ in told if value is not None}
    assert kinds == {"s", "n", "d"}
    lists = [address for address in workbooks if "/export/overdue" in address]
    assert len(lists) == len(LANGS)
    assert len(workbooks) > 15 * len(LANGS)


@pytest.mark.timeout(600)
def test_every_row_can_be_filtered(workbooks: dict[str, tuple[Worksheet, Worksheet]]) -> None:
    """What is frozen belongs to a window, which LibreOffice does not open for this."""
    for address, (ours, theirs) in workbooks.items():
        assert theirs.auto_filter.ref == ours.auto_filter.ref == ours.dimensions, address
