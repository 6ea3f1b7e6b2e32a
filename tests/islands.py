"""A small sea for tests: a round island with an islet, in a box of 2 x 2 degrees, wherever on the Earth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

RADIUS = 0.25
"""Degrees, in longitude and latitude."""
ISLET = (0.62, 0.33, 0.02)
"""East and north of the island's middle, and radius."""


def disc(lon: float, lat: float, radius: float, corners: int = 240) -> Any:
    """A round polygon, begun at an odd corner."""
    angle = 2.0 * np.pi * (np.arange(corners) + 0.3) / corners
    return shapely.Polygon(np.column_stack([lon + radius * np.cos(angle), lat + radius * np.sin(angle)]).round(6))


def island(lon: float, lat: float) -> list[Any]:
    """The island round a place, and its islet; cut at 180 degrees as GeoJSON wants it."""
    whole = [disc(lon, lat, RADIUS), disc(lon + ISLET[0], lat + ISLET[1], ISLET[2], 24)]
    out = []
    for shape in whole:
        for turn in (0.0, -360.0):
            part = shapely.intersection(
                shapely.transform(shape, lambda xy, t=turn: xy + np.array([t, 0.0])), shapely.box(-180, -90, 180, 90)
            )
            out += [part] if not part.is_empty else []
    return out


def geojson(path: Path, shapes: list[Any], names: list[str] | None = None) -> Path:
    """Shapes as the features of a file."""
    features = [
        {"type": "Feature", "properties": {"name": name} if name else {}, "geometry": shapely.geometry.mapping(shape)}
        for shape, name in zip(shapes, names or [""] * len(shapes), strict=True)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def area_toml(folder: Path, lon: float = 10.5, lat: float = -40.25, more: str = "") -> Path:
    """An ``area.toml`` with its land, two degrees round a place."""
    folder.mkdir(exist_ok=True)
    geojson(folder / "land.geojson", island(lon, lat))
    box = [lon - 0.9, lon + 1.1, lat - 0.9, lat + 1.1]
    domain = [lon - 0.8, lon + 1.0, lat - 0.8, lat + 1.0]
    text = f'name = "Round sea"\nbox = {[round(x, 6) for x in box]}\ndomain = {[round(x, 6) for x in domain]}\n'
    path = folder / "area.toml"
    path.write_text(text + f'shoreline = "land.geojson"\n{more}', encoding="utf-8")
    return path
