"""Regions of one's own in a toy sea: the same from the config and after the run, told in every form."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
import toy_area
from islands import geojson

from driftsim import config
from driftsim.figures import export, maps, report
from driftsim.results import answer
from driftsim.results.outcome import Outcome
from driftsim.studies import regions, study, verify
from driftsim.system.errors import InputError

BEATS = {
    "North beach": shapely.box(11.0, 41.52, 12.0, 42.0),
    "South beach": shapely.box(11.0, 41.0, 12.0, 41.52),
    "Around": shapely.box(10.6, 41.3, 13.4, 41.7),  # parts of both countries, and of both beaches
    "High seas": shapely.box(10.6, 42.2, 11.0, 42.4),
}
OWN = """
[[area.regions]]
file = "beats.geojson"
"""
PIECE = """
[[area.regions]]
name = "A mile of rock"
line = "rock"
km = [0.0, 30.0]
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> study.Study:
    """A run that knows no beaches."""
    folder = tmp_path_factory.mktemp("regions")
    path = toy_area.study(folder)
    geojson(folder / "beats.geojson", list(BEATS.values()), list(BEATS))
    (folder / "own.toml").write_text(path.read_text(encoding="utf-8") + OWN, encoding="utf-8")
    return study.run(config.load(path), folder / "plain")


@pytest.fixture(scope="module")
def labelled(plain: study.Study) -> study.Study:
    """The same boats with beaches."""
    folder = plain.folder.parent
    return regions.regions(plain.folder, folder / "beats.geojson", folder / "after")


def test_a_finished_run_is_labelled_to_the_bytes_of_one_that_knew_the_regions(
    plain: study.Study, labelled: study.Study
) -> None:
    before = {p.name: p.read_bytes() for p in plain.folder.iterdir()}
    knew = study.run(config.load(plain.folder.parent / "own.toml"), plain.folder.parent / "knew")
    for name in ("config.toml", "arrivals.csv", "landings_by_km.csv", "landing_map.png"):
        assert (knew.folder / name).read_bytes() == (labelled.folder / name).read_bytes(), name
    assert knew.run.summary == labelled.run.summary
    assert knew.run.arrivals.drop_vars("boat_class").identical(labelled.run.arrivals.drop_vars("boat_class"))
    assert before == {p.name: p.read_bytes() for p in plain.folder.iterdir()}, "the run itself stays as it is"
    assert verify.verify(labelled.folder).whole


def test_their_numbers(plain: study.Study, labelled: study.Study) -> None:
    """Against shapely, boat by boat; two beaches are the whole coast; other regions keep their numbers to the digit."""
    found = labelled.run.summary["regions"]
    arrivals = labelled.run.arrivals
    landed = arrivals["outcome"].values == Outcome.LANDED
    lon, lat = arrivals["landing_lon"].values, arrivals["landing_lat"].values
    for name, shape in BEATS.items():
        inside = [bool(k) and shape.contains(shapely.Point(x, y)) for k, x, y in zip(landed, lon, lat, strict=True)]
        of = found[name.lower().replace(" ", "_")]
        assert of["boats"] == sum(inside) and of["name"] == name and of["own"]
        if sum(inside):
            assert of["probability"] == pytest.approx(sum(inside) / 160, rel=1e-5)
            assert of["days_p50"] == pytest.approx(np.median(arrivals["age_days"].values[inside]), rel=1e-5)
            assert sum(of["landings_by_week"]) == sum(inside) and of["within_20_km"] is None
    north, south, coast = found["north_beach"], found["south_beach"], found["sundown"]
    assert north["boats"] + south["boats"] == coast["boats"] and min(north["boats"], south["boats"]) > 5
    assert north["share_of_home"] + south["share_of_home"] == pytest.approx(coast["share_of_home"], abs=2e-6)
    assert (north["country"], found["around"]["country"]) == ("Ringland", "")
    assert found["around"]["share_of_home"] is None, "it lies abroad as well"
    assert found["high_seas"]["probability"] is None, "it has no shore"
    for key, of in plain.run.summary["regions"].items():
        assert found[key] == of, key
    assert list(found)[-1] == "ring"


