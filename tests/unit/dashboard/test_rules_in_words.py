"""Every reason for which a record stays out or looks odd is said in three languages."""

from __future__ import annotations

import pytest

from dashboard.i18n import Translator, read_catalogue
from dashboard.rules_in_words import RULES, reason_of
from etl.contract import FINDINGS
from etl.contract import RULES as CONTRACT
from etl.extract.model import UNREADABLE_RULES
from etl.load.remarks import ORPHANED
from etl.regulation.model import LANGUAGES, Lang

CODES = {*(rule.code for rule in CONTRACT), *UNREADABLE_RULES, *ORPHANED, *FINDINGS}


def test_every_rule_and_finding_has_words_and_no_other() -> None:
    assert set(RULES) == CODES


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_words_are_of_the_language_and_tell_the_rules_apart(lang: Lang) -> None:
    t = Translator(read_catalogue(lang))
    told = {code: reason_of(code, t) for code in CODES}
    assert len(set(told.values())) == len(CODES)
    if lang != "en":
        assert not [code for code in CODES if told[code] == RULES[code]]


def test_a_rule_of_another_version_is_another_reason() -> None:
    assert reason_of("unlucky_day", Translator(read_catalogue("en"))) == "another reason"
