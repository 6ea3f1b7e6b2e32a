"""Places tied to times: last known positions and the way of a vessel; degrees and minutes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from driftsim import config
from driftsim.area.places import GEOD
from driftsim.config import values
from driftsim.drift import release
from driftsim.system.errors import InputError

BOATS = 4000
LKP = """name,time,latitude,longitude,radius_km,number
A,2017-11-01T08:00:00Z,39.5,134.0,0,1
B,2017-11-03T20:00:00Z,"40 06.0 N",135°30'E,25,2
C,2017-11-03T20:00:00Z,38.9,133.2,0,3
D,2017-11-08T20:00+09:00,39.8,136.1,,2
"""


def planned(source: dict[str, Any], coast: Any = None, minutes: float = 60.0, **more: Any) -> release.Release:
    tables = {
        "run": {"start": datetime(2017, 11, 1), "end": datetime(2017, 11, 10), "step_minutes": minutes, "seed": 3},
        "current": {"product": "none"},
        "boats": {"number": BOATS, "classes": [{"windage_percent": 0.0}]},
        "release": {"sources": [{"name": "a", **source}], **more},
    }
    return release.plan(config.parse(tables), coast, 2)


def released(plan: release.Release) -> tuple[Any, Any, Any]:
    boats = plan.boats(np.arange(BOATS))
    return boats.lon, boats.lat, (boats.release_time - np.datetime64("2017-11-01", "s").astype(np.int64)) / 3600.0


def test_each_position_has_its_own_time(tmp_path: Path) -> None:
    (tmp_path / "lkp.csv").write_text(LKP, encoding="utf-8")
    plan = planned({"kind": "positions", "file": str(tmp_path / "lkp.csv")})
    lon, lat, hours = released(plan)
    groups = {
        "A": (lon == 134.0) & (lat == 39.5) & (hours == 8.0),
        "C": (lon == 133.2) & (lat == 38.9) & (hours == 68.0),
        "D": (lon == 136.1) & (lat == 39.8) & (hours == 179.0),
    }
    near = GEOD.inv(lon, lat, np.full(BOATS, 135.5), np.full(BOATS, 40.1))[2] / 1e3
    groups["B"] = (near <= 25.0 + 1e-9) & (hours == 68.0)
    assert sum(np.asarray(list(groups.values())).astype(int)).tolist() == [1] * BOATS
    # By the numbers of boats, 1 : 2 : 3 : 2, to four standard errors.
    for key, share in (("A", 1 / 8), ("B", 2 / 8), ("C", 3 / 8), ("D", 2 / 8)):
        assert abs(groups[key].mean() - share) < 4.0 * np.sqrt(share * (1.0 - share) / BOATS), key
    # Uniform in the disc: half of them within r / sqrt(2), all round.
    inside = near[groups["B"]]
    assert abs((inside < 25.0 / np.sqrt(2.0)).mean() - 0.5) < 4.0 * 0.5 / np.sqrt(len(inside))
    east = (lon[groups["B"]] > 135.5).mean()
    assert abs(east - 0.5) < 4.0 * 0.5 / np.sqrt(len(inside))
    # A boat is a number: fewer boats are the same boats.
    some = plan.boats(np.arange(7, 90, 4))
    assert some.lon.tolist() == lon[7:90:4].tolist()


def test_geojson_states_its_times(tmp_path: Path) -> None:
    points = [("2017-11-01T08:00:00Z", [134.0, 39.5]), ("2017-11-03T20:00:00Z", [135.5, 40.1])]
    features = [
        {"type": "Feature", "properties": {"Time": t}, "geometry": {"type": "Point", "coordinates": p}}
        for t, p in points
    ]
    file = tmp_path / "lkp.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    lon, _, hours = released(planned({"kind": "positions", "file": str(file)}))
    assert set(zip(lon.tolist(), hours.tolist(), strict=True)) == {(134.0, 8.0), (135.5, 68.0)}
    line = {"type": "LineString", "coordinates": [p for _, p in points]}
    file.write_text(json.dumps({"type": "Feature", "properties": {"times": [t for t, _ in points]}, "geometry": line}))
    lon, lat, hours = released(planned({"kind": "track", "file": str(file)}))
    np.testing.assert_allclose(lon, 134.0 + 1.5 * (hours - 8.0) / 60.0, atol=1e-9)
    np.testing.assert_allclose(lat, 39.5 + 0.6 * (hours - 8.0) / 60.0, atol=1e-9)


def test_a_track_ties_place_to_time() -> None:
    track = {
        "kind": "track", "points": [["134 30.0 E", "39°15'N"], [135.3, 40.0], [135.3, 38.5]],
        "times": [datetime(2017, 11, 2), datetime(2017, 11, 2, 10), datetime(2017, 11, 3, 1)],
    }  # fmt: skip
    lon, lat, hours = released(planned(track, minutes=30.0))
    assert sorted(set(hours)) == (24.0 + 0.5 * np.arange(51)).tolist()
    np.testing.assert_allclose(lon, np.interp(hours, [24.0, 34.0, 49.0], [134.5, 135.3, 135.3]), atol=1e-9)
    np.testing.assert_allclose(lat, np.interp(hours, [24.0, 34.0, 49.0], [39.25, 40.0, 38.5]), atol=1e-9)
    # Each step as likely as the others (chi squared of 50, to four standard deviations).
    counts = np.unique(hours, return_counts=True)[1]
    assert abs(((counts - BOATS / 51) ** 2 / (BOATS / 51)).sum() - 50.0) < 4.0 * np.sqrt(100.0)
    part = {**track, "first": datetime(2017, 11, 2, 10), "last": datetime(2017, 11, 9), "radius_km": 3.0}
    lon, lat, hours = released(planned(part))
    assert hours.min() == 34.0 and hours.max() == 49.0
    off = GEOD.inv(lon, lat, np.full(BOATS, 135.3), np.interp(hours, [34.0, 49.0], [40.0, 38.5]))[2]
    assert 2900.0 < off.max() <= 3000.0 + 1e-6


class Land:
    """All east of 135 degrees is land; the nearest sea is at 134.9."""

    def is_land(self, lon: Any, lat: Any) -> Any:
        return np.asarray(lon) > 135.0

    def nearest_sea(self, lon: Any, lat: Any) -> Any:
        return np.full(len(lon), 134.9), np.asarray(lat)


def test_land_and_edges(tmp_path: Path) -> None:
    (tmp_path / "lkp.csv").write_text(LKP, encoding="utf-8")
    source = {"kind": "positions", "file": str(tmp_path / "lkp.csv")}
    with pytest.raises(InputError, match=r"on land: 2 of its places, the first \[135.5, 40.1\]; give a place at sea$"):
        planned(source, Land())
    (tmp_path / "lkp.csv").write_text(LKP.replace("135°30'E,25", "135 6 E,25"), encoding="utf-8")
    lon, lat, _ = released(planned(source, Land(), on_land="move"))
    assert lon.max() <= 135.0 and ((lon == 134.9) & (lat == 39.8)).any()
    with pytest.raises(InputError, match=r'or set release\.on_land = "move"'):
        planned({"kind": "track", "points": [[134.0, 39.0], [136.0, 39.0]],
                 "times": [datetime(2017, 11, 2), datetime(2017, 11, 3)]}, Land())  # fmt: skip
    (tmp_path / "lkp.csv").write_text("time,lon,lat,radius\n2017-11-02,127.1,39.0,40\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"reaches 126\.\d+ to 127\.\d+ E.*outside the domain"):
        planned(source)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("when,longitude,latitude\n", "has the columns when, longitude, latitude; needed are columns time"),
        ("time,longitude,latitude\n", "holds no position"),
        ("time,longitude,latitude\n2017-11-02,134\n", "line 2: has 2 cells, the first line 3 names"),
        ("time,longitude,latitude\nnoon,134,39\n", "line 2: time = 'noon': must be a date and time"),
        ("time,longitude,latitude\n2017-11-02,39.5 N,134 E\n", "line 2: longitude = '39.5 N': is no longitude"),
        ("time,longitude,latitude\n2017-11-02,134 75 E,39\n", "must be decimal degrees, or degrees and minutes"),
        ("time,longitude,latitude,number\n2017-11-02,134,39,-2\n", "'-2' must be a number, 0 or more"),
        ("time,longitude,latitude\n2017-12-02,134,39\n", "release at 2017-12-02 00:00 is outside the run"),
        ('{"type": "Point"}', "not GeoJSON"),
        ('{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [134, 39]}}',
         "feature 1: must state time as a property"),
    ],
)  # fmt: skip
def test_positions_that_cannot_be_used(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=says) as told:
        planned({"kind": "positions", "file": str(tmp_path / "bad.csv")})
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "track", "points": [[134.0, 39.0]], "times": [datetime(2017, 11, 2)]},
        {"kind": "track", "points": [[134.0, 39.0], [135.0, 39.0]], "times": [datetime(2017, 11, 2)]},
        {"kind": "track"},
        {"kind": "positions"},
        {"kind": "point", "points": [[134.0, 39.0]], "times": [datetime(2017, 11, 2)]},
        {"kind": "track", "points": [[134.0, 39.0], [135.0, 39.0]], "dates": [datetime(2017, 11, 2)],
         "times": [datetime(2017, 11, 2), datetime(2017, 11, 3)]},
    ],
)  # fmt: skip
def test_keys_that_do_not_fit(source: dict[str, Any]) -> None:
    with pytest.raises(config.ConfigError):
        planned(source)


@pytest.mark.parametrize(
    ("text", "sides", "degrees"),
    [
        ("134.25", "EW", 134.25), (134, "EW", 134.0), ("-12.5", "EW", -12.5), ("134 15.0 E", "EW", 134.25),
        ("134°15'E", "EW", 134.25), ("E134-15", "EW", 134.25), ("12 30 W", "EW", -12.5), ("39°48'36\"N", "NS", 39.81),
        ("39 48 36 S", "NS", -39.81), ("n 39:48.6", "NS", 39.81), ("39d48m36\"N", "NS", 39.81),
    ],
)  # fmt: skip
def test_degrees_and_minutes(text: Any, sides: str, degrees: float) -> None:
    assert values.degrees(text, sides) == pytest.approx(degrees, abs=1e-12)


@pytest.mark.parametrize("text", ["", "E", "134 60 E", "134 15 61 E", "134 15 N", "E 134 W", "-134 E", "361", None])
def test_what_is_no_longitude(text: Any) -> None:
    with pytest.raises(ValueError, match=r"longitude"):
        values.degrees(text, "EW")
