"""Passwords: which are refused and why, how they are kept, how many are checked at a time."""

from __future__ import annotations

import threading

import pytest
from argon2 import extract_parameters

from dashboard.accounts import passwords
from dashboard.accounts.passwords import BusyError, why_not

GOOD = "teapot-gravel-ninth-otter"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short-1-pass", None),
        ("xk3-pq9-rt2", "Use at least 12 characters."),
        ("x7" * 65, "Use at most 128 characters."),
        ("Aigul-plays-the-dombra-well", "The password must not contain your login."),
        ("password1234", "This password is easy to guess."),
        ("correcthorse", "This password is easy to guess."),
        ("111111111111111", "It repeats the same characters."),
        ("qwertyuiop[]", "It follows the keys of a keyboard."),
        ("abcdefghijklm", "It is a sequence like abc or 123."),
        ("парольалматы", "It is made of common words, names or passwords."),
        ("gfhjkmgfhjkm", "This password is easy to guess."),
        (GOOD, None),
        ("түйе-айна-жеті-бұлт", None),
        (GOOD * 4, None),
    ],
)
def test_a_new_password_is_refused_with_the_reason(password: str, said: str | None) -> None:
    found = why_not(password, login="aigul")
    assert (said in found) if said else (found == [])


def test_a_first_password_may_be_used_and_is_another_each_time() -> None:
    made = {passwords.first() for _ in range(50)}
    assert len(made) == 50
    assert not any(why_not(one, login="aigul") for one in made)


def test_what_is_kept_is_argon2id_and_matches_its_password_alone() -> None:
    kept = passwords.hashed(GOOD)
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept
    assert passwords.matches(kept, GOOD)
    assert not passwords.matches(kept, GOOD + "x")
    assert not passwords.matches(None, GOOD)
    assert not passwords.matches("no hash", GOOD)
    assert not passwords.is_outdated(kept)
    assert passwords.is_outdated(kept.replace("t=3", "t=2"))


def test_a_password_is_taken_whole() -> None:
    longest = (GOOD * 6)[: passwords.LONGEST]
    kept = passwords.hashed(longest)
    assert passwords.matches(kept, longest)
    assert not passwords.matches(kept, longest + "x")
    assert why_not(longest + "x", login="aigul") == ["Use at most 128 characters."]


def test_no_more_are_checked_at_a_time_and_the_others_are_sent_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a hasher that works until it is told to end
    at_work, most, go_on = [0], [0], threading.Event()
    lock = threading.Lock()

    class Slow:
        def hash(self, _password: str) -> str:
            with lock:
                at_work[0] += 1
                most[0] = max(most[0], at_work[0])
            go_on.wait()
            with lock:
                at_work[0] -= 1
            return ""

    monkeypatch.setattr(passwords, "_hasher", Slow())
    monkeypatch.setattr(passwords, "_PATIENCE", 0.01)
    sent_away = []

    def attempt() -> None:
        try:
            passwords.hashed(GOOD)
        except BusyError:
            sent_away.append(1)
            if len(sent_away) == 20 - passwords.AT_ONCE:
                go_on.set()

    # When
    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Then
    assert most == [passwords.AT_ONCE]
    assert len(sent_away) == 20 - passwords.AT_ONCE


def test_the_first_unknown_login_takes_one_check_and_no_hash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As long as any: what there is no password for is checked under the same parameters."""

    def no_hash(*_: object) -> str:
        raise AssertionError("it takes twice as long")

    wanted = extract_parameters(passwords.hashed("x"))
    passwords._nobodys.cache_clear()
    monkeypatch.setattr(type(passwords._hasher), "hash", no_hash)
    assert not passwords.matches(None, "x")
    assert extract_parameters(passwords._nobodys()) == wanted
