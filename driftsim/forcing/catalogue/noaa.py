"""NOAA: the forecasts of NCEP and the NCEP/NCAR reanalysis."""

from __future__ import annotations

from .product import NO_LOGIN, Product, Published

PRODUCTS = (
    Product(
        "gfs",
        "NCEP Global Forecast System, 10 m wind",
        {
            "wind": (
                ("ugrd10m", "vgrd10m"),
                ("UGRD_10maboveground", "VGRD_10maboveground"),
                ("u10", "v10"),
                ("u-component_of_wind_height_above_ground", "v-component_of_wind_height_above_ground"),
            )
        },
        "Global Forecast System, NOAA National Centers for Environmental Prediction",
        step_hours=6.0,
        licence="public domain",
        hints=("gfs", "global forecast"),
        published=Published(
            "NOMADS by its GRIB filter (its OPeNDAP is retired), THREDDS",
            "0.25° to 1°, 0..360",
            "GRIB 2; THREDDS: time, height_above_ground, lat, lon; old files of NOMADS: time, lat, lon",
            "m/s; float32",
            "analyses every 6 h, forecasts every 1 to 3 h; moments",
            "heights in m, the nearest to 10 is taken",
            "forecasts of the last days; older ones in archives",
            NO_LOGIN,
            unconfirmed="access and layout",
        ),
    ),
    Product(
        "ncep_r1",
        "NCEP/NCAR Reanalysis 1, 10 m wind on the T62 Gaussian grid",
        {"wind": (("uwnd", "vwnd"),)},
        "NCEP/NCAR Reanalysis 1 (Kalnay et al. 1996), NOAA PSL, Boulder; https://psl.noaa.gov",
        step_hours=6.0,
        record="reanalysis",
        licence="public, unrestricted",
        doi="10.1175/1520-0477(1996)077<0437:TNYRP>2.0.CO;2",
        note="too coarse (1.9°) for the lee of the Changbai mountains",
        hints=("ncep", "t62", "gauss"),
        published=Published(
            "Datasets/ncep.reanalysis/surface_gauss/uwnd.10m.gauss.YYYY.nc and vwnd",
            "T62 Gaussian, 192 x 94, about 1.9°, 0..360, latitude descending",
            "time, lat, lon",
            "m/s; float32; older files int16, scale 0.01, offset 202.66",
            "hours since 1800-01-01 00:00:0.0, standard; six-hourly moments (older: hours since 1-1-1)",
            "none, or a level of one",
            "1948 on",
            NO_LOGIN,
        ),
    ),
)
