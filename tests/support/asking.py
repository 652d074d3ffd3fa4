"""A callback asked without a browser, as the browser would, or as nobody should."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.app import KezekDash

# Almaty's survey: what of each pattern stands on the page.
_MEMBERS = {
    "survey-answer": ("code", ("q1", "q2")),
    "case-error": ("field", ("expected_on", "note")),
    "survey-error": ("field", ("service_point", "answered_on", "q1", "q2")),
}
UPDATE = "/_dash-update-component"


def body(app: KezekDash, output: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The request for a callback. ``values``: "id.property" -> value; those not said are None."""
    known = app.callback_map[output]
    inputs = [_said(prop, values) for prop in known["inputs"]]
    return {
        "output": output,
        "outputs": _outputs(output),
        "inputs": inputs,
        "state": [_said(prop, values) for prop in known["state"]],
        "changedPropIds": [_name(part) for part in _members(inputs[0])[:1]],
    }


def ask(client: FlaskClient, sent: object, **options: Any) -> TestResponse:
    """The answer to a callback's request."""
    return client.post(UPDATE, json=sent, **options)


def _members(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [said]


def _name(part: Mapping[str, Any]) -> str:
    """What the browser calls a part: "id.property", the id of a pattern as JSON without spaces."""
    found = part["id"]
    told = found if isinstance(found, str) else json.dumps(found, sort_keys=True)
    return f"{told.replace(' ', '')}.{part['property']}"


def _outputs(output: str) -> Any:
    parts = output.strip(".").split("...")
    found = [_output(part) for part in parts]
    return found if output.startswith("..") else found[0]


def _output(part: str) -> Any:
    component, _, prop = part.rpartition(".")
    if not component.startswith("{"):
        return {"id": component, "property": prop}
    kind = json.loads(component)["type"]
    key, members = _MEMBERS[kind]
    return [{"id": {"type": kind, key: member}, "property": prop} for member in members]


def _said(prop: Mapping[str, str], values: Mapping[str, Any]) -> Any:
    if prop["id"].startswith("{"):
        told: Sequence[Any] = values.get(f"{prop['id']}.{prop['property']}", [])
        return list(told)
    return {**prop, "value": values.get(f"{prop['id']}.{prop['property']}")}
