"""By keyboard alone: everything is reached in order, seen where it is, left again, and works."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboard import days, pages
from tests.support.written_days import WRITTEN

# A field of a day is filled with each text and left: what it holds then, whether that is none.
LEFT_WITH = """texts => {
  const field = document.querySelector('.kz-date').cloneNode(true);
  document.body.append(field);
  const box = field.querySelector('input');
  return texts.map(text => {
    box.value = text;
    box.dispatchEvent(new FocusEvent('focusout', {bubbles: true}));
    return [box.value, box.getAttribute('aria-invalid')];
  });
}"""

PATHS = [page.PATH for page in pages.load()]
MOST = 250  # presses of Tab after which a page would be no fit for the keyboard

# What has the focus: its number in the document, whether one sees that it has it.
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const cell = e.classList.contains('ag-cell-focus') && style.borderTopStyle !== 'none';
  const at = [...document.querySelectorAll('*')].indexOf(e);
  return [at, outlined || cell, e.outerHTML.slice(0, 90)];
}"""

# What can be operated and is shown; of the radio buttons of a question one, as Tab takes them. In a
# grid it is the headings that sort; its cells are walked through by arrows.
OPERABLE = """() => {
  const all = [...document.querySelectorAll('*')], groups = new Set();
  const kinds = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
  return [...document.querySelectorAll(kinds)]
    .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled)
    .filter(e => !e.closest('.ag-root-wrapper') || e.closest('.ag-header-cell-sortable'))
    .filter(e => {
      if (e.type !== 'radio') return true;
      const isFirst = !groups.has(e.name);
      groups.add(e.name);
      return isFirst;
    })
    .map(e => [all.indexOf(e), e.type === 'radio' ? e.name : '', e.outerHTML.slice(0, 90)]);
}"""
RADIO = "() => document.activeElement.type === 'radio' ? document.activeElement.name : ''"


@pytest.mark.parametrize("path", PATHS)
def test_tab_reaches_all_that_can_be_operated_and_leaves_it_again(reader, path: str) -> None:
    # Given
    page = reader.open(path, lang="kk")
    if path == "/overdue":
        page.locator(".ag-row .ag-cell").first.wait_for()
    page.evaluate("() => document.activeElement.blur()")
    operable = page.evaluate(OPERABLE)
    # When
    reached, unseen = walked(page)
    # Then
    missed = [html for at, radio, html in operable if (radio or at) not in reached]
    assert (missed, unseen) == ([], [])


def walked(page: Page) -> tuple[set[object], list[str]]:
    """What Tab came to, from the beginning of the page to its end, and what was not seen there.

    A page may put the focus somewhere by itself, so the beginning is where Tab comes after an end.
    """
    reached: set[object] = set()
    unseen = []
    ends = 0
    for _ in range(MOST):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            ends += 1
            if ends == 2:
                return reached, unseen
        else:
            at, is_seen, html = focused
            reached |= {at, page.evaluate(RADIO)}
            unseen += [] if is_seen else [html]
    pytest.fail(f"after {MOST} presses of Tab the page has not ended")


def test_the_first_stop_leads_past_the_frame(reader) -> None:
    # Given
    page = reader.open("/queue", lang="en")
    # When
    page.keyboard.press("Tab")
    # Then
    expect(page.locator(".kz-skip")).to_be_focused()
    expect(page.locator(".kz-skip")).to_be_in_viewport()
    # When
    page.keyboard.press("Enter")
    # Then
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.querySelector('#main').contains(document.activeElement)")


def test_a_filter_is_opened_chosen_from_and_closed_by_keyboard(reader) -> None:
    # Given
    page = reader.open("/", lang="en")
    chip = page.locator(".kz-chip", has_text="all channels")
    chip.focus()
    # When
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_url("**channel=*")
    reader.drawn()
    # Then
    box = page.locator("details.kz-chip-box[open]")
    expect(box.locator("input").first).to_be_focused()
    # When
    page.keyboard.press("Escape")
    # Then
    expect(box).to_have_count(0)
    assert page.evaluate("() => document.activeElement.matches('summary.kz-chip-on')")


def test_a_day_is_typed_or_chosen_by_keyboard_in_the_reader_s_language(reader) -> None:
    # Given
    page = reader.open("/", lang="kk", as_of="2013-12-31")
    page.locator(".kz-chip", has_text="31.12.2013").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    # When
    page.keyboard.type("31.31")
    page.keyboard.press("Enter")
    # Then
    field = page.locator("details[open] .kz-date")
    expect(field.get_by_role("alert")).to_have_text("Бұл күн емес: КК.АА.ЖЖЖЖ.")
    # When
    field.locator("input").fill("1.12.13")
    page.keyboard.press("Tab")
    page.wait_for_url("**as_of=2013-12-01*")
    reader.drawn()
    # Then
    expect(field.locator("input")).to_have_value("01.12.2013")
    expect(field.locator(".kz-date-wrong")).to_be_empty()
    # When
    page.keyboard.press("Enter")
    expect(field.get_by_role("grid")).to_have_accessible_name("Желтоқсан 2013")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("PageUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**as_of=2013-10-24*")
    # Then
    expect(field.locator(".kz-date-open")).to_be_focused()
    # When
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    # Then
    expect(field.get_by_role("grid")).to_have_count(0)
    expect(field.locator(".kz-date-open")).to_be_focused()


def test_the_browser_reads_days_as_the_server_does(reader) -> None:
    # Given a field that tells nobody else
    page = reader.open("/", lang="kk")
    # When
    found = page.evaluate(LEFT_WITH, list(WRITTEN))
    # Then
    assert dict(zip(WRITTEN, found, strict=True)) == {
        said: [days.written(day) if day else said, "true" if day is None else None]
        for said, day in WRITTEN.items()
    }


def test_the_theme_is_switched_by_keyboard(reader) -> None:
    # Given
    page = reader.open("/", lang="en")
    page.locator(".kz-theme").focus()
    # When
    page.keyboard.press("Enter")
    # Then
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_the_list_is_sorted_and_walked_by_keyboard(reader) -> None:
    # Given
    page = reader.open("/overdue", lang="en")
    page.locator(".ag-row .ag-cell").first.wait_for()
    page.locator(".ag-header-cell[col-id=received_on]").focus()
    first = page.locator('.ag-row[row-index="0"] .ag-cell[col-id=received_on]')
    earliest_first = first.inner_text()
    # When
    page.keyboard.press("Enter")
    # Then
    expect(page.locator(".ag-header-cell[col-id=received_on]")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(first).not_to_have_text(earliest_first)
    expect(first).not_to_be_empty()
    for row in (0, 1):
        # When
        page.keyboard.press("ArrowDown")
        # Then
        cell = page.locator(f'.ag-row[row-index="{row}"] .ag-cell[col-id=received_on]')
        expect(cell).to_be_focused()
    # When
    page.keyboard.press("Tab")
    # Then
    assert not page.evaluate("() => Boolean(document.activeElement.closest('.kz-cases'))")
