"""The user's own polygons: land instead of GSHHG's, and outlines that name shore."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from ...system.errors import InputError
from .. import vectors
from ..area_file import MOST_STRETCHES, AreaFile
from ..own_regions import key_of, polygons, printable, refuse_leap
from .frame import MICRO, Frame
from .owners import Named, NamedPolygon
from .rings import Polygons

LARGEST_BYTES = 60_000_000


def land(path: Path, frame: Frame) -> Polygons:
    """Polygons of land from a file, joined where they touch; degrees from -180 to 180.

    Raises
    ------
    InputError
        If a shape is no polygon, crosses itself, or is no place in degrees.
    """
    parts = [part for feature in vectors.read(path, LARGEST_BYTES) for part in polygons(path, feature)]
    joined = shapely.union_all(np.array(parts, object), grid_size=1.0 / MICRO)
    return np.array([part for part in shapely.get_parts(joined) if part.geom_type == "Polygon"], object)


def named(area: AreaFile, folder: Path, known: int) -> tuple[list[Named], list[NamedPolygon]]:
    """Stretches that the user's polygons name, and all outlines with the codes of their stretches."""
    box = (area.box[0], area.box[1])
    outlines = []
    for code, stretch in enumerate(area.stretches):
        if stretch.polygon:
            shape = shapely.Polygon(stretch.polygon)
            try:
                refuse_leap(shape)
                vectors.refuse_improper(shape)
            except InputError as error:
                raise InputError(f"stretches[{code}].polygon ({stretch.key}): {error}") from None
            outlines.append(NamedPolygon(code, vectors.branch(shape, box)))
    if area.polygons is None:
        return [], outlines
    path = folder / area.polygons.file
    stretches: dict[str, Named] = {}
    codes = {stretch.key: code for code, stretch in enumerate(area.stretches)}
    for n, feature in enumerate(vectors.read(path, LARGEST_BYTES)):
        name = feature.properties.get(area.polygons.name, "")
        if not name:
            there = ", ".join(sorted(feature.properties)[:8]) or "none"
            raise InputError(
                f"{path}: feature {n + 1} has no property {area.polygons.name!r}; set polygons.name (there: {there})"
            )
        shapes = [vectors.branch(part, box) for part in polygons(path, feature)]
        frame = shapely.box(area.box[0] - 1.0, area.box[2] - 1.0, area.box[1] + 1.0, area.box[3] + 1.0)
        shapes = [shape for shape in shapes if shape.intersects(frame)]
        key = key_of(name)
        if shapes and key not in codes:
            country = feature.properties.get(area.polygons.country or "", area.country)
            codes[key] = known + len(stretches)
            stretches[key] = Named(key, printable(name), printable(country))
        outlines += [NamedPolygon(codes[key], shape) for shape in shapes]
    if known + len(stretches) > MOST_STRETCHES:
        raise InputError(
            f"{path}: names {len(stretches)} stretches{f' besides {known} of the file' if known else ''}; at most "
            f"{MOST_STRETCHES} in all: join some, or use [[area.regions]] of a run, of which there may be more"
        )
    return list(stretches.values()), outlines
