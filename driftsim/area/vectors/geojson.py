"""GeoJSON (RFC 7946)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import shapely

from ...system.errors import InputError
from ...system.kinds import JsonView
from .feature import Feature, Source, words

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


def read(source: Source) -> list[Feature]:
    """Features of a GeoJSON file."""
    path, raw = source.path, source.content("a GeoJSON file")
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply; give a GeoJSON file") from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({str(error)[:200]}); give a GeoJSON file") from None
    try:
        if content["type"] == "FeatureCollection":
            found = [(feature["geometry"], feature) for feature in content["features"]]
        elif content["type"] == "Feature":
            found = [(content["geometry"], content)]
        else:
            found = [(content, {})]
        return [Feature(shape(geometry), _properties(of)) for geometry, of in found if geometry is not None]
    except (KeyError, TypeError):
        raise InputError(f"{path}: not GeoJSON: a Feature, a FeatureCollection or a geometry is needed") from None
    except (RecursionError, shapely.errors.ShapelyError) as error:
        what = ascii(str(error).removeprefix("ParseException: ").strip())[1:-1][:160]
        raise InputError(f"{path}: not GeoJSON ({what}); give features with areas, lines or points") from None


def shape(geometry: object) -> BaseGeometry:
    """The shape of a GeoJSON geometry."""
    return shapely.from_geojson(json.dumps(geometry))


def _properties(feature: JsonView) -> dict[str, str]:
    stated = feature.get("properties")
    out = words(stated.items()) if isinstance(stated, Mapping) else {}
    if feature.get("id") is not None:
        out.setdefault("id", str(feature["id"]))
    return out
