"""The tables of the warehouse.

Times (``*_at``) are stored in UTC without an offset, microseconds at most; dates (``*_on``) are
local dates in the regulation's time zone, so that no screen converts a time to ask for a day.
No column holds a name, an address or an IIN (regulation, item 17): ``person`` is a keyed pseudonym.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    cast,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

# Compared by code point, as SQLite does: a server's language would make every sort and every index
# several times as slow, and order the same warehouse otherwise on another server.
WORD = String().with_variant(String(collation="C"), "postgresql")

# --- what was loaded, when, under which law -------------------------------------------------

regulation = Table(
    "regulation",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("regulation_id", WORD, nullable=False),
    Column("toml", Text, nullable=False),
    Column("run_id", Integer, nullable=False),  # the first run that used it
)

run = Table(
    "run",
    metadata,
    Column("run_id", Integer, primary_key=True, autoincrement=True),
    Column("started_at", DateTime, nullable=False),
    Column("finished_at", DateTime),
    Column("status", WORD, nullable=False),  # running, succeeded, failed
    Column("as_of", Date, nullable=False),
    Column("as_of_pinned", Boolean, nullable=False),  # the exports state their own date
    Column("regulation_sha256", String(64)),
    Column("code_version", WORD, nullable=False),
    Column("error", Text),
    Column("key_fingerprint", String(32)),  # of the pseudonyms' key; null: none was set
)

run_source = Table(
    "run_source",
    metadata,
    Column("run_id", Integer, ForeignKey("run.run_id"), primary_key=True),
    Column("source", WORD, primary_key=True),
    Column("read", Integer, nullable=False),
    Column("inserted", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("newest_event", DateTime),
    Column("seconds", Float, nullable=False),
    Column("files", JSON, nullable=False),  # [{"name", "size", "sha256", "rows", "stamp"}]
    Column("basis", String(64)),  # of what the reading rested on beside the files
    Column("rejects", JSON),  # by rule, also those known from before
    Column("findings", JSON),
    Column("watermark", WORD),  # of a table that is asked for what changed since
    Column("vanished", Integer),  # entries that a register lists no longer
    Column("entity", WORD),  # what its records are: cases, events, queue, surveys
)

# --- what the sources say ---------------------------------------------------------------------

cases = Table(
    "cases",
    metadata,
    Column("case_id", WORD, primary_key=True),
    Column("source", WORD, nullable=False),
    Column("channel", WORD, nullable=False),
    Column("category", WORD, nullable=False),
    Column("service_point", WORD, nullable=False),
    Column("executor", WORD),
    Column("person", WORD),
    Column("gives_start", Boolean, nullable=False),  # the source records the start itself
    Column("gives_stop", Boolean, nullable=False),
    Column("recorded_start_at", DateTime),
    Column("recorded_start_on", Date),
    Column("recorded_stop_at", DateTime),
    Column("recorded_stop_on", Date),
    Column("recorded_outcome", WORD),
    Column("queue_number", WORD),
    Column("stated_at", DateTime),  # when a gateway message said so; null: as the file has it
    Column("outcome", WORD),  # derived: null while it is open, or nothing has said how it ended
    Column("outcome_on", Date),  # derived: the day from which the outcome counts
    Column("row_hash", String(32), nullable=False),
    Column("run_id", Integer, nullable=False),  # the run that last changed it
)

events = Table(
    "events",
    metadata,
    Column("event_id", WORD, nullable=False),
    Column("case_id", WORD, nullable=False),
    Column("step", WORD, nullable=False),
    Column("occurred_at", DateTime, nullable=False),
    Column("occurred_on", Date, nullable=False),
    Column("position", Integer, nullable=False),  # order within the source, breaks ties
    Column("actor", WORD),
    Column("outcome", WORD),  # a result that came with the event rather than with the case
    Column("source", WORD, nullable=False),
    Column("run_id", Integer, nullable=False),
    Index("ix_events_event_id", "event_id", unique=True),
    Index("ix_events_case_id", "case_id"),
)

messages = Table(  # what the gateway says of a case after its request, events apart
    "messages",
    metadata,
    Column("message_id", WORD, primary_key=True),
    Column("case_id", WORD, nullable=False),
    Column("sent_at", DateTime),
    Column("executor", WORD),
    Column("queue_number", WORD),
    Column("outcome", WORD),
    Column("source", WORD, nullable=False),
    Column("row_hash", String(32), nullable=False),
    Column("run_id", Integer, nullable=False),
    Index("ix_messages_case_id", "case_id"),
)

case_clocks = Table(  # derived: a case under a clock, with all that it is counted by
    "case_clocks",
    metadata,
    Column("case_id", WORD, nullable=False),
    Column("clock", WORD, nullable=False),
    Column("channel", WORD, nullable=False),
    Column("category", WORD, nullable=False),
    Column("service_point", WORD, nullable=False),
    Column("started_at", DateTime, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("stopped_at", DateTime),
    Column("stopped_on", Date),
    Column("outcome", WORD),
    Column("outcome_on", Date),
    Column("since", Integer, nullable=False),  # the version from which it is counted so
    Index("ix_case_clocks_case_id_clock", "case_id", "clock", unique=True),
    Index("ix_case_clocks_clock_due_on", "clock", "due_on", "stopped_on"),
    Index("ix_case_clocks_received_on", "received_on", "clock"),
)

case_courses = Table(  # derived: which steps a case took and when, and how it keeps to the diagram
    "case_courses",
    metadata,
    Column("case_id", WORD, nullable=False),
    Column("channel", WORD, nullable=False),
    Column("category", WORD, nullable=False),
    Column("service_point", WORD, nullable=False),
    Column("stopped_on", Date),  # of the headline's clock
    Column("verdict", WORD),  # null while it is open (etl/courses/verdicts.py)
    Column("steps", WORD, nullable=False),  # in their order (etl/courses/packed.py)
    Column("times", LargeBinary, nullable=False),
    Column("since", Integer, nullable=False),
    Index("ix_case_courses_case_id", "case_id", unique=True),
)

queue_entries = Table(
    "queue_entries",
    metadata,
    Column("entry_id", WORD, primary_key=True),
    Column("number", WORD, nullable=False),
    Column("category", WORD, nullable=False),
    Column("registered_on", Date, nullable=False),
    Column("removed_on", Date),
    Column("reason", WORD),
    Column("person", WORD),
    Column("source", WORD, nullable=False),
    Column("row_hash", String(32), nullable=False),
    Column("run_id", Integer, nullable=False),
    Column("since", Integer, nullable=False),
    Index("ix_queue_entries_registered_on", "registered_on"),
)

survey_responses = Table(
    "survey_responses",
    metadata,
    Column("response_id", WORD, primary_key=True),
    Column("service_point", WORD, nullable=False),
    Column("answered_on", Date, nullable=False),
    Column("source", WORD, nullable=False),
    Column("row_hash", String(32), nullable=False),
    Column("run_id", Integer),  # null: entered on the screen
    Column("entered_at", DateTime),
    Index("ix_survey_responses_answered_on", "answered_on", "service_point"),
)

survey_answers = Table(
    "survey_answers",
    metadata,
    Column(
        "response_id",
        WORD,
        ForeignKey("survey_responses.response_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("question", WORD, primary_key=True),
    Column("service_point", WORD, nullable=False),
    Column("answered_on", Date, nullable=False),
    Column("answer", Integer, nullable=False),
    Column("since", Integer, nullable=False),
    Index("ix_survey_answers_answered_on", "answered_on"),
)

# --- what did not get in, and what looked odd ---------------------------------------------------

_REMARK = ("source", "rule", "record_hash")


def _remark_columns() -> list[Column[Any]]:
    return [
        Column("remark_id", Integer, primary_key=True, autoincrement=True),
        Column("run_id", Integer, nullable=False),  # first seen
        Column("closed_run_id", Integer),  # null: still so
        Column("source", WORD, nullable=False),
        Column("rule", WORD, nullable=False),
        Column("file", WORD),
        Column("row", Integer),
        Column("record_key", WORD),
        Column("column", WORD),
        Column("value", WORD),
        Column("record_hash", String(32), nullable=False),
    ]


quarantine = Table(
    "quarantine",
    metadata,
    *_remark_columns(),
    Column("raw", JSON, nullable=False),  # the mapped columns, persons masked; JSON null: purged
    Index("ix_quarantine_source_rule", *_REMARK),
)

IS_PURGED = cast(quarantine.c.raw, Text) == "null"  # what an entry said is gone (etl/retention.py)

findings = Table(
    "findings",
    metadata,
    *_remark_columns(),
    Index("ix_findings_source_rule", *_REMARK),
)

# --- what the screens read ------------------------------------------------------------------------

mart_cases = Table(  # one row a combination of days and dimensions: lossless in whole days
    "mart_cases",
    metadata,
    Column("clock", WORD, nullable=False),
    Column("channel", WORD, nullable=False),
    Column("category", WORD, nullable=False),
    Column("service_point", WORD, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("stopped_on", Date),
    Column("outcome", WORD),
    Column("outcome_on", Date),
    Column("n", Integer, nullable=False),
    Index("ix_mart_cases_received_on", "received_on", "clock"),
)

mart_queue = Table(
    "mart_queue",
    metadata,
    Column("category", WORD, nullable=False),
    Column("registered_on", Date, nullable=False),
    Column("removed_on", Date),
    Column("reason", WORD),
    Column("n", Integer, nullable=False),
    Index("ix_mart_queue_registered_on", "registered_on"),
)

mart_survey = Table(
    "mart_survey",
    metadata,
    Column("service_point", WORD, nullable=False),
    Column("answered_on", Date, nullable=False),
    Column("question", WORD, nullable=False),
    Column("answer", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Index("ix_mart_survey_answered_on", "answered_on"),
)

mart_courses = Table(
    "mart_courses",
    metadata,
    Column("channel", WORD, nullable=False),
    Column("category", WORD, nullable=False),
    Column("service_point", WORD, nullable=False),
    Column("stopped_on", Date),
    Column("verdict", WORD),
    Column("n", Integer, nullable=False),
    Index("ix_mart_courses_stopped_on", "stopped_on"),
)

# The times of all steps (etl/courses/packed.py): how many of each step lie in each bin, by day and
# by month; and the single times of each bin of a month.
mart_steps = Table(
    "mart_steps",
    metadata,
    Column("span", WORD, nullable=False),  # day, month; of each cell, or of cells put together
    Column("starts_on", Date, nullable=False),
    Column("channel", WORD, nullable=False),
    Column("category", WORD, nullable=False),
    Column("service_point", WORD, nullable=False),
    Column("cell", Integer, nullable=False),  # category and service point, in the month's times
    Column("steps", WORD, nullable=False),  # all that the channel's cases took in the month
    Column("counts", LargeBinary, nullable=False),
    Column("sums", LargeBinary, nullable=False),  # µs, a number a step
    Column("cells", Integer, nullable=False, server_default="1"),  # how many, from that one on
    Index("ix_mart_steps_starts_on", "span", "starts_on"),
)

mart_step_times = Table(
    "mart_step_times",
    metadata,
    Column("month", Date, nullable=False),
    Column("channel", WORD, nullable=False),
    Column("bin", WORD, nullable=False),  # of a step
    Column("low", BigInteger, nullable=False),  # µs
    Column("high", BigInteger, nullable=False),
    Column("times", LargeBinary, nullable=False),
    Index("ix_mart_step_times_bin", "bin", "month"),
    Index("ix_mart_step_times_month", "month", "channel"),
)


def key_of(table: Table) -> tuple[str, ...]:
    """The columns that a row of ``table`` is known by: its primary key, else its unique index,
    which unlike a key can be filled behind the rows."""
    unique = (index.columns for index in table.indexes if index.unique)
    columns = table.primary_key.columns or next(unique)
    return tuple(column.name for column in columns)


# --- what was known before ------------------------------------------------------------------------

version = Table(  # a row for every change that a screen could show
    "version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("made_at", DateTime, nullable=False),
    Column("run_id", Integer),  # null: entered on the screen
)


@dataclass(frozen=True)
class Facts:
    """What a mart counts: the rows that hold now, and those that held from a version to another.

    A row of ``former`` was counted from version ``since`` on and no more from ``until`` on.
    ``beside``: columns that the mart does not count by, but of which former forms are kept too.
    """

    kept: Table
    former: Table
    mart: Table
    day: str  # the column of the day that a row begins on
    beside: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that a row is counted by."""
        return tuple(c.name for c in self.mart.columns if c.name != "n")

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that a row is known by."""
        return key_of(self.kept)


def _facts(kept: Table, mart: Table, day: str, beside: tuple[str, ...] = ()) -> Facts:
    keys = key_of(kept)
    counted = [c for c in mart.columns if c.name not in {*keys, "n"}]
    counted += [kept.c[name] for name in beside]
    former = Table(
        f"former_{kept.name}",
        metadata,
        *(Column(name, kept.c[name].type, primary_key=True) for name in keys),
        Column("since", Integer, primary_key=True, autoincrement=False),
        *(Column(c.name, c.type, nullable=c.nullable) for c in counted),
        Column("until", Integer, nullable=False),
    )
    return Facts(kept, former, mart, day, beside)


CASE_FACTS = _facts(case_clocks, mart_cases, "received_on")
QUEUE_FACTS = _facts(queue_entries, mart_queue, "registered_on")
SURVEY_FACTS = _facts(survey_answers, mart_survey, "answered_on")
COURSE_FACTS = _facts(case_courses, mart_courses, "stopped_on", beside=("steps", "times"))
FACTS = (CASE_FACTS, QUEUE_FACTS, SURVEY_FACTS, COURSE_FACTS)

# --- what was foretold ----------------------------------------------------------------------------

forecast = Table(  # a row for each that was made, kept as it was made (etl/forecasts.py)
    "forecast",
    metadata,
    Column("forecast_id", Integer, primary_key=True, autoincrement=True),
    Column("as_of", Date, nullable=False),
    Column("clock", WORD, nullable=False),
    Column("horizon", Integer, nullable=False),  # days after as_of
    Column("channel", WORD, nullable=False),  # "": of all channels
    Column("made_at", DateTime, nullable=False),
    Column("known_to", Date, nullable=False),  # the last day of the data; after as_of: a backtest
    Column("method", WORD, nullable=False),
    Column("open", Integer, nullable=False),
    Column("due", Integer, nullable=False),
    Column("expected", Float, nullable=False),
    Column("low", Integer, nullable=False),
    Column("high", Integer, nullable=False),
    Column("naive", Integer, nullable=False),
    Column("realised", Integer),
    Column("scored_at", DateTime),
    Index("ix_forecast_as_of", "as_of", "clock", "horizon", "channel", unique=True),
)

# --- what was decided about charts ----------------------------------------------------------------

chart_rebase = Table(  # from which month limits begin anew; never deleted (etl/charts.py)
    "chart_rebase",
    metadata,
    Column("rebase_id", Integer, primary_key=True, autoincrement=True),
    Column("measure", WORD, nullable=False),  # for satisfaction with its question
    Column("from_month", Date, nullable=False),  # the first of it
    Column("why", Text, nullable=False),
    Column("made_by", WORD, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("undone_by", WORD),
    Column("undone_at", DateTime),
)

# --- what heads wrote to cases --------------------------------------------------------------------

case_remark = Table(  # rows are only ever added (etl/case_remarks.py); no key binds one to its case
    "case_remark",
    metadata,
    Column("remark_id", Integer, primary_key=True, autoincrement=True),
    Column("case_id", WORD, nullable=False),
    Column("written_by", WORD, nullable=False),  # a login
    Column("written_at", DateTime, nullable=False),
    Column("expected_on", Date),
    Column("note", Text),  # nothing that looks personal gets in; purged after a time
    Column("withdraws", Integer),  # the remark of the same case that this row takes back
    Column("token", String(64), nullable=False),  # of the form: sent twice, it is kept once
    Index("ix_case_remark_case_id", "case_id", "remark_id"),
    Index("ix_case_remark_token", "token", unique=True),
)
