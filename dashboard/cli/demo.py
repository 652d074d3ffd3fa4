"""``kezek demo``: a sample city on the screen, by one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli import etl, forecast
from dashboard.cli.sample import sample
from dashboard.cli.serve import serve_under
from dashboard.cli.warehouse import NothingLoadedError, loaded, loaded_engine
from dashboard.settings import read_settings
from etl.migrate import OldSchemaError

CITY = Path("var/city")
CITY_AS_OF = "2013-12-31"  # while the regulation that comes with Kezek was in force
CITY_SEED = 7
_FORTNIGHTS = 26  # of the past, on which the forecast is tested


def demo(
    *,
    applications: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many people apply in the sample city.")
    ] = 20_000,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8050,
) -> None:
    """Load a sample city where the warehouse is empty, then serve it on 127.0.0.1.

    Whoever sits at this machine signs in at one click, in any role.
    """
    settings = read_settings().model_copy(update={"demo": True})
    url = settings.database_url
    if not _is_loaded(url):
        sample(directory=CITY, applications=applications, seed=CITY_SEED, as_of=CITY_AS_OF)
        etl.run(sources=CITY / "sources.toml")
        with loaded(url) as engine:
            forecast.try_the_past(engine, times=_FORTNIGHTS)
    serve_under(settings, host="127.0.0.1", port=port)


def _is_loaded(url: str) -> bool:
    """Whether a run has filled the warehouse. Raises KezekError where it cannot be reached."""
    try:
        loaded_engine(url).dispose()
    except NothingLoadedError:
        return False
    except OldSchemaError:  # the server brings it up to date
        return True
    return True
