"""Layers of features as GeoJSON, KML, GeoPackage and CSV. All but the GeoPackage need no library beyond driftsim's."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import shapely
from numpy.typing import NDArray

from ...system.kinds import AnyArray, JsonView
from ...system.text import cell
from .extra import needed
from .layers import Columns, Layer

if TYPE_CHECKING:
    from shapely import LineString
    from shapely.geometry.base import BaseGeometry


_CHUNK = 20_000  # features turned to text at a time

STYLES = {  # colour of lines as KML has it (alpha, blue, green, red), and their width
    "landings": ("ff4d0f3d", 1.0),
    "stretches": ("ffb0a79a", 2.0),
    "regions": ("ff5b3abf", 2.0),
    "coast_km": ("ff5b3abf", 5.0),
    "tracks": ("7f735d2f", 1.0),
    "density": ("00ffffff", 0.0),
}


def geojson(folder: Path, layers: Sequence[Layer], about: Mapping[str, str]) -> None:
    """A file a layer, RFC 7946; title, caveats and provenance stand in a member ``driftsim`` of the collection."""
    for layer in layers:
        with open(folder / f"{layer.name}.geojson", "w", encoding="utf-8", newline="\n") as out:
            head = json.dumps({**about, "layer": layer.title}, ensure_ascii=False)
            out.write(f'{{"type": "FeatureCollection", "driftsim": {head}, "features": [')
            comma = "\n"
            for geometry, values in _chunks(layer):
                texts = shapely.to_geojson(geometry)
                for text, row in zip(texts, values, strict=True):
                    properties = json.dumps(dict(zip(layer.columns, row, strict=True)), ensure_ascii=False)
                    out.write(f'{comma}{{"type": "Feature", "properties": {properties}, "geometry": {text}}}')
                    comma = ",\n"
            out.write("\n]}\n")


def tables(folder: Path, layers: Sequence[Layer], about: Mapping[str, str]) -> None:
    """A CSV file a layer, with a header line and UTC times."""
    for layer in layers:
        table = layer.table()
        with open(folder / f"{layer.name}.csv", "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(table)
            for first in range(0, len(next(iter(table.values()))), _CHUNK):
                part = {name: values[first : first + _CHUNK] for name, values in table.items()}
                writer.writerows(["" if value is None else cell(value) for value in row] for row in _rows(part))


def _chunks(layer: Layer) -> Iterator[tuple[AnyArray, list[tuple[object, ...]]]]:
    for first in range(0, len(layer.geometry), _CHUNK):
        part = slice(first, first + _CHUNK)
        yield layer.geometry[part], list(_rows({name: values[part] for name, values in layer.columns.items()}))


def _rows(columns: Columns) -> Iterator[tuple[object, ...]]:
    """Rows of plain values: numbers, words, times in ISO form; None where there is nothing."""
    return zip(*(_plain(values) for values in columns.values()), strict=True)


def _plain(values: AnyArray) -> list[object]:
    if values.dtype.kind == "M":
        return [None if text == "NaT" else text + "Z" for text in np.datetime_as_string(values, unit="s").tolist()]
    if values.dtype.kind == "f":
        return [None if value != value else value for value in _short(values)]
    found: list[object] = values.tolist()
    return found


def _short(values: AnyArray) -> list[float]:
    """As Python's numbers, without the digits that a 4-byte number gets from being made longer."""
    return [float(f"{value:.7g}") for value in values.tolist()] if values.dtype.itemsize == 4 else values.tolist()


# --- KML -----------------------------------------------------------------------------------------------------------


def kml(file: Path, layers: Sequence[Layer], about: Mapping[str, str]) -> None:
    """One document with a folder a layer. Landings and tracks carry their times, for the slider of a globe."""
    with open(file, "w", encoding="utf-8", newline="\n") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n')
        words = "; ".join(f"{key}: {value}" for key, value in about.items() if value and key != "title")
        out.write(f"<name>{_text(about['title'])}</name>\n<description>{_text(words)}</description>\n")
        for layer in layers:
            out.write(_style(layer))
        for layer in layers:
            out.write(_schema(layer))
        for layer in layers:
            _folder(out, layer)
        out.write("</Document></kml>\n")


