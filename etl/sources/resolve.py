"""Templates, environment variables and relative paths: from the TOML's text to plain tables."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from etl.errors import KezekError

Table = dict[str, Any]

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^}]*)?\}")


def read_toml(path: Path) -> Table:
    """The tables of the file. Raises KezekError where it cannot be read or is no TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise KezekError(
            f"The sources file {path} cannot be read ({error.strerror}); "
            "name another with --sources or KEZEK_SOURCES."
        ) from None
    except UnicodeDecodeError:
        raise KezekError(f"The sources file {path} is not UTF-8; save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise KezekError(f"The sources file {path} is not valid TOML: {error}.") from None


def merged(name: str, table: Table, templates: Mapping[str, Table]) -> Table:
    """``table`` laid over the template that it extends, and that one over its own.

    Raises KezekError for a template that is not there or that extends itself.
    """
    chain, seen = [table], {name}
    while (parent := chain[-1].get("extends")) is not None:
        if parent not in templates:
            known = ", ".join(templates) or "none"
            raise KezekError(f"extends: there is no template {parent!r} (there are: {known})")
        if f"template {parent}" in seen:
            raise KezekError(f"extends: the template {parent!r} extends itself")
        seen.add(f"template {parent}")
        chain.append(templates[parent])
    result: Table = {}
    for layer in reversed(chain):
        result = _overlaid(result, layer)
    result.pop("extends", None)
    return result


def _overlaid(below: Table, above: Table) -> Table:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            result[key] = _overlaid(old, value)
        else:
            result[key] = value
    return result


def expanded(text: str, environ: Mapping[str, str]) -> str:
    """``text`` with ``${VAR}`` and ``${VAR:-default}`` filled in; an empty variable is unset.

    Raises KezekError for a variable that is not set and has no default.
    """

    def value(match: re.Match[str]) -> str:
        found = environ.get(match["name"], "")
        if found:
            return found
        if match["default"] is None:
            raise KezekError(f"the environment variable {match['name']} is not set; set it")
        return match["default"][2:]

    return _VARIABLE.sub(value, text)


def absolute(text: str, folder: Path, environ: Mapping[str, str]) -> Path:
    """The path that ``text`` means: relative to the file it stands in.

    A path that begins with a variable which the caller's shell has set is relative to the shell's
    folder, as the person who set it saw it.
    """
    first = _VARIABLE.match(text)
    from_shell = first is not None and bool(environ.get(first["name"]))
    base = Path.cwd() if from_shell else folder.absolute()
    return Path(os.path.normpath(base / Path(expanded(text, environ)).expanduser()))


def database_url(text: str, folder: Path, environ: Mapping[str, str]) -> str:
    """The address, with a relative SQLite path made absolute in the same way."""
    scheme, found, rest = text.partition(":///")
    is_file = found and scheme.startswith("sqlite") and rest and not rest.startswith("file:")
    if not is_file:
        return expanded(text, environ)
    file, mark, query = rest.partition("?")
    return f"{scheme}:///{absolute(file, folder, environ)}{mark}{query}"
