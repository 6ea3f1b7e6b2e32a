"""JAMSTEC and the Meteorological Research Institute: FORA and JCOPE."""

from __future__ import annotations

from .product import GENERAL_CIRCULATION, TIME_DEPTH_LAT_LON, Product, Published

PRODUCTS = (
    Product(
        "fora",
        "FORA-WNP30, four-dimensional variational ocean reanalysis of the western North Pacific 1/10°",
        {"current": (("uo", "vo"), ("u", "v"))},
        "FORA-WNP30, JAMSTEC and Meteorological Research Institute of JMA (Usui et al. 2017)",
        stamp="day",
        step_hours=24.0,
        holds=GENERAL_CIRCULATION,
        record="reanalysis",
        licence="registration; research use on JAMSTEC's conditions",
        doi="10.1007/s10872-016-0398-5",
        note="ends in 2016",
        hints=("fora",),
        published=Published(
            "FORA-WNP30",
            "1/10°, 117 E to 160 W, 15 to 65 N",
            "time, depth, latitude, longitude",
            "cm s-1; int16 with scale and offset",
            "daily means",
            "levels in m, the nearest to the surface is taken",
            "1982 to 2016",
            "registration at JAMSTEC",
            unconfirmed="licence, fill value, time axis, order and direction of the axes",
        ),
    ),
    Product(
        "jcope",
        "JCOPE2M reanalysis of the western North Pacific 1/12° (and JCOPE-T DA 1/36°), as NetCDF",
        {"current": (("u", "v"), ("uo", "vo"), ("water_u", "water_v"))},
        "JCOPE2M, Application Laboratory, JAMSTEC",
        stamp="day",
        step_hours=24.0,
        holds=GENERAL_CIRCULATION,
        record="reanalysis",
        licence="registration; research use on JAMSTEC's conditions",
        note="as JCOPE2M: JCOPE-T holds the tide as well",
        hints=("jcope",),
        published=Published(
            "JCOPE2M, JCOPE-T DA",
            "1/12° or 1/36°",
            TIME_DEPTH_LAT_LON,
            "m s-1; float32",
            "daily means (JCOPE-T: hourly)",
            "levels in m, the nearest to the surface is taken",
            "1993 on",
            "registration at JAMSTEC",
            unconfirmed="all of it: names, axes, packing, calendar, stamps and licence come from no file that was seen",
        ),
    ),
)
