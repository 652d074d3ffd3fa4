"""The messages that the dashboard's source uses, and the catalogues that must answer them.

As a command it adds to the catalogues what the source uses and takes away what it does not; the
new ones stand there empty, to be translated, and the tests fail until they are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from dashboard.i18n import LOCALE_FOLDER
from etl.regulation.model import LANGUAGES, Lang

SOURCE = LOCALE_FOLDER.parent
WIDTH = 96
PLURALS: dict[Lang, str] = {
    "kk": "nplurals=2; plural=(n != 1);",
    "ru": (
        "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
        "n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
    ),
    "en": "nplurals=2; plural=(n != 1);",
}
_HEADER = """msgid ""
msgstr ""
"Project-Id-Version: kezek\\n"
"Language: {lang}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""

MessageId = str | tuple[str, str]


def used() -> dict[MessageId, list[str]]:
    """Every message in ``N_("…")``, ``t("…")`` or ``t.plural("…", "…", n)``, with its files."""
    found: dict[MessageId, list[str]] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        place = file.relative_to(SOURCE.parent).as_posix()
        for message in _messages_in(ast.parse(file.read_text(encoding="utf-8"))):
            places = found.setdefault(message, [])
            if place not in places:
                places.append(place)
    return found


def read(lang: Lang) -> Catalog:
    """A language's catalogue as it is written."""
    with path(lang).open("rb") as file:
        return read_po(file, locale=lang)


def path(lang: Lang) -> Path:
    """Where a language's catalogue lies."""
    return LOCALE_FOLDER / lang / "LC_MESSAGES" / "messages.po"


def messages(catalog: Catalog) -> list[Message]:
    """The messages of a catalogue without its header."""
    return [message for message in catalog if message.id]


def update() -> None:
    """Bring every catalogue to what the source uses."""
    for lang in LANGUAGES:
        old = {message.id: message.string for message in messages(read(lang))}
        catalog = Catalog(locale=lang)
        for message, places in used().items():
            catalog.add(message, old.get(message, ""), locations=[(p, 0) for p in places])
        body = BytesIO()
        write_po(
            body, catalog, width=WIDTH, sort_output=True, include_lineno=False, omit_header=True
        )
        head = _HEADER.format(lang=lang, plurals=PLURALS[lang])
        path(lang).write_bytes(head.encode() + body.getvalue().replace(b"#, python-format\n", b""))


def _messages_in(tree: ast.AST) -> Iterator[MessageId]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if name in ("N_", "t") and texts and isinstance(texts[0], str):
            yield texts[0]
        elif name == "plural" and len(texts) >= 2:
            yield str(texts[0]), str(texts[1])


if __name__ == "__main__":
    update()
