"""The commands, put together."""

from __future__ import annotations

import typer

from dashboard.cli import (
    audit,
    briefing,
    chart,
    demo,
    doctor,
    dump,
    etl,
    forecast,
    kpi,
    regulation,
    sample,
    serve,
    user,
)

app = typer.Typer(
    name="kezek",
    help="Whether a city's public-housing queue is served lawfully, fast and fairly.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(regulation.app, name="regulation")
app.add_typer(etl.app, name="etl")
app.add_typer(kpi.app, name="kpi")
app.add_typer(forecast.app, name="forecast")
app.add_typer(chart.app, name="chart")
app.add_typer(user.app, name="user")
app.add_typer(audit.app, name="audit")
app.command("sample")(sample.sample)
app.command("doctor")(doctor.doctor)
app.command("dump")(dump.dump)
app.command("briefing")(briefing.briefing)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
