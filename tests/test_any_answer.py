"""Runs of every kind from their config to table, map, page and files: none says what it cannot know."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from driftsim import config as configuration
from driftsim.figures import maps, report
from driftsim.studies import study

TABLES: dict[str, Any] = {
    "run": {"start": "2017-12-01", "end": "2017-12-03", "seed": 4, "threads": 1},
    "current": {"product": "climatology"},
    "wind": {"product": "climatology", "members": 1},
    "boats": {"number": 60, "classes": [{"leeway": "SKIFF-3"}]},
    "release": {"sources": [{"name": "off Oga", "kind": "circle", "points": [[138.9, 39.9]], "radius_km": 10.0}]},
    "output": {"tracks": 10, "csv": False},
}


def run(folder: Path, **over: dict[str, Any]) -> tuple[study.Study, dict[str, Any]]:
    tables = {name: {**table, **over.get(name, {})} for name, table in {**TABLES, "coast": {}}.items()}
    source = {**TABLES["release"]["sources"][0], "dates": [str(over.get("run", {}).get("lost", "2017-12-01"))]}
    tables["release"] = {"sources": [source]}
    tables["run"].pop("lost", None)
    done = study.run(configuration.parse(tables, folder), folder / "run")
    return done, json.loads((folder / "run" / "summary.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("coast", "said"),
    [
        ({"shoreline": "none"}, "There is no shore in this run: nothing can be said of landings."),
        ({"domain": [136.5, 139.3, 38.9, 40.6]}, "There is no shore in this run: nothing can be said of landings."),
    ],
    ids=["no shoreline", "open sea"],
)
def test_without_a_coast_there_are_nulls_and_no_landings(coast: dict[str, Any], said: str, tmp_path: Path) -> None:
    done, summary = run(tmp_path, coast=coast)
    akita = summary["regions"]["akita"]
    for key in ("probability", "mean_low", "mean_high", "share_of_home", "share_mean_high", "within_20_km"):
        assert akita[key] is None, key
    text = " ".join(done.table().split())
    assert said in text
    assert "Akita" not in text
    assert "nothing can be said of landings" in report.page(done.run)
    assert "no shore" in repr(done.run)


def test_a_backward_run_leaves_the_map_of_where_boats_may_have_been(tmp_path: Path) -> None:
    done, summary = run(tmp_path, run={"direction": "backward", "lost": "2017-12-03"})
    assert done.map == tmp_path / "run" / "density_map.png"
    assert done.map.exists()
    assert not (tmp_path / "run" / "landing_map.png").exists()
    assert summary["whereabouts"]["boats"] == summary["outcomes"]["adrift"]
    assert "Of 60 paths traced back" in " ".join(done.table().split())
    assert [file.name for file in maps.draw(done.folder, tmp_path, figure="all")] == [
        "density_map.png",
        "tracks_map.png",
    ]


def test_two_days_of_one_season_lead_with_the_boats_at_sea(tmp_path: Path) -> None:
    done, _ = run(tmp_path)
    assert done.map == tmp_path / "run" / "landing_map.png"
    text = " ".join(done.table().split())
    told = text.partition("Of 60 boats: ")[2]
    assert "still adrift at the end" in told.split(",")[0]
    assert "one series of weather" in text
    assert "nine in ten" not in text


def test_what_cannot_be_said_is_exported_as_nothing(tmp_path: Path) -> None:
    """A domain with the coast of Akita alone has no probability of Noto."""
    from driftsim.figures import export

    tables = {**TABLES, "coast": {"domain": [138.5, 140.5, 39.0, 40.5]}, "output": {"tracks": 0}}
    place = {"name": "off Akita", "kind": "point", "points": [[139.9, 39.6]], "dates": ["2017-12-01"]}
    tables["release"] = {"sources": [place]}
    done = study.run(configuration.parse(tables, tmp_path), tmp_path / "run")
    export.export(done.folder, "kml", tmp_path / "layers.kml", layers=("stretches",))
    text = (tmp_path / "layers.kml").read_text(encoding="utf-8")
    assert "<name>Noto</name>" in text
    assert re.search(r"<name>Akita: [\d.]+ % of boats</name>", text)
