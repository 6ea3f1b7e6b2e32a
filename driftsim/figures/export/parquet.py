"""Layers of features as Parquet (tables) and GeoParquet (with their places)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely

from .extra import needed
from .layers import Columns, Layer

GEOPARQUET = "1.1.0"
"""Version of the specification that is written; https://geoparquet.org/releases/v1.1.0."""


def parquet(folder: Path, layers: Sequence[Layer], about: Mapping[str, str]) -> None:
    """A Parquet file a layer: its table, as in CSV, with numbers as numbers and times as times (UTC)."""
    for layer in layers:
        _write(folder / f"{layer.name}.parquet", layer.table(), {}, about, layer.title)


def geoparquet(folder: Path, layers: Sequence[Layer], about: Mapping[str, str]) -> None:
    """A GeoParquet file a layer: geometries as WKB in the column ``geometry``, longitude first (OGC:CRS84)."""
    for layer in layers:
        kinds = sorted({one.geom_type for one in layer.geometry})
        west, south, east, north = (float(edge) for edge in shapely.total_bounds(layer.geometry))
        place = {"encoding": "WKB", "geometry_types": kinds, "bbox": [west, south, east, north]}
        geo = {"version": GEOPARQUET, "primary_column": "geometry", "columns": {"geometry": place}}
        columns = {"geometry": shapely.to_wkb(layer.geometry), **layer.columns}
        _write(folder / f"{layer.name}.parquet", columns, {"geo": json.dumps(geo)}, about, layer.title)


def _write(file: Path, columns: Columns, extra: Mapping[str, str], about: Mapping[str, str], title: str) -> None:
    pa, pq = needed("pyarrow", "parquet"), needed("pyarrow.parquet", "parquet")
    arrays = {name: _array(pa, values) for name, values in columns.items()}
    told = {**about, "layer": title}
    metadata = {**extra, "driftsim": json.dumps(told, ensure_ascii=False)}
    pq.write_table(pa.table(arrays).replace_schema_metadata(metadata), file, compression="zstd")


def _array(pa: Any, values: Any) -> Any:
    """A column; NaN and NaT are no value."""
    if values.dtype.kind == "M":
        return pa.array(values.astype("datetime64[ms]"), pa.timestamp("ms", tz="UTC"), from_pandas=True)
    return pa.array(values, from_pandas=True)
