"""What each door of the server asks, said once more by hand, and who comes to it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask.testing import FlaskClient

from dashboard import doors
from dashboard.access import PERMITTED, Permission, Reader
from dashboard.app import KezekDash
from dashboard.doors import Ask
from tests.support.screens import READERS

CASE = re.compile(r"case-\d{5}")
REFUSED = "This page is not open to you"
SUITE = "/_dash-component-suites/dash/deps/react@18.v1m1.3.1.min.js"
NO_FILES = tuple(
    f"/_dash-component-suites/{name}"
    for name in ("dash/dash.py", "dash/../dash.py", "etl/warehouse.py", "none/x.js")
)

PAGES: Mapping[str, Permission] = {
    "/": Permission.FIGURES,
    "/queue": Permission.FIGURES,
    "/times": Permission.FIGURES,
    "/overdue": Permission.FIGURES,
    "/satisfaction": Permission.FIGURES,
    "/briefing": Permission.FIGURES,
    "/deviations": Permission.CASES,
    "/survey": Permission.SURVEY,
    "/data": Permission.RUNS,
}
ROUTES: Mapping[str, tuple[str, Ask | Permission]] = {
    "static": ("/static/none.css", Ask.OPEN),
    "_dash_assets.static": ("/assets/kezek.css", Ask.OPEN),
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": (SUITE, Ask.OPEN),
    "/_favicon.ico": ("/_favicon.ico", Ask.OPEN),
    "vendor": ("/vendor/css/bootstrap.min.css", Ask.OPEN),
    "theme": ("/theme.css", Ask.OPEN),
    "plotly": ("/vendor/plotly.js", Ask.OPEN),
    "page_script": ("/_dash-component-suites/dash/dcc/dash_renderer-page.js", Ask.OPEN),
    "page_style": ("/page.css", Ask.OPEN),
    "healthz": ("/healthz", Ask.OPEN),
    "/": ("/", Permission.FIGURES),
    "/<path:path>": ("/data", Permission.RUNS),
    "/_dash-layout": ("/_dash-layout", Ask.SIGNED_IN),
    "/_dash-dependencies": ("/_dash-dependencies", Ask.SIGNED_IN),
    "/_reload-hash": ("/_reload-hash", Ask.SIGNED_IN),
    "/_dash-update-component": ("/_dash-update-component", Ask.SIGNED_IN),
    "chart_file": ("/export/chart/queue/flow.csv", Permission.FIGURES),
    "overdue_csv": ("/export/overdue.csv", Permission.CASES),
    "overdue_xlsx": ("/export/overdue.xlsx", Permission.CASES),
}
CALLBACKS: Mapping[str, tuple[str, Permission | Ask]] = {
    "header.children": ("location.pathname, location.search > header.children", Ask.SIGNED_IN),
    "location.search": ("chosen.data > location.search", Ask.SIGNED_IN),
    "case-grid.getRowsResponse": (
        "case-grid.getRowsRequest > case-grid.getRowsResponse",
        Permission.CASES,
    ),
    "open a case": ("location.search > case-panel.children", Permission.CASES),
    "write to a case": ("case-save.n_clicks > case-state.data", Permission.REMARK),
    "take it back": ("case-withdraw.n_clicks > case-saved.data", Permission.REMARK),
    "save": ("survey-save.n_clicks > survey-state.data", Permission.SURVEY),
    "correct": ("survey-correct.n_clicks > survey-state.data", Permission.SURVEY),
}
HTML = {"Accept": "text/html"}
EVERYBODY = (None, *READERS)


def opens(reader: Reader | None, needs: Ask | Permission) -> bool:
    if needs in (Ask.OPEN, Ask.ITSELF):
        return True
    if reader is None:
        return False
    return needs is Ask.SIGNED_IN or reader.role in PERMITTED[Permission(needs)]


def name_of(reader: Reader | None) -> str:
    return reader.role.value if reader else "nobody"


def client_of(houses: dict[str, KezekDash], reader: Reader | None) -> FlaskClient:
    found: FlaskClient = houses[name_of(reader)].server.test_client()
    return found


def outputs(app: KezekDash) -> dict[str, str]:
    """Name of each callback that runs on the server -> its output, as a browser sends it."""
    return {
        doors.callback_name(output, known["inputs"]): output
        for output, known in app.callback_map.items()
        if "callback" in known
    }


ACCOUNTS: Mapping[str, tuple[str, str, Ask | Permission]] = {
    "sign_in": ("GET", "/sign-in", Ask.ITSELF),
    "sign_in_as": ("POST", "/sign-in/demo", Ask.ITSELF),
    "sign_in_oidc": ("GET", "/sign-in/oidc", Ask.ITSELF),
    "oidc_callback": ("GET", "/sign-in/oidc/callback", Ask.ITSELF),
    "sign_out": ("POST", "/sign-out", Ask.ITSELF),
    "sign_out_everywhere": ("POST", "/sign-out/everywhere", Ask.ITSELF),
    "password": ("GET", "/account/password", Ask.ITSELF),
    "accounts": ("GET", "/accounts", Permission.ACCOUNTS),
    "accounts_add": ("POST", "/accounts/add", Permission.ACCOUNTS),
    "accounts_disable": ("POST", "/accounts/disable", Permission.ACCOUNTS),
    "accounts_enable": ("POST", "/accounts/enable", Permission.ACCOUNTS),
    "accounts_reset": ("POST", "/accounts/reset", Permission.ACCOUNTS),
}
