"""Remote Sensing Systems: CCMP."""

from __future__ import annotations

from .product import EARTHDATA, TIME_LAT_LON, Product, Published

PRODUCTS = (
    Product(
        "ccmp",
        "CCMP 3.1 ocean vector wind analysis 1/4°",
        {"wind": (("uwnd", "vwnd"), ("u", "v"))},
        "CCMP 3.1, Remote Sensing Systems (Mears et al. 2022); https://doi.org/10.3390/rs14174230",
        step_hours=6.0,
        licence="open",
        doi="10.3390/rs14174230",
        hints=("ccmp", "remote sensing systems"),
        published=Published(
            "CCMP_WINDS_10M6HR_L4_V3.1, a file a day",
            "1/4°, ±80°, 0..360, latitude ascending",
            TIME_LAT_LON,
            "m s-1; float32",
            "hours since 1987-01-01; six-hourly moments at 00, 06, 12, 18",
            "none",
            "1993 on",
            f"{EARTHDATA}, or none at data.remss.com",
            unconfirmed="branch of longitude, time units, first year",
        ),
    ),
)
