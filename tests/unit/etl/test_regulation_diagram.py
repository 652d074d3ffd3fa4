"""The text diagrams of a channel."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from etl.regulation import LANGUAGES, Regulation, load
from etl.regulation.diagram import render
from tests.support.regulations import almaty

RECEIPT = Path(__file__).parents[2] / "cases" / "receipt" / "regulation.toml"

PORTAL = """\
E-government portal (portal) · item 8
─────────────────────────────────────

▶ E-P0  Register on the portal with the IIN
  ↓     Applicant · 8.1
▶ E-P1  Authenticate the applicant
  ↓     E-government portal · 8.2
◇ E-C1  Check the digital signature and its certificate
  │     Certification authority · 8.3
  ├── E-P2  Form the rejection message: identity not confirmed
  │         E-government portal · 8.4
  │   ⇒ Rejected by the portal: identity not confirmed
  ↓
  E-P3  Choose the service, fill in the form and attach the documents
  ↓     Applicant · 8.5
  E-P4  Sign the request digitally
  ↓     Applicant · 8.6
  E-P5  Send the request through the gateway to the authority's system
  ↓     E-government gateway · 8.7
◇ E-C2  Check data and documents against the requirements
  │     Officer of the local executive body · 8.8
  ├── E-P6  Form the refusal message: the set of documents is incomplete
  │         Officer of the local executive body · 8.9
  │   ⇒ Returned as incomplete
  ↓
  E-P7  Prepare the certificate: register or refuse
  ↓     Officer of the local executive body · 8.10
  E-P8  Put the documents before the housing commission
  ↓     Officer of the local executive body · 8.11
  E-P9  Form the result, sign it and send it to the personal cabinet or by e-mail
        Officer of the local executive body · 8.12
  ⇒ Registered | Refused

▶ start   ◇ condition   ⇒ end"""


def test_draws_the_portal_with_its_two_conditions() -> None:
    assert render(almaty(), "portal", "en") == PORTAL


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("regulation", [almaty(), load(RECEIPT)], ids=lambda r: r.id)
def test_draws_every_step_of_every_channel_once(regulation: Regulation, lang) -> None:
    for channel in regulation.channels:
        drawn = render(regulation, channel.code, lang)
        for step in channel.steps:
            line = rf"^[ │├└─]*[ ▶◇]? ?{re.escape(step.code)}(  .*)?$"
            assert len(re.findall(line, drawn, re.MULTILINE)) == 1, step.code
            assert step.name[lang] in drawn
            assert f"· {step.item}\n" in drawn


def test_draws_a_loop_as_an_arrow_back() -> None:
    lines = render(load(RECEIPT), "Desk", "en").splitlines()
    adjust = next(n for n, line in enumerate(lines) if "T03 Adjust" in line)
    assert lines[adjust + 2].endswith("└─↺ T02 Check confirmation of receipt")
    assert "↺ to a step above" in lines[-1]


def test_the_usual_way_runs_down_the_left_margin() -> None:
    drawn = render(load(RECEIPT), "Post", "en")
    usual = [m.group(1) for m in re.finditer(r"^[▶ ] ([A-Z]\S+) \S", drawn, re.MULTILINE)]
    assert usual == ["Confirmation", "T02", "T04", "T05", "T06", "T10"]


def test_goes_on_after_a_step_where_the_way_may_also_end() -> None:
    lines = render(load(RECEIPT), "Post", "en").splitlines()
    end = lines.index("  ⇒ Decided")
    assert "T10" in lines[end - 2]
    assert lines[end + 1].startswith("  ├── T11")


def test_an_unknown_channel_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="fax"):
        render(almaty(), "fax", "en")
