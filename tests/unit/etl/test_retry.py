"""What is tried again, how often and after which pauses; what is not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, OperationalError

from etl.errors import KezekError, TransientError
from etl.retry import Patience, kind_of

LOST = "server closed the connection unexpectedly\n\tThis probably means that it terminated"


class Clock:
    """Time that passes by pauses alone."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def __call__(self) -> float:
        return sum(self.pauses)


def _patience(clock: Clock, **given: Any) -> Patience:
    return Patience(**{"clock": clock, "sleep": clock.sleep, "chance": lambda: 0.0, **given})


def _failing(times: int, error: type[Exception] = TransientError) -> Callable[[], str]:
    """What fails so often and then gives "done"."""
    left = [error("It is busy.") for _ in range(times)]

    def action() -> str:
        if left:
            raise left.pop()
        return "done"

    return action


def test_the_pauses_double_up_to_the_longest() -> None:
    clock = Clock()
    assert _patience(clock).call(_failing(5)) == "done"
    assert clock.pauses == [0.5, 1, 2, 4, 4]


def test_what_succeeds_at_once_is_not_waited_for() -> None:
    clock = Clock()
    assert _patience(clock).call(_failing(0)) == "done"
    assert clock.pauses == []


def test_after_the_last_attempt_the_error_is_raised() -> None:
    clock = Clock()
    with pytest.raises(TransientError):
        _patience(clock).call(_failing(6))
    assert len(clock.pauses) == 5


def test_no_pause_ends_later_than_the_whole_may_take() -> None:
    clock = Clock()
    with pytest.raises(TransientError):
        _patience(clock, total=3.4).call(_failing(6))
    assert clock.pauses == [0.5, 1]


@pytest.mark.parametrize(("chance", "pauses"), [(0.0, [0.5, 1]), (0.5, [0.375, 0.75])])
def test_a_pause_is_shortened_at_random(chance: float, pauses: list[float]) -> None:
    clock = Clock()
    _patience(clock, chance=lambda: chance).call(_failing(2))
    assert clock.pauses == pauses


@pytest.mark.parametrize("error", [KezekError, ValueError, KeyboardInterrupt])
def test_what_does_not_pass_is_not_tried_again(error: type[Exception]) -> None:
    clock = Clock()
    with pytest.raises(error):
        _patience(clock).call(_failing(1, error))
    assert clock.pauses == []


def test_each_further_attempt_is_told_in_one_line() -> None:
    clock, told = Clock(), []
    _patience(clock, tell=told.append).call(_failing(2))
    assert told == ["It is busy. Trying again in 0.5 s.", "It is busy. Trying again in 1.0 s."]


def test_a_block_runs_once_though_entering_it_was_tried_twice() -> None:
    clock, begun, ran = Clock(), _failing(1), []

    @contextmanager
    def context() -> Any:
        yield begun()

    with _patience(clock).enter(context) as value:
        ran.append(value)
    assert (ran, clock.pauses) == (["done"], [0.5])
    with pytest.raises(TransientError), _patience(clock).enter(context):
        raise TransientError("again")
    assert clock.pauses == [0.5]


def _connection(said: str) -> DBAPIError:
    """How psycopg tells that it has no connection: without a SQLSTATE."""
    return OperationalError(None, None, psycopg.OperationalError(f"connection failed: {said}"))


def _state(error: type[psycopg.Error]) -> DBAPIError:
    return OperationalError("SELECT 1", {}, error())


def _sqlite(code: int) -> DBAPIError:
    error = sqlite3.OperationalError("no words of it are read")
    error.sqlite_errorcode = code
    return OperationalError("SELECT 1", {}, error)


TO_SERVER = 'connection to server at "10.0.0.1", port 5432 failed: '


@pytest.mark.parametrize(
    ("error", "passes_when"),
    [
        (_connection(TO_SERVER + "Connection refused"), "connecting reading"),
        (_connection(TO_SERVER + "Connection reset by peer"), "connecting reading"),
        (_connection(TO_SERVER + LOST), "connecting reading"),
        (_connection(TO_SERVER + "No such file\n\tIs the server running"), "connecting reading"),
        (_connection("FATAL:  the database system is starting up"), "connecting reading"),
        (_connection("FATAL:  sorry, too many clients already"), "connecting reading"),
        (_connection('FATAL:  too many connections for role "clerk"'), "connecting reading"),
        (_connection("ВАЖНО:  система баз данных запускается"), "connecting reading"),
        (_connection('FATAL:  password authentication failed for user "clerk"'), ""),
        (_connection('FATAL:  database "city" does not exist'), ""),
        (_connection("failed to resolve host 'db': Name or service not known"), ""),
        (_state(errors.CannotConnectNow), "connecting reading"),
        (_state(errors.TooManyConnections), "connecting reading"),
        (_state(errors.SerializationFailure), "reading writing"),
        (_state(errors.DeadlockDetected), "reading writing"),
        (_state(errors.AdminShutdown), "reading"),
        (_state(errors.InvalidPassword), ""),
        (_state(errors.InvalidCatalogName), ""),
        (_state(errors.SyntaxError), ""),
        (_state(errors.UniqueViolation), ""),
        (_state(errors.DiskFull), ""),
        (_state(errors.LockNotAvailable), ""),
        (_sqlite(sqlite3.SQLITE_BUSY), "connecting reading"),
        (_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), "connecting reading"),
        (_sqlite(sqlite3.SQLITE_FULL), ""),
        (_sqlite(sqlite3.SQLITE_CANTOPEN), ""),
        (OperationalError("", {}, sqlite3.OperationalError("Could not decode to UTF-8")), ""),
        (OperationalError("", {}, Exception("the link is gone"), None, True), "connecting reading"),
        (ConnectionRefusedError("not of a database"), ""),
    ],
)
def test_only_faults_that_pass_are_tried_again(error: Exception, passes_when: str) -> None:
    doings = ("connecting", "reading", "writing")
    assert [d for d in doings if kind_of(error, d) is TransientError] == passes_when.split()
