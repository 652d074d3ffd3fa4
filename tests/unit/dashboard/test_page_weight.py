"""What a page loads: small, packed, kept by the browser, and nothing that it does not use."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from plotly.offline import get_plotlyjs_version
from werkzeug.test import TestResponse

from dashboard import compression, pages, plotly_js
from tests.support import drawing, screens
from tests.support.regulations import almaty

ROOT = Path(__file__).resolve().parents[3]
PACKED = {"Accept-Encoding": "gzip"}
SCRIPTS = re.compile(r'<script src="([^"]+)"')
STYLES = re.compile(r'<link rel="stylesheet" href="([^"]+)"')


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("weight")
    url = screens.database(folder, almaty(), seed=5, cases=400, entries=100, responses=60)
    return screens.client(url)


def get(asking: FlaskClient, path: str, headers: dict[str, str] | None = None) -> TestResponse:
    """A whole answer, whose file is closed."""
    return asking.get(path, headers=headers, buffered=True)


def test_the_bundle_that_is_fetched_is_of_the_version_that_plotly_py_carries() -> None:
    # Given
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    # Then
    (name,) = wanted
    assert wanted[name] == get_plotlyjs_version()
    assert lock[f"node_modules/{name}"]["version"] == get_plotlyjs_version()
    assert lock[f"node_modules/{name}"]["integrity"].startswith("sha512-")
    assert "resolved" not in json.dumps(lock)  # no registry's address


def test_without_the_bundle_the_whole_library_is_served(tmp_path: Path) -> None:
    assert plotly_js.choose(tmp_path / "absent.js") == plotly_js.WHOLE
    assert plotly_js.version(plotly_js.WHOLE) == get_plotlyjs_version()


@pytest.mark.parametrize(
    ("version", "is_served"), [(get_plotlyjs_version(), True), ("1.58.5", False)]
)
def test_a_bundle_of_another_version_is_not_served(
    tmp_path: Path, version: str, is_served: bool
) -> None:
    # Given
    script = tmp_path / "small.js"
    script.write_text(f"/**\n* plotly.js (basic - minified) v{version}\n*/", "utf-8")
    # Then
    assert (plotly_js.choose(script) == script) == is_served


@pytest.mark.parametrize("page", [*pages.load(), *pages.papers()], ids=lambda page: page.PATH)
def test_every_chart_is_of_a_kind_that_the_bundle_draws(asking: FlaskClient, page) -> None:
    content = drawing.screen(asking, page.PATH)["content"]
    kinds = {t.get("type", "scatter") for c in drawing.charts(content) for t in c["data"]}
    assert kinds <= plotly_js.DRAWS


def test_a_page_asks_for_one_script_of_dash_and_one_style_sheet(asking: FlaskClient) -> None:
    # When
    page = asking.get("/overdue").get_data(as_text=True)
    # Then
    scripts, styles = SCRIPTS.findall(page), STYLES.findall(page)
    assert [a.rpartition("/")[2].partition("?")[0] for a in scripts] == [
        "head-theme.js",
        "head-early.js",
        "dash_renderer-page.js",
    ]
    assert len(styles) == 1
    script = asking.get(scripts[2]).get_data(as_text=True)
    assert "react-dom.production" in script
    assert "dash_clientside" in script  # Dash's renderer, and ours
    assert "ag-grid" not in script.lower()
    assert "--kz-page" in asking.get(styles[0]).get_data(as_text=True)


def test_a_file_with_its_version_in_the_address_is_never_asked_for_again(
    asking: FlaskClient,
) -> None:
    page = asking.get("/").get_data(as_text=True)
    preloaded = re.findall(r'rel="preload" as="script" href="([^"]+\?m=[^"]+)"', page)
    assert preloaded  # plotly.js
    for address in (*SCRIPTS.findall(page), *STYLES.findall(page), *preloaded):
        assert "immutable" in get(asking, address).headers["Cache-Control"], address
    assert "immutable" not in get(asking, "/").headers.get("Cache-Control", "")
    assert "immutable" not in get(asking, "/theme.css").headers.get("Cache-Control", "")


@pytest.mark.parametrize("path", ["/", "/_dash-layout?at=%2F", "/page.css", "/vendor/plotly.js"])
def test_what_is_sent_is_packed_for_who_takes_it(asking: FlaskClient, path: str) -> None:
    # When
    plain, packed = get(asking, path), get(asking, path, PACKED)
    # Then
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain.vary
    assert "Accept-Encoding" in packed.vary
    unpacked = gzip.decompress(packed.get_data())
    assert len(packed.get_data()) < len(unpacked) / 2
    if "layout" not in path and path != "/":  # these differ from one answer to the next
        assert unpacked == plain.get_data()


def test_a_file_that_has_not_changed_is_not_sent_again(asking: FlaskClient) -> None:
    # Given
    first = get(asking, "/assets/kezek.css", PACKED)
    # When
    kept = {"If-None-Match": first.headers["ETag"]}
    again = get(asking, "/assets/kezek.css", {**PACKED, **kept})
    # Then
    assert (again.status_code, again.get_data()) == (304, b"")


def test_the_first_answer_has_the_page_that_the_address_names(asking: FlaskClient) -> None:
    # When
    named = asking.get("/_dash-layout", query_string={"at": "/queue?lang=en&as_of=2013-12-31"})
    bare = asking.get("/_dash-layout", headers={"Accept-Language": "en"})
    # Then
    assert len(drawing.charts(named.get_json())) > 1
    assert drawing.words(bare.get_json()) == "Loading…"


def test_what_was_packed_beforehand_is_what_is_sent(tmp_path: Path) -> None:
    # Given
    app = screens.application(screens.database(tmp_path, almaty(), cases=10))
    asking = app.server.test_client()
    page = get(asking, "/").get_data(as_text=True)
    large = [*SCRIPTS.findall(page), *STYLES.findall(page), app.plotly]
    compression.packed_file.cache_clear()
    # When
    app.pack_files()
    before = compression.packed_file.cache_info()
    sent = [get(asking, address, PACKED) for address in large if not address.startswith("/assets/")]
    # Then
    after = compression.packed_file.cache_info()
    assert {answer.headers["Content-Encoding"] for answer in sent} == {"gzip"}
    assert before.misses == after.misses == len(sent) == 3
    app.house.engine.dispose()
