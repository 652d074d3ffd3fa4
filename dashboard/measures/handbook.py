"""All measures as one page of Markdown, for ``docs/measures.md``."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.i18n import N_, Translator
from dashboard.measures import words
from dashboard.measures.measure import Measure
from dashboard.measures.registry import GROUPS, REGISTRY

_INTRODUCTION = N_(
    "Every figure on a screen, in a file or from the command line is one of these. A is the as-of "
    "date: what happened after its end does not show. [F, T] is the period, both ends in. "
    "{start} is the day from which a case counts as received, {stop} the day on which its time "
    "limit stopped, {due} the last day in time, all three of the time limit chosen; D is the days "
    "from {start} to {stop}. A share or a median of nothing is shown as a dash, never as zero."
)
_MADE = N_("This page is made by {command}.")
_COMMAND = "kezek kpi explain --markdown --lang {lang}"
_LIMIT_ITEM = N_("the item of the time limit chosen, {key}")
_SURVEY_ITEM = N_("the item of the survey, {key}")
_ITEMS = {
    "clock": (_LIMIT_ITEM, "`clocks.<code>.item`"),
    "survey": (_SURVEY_ITEM, "`survey.item`"),
}


def markdown(t: Translator) -> str:
    """The page in a reader's language: contents by group, then a section for each measure."""
    lines = [f"# {t(N_('The measures'))}", "", _introduction(t), "", *_contents(t)]
    for group, measures in GROUPS.items():
        lines += ["", f"## {t(group)}"]
        for measure in measures:
            lines += ["", *_section(measure, t)]
    made = t(_MADE, command=f"`{_COMMAND.format(lang=t.lang)}`")
    return "\n".join([*lines, "", made, ""])


def _introduction(t: Translator) -> str:
    names = {"start": "received_on", "stop": "stopped_on", "due": "due_on"}
    return t(_INTRODUCTION, **{name: f"`{column}`" for name, column in names.items()})


def _contents(t: Translator) -> Iterator[str]:
    for group, measures in GROUPS.items():
        links = " · ".join(f"[{t(m.name)}](#{m.key})" for m in measures)
        yield f"- **{t(group)}:** {links}"


def _section(measure: Measure, t: Translator) -> Iterator[str]:
    yield f"### {measure.key}"
    yield ""
    yield f"**{t(measure.name)}.** {t(measure.definition)}"
    yield ""
    if measure.formula:
        yield f"- {t(N_('Formula'))}: `{measure.formula}`"
    if measure.denominator:
        yield f"- {t(words.BASE)}: {t(measure.denominator)}"
    said = (words.UNITS[measure.unit], words.time(measure), words.direction(measure))
    yield f"- {t(N_('Kind'))}: {'; '.join(map(t, said))}"
    if measure.rests_on:
        item, key = _ITEMS[measure.rests_on]
        yield f"- {t(N_('Regulation'))}: {t(item, key=key)}"
    if measure.caveats:
        yield f"- {t(words.CAVEATS)}:"
        yield from (f"  - {t(caveat)}" for caveat in measure.caveats)
    if measure.see:
        links = ", ".join(f"[{t(REGISTRY[key].name)}](#{key})" for key in measure.see)
        yield f"- {t(N_('See also'))}: {links}"
