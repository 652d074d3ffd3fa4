"""The application as a server: whom it answers, in which language, with what it needs itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import dashboard
from dashboard.assess import VARIATION
from dashboard.components.graph import config
from etl.regulation.model import LANGUAGES
from tests.support import drawing, screens
from tests.support.regulations import almaty

SOURCE = Path(dashboard.__file__).parent


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> str:
    return screens.database(tmp_path_factory.mktemp("city"), almaty(), cases=400)


@pytest.fixture
def client(city: str) -> FlaskClient:
    return screens.client(city)


def lang_of(page: str) -> str:
    found = re.search(r'<html lang="(\w+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_page_is_in_the_language_of_the_address_and_keeps_it(
    client: FlaskClient, lang: str
) -> None:
    # When
    first = client.get(f"/queue?lang={lang}")
    second = client.get("/queue")
    # Then
    assert lang_of(first.text) == lang_of(second.text) == lang


def test_the_browser_s_language_counts_where_nothing_was_asked(client: FlaskClient) -> None:
    page = client.get("/", headers={"Accept-Language": "de,ru;q=0.8"})
    assert lang_of(page.text) == "ru"
    assert "<title>Обзор · Kezek</title>" in page.text


def test_kazakh_is_the_language_where_nobody_says_another(client: FlaskClient) -> None:
    assert lang_of(client.get("/?lang=xx").text) == "kk"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8050", 200),
        ("127.0.0.1:8050", 200),
        ("[::1]:8050", 200),
        ("kezek.example", 421),
        ("127.0.0.1.example:8050", 421),
        ("10.0.0.5", 421),
    ],
)
def test_only_names_of_this_machine_are_answered(
    client: FlaskClient, host: str, status: int
) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("path", "host", "said"),
    [
        ("/assets/nothing.css", "localhost", "По этому адресу страницы нет."),
        ("/", "kezek.example", "Под этим именем Kezek не отвечает."),
    ],
)
def test_a_refusal_is_in_the_language_of_the_reader(
    client: FlaskClient, path: str, host: str, said: str
) -> None:
    answer = client.get(path, headers={"Host": host, "Accept-Language": "ru"})
    assert answer.status_code in (404, 421)
    assert said in answer.text


def test_the_browser_is_told_to_ask_no_other_host(client: FlaskClient) -> None:
    headers = client.get("/").headers
    policy = headers["Content-Security-Policy"]
    said = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert said["default-src"] == said["frame-ancestors"] == said["object-src"] == "'none'"
    assert said["script-src"] == said["connect-src"] == said["form-action"] == "'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_everything_that_the_page_names_comes_from_the_app(client: FlaskClient) -> None:
    page = client.get("/").text
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert address.startswith("/"), address
        with client.get(address) as answer:
            assert answer.status_code == 200, address


def test_health_is_that_of_the_warehouse(client: FlaskClient, tmp_path: Path) -> None:
    broken = screens.client(f"sqlite:///{tmp_path / 'no' / 'folder.db'}")
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert broken.get("/healthz").status_code == 503


def test_two_applications_of_one_process_keep_their_own_warehouse(
    client: FlaskClient, tmp_path: Path
) -> None:
    # Given
    later = screens.client(screens.database(tmp_path))
    # When
    first, second = (drawing.words(drawing.screen(c, "/")["content"]) for c in (client, later))
    # Then
    assert "kezek etl run" not in first
    assert "kezek etl run" in second


def test_the_frame_says_that_it_is_loading_in_the_reader_s_language(client: FlaskClient) -> None:
    frame = client.get("/_dash-layout", headers={"Accept-Language": "ru"}).get_json()
    assert "Загрузка…" in drawing.words(frame)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_warehouse_says_what_to_do(tmp_path: Path, lang: str) -> None:
    # Given
    empty = screens.client(screens.database(tmp_path))
    # When
    words = drawing.words(drawing.screen(empty, "/times", f"?lang={lang}")["content"])
    # Then
    assert "kezek etl run" in words
    assert "Traceback" not in words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_that_breaks_says_so_and_tells_the_log(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog, lang: str
) -> None:
    # Given
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("dashboard.pages.queue.layout", broken)
    # When
    screen = drawing.screen(client, "/queue", f"?lang={lang}")
    # Then
    words = drawing.words(screen["content"])
    assert "secret" not in words
    assert "a secret of the inside" in caplog.text
    assert drawing.words(screen["header"])


def test_an_address_without_a_page_is_told_so(client: FlaskClient) -> None:
    words = drawing.words(drawing.screen(client, "/nowhere", "?lang=ru")["content"])
    assert "Страница не найдена" in words


def test_charts_never_offer_to_be_sent_to_another_host() -> None:
    for lang in LANGUAGES:
        assert config(lang)["showSendToCloud"] is False
        assert config(lang)["plotlyServerURL"] == ""
        assert config(lang)["locale"] == lang


def test_the_style_sheets_dress_only_what_is_worn() -> None:
    # Given
    sheets = "".join(sheet.read_text("utf-8") for sheet in (SOURCE / "assets").glob("*.css"))
    dressed = set(re.findall(r"\.(kz-[a-z-]+)", sheets))
    # When
    worn = {
        name
        for file in (*SOURCE.rglob("*.py"), *(SOURCE / "assets").glob("*.js"))
        for name in re.findall(r"kz-[a-z-]+", file.read_text("utf-8"))
    }
    worn |= {f"kz-{said.replace('_', '-')}" for said in VARIATION}
    worn |= {f"kz-answer-{kind}" for kind in ("fully", "partly", "not")}
    # Then
    assert dressed - worn == set()


def test_only_one_place_makes_a_plotly_chart() -> None:
    makers = [
        file.relative_to(SOURCE).as_posix()
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (
            getattr(node.func, "attr", None) == "Graph" or getattr(node.func, "id", None) == "Graph"
        )
    ]
    assert makers == ["components/graph.py"]
