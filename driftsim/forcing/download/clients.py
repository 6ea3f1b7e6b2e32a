"""Products behind a login, through the clients of their providers: what is asked of them, and what they must not tell.

The clients find the user's own credentials by themselves. Here they are looked up for two things alone: to stop before
a client would ask for them, and to strike them out of whatever a client says.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import re
from collections.abc import Callable
from math import ceil, floor
from pathlib import Path

from ...system import resources
from ...system.errors import InputError
from ...system.kinds import Json
from ..transport import credentials
from ..transport.addresses import refuse_unsafe
from ..transport.transfer import reach
from .cut import Box
from .series import Item, Series, day_of, iso

_CDS_GRID = 0.25


def copernicus(series: Series, item: Item, box: Box, folder: Path, server: str) -> None:
    """Fetch a file with ``copernicusmarine`` into a folder, if there is a way to the server."""
    client = credentials.client("copernicusmarine", "copernicus")
    secrets = credentials.copernicus_secrets()
    if not secrets:
        raise InputError(
            f"{series.key} needs a free Copernicus Marine account: log in once with `copernicusmarine login`, "
            "which keeps your name and password for this and all later times"
        )
    reach(server)
    logging.getLogger("copernicusmarine").setLevel(logging.ERROR)
    depth: Json = {"minimum_depth": 0.0, "maximum_depth": 1.0} if series.key in ("glorys12", "globcurrent") else {}
    credentials.ask(
        series.key,
        secrets,
        lambda: client.subset(
            dataset_id=item.sources[0],
            variables=list(series.names),
            minimum_longitude=box[0] - series.lon_step,
            maximum_longitude=box[1] + series.lon_step,
            minimum_latitude=box[2] - series.lat_step,
            maximum_latitude=box[3] + series.lat_step,
            start_datetime=iso(item.begin).rstrip("Z"),
            end_datetime=iso(item.end).rstrip("Z"),
            output_directory=folder,
            output_filename=item.name,
            overwrite=True,
            disable_progress_bar=True,
            **depth,
        ),
    )


def cds(series: Series, item: Item, box: Box, folder: Path, server: str) -> None:
    """Fetch a file with ``cdsapi`` into a folder, if there is a way to the server; the days are those of one month."""
    client = credentials.client("cdsapi", "era5")
    secrets = _cds_secrets()
    if not secrets:
        raise InputError(
            f"{series.key} needs a free account of the Climate Data Store: put your token into ~/.cdsapirc as its page "
            "on the API says, once, and accept the terms of the data set there"
        )
    own = _cds_setting("url", "CDSAPI_URL")
    if own:
        refuse_unsafe(own, f"{own!r}, the url in ~/.cdsapirc or CDSAPI_URL,")
    reach(own or server)
    low, high = day_of(item.begin), day_of(item.end)
    request = {
        "product_type": ["reanalysis"],
        "variable": list(series.names),
        "year": [f"{low:%Y}"],
        "month": [f"{low:%m}"],
        "day": [f"{day:02}" for day in range(low.day, high.day + 1)],
        "time": [f"{hour:02}:00" for hour in range(24)],
        "area": [_out(box[3], ceil), _out(box[0], floor), _out(box[2], floor), _out(box[1], ceil)],
        "data_format": "netcdf",
        "download_format": "unarchived",
    }
    credentials.ask(
        series.key,
        secrets,
        lambda: client.Client(quiet=True, progress=False).retrieve(item.sources[0], request, str(folder / item.name)),
    )


def _out(degrees: float, to: Callable[[float], int]) -> float:
    """A side of the box, outward to the grid: north, west, south, east is the order of the store."""
    return to(degrees / _CDS_GRID) * _CDS_GRID


def require(series: Series) -> None:
    """See, before anything is asked for, that the client of a product is installed.

    Raises
    ------
    InputError
    """
    if series.way == "grib" and importlib.util.find_spec("eccodes") is None:  # not imported: see `doors.grib`
        raise InputError("the package eccodes is not installed: pip install 'driftsim[grib]'")
    if series.way in ("copernicus", "cds"):
        credentials.client(*{"copernicus": ("copernicusmarine", "copernicus"), "cds": ("cdsapi", "era5")}[series.way])


def _cds_secrets() -> set[str]:
    """The token where the client will find it: environment, or its own file."""
    key = _cds_setting("key", "CDSAPI_KEY")
    return credentials.worth_striking({key, *key.split(":")} if key else set())


def _cds_setting(name: str, variable: str) -> str:
    """What the client of the store will read: environment, or its own file."""
    value = os.environ.get(variable, "")
    if not value:
        file = Path(os.environ.get("CDSAPI_RC") or resources.home() / ".cdsapirc")
        with contextlib.suppress(OSError, UnicodeDecodeError):
            found = re.search(rf"^\s*{name}\s*:\s*(\S+)", file.read_text(encoding="utf-8"), re.M)
            value = found[1] if found else ""
    return value
