"""The peer of the pages: Dash as it comes, one page with a filter, five figures and four charts.

``application`` is what gunicorn serves. Its data lie in memory and nothing is reckoned, so that the
time is that of the browser and of what is sent to it.
"""

from __future__ import annotations

import pandas as pd
import plotly.express as px
from dash import Dash, Input, Output, dcc, html

_OFFICES = ["Alatau", "Almaly", "Auezov", "Bostandyk", "Medeu"]


def _data() -> pd.DataFrame:
    """Columns office, month, applications, days: 24 months of each office."""
    months = pd.date_range("2012-01-01", periods=24, freq="MS")
    return pd.DataFrame(
        [
            {"office": o, "month": m, "applications": 40 + 7 * i + j % 5, "days": 9 + i + j % 3}
            for i, o in enumerate(_OFFICES)
            for j, m in enumerate(months)
        ]
    )


def _application() -> Dash:
    app = Dash(__name__)
    data = _data()
    app.layout = html.Div(
        [
            html.H1("Applications"),
            dcc.Dropdown(["All", *_OFFICES], "All", id="office", clearable=False),
            html.Div(id="cards"),
            *(dcc.Graph(id=f"chart-{i}") for i in range(4)),
        ]
    )

    @app.callback(
        Output("cards", "children"),
        *(Output(f"chart-{i}", "figure") for i in range(4)),
        Input("office", "value"),
    )
    def _draw(office: str):
        shown = data if office == "All" else data[data["office"] == office]
        monthly = shown.groupby("month", as_index=False)["applications"].sum()
        return (
            [html.P(f"{o}: {n}") for o, n in shown.groupby("office")["applications"].sum().items()],
            px.line(monthly, x="month", y="applications"),
            px.bar(shown.groupby("office", as_index=False)["days"].mean(), x="office", y="days"),
            px.histogram(shown, x="days"),
            px.scatter(shown, x="applications", y="days", color="office"),
        )

    # Dash sets itself up in its first request; a script that is asked for meanwhile may be refused,
    # and the page is never drawn.
    app.server.test_client().get("/")
    return app


application = _application().server
