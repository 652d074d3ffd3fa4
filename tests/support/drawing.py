"""A page drawn without a browser: the request that the browser makes for an address."""

from __future__ import annotations

from copy import deepcopy
from functools import reduce
from operator import getitem
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import ids


def ask(client: FlaskClient, path: str, search: str = "", drawn: object = None) -> TestResponse:
    """The answer of the callback that draws the frame and the page for an address."""
    dependencies = client.get("/_dash-dependencies").get_json()
    return client.post("/_dash-update-component", json=request(dependencies, path, search, drawn))


def request(
    dependencies: list[dict[str, Any]], path: str, search: str = "", drawn: object = None
) -> dict[str, Any]:
    """What the browser sends so that an address is drawn. ``dependencies``: as Dash tells them.

    ``drawn``: what the last answer said was drawn; None of an empty frame.
    """
    output = next(
        d["output"]
        for d in dependencies
        if {"id": ids.LOCATION, "property": "pathname"} in d["inputs"]
    )
    inputs = {(ids.LOCATION, "pathname"): path, (ids.LOCATION, "search"): search}
    state = [{"id": ids.DRAWN, "property": "data", "value": drawn}]
    return {**body(output, inputs), "state": state}


def body(output: str, inputs: dict[tuple[str, str], Any]) -> dict[str, Any]:
    """A callback's request. ``output``: as Dash names it; ``inputs``: (id, property) -> value."""
    outputs = [part.rpartition(".")[::2] for part in output.strip(".").split("...")]
    given = [{"id": i, "property": p, "value": v} for (i, p), v in inputs.items()]
    return {
        "output": output,
        "outputs": [{"id": i, "property": p} for i, p in outputs],
        "inputs": given,
        "changedPropIds": [f"{part['id']}.{part['property']}" for part in given[:1]],
    }


def screen(
    client: FlaskClient, path: str, search: str = "", drawn: object = None
) -> dict[str, Any]:
    """Id of each part of the screen that was sent -> what it holds now, or how it changes."""
    answer = ask(client, path, search, drawn)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    parts: dict[str, dict[str, Any]] = answer.get_json()["response"]
    return {name: next(iter(props.values())) for name, props in parts.items()}


def changed(shown: Any, sent: Any) -> Any:
    """What is shown after an answer, as Dash's renderer makes it of what was shown before."""
    if not isinstance(sent, dict) or "operations" not in sent:
        return sent
    shown = deepcopy(shown)
    for step in sent["operations"]:
        assert step["operation"] == "Assign"
        *way, last = step["location"]
        spot = reduce(getitem, way, shown)
        spot[last] = step["params"]["value"]
    return shown


def words(component: Any) -> str:
    """Every text that a component and those in it show, in the order of reading."""
    return " ".join(" ".join(_texts(component)).split())


def _texts(component: Any) -> list[str]:
    if isinstance(component, str | int | float) and not isinstance(component, bool):
        return [str(component)]
    if isinstance(component, list):
        return [text for part in component for text in _texts(part)]
    if isinstance(component, dict):
        props = component.get("props", {})
        shown = [props.get("children"), *(o["label"] for o in props.get("options") or [])]
        spoken = [props[key] for key in ("alt", "title", "aria-label") if key in props]
        return [text for part in (*shown, *spoken) for text in _texts(part)]
    return []


def charts(component: Any) -> list[dict[str, Any]]:
    """Every Plotly figure in a component."""
    if isinstance(component, list):
        return [chart for part in component for chart in charts(part)]
    if not isinstance(component, dict):
        return []
    props = component.get("props", {})
    own = [props["figure"]] if component.get("type") == "Graph" else []
    return own + charts(props.get("children"))
