"""HYCOM: the products, and the experiments of GOFS 3.1: where each lies, which dates it holds, how its longitudes run.

As the server listed them on 2026-10-06. Experiments follow one another at 12:00 and overlap here and there; steps are
missing within most of them (up to 51 h in a row).
"""

from __future__ import annotations

from typing import NamedTuple

from .product import GENERAL_CIRCULATION, NO_LOGIN, Product, Published

STEP_HOURS = 3.0
"""Spacing of the steps, hours."""

LONGEST_OUTAGE_HOURS = 51.0
"""The longest run of missing steps within an experiment, hours."""


class Experiment(NamedTuple):
    """One experiment.

    Attributes
    ----------
    path : str
        Below the root of the OPeNDAP server.
    first, last : str
        First and last step, UTC; a bare date where the hour is not known, empty where it goes on.
    west : float
        Where its longitudes begin, degrees: -180 (to 180) or 0 (to 360).
    steps : int
        How many steps the server listed; 0 unknown.
    yearly : bool
        Whether the data sets are parted by year (``path/data/YYYY``).
    """

    path: str
    first: str
    last: str
    west: float
    steps: int
    yearly: bool = False

    @property
    def name(self) -> str:
        """As in ``expt_92.9``."""
        return self.path.rpartition("/")[2]


EXPERIMENTS = (
    Experiment("GLBv0.08/expt_53.X", "1994-01-01", "2015-12-31T09:00", -180.0, 63_341, yearly=True),
    Experiment("GLBv0.08/expt_56.3", "2014-07-01T12:00", "2016-09-30", -180.0, 6_451),
    Experiment("GLBv0.08/expt_57.2", "2016-05-01T12:00", "2017-02-01T09:00", -180.0, 2_208),
    Experiment("GLBv0.08/expt_92.8", "2017-02-01T12:00", "2017-06-01T09:00", 0.0, 952),
    Experiment("GLBv0.08/expt_57.7", "2017-06-01T12:00", "2017-10-01T09:00", -180.0, 976),
    Experiment("GLBv0.08/expt_92.9", "2017-10-01T12:00", "2018-03-20T09:00", 0.0, 1_270),
    Experiment("GLBv0.08/expt_93.0", "2018-01-01T12:00", "2020-02-19T09:00", 0.0, 6_128),
    Experiment("GLBy0.08/expt_93.0", "2018-12-04T12:00", "2024-09-05T09:00", 0.0, 16_809),
)
"""GOFS 3.1, in the order of their dates. On ``GLBv0.08`` the step of latitude is 0.08 degrees from 40 S to 40 N and
0.04 poleward of it, on ``GLBy0.08`` 0.04 throughout; that of longitude is 0.08."""

ESPC = (
    Experiment("ESPC-D-V02/u3z", "2024-08-10", "", 0.0, 0),
    Experiment("ESPC-D-V02/v3z", "2024-08-10", "", 0.0, 0),
)
"""The successor, one variable a data set; the hour of its first step and its branch of longitude are not confirmed."""

PRODUCTS = (
    Product(
        "espc",
        "HYCOM in the Navy Earth System Prediction Capability (ESPC-D-V02), successor of GOFS 3.1",
        {"current": (("water_u", "water_v"),)},
        "ESPC-D-V02 global fields, HYCOM Consortium and U.S. Navy; https://www.hycom.org",
        step_hours=3.0,
        holds=GENERAL_CIRCULATION,
        licence="public, unrestricted",
        note="whether it holds the tide is not confirmed",
        hints=("espc",),
        published=Published(
            "ESPC-D-V02/u3z, v3z: one variable a data set",
            "0.08° by 0.04°, latitude ascending",
            "time, depth, lat, lon",
            "m/s; float, or int16 with scale 0.001 and fill -30000",
            'hours since 2000-01-01, gregorian; moments every 3 h; tau in "hours since analysis"',
            "40 levels from 0 m, the first is taken",
            "2024-08-10 on",
            NO_LOGIN,
            unconfirmed="branch of longitude, grid, and that it holds no tide",
        ),
    ),
    Product(
        "hycom",
        "HYCOM + NCODA global analysis and reanalysis (GOFS 3.1)",
        {"current": (("water_u", "water_v"),)},
        "HYCOM + NCODA Global 1/12° fields, HYCOM Consortium and U.S. Navy; https://www.hycom.org",
        step_hours=3.0,
        holds=GENERAL_CIRCULATION,
        licence="public, unrestricted",
        hints=("hycom",),
        published=Published(
            "GLBv0.08 expt_53.X to 93.0, GLBy0.08 expt_93.0 (driftsim/forcing/catalogue/hycom.py lists them)",
            "0.08°, on GLBv 0.04° in latitude poleward of 40°, on GLBy throughout; 4500 x 3251 or 4251; "
            "-180..180 or 0..360 by experiment, latitude ascending",
            "time, depth, lat, lon",
            "m/s; int16, scale 0.001, fill and missing -30000",
            'hours since 2000-01-01, gregorian; moments every 3 h, up to 51 h missing; tau in "hours since analysis"',
            "40 levels from 0 m, the first is taken",
            "1994-01-01 to 2024-09-05",
            NO_LOGIN,
        ),
    ),
)