def _text(value: object) -> str:
    """Text for XML: escaped, without the characters that it cannot hold."""
    return escape(re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", str(value)))


def _style(layer: Layer) -> str:
    if layer.name == "density":  # five steps, so that a globe shows where the boats were
        steps = range(_STEPS)
        fill = [f"{round(40 + 150 * step / (_STEPS - 1)):02x}735d2f" for step in steps]
        return "".join(
            f'<Style id="density{step}"><LineStyle><width>0</width></LineStyle>'
            f"<PolyStyle><color>{fill[step]}</color><outline>0</outline></PolyStyle></Style>\n"
            for step in steps
        )
    if layer.name == "coast_km":
        return "".join(
            f'<Style id="coast_km{step}"><LineStyle><color>{colour}</color><width>{2 + step}</width></LineStyle>'
            "</Style>\n"
            for step, colour in enumerate(_RAMP)
        )
    colour, width = STYLES[layer.name]
    point = f"<IconStyle><color>{colour}</color><scale>0.4</scale></IconStyle><LabelStyle><scale>0</scale></LabelStyle>"
    line = f"<LineStyle><color>{colour}</color><width>{width}</width></LineStyle>"
    return f'<Style id="{layer.name}">{point if layer.name == "landings" else line}</Style>\n'


_STEPS = 5
_RAMP = ("ff9ad5fc", "ff536be4", "ff5b3abf", "ff631d85", "ff4d0f3d")


def _step(values: NDArray[np.float64]) -> list[int]:
    """Five steps of a factor of three down from the 98th percentile."""
    top = float(np.quantile(values[values > 0], 0.98)) if (values > 0).any() else 1.0
    with np.errstate(divide="ignore"):
        found: list[int] = (
            np.clip(_STEPS - np.ceil(np.log(top / values) / np.log(3.0)), 0, _STEPS - 1).astype(int).tolist()
        )
        return found


def _schema(layer: Layer) -> str:
    kinds = {"i": "int", "u": "int", "f": "double", "M": "string", "O": "string"}
    fields = "".join(
        f'<SimpleField type="{kinds[values.dtype.kind]}" name={quoteattr(name)}/>'
        for name, values in layer.columns.items()
    )
    return f'<Schema name="{layer.name}" id="of_{layer.name}">{fields}</Schema>\n'


def _folder(out: TextIO, layer: Layer) -> None:
    visible = "" if layer.name in ("stretches", "coast_km") else "<visibility>0</visibility>"
    out.write(f"<Folder><name>{_text(layer.title)}</name>{visible}\n")
    shown = {"coast_km": "per_boat_and_km", "density": "boat_days"}.get(layer.name)
    step = iter(_step(layer.columns[shown]) if shown else [])
    for geometry, values in _chunks(layer):
        for shape, row in zip(geometry, values, strict=True):
            named = dict(zip(layer.columns, row, strict=True))
            style = f"{layer.name}{next(step)}" if shown else layer.name
            if layer.name == "coast_km" and not named["landings"]:
                style = "stretches" if "stretches" in STYLES else style
            data = "".join(
                f"<SimpleData name={quoteattr(name)}>{_text(value)}</SimpleData>"
                for name, value in named.items()
                if value is not None
            )
            out.write(
                f"<Placemark><name>{_text(_name(layer.name, named))}</name>{visible}{_when(named)}"
                f"<styleUrl>#{style}</styleUrl>"
                f'<ExtendedData><SchemaData schemaUrl="#of_{layer.name}">{data}</SchemaData></ExtendedData>'
                f"{_shape(shape)}</Placemark>\n"
            )
    out.write("</Folder>\n")


def _name(layer: str, named: JsonView) -> str:
    if layer in ("stretches", "regions"):
        chance = named["probability"]  # none where boats could not come
        return named["name"] if chance is None else f"{named['name']}: {100.0 * chance:.3g} % of boats"
    if layer == "coast_km":
        return f"{named['stretch']}, km {named['km_start']:.0f}: {named['landings']} landings"
    return f"boat {named['boat']}" if "boat" in named else f"{named['boat_days']:.3g} days afloat"


def _when(named: JsonView) -> str:
    if "landing_time" in named:
        return f"<TimeStamp><when>{named['landing_time']}</when></TimeStamp>"
    if "begin" in named:
        return f"<TimeSpan><begin>{named['begin']}</begin><end>{named['end']}</end></TimeSpan>"
    return ""


def _shape(shape: BaseGeometry) -> str:
    kind = shape.geom_type
    if kind.startswith("Multi"):
        return f"<MultiGeometry>{''.join(map(_shape, shape.geoms))}</MultiGeometry>"
    if kind == "Polygon":
        holes = "".join(f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in shape.interiors)
        return f"<Polygon><outerBoundaryIs>{_ring(shape.exterior)}</outerBoundaryIs>{holes}</Polygon>"
    return f"<{kind}>{_coordinates(shape)}</{kind}>"


def _ring(ring: LineString) -> str:
    return f"<LinearRing>{_coordinates(ring)}</LinearRing>"


def _coordinates(line: BaseGeometry) -> str:
    return f"<coordinates>{' '.join(f'{x!r},{y!r}' for x, y in line.coords)}</coordinates>"


# --- GeoPackage ----------------------------------------------------------------------------------------------------


def gpkg(file: Path, layers: Sequence[Layer], about: Mapping[str, str]) -> None:
    """One GeoPackage with a layer each."""
    raw = needed("pyogrio.raw")
    for number, layer in enumerate(layers):
        kinds = set(shapely.get_type_id(layer.geometry).tolist())
        geometry = layer.geometry
        if len(kinds) > 1:  # a path that was cut in two among others
            geometry = np.array([shapely.multilinestrings(shapely.get_parts(one)) for one in geometry])
        times = {name for name, values in layer.columns.items() if values.dtype.kind == "M"}
        raw.write(
            str(file),
            geometry=shapely.to_wkb(geometry),
            field_data=[v.astype("datetime64[ms]") if n in times else v for n, v in layer.columns.items()],
            fields=list(layer.columns),
            layer=layer.name,
            driver="GPKG",
            geometry_type=geometry[0].geom_type,
            crs="EPSG:4326",
            append=number > 0,
            gdal_tz_offsets={name: np.full(len(geometry), 100) for name in times},  # 100: UTC
            layer_metadata={**about, "layer": layer.title},
        )
