"""ECMWF: ERA5 and ERA-Interim."""

from __future__ import annotations

from .product import TIME_LAT_LON, Product, Published

PRODUCTS = (
    Product(
        "era5",
        "ERA5 hourly data on single levels",
        {"wind": (("u10", "v10"), ("10u", "10v")), "stokes": (("ust", "vst"),)},
        "Generated using Copernicus Climate Change Service information (ERA5, ECMWF); "
        "https://doi.org/10.24381/cds.adbb2d47",
        step_hours=1.0,
        record="reanalysis",
        licence="Copernicus licence: free use with credit",
        doi="10.24381/cds.adbb2d47",
        hints=("era5",),
        published=Published(
            "reanalysis-era5-single-levels: 10m_u_component_of_wind, u_component_stokes_drift and their twins",
            "wind 0.25°, waves 0.5°; 0..360 or as asked, latitude descending",
            f"valid_time (old: time), {TIME_LAT_LON[6:]}",
            "m s**-1; float32, missing NaN; old files int16 with scale and offset of their own, fill -32767",
            "seconds since 1970-01-01, proleptic_gregorian; old: hours since 1900-01-01; hourly moments",
            "none; expver tells final from preliminary, number is one member",
            "1940 on",
            "Climate Data Store account and terms",
            unconfirmed="the packing of old files; the grid of the waves; the first year",
        ),
    ),
    Product(
        "era_interim",
        "ERA-Interim",
        {"wind": (("u10", "v10"), ("10u", "10v"))},
        "ERA-Interim, ECMWF (Dee et al. 2011); https://doi.org/10.1002/qj.828",
        step_hours=6.0,
        record="reanalysis",
        licence="free use with credit to ECMWF",
        doi="10.1002/qj.828",
        hints=("interim",),
        published=Published(
            "ERA-Interim, 10 metre U and V wind component",
            "0.75°, 480 x 241, 0..360, latitude descending",
            TIME_LAT_LON,
            "m s**-1; int16 with scale and offset of each file, fill and missing -32767",
            "hours since 1900-01-01 00:00:0.0, gregorian; six-hourly moments, or monthly means",
            "none",
            "1979 to 2019-08",
            "no longer given out by ECMWF's old server",
        ),
    ),
)
