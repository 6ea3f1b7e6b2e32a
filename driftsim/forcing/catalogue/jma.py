"""The Japan Meteorological Agency: its Meso-Scale Model."""

from __future__ import annotations

from .product import NO_LOGIN, Product, Published

PRODUCTS = (
    Product(
        "msm",
        "JMA Meso-Scale Model, surface wind about 5 km (MSM-S of RISH, Kyoto University)",
        {"wind": (("u", "v"),)},
        "JMA Meso-Scale Model, Japan Meteorological Agency; NetCDF by the Research Institute for Sustainable "
        "Humanosphere, Kyoto University; http://database.rish.kyoto-u.ac.jp/arch/jmadata/",
        step_hours=1.0,
        licence="research and education",
        note="reaches 47.6 N only; every third hour an analysis, between them forecasts of 1 and 2 h",
        hints=("msm", "meso-scale", "mesoscale model"),
        published=Published(
            "arch/jmadata/data/gpv/netcdf/MSM-S/YYYY/MMDD.nc, a file a day",
            "0.0625° by 0.05°, 481 x 505, 120..150 E, latitude descending 47.6..22.4 N; twice as coarse to 2006-02",
            "time, lat, lon",
            "m/s; int16 with scale and offset of each variable",
            "hours since the day's 00:00:00+00:00; hourly, 24 a file",
            "none",
            "2002 on",
            NO_LOGIN,
            unconfirmed="scale and fill of u and v, spelling of the time units, first year",
        ),
    ),
)
