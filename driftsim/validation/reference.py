"""Forecasts that need no model, for comparison: uniform by length of coast, and the shares of other years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..area.area import Area, default
from .landings import Landings
from .records import Records, stretches

if TYPE_CHECKING:
    from ..area.coast import Coast

BIN_KM = 5.0


def uniform(coast: Coast, sea: Area | None = None) -> Landings:
    """Every km of the home country's coast of this sea alike, any day alike.

    The generalised lines at home; of those that the area names (``[records.uniform]``) the parts in its boxes.
    """
    sea = default() if sea is None else sea
    bins = coast.line_bins(BIN_KM)
    names = np.array(coast.line_names)[bins.line]
    lon, lat = bins.lon_mid, bins.lat_mid
    here = np.array([stretch.key in sea.counted for stretch in sea.stretches])[bins.stretch]
    for name, boxes in sea.file.records.uniform.items():
        inside = np.zeros(here.size, bool)
        for west, east, south, north in boxes:
            inside |= (lon >= west) & (lon < east) & (lat > south) & (lat < north)
        here &= (names != name) | inside
    zero = np.zeros(int(here.sum()), np.int64)
    return Landings(
        name="uniform by length of coast",
        member=zero,
        members=1,
        stretch=bins.stretch[here].astype(np.int64),
        lon=lon[here],
        lat=lat[here],
        day=np.full(zero.size, np.nan),
        line=bins.line[here].astype(np.int64),
        km=0.5 * (bins.km_start + bins.km_end)[here],
        weight=(bins.km_end - bins.km_start)[here],
        sea=sea,
    )


def other_years(records: Records, coast: Landings, before: int) -> Landings | None:
    """Shares by prefecture of fiscal years that ended before a year, uniform within each; None without such records.

    Parameters
    ----------
    records
        The table ``fiscal`` is used, rows of single areas.
    coast
        What `uniform` gave.
    before
        Year.
    """
    rows = [row for row in records.table("fiscal") if stretches(row.area, records.sea) and row.last.year < before]
    if not rows:
        return None
    weight = np.zeros(len(coast))
    length = coast.weights
    for row in rows:
        part = np.isin(coast.stretch, [records.sea.codes[key] for key in stretches(row.area, records.sea)])
        if part.any():
            weight[part] += float(row.best or row.low or 0) * length[part] / length[part].sum()
    years = sorted({row.first.year for row in rows})
    kept = coast.take(weight > 0.0)
    name = f"shares of fiscal years {years[0]}–{years[-1]}" if len(years) > 1 else f"shares of fiscal year {years[0]}"
    return Landings(**{**vars(kept), "name": name, "weight": weight[weight > 0.0], "cases": float(weight.sum())})
