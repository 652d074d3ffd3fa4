"""``sources.toml``: what it may say, how it is resolved, and how its mistakes are told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from etl.errors import KezekError
from etl.sources import NestedEvents, Sources, read_sources
from tests.support.regulations import small_town

DESK = """
    [sources.desk]
    entity = "cases"
    kind = "csv"
    path = "desk/*.csv"
    [sources.desk.columns]
    case_id = "Нөмірі"
    category = "Санаты"
    [sources.desk.constants]
    channel = "desk"
    service_point = "hall"
"""


def read(folder: Path, text: str, **given: object) -> Sources:
    file = folder / "sources.toml"
    file.write_text(dedent(text), "utf-8")
    return read_sources(file, regulation=small_town(), **{"environ": {}, **given})  # type: ignore[arg-type]


def refusal(folder: Path, text: str, **given: object) -> str:
    with pytest.raises(KezekError) as error:
        read(folder, text, **given)
    return str(error.value)


def test_a_plain_source_has_the_defaults_of_the_house(tmp_path: Path) -> None:
    desk = read(tmp_path, DESK).sources[0]
    assert (desk.name, desk.entity, desk.kind) == ("desk", "cases", "csv")
    assert desk.path == tmp_path / "desk" / "*.csv"
    assert (desk.timezone, desk.date_formats, desk.header_row) == ("Asia/Almaty", ("iso",), 1)
    assert desk.source_columns == ("Нөмірі", "Санаты")


def test_the_columns_that_choose_records_are_read_as_well(tmp_path: Path) -> None:
    log = DESK + '[sources.desk.where]\n"Кезең" = "Басы"\n"Жыл" = [2013, "2014"]\n'
    desk = read(tmp_path, log).sources[0]
    assert desk.where == {"Кезең": ("Басы",), "Жыл": ("2013", "2014")}
    assert desk.source_columns == ("Нөмірі", "Санаты", "Кезең", "Жыл")


@pytest.mark.parametrize("words", ["[]", "1.5", "[1, [2]]"])
def test_records_are_chosen_by_words_alone(tmp_path: Path, words: str) -> None:
    said = refusal(tmp_path, f'{DESK}[sources.desk.where]\n"Кезең" = {words}\n')
    assert "[sources.desk] where.'Кезең': must be a text, or a list of texts" in said


def test_tables_of_a_template_merge_deeply_and_the_source_wins(tmp_path: Path) -> None:
    town = read(
        tmp_path,
        """
        [templates.office]
        delimiter = ";"
        encoding = "cp1251"
        [templates.office.values.category]
        "Ветераны" = "veterans"
        [templates.centre]
        extends = "office"
        entity = "cases"
        kind = "csv"
        columns = { case_id = "№", category = "Категория" }
        constants = { channel = "desk", service_point = "hall" }
        [sources.first]
        extends = "centre"
        path = "first.csv"
        encoding = "kz1048"
        constants = { service_point = "mall" }
        [sources.first.values.category]
        "Семьи" = "families"
        """,
    )
    first = town.sources[0]
    assert (first.delimiter, first.encoding) == (";", "kz1048")
    assert first.constants == {"channel": "desk", "service_point": "mall"}
    assert first.values["category"] == {"Ветераны": "veterans", "Семьи": "families"}


def test_cases_come_before_what_refers_to_them(tmp_path: Path) -> None:
    events = """
    [sources.steps]
    entity = "events"
    kind = "csv"
    path = "steps.csv"
    columns = { case_id = "id", step = "step", occurred_at = "at" }
    """
    queue = """
    [sources.queue]
    entity = "queue"
    kind = "database"
    url = "sqlite:///register.sqlite"
    table = "register"
    columns = { entry_id = "id", category = "c", registered_on = "r" }
    """
    order = [s.name for s in read(tmp_path, queue + events + DESK).sources]
    assert order == ["desk", "steps", "queue"]


def test_the_day_of_the_exports_may_be_stated(tmp_path: Path) -> None:
    assert read(tmp_path, DESK).as_of is None
    assert read(tmp_path, "as_of = 2013-12-31\n" + DESK).as_of == date(2013, 12, 31)
    assert read(tmp_path, "as_of = '2013-12-31'\n" + DESK).as_of == date(2013, 12, 31)
    assert "as_of: must be a date" in refusal(tmp_path, "as_of = 'yesterday'\n" + DESK)


def test_variables_fill_paths_and_addresses(tmp_path: Path) -> None:
    text = DESK.replace("desk/*.csv", "${EXPORTS:-default}/${YEAR}/desk.csv")
    path = read(tmp_path, text, environ={"YEAR": "2013"}).sources[0].path
    assert path == tmp_path / "default" / "2013" / "desk.csv"
    elsewhere = read(tmp_path, text, environ={"YEAR": "2013", "EXPORTS": "/data"}).sources[0].path
    assert elsewhere == Path("/data/2013/desk.csv")


def test_a_relative_path_from_the_shell_starts_where_the_shell_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shell").mkdir()
    monkeypatch.chdir(tmp_path / "shell")
    text = DESK.replace("desk/*.csv", "${EXPORTS:-default}/desk.csv")
    path = read(tmp_path, text, environ={"EXPORTS": "../mine"}).sources[0].path
    assert path == tmp_path / "mine" / "desk.csv"


def test_an_unset_variable_is_named_but_only_where_it_is_needed(tmp_path: Path) -> None:
    text = DESK + DESK.replace("desk", "web").replace("web/*.csv", "${SECRET}/web.csv")
    assert "[sources.web] the environment variable SECRET is not set" in refusal(tmp_path, text)
    assert [s.name for s in read(tmp_path, text, only=["desk"]).sources] == ["desk"]


def test_a_sqlite_file_lies_relative_to_the_sources_file(tmp_path: Path) -> None:
    text = """
    [sources.queue]
    entity = "queue"
    kind = "database"
    url = "sqlite:///data/register.sqlite"
    query = "SELECT 1"
    columns = { entry_id = "id", category = "c", registered_on = "r" }
    """
    assert read(tmp_path, text).sources[0].url == f"sqlite:///{tmp_path}/data/register.sqlite"


def test_a_password_in_an_address_is_not_printed_with_the_source(tmp_path: Path) -> None:
    text = """
    [sources.queue]
    entity = "queue"
    kind = "database"
    url = "postgresql://reader:${PASSWORD}@host/register"
    table = "register"
    columns = { entry_id = "id", category = "c", registered_on = "r" }
    """
    source = read(tmp_path, text, environ={"PASSWORD": "hush"}).sources[0]
    assert "hush" in source.url
    assert "hush" not in repr(source)


def test_nested_events_are_described_by_paths(tmp_path: Path) -> None:
    text = (
        DESK.replace('"csv"', '"gateway"')
        .replace("*.csv", "*.xml")
        .replace("path =", 'records = "application"\n    path =')
    )
    text += '    [sources.desk.events]\n    path = "event"\n    step = "@step"\n    at = "@at"\n'
    assert read(tmp_path, text).sources[0].events == NestedEvents("event", "@step", "@at")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('kind = "csv"', 'kind = "csv"\ncolour = "red"', "[sources.desk] colour: unknown key"),
        ('kind = "csv"', 'kind = "parquet"', "kind: 'parquet' is unknown; it is one of csv, xlsx"),
        ('entity = "cases"', 'entity = "people"', "entity: 'people' is unknown"),
        ('entity = "cases"', "", "entity: is missing"),
        ('path = "desk/*.csv"', "", "path: is missing"),
        ('kind = "csv"', 'kind = "database"', "url: is missing"),
        ('kind = "csv"', 'kind = "gateway"', "records: is missing"),
        ('category = "Санаты"', "", "columns.category: is missing"),
        ('category = "Санаты"', 'category = "c"\ncolour = "d"', "columns.colour: unknown field"),
        ('category = "Санаты"', "category = 5", "columns.category: must be the name of a column"),
        ('category = "Санаты"', 'category = "c"\nchannel = "d"', "constants.channel: columns says"),
        (
            'category = "Санаты"',
            'category = "c"\niin = "Нөмірі"',
            "columns.case_id: an IIN is kept",
        ),
        (
            'category = "Санаты"',
            'category = "c"\niin = " нөмірі "',
            "columns.case_id: an IIN is kept",
        ),
        (
            'category = "Санаты"',
            'category = "c"\niin = "ЖСН"\n[sources.desk.steps]\ndesk-start = "ЖСН"',
            "steps.desk-start: an IIN is kept",
        ),
        ('channel = "desk"', 'channel = "fax"', "constants.channel: the regulation has no 'fax'"),
        (
            'kind = "csv"',
            'kind = "csv"\nheader_row = 0',
            "header_row: must be a whole number from 1",
        ),
        (
            'kind = "csv"',
            'kind = "csv"\nheader_rows = "two"',
            "header_rows: must be a whole number from 1",
        ),
        (
            'kind = "csv"',
            'kind = "csv"\nmax_unpacked_mb = 0',
            "max_unpacked_mb: must be a whole number from 1",
        ),
        ('kind = "csv"', 'kind = "xml"', "records: is missing; it is the path to the elements"),
        ('kind = "csv"', 'kind = "csv"\nencoding = "cp9999"', "encoding: 'cp9999' is unknown"),
        ('kind = "csv"', 'kind = "csv"\nencoding = "base64"', "encoding: 'base64' is unknown"),
        (
            'kind = "csv"',
            'kind = "csv"\ntimezone = "Mars/Base"',
            "timezone: 'Mars/Base' is unknown",
        ),
        ('kind = "csv"', 'kind = "csv"\ndelimiter = ";;"', "delimiter: must be one character"),
        ('kind = "csv"', 'kind = "csv"\ndate_formats = []', "date_formats: must be a list"),
        (
            'kind = "csv"',
            "kind = 'csv'\ndate_formats = ['%d.%m']",
            "date_formats: '%d.%m' is unknown",
        ),
        ('kind = "csv"', "kind = 'csv'\ndate_formats = ['%B']", "date_formats: '%B' is unknown"),
        ('kind = "csv"', 'kind = "csv"\nextends = "office"', "there is no template 'office'"),
        (
            'kind = "csv"',
            'kind = "csv"\nsteps = { D-P99 = "x" }',
            "steps.D-P99: the regulation has no",
        ),
        ('kind = "csv"', 'kind = "csv"\nevents = { path = "x" }', "events: a csv record holds no"),
        ('kind = "csv"', 'kind = "csv"\nvalues = { colour = {} }', "values.colour: unknown field"),
        (
            'kind = "csv"',
            'kind = "csv"\nvalues.category = { "Тест" = "testers" }',
            "values.category.'Тест': the regulation has no 'testers' among its categories",
        ),
        (
            'kind = "csv"',
            'kind = "csv"\nvalues.category = { "a b" = "veterans", "A  B" = "families" }',
            "values.category.'A  B': it is there twice, with different codes",
        ),
        ("[sources.desk]", "[source.desk]", "source: unknown key"),
        ('"desk/*.csv"', '"desk/*.csv', "is not valid TOML"),
    ],
)
def test_a_mistake_is_told_with_its_file_source_and_key(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    text = dedent(DESK)
    assert old in text
    told = refusal(tmp_path, text.replace(old, new, 1))
    assert complaint in told
    assert str(tmp_path / "sources.toml") in told


def test_how_much_may_be_rejected_is_a_fifth_or_what_the_source_says(tmp_path: Path) -> None:
    assert read(tmp_path, DESK).sources[0].max_rejected == 0.2
    text = DESK.replace('kind = "csv"', 'kind = "csv"\nmax_rejected = 0.5')
    assert read(tmp_path, text).sources[0].max_rejected == 0.5


def test_how_much_may_come_of_a_packed_file_is_a_limit_of_the_house_or_of_the_source(
    tmp_path: Path,
) -> None:
    assert read(tmp_path, DESK).sources[0].max_unpacked == 4096 * 2**20
    text = DESK.replace('kind = "csv"', 'kind = "csv"\nmax_unpacked_mb = 10')
    assert read(tmp_path, text).sources[0].max_unpacked == 10 * 2**20


@pytest.mark.parametrize("share", ["-0.1", "1.01", "20", "nan", "inf", "true", "'20 %'"])
def test_a_share_that_is_none_is_refused(tmp_path: Path, share: str) -> None:
    text = DESK.replace('kind = "csv"', f'kind = "csv"\nmax_rejected = {share}')
    assert "[sources.desk] max_rejected: must be a share from 0 to 1" in refusal(tmp_path, text)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    wrong = DESK.replace('channel = "desk"', 'channel = "fax"')
    told = refusal(tmp_path, wrong + wrong.replace("sources.desk", "sources.web"))
    assert "[sources.desk] constants.channel" in told
    assert "[sources.web] constants.channel" in told


def test_templates_that_chase_one_another_are_refused(tmp_path: Path) -> None:
    told = refusal(
        tmp_path,
        """
        [templates.a]
        extends = "b"
        [templates.b]
        extends = "a"
        [sources.c]
        extends = "a"
        """,
    )
    assert "the template 'a' extends itself" in told


def test_a_file_without_sources_or_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "describe at least one" in refusal(tmp_path, "as_of = 2013-12-31")
    with pytest.raises(KezekError, match="cannot be read"):
        read_sources(tmp_path / "none.toml", regulation=small_town())


def test_a_source_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    assert "There is no source web" in refusal(tmp_path, DESK, only=["web"])
