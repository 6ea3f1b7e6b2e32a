"""PO.DAAC of NASA: OSCAR."""

from __future__ import annotations

from .product import EARTHDATA, GENERAL_CIRCULATION, Product, Published

PRODUCTS = (
    Product(
        "oscar",
        "OSCAR v2 surface currents 1/4°",
        {"current": (("u", "v"),)},
        "OSCAR v2.0, Earth & Space Research, provided by NASA PO.DAAC; https://doi.org/10.5067/OSCAR-25F20",
        stamp="day",
        step_hours=24.0,
        holds=GENERAL_CIRCULATION,
        parts={"ug": ("geostrophic",), "uw": ("ekman",)},
        record="observation",
        # The files tag a Gregorian time axis as Julian, which taken at its word would be 13 days off.
        calendars={"julian": "standard"},
        licence="open",
        doi="10.5067/OSCAR-25F20",
        note="mean over the top 30 m",
        hints=("oscar",),
        published=Published(
            "OSCAR_L4_OC_FINAL_V2.0, ..._INTERIM_V2.0, ..._NRT_V2.0: oscar_currents_final_YYYYMMDD.nc",
            "1/4°, 1440 x 719, 0..359.75, latitude -89.75..89.75; dimensions latitude, longitude, variables lat, lon",
            "time, longitude, latitude",
            "m s-1; double, fill -999",
            'days since 1990-1-1, calendar written "julian"; a file a day',
            "none: the mean of the top 30 m",
            "1993 on",
            EARTHDATA,
            unconfirmed="that a file stands at the noon of its day",
        ),
    ),
)