def test_they_lead_and_are_told_everywhere(labelled: study.Study, tmp_path: Path) -> None:
    summary = labelled.run.summary
    assert answer.leading(summary) == ("north_beach", "south_beach", "around")
    assert sum(one.boats for one in answer.outcomes(summary)) == 160, "overlapping regions are not added up"
    table = labelled.table().partition("chance")[2]  # below the sentence on outcomes
    assert table.index("North beach") < table.index("Sundown Coast") and "High seas" not in table
    for figure, region in (("landings", None), ("dates", None), ("sources", None), ("zoom", "north_beach")):
        drawn = maps.figure_of(labelled.folder, figure, region=region)
        words = "\n".join(one.get_text() for one in drawn.findobj(lambda one: hasattr(one, "get_text")))
        assert "North beach" in words, figure
    page = report.report(labelled.folder, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "North beach" in page and "South beach" in page
    exported = {path.stem: json.loads(path.read_text()) for path in export.export(labelled.folder, "geojson", tmp_path)}
    beats = {f["properties"]["key"]: f for f in exported["regions"]["features"]}
    assert set(beats) == {"north_beach", "south_beach", "around", "high_seas"}
    assert beats["north_beach"]["properties"]["boats"] == summary["regions"]["north_beach"]["boats"]
    assert shapely.geometry.shape(beats["around"]["geometry"]).equals(BEATS["Around"])
    text, document, _ = study.validate(labelled.folder, folder=tmp_path)
    assert document and text


def test_the_map_points_at_them(labelled: study.Study) -> None:
    """The zoom shows the beach, not all of the coast that it is part of."""
    from driftsim.figures.maps import zoom

    area = labelled.run.area
    box = zoom.region_box(labelled.run.coast(), area, "north_beach")
    assert box[2] == pytest.approx(41.52 - 18 / 111, abs=0.02) and box[1] < 12.35


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (OWN.replace("beats", "none"), "there is no such file"),
        (OWN + 'name_property = "town"\n', "feature 1 has no property 'town' (there: name)"),
        (OWN + "points = [[1, 2], [3, 4], [5, 6]]\n", "needs one of file, points and line, not file and points"),
        (PIECE.replace('name = "A mile of rock"\n', ""), "area.regions[0].name must be given"),
        (PIECE.replace("km = [0.0, 30.0]\n", ""), "area.regions[0].km must be given with line"),
        (PIECE.replace('"rock"', '"sado"'), "area.regions[0].line = 'sado' is no coast line; there are island, rock"),
        ('[[area.regions]]\nname = "x"\npoints = [[1, 1], [2, 2]]\n', "needs 3 or more points"),
        ('[[area.regions]]\nname = "x"\npoints = [[1, 1], [2, 2], [2, 1], [1, 2]]\n', "is not a proper one"),
    ],
)
def test_what_is_no_region_is_said_before_the_run(plain: study.Study, tmp_path: Path, more: str, says: str) -> None:
    path = plain.folder.parent / "bad.toml"
    path.write_text((plain.folder.parent / "ring.toml").read_text(encoding="utf-8") + more, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        study.check(config.load(path))
    assert says in str(caught.value)


def test_a_piece_of_coast_leads_if_it_is_to(plain: study.Study) -> None:
    path = plain.folder.parent / "piece.toml"
    text = (plain.folder.parent / "ring.toml").read_text(encoding="utf-8") + PIECE
    path.write_text(
        text.replace('name = "ring"', 'name = "ring"\nlead = ["a_mile_of_rock", "sunup"]'), encoding="utf-8"
    )
    loaded = config.load(path)
    assert config.parse_text(config.dump(loaded), path.parent, name="again") == loaded
    from driftsim.drift import simulation

    told = json.loads(simulation.Simulation(loaded).arrivals().attrs["area"])
    assert told["lead"] == ["a_mile_of_rock", "sunup"]
    assert told["regions"] == [
        {"key": "a_mile_of_rock", "name": {"en": "A mile of rock"}, "pieces": [{"line": "rock", "km": [0.0, 30.0]}],
         "stretches": ["rock"]},
    ]  # fmt: skip
