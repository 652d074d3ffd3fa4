"""Who types a command is who the system says, not who the environment says."""

from __future__ import annotations

import os
import pwd

import pytest

from dashboard.cli.system_user import system_user


def test_the_environment_makes_nobody_another(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody-else")
    assert system_user() == pwd.getpwuid(os.getuid()).pw_name


def test_a_user_without_a_name_is_told_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 987_654_321)
    assert system_user() == "uid 987654321"
