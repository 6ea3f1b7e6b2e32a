"""A run's arrays as a Zarr store and as GeoTIFF."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...results.columns import date_times, describe
from ...results.result import Readable
from ...system.errors import InputError
from .extra import needed
from .notes import about


def zarr(store: Path, run: Readable, layers: Sequence[str] | None) -> None:
    """All data sets of the run as groups of one store, with dates for times."""
    import xarray as xr

    needed("zarr")
    parts = {"arrivals": describe(run.arrivals)}
    parts |= {
        name: getattr(run, name) for name in ("tracks", "density", "forcing_mean") if getattr(run, name) is not None
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of zarr, that consolidated metadata is not in its newest specification
        for number, (name, dataset) in enumerate(parts.items()):
            out = xr.decode_cf(dataset).drop_encoding()
            out.attrs = {**dataset.attrs, **about(run)}
            out.to_zarr(store, group=name, mode="w" if number == 0 else "a", zarr_format=2, consolidated=True)
        needed("zarr").consolidate_metadata(store, zarr_format=2)


def geotiff(folder: Path, run: Readable, layers: Sequence[str] | None) -> None:
    """``density.tif``: days afloat by week (a band each), summed over boats and classes; north up, EPSG:4326.

    It is a cloud-optimised GeoTIFF: in tiles, with overviews where it is large, its directory at the front.
    """
    rasterio = needed("rasterio")
    density = run.density
    if density is None:
        raise InputError(
            f"{getattr(run, 'path', 'run')}: kept no density, which is what a GeoTIFF would show; "
            "set output.density = true in the config and run it again"
        )
    days = density["boat_days"].transpose("boat_class", "time", "lat", "lon").values.sum(axis=0, dtype=np.float64)
    west, south = density["lon_bounds"].values.min(), density["lat_bounds"].values.min()
    east, north = density["lon_bounds"].values.max(), density["lat_bounds"].values.max()
    bands, rows, columns = days.shape
    weeks = date_times(density["time_bounds"].values.ravel(), run.arrivals.attrs["run_start"]).reshape(-1, 2)
    with rasterio.open(
        folder / "density.tif",
        "w",
        driver="COG",
        width=columns,
        height=rows,
        count=bands,
        dtype="float32",
        crs="EPSG:4326",
        transform=rasterio.transform.from_bounds(west, south, east, north, columns, rows),
        compress="deflate",
        blocksize=256,
    ) as out:
        out.write(days[:, ::-1].astype(np.float32))  # the first row is the northernmost
        out.update_tags(**about(run), quantity="days afloat, summed over boats", units="d")
        for band, (begin, end) in enumerate(weeks.astype("datetime64[D]").astype(str), 1):
            out.set_band_description(band, f"{begin} to {end}")
            out.update_tags(band, begin=begin, end=end)
