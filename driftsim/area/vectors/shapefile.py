"""ESRI shapefiles, plain or packed as ZIP.

Read by pyshp: a pure Python package of 60 kB. pyogrio would read the same files with 60 MB of compiled code that takes
any format it knows for a shapefile, and a fault in a file could end the program instead of raising an error.
"""

from __future__ import annotations

import itertools
import warnings
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ...system.errors import InputError
from .feature import Feature, Source, words
from .geojson import shape as shape_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_KIND = "a shapefile (.shp)"
_NULL = 0


def read(source: Source) -> list[Feature]:
    """Records of a shapefile with its .dbf, .prj and .cpg, where they are."""
    parts = {ending: source.beside(ending) for ending in (".dbf", ".prj", ".cpg")}
    return _features(source, source.content(_KIND), parts)


def read_packed(source: Source) -> list[Feature]:
    """Records of the one shapefile in a ZIP archive."""
    wanted = (".shp", ".dbf", ".prj", ".cpg")
    files = source.packed(source.content("a ZIP file"), lambda name: name.endswith(wanted), "a ZIP file")
    shapes = [name for name in files if name.endswith(".shp")]
    if len(shapes) != 1:
        raise InputError(f"{source.path}: holds {len(shapes)} shapefiles; give an archive with one .shp")
    stem = PurePosixPath(shapes[0])
    parts = {ending: files.get(str(stem.with_suffix(ending)), b"") for ending in wanted[1:]}
    return _features(source, files[shapes[0]], parts)


def _features(source: Source, raw: bytes, parts: dict[str, bytes]) -> list[Feature]:
    try:
        import shapefile
    except ImportError:
        raise InputError(
            f'{source.path}: shapefiles need the package pyshp: pip install "driftsim[vectors]"; or give GeoJSON'
        ) from None
    to_degrees = _projection(source, parts[".prj"])
    encoding = _encoding(parts[".cpg"])
    out = []
    try:
        dbf = {"dbf": BytesIO(parts[".dbf"])} if parts[".dbf"] else {}
        with (
            warnings.catch_warnings(action="ignore"),
            shapefile.Reader(shp=BytesIO(raw), encoding=encoding, encodingErrors="replace", **dbf) as reader,
        ):
            records = reader.iterRecords() if dbf else itertools.repeat(None)
            for item, record in zip(reader.iterShapes(), records, strict=False):
                if item.shapeType != _NULL:
                    shape = to_degrees(shapely.force_2d(shape_of(item.__geo_interface__)))
                    out.append(Feature(shape, words(record.as_dict().items()) if record is not None else {}))
    except InputError:
        raise
    except Exception as error:  # whatever the package makes of a broken file
        what = ascii(str(error))[1:-1][:120] or type(error).__name__
        raise InputError(f"{source.path}: not {_KIND} ({what}); export it again, or give GeoJSON") from None
    return out


def _encoding(cpg: bytes) -> str:
    name = cpg.decode("ascii", "replace").strip()
    try:
        "".encode(name or "utf-8")
    except LookupError:
        name = f"cp{name}" if name.isdigit() else "utf-8"
    return name or "utf-8"


def _projection(source: Source, prj: bytes) -> BaseGeometry:
    """From the file's coordinates to degrees on WGS84; without a .prj they are degrees."""
    if not prj.strip():
        return lambda shape: shape
    import pyproj

    try:
        stated = pyproj.CRS.from_wkt(prj.decode("utf-8", "replace"))
        turned = pyproj.Transformer.from_crs(stated, "EPSG:4326", always_xy=True)
    except pyproj.exceptions.ProjError as error:
        what = ascii(str(error))[1:-1][:100]
        raise InputError(f"{source.path}: its .prj cannot be read ({what}); export it in WGS84 degrees") from None

    def transform(shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, lambda xy: np.column_stack(turned.transform(xy[:, 0], xy[:, 1])))

    return transform
