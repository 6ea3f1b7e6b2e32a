"""Areas: the built-in one as data, and a sea that is nowhere from its config to its validation."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import toy_area

from driftsim import config
from driftsim.area import area as areas
from driftsim.area import coast, regions, shoreline
from driftsim.area.area import Area
from driftsim.figures import export, maps, report
from driftsim.results import output, schema, statistics, table
from driftsim.results.result import Run
from driftsim.studies import study, verify
from driftsim.system.errors import InputError
from driftsim.validation import records

OLD = Path(__file__).parent / "runs" / "v0_1.zip"
OTHER_SEAS = re.compile(r"japan|akita|aomori|fukui|\bnoto\b(?! sans)|tsugaru|hokkaido|korea|russia", re.IGNORECASE)


# --- the built-in area ---------------------------------------------------------------------------------------------


def test_the_old_names_are_those_of_the_default_area() -> None:
    of = areas.default()
    assert of.key == areas.DEFAULT and areas.DEFAULT in areas.built_in()
    assert (of.stretches, of.regions, of.exit_keys) == (regions.STRETCHES, regions.REGIONS, regions.EXITS)
    assert shoreline.load() is coast.of(of)
    assert shoreline.load().stretch_keys == tuple(stretch.key for stretch in of.stretches)
    assert list(of.regions)[-1] == of.home and of.lead == ("akita", "aomori", "fukui", "noto")


def test_results_carry_what_tables_need() -> None:
    of = areas.default()
    again = Area.from_description(json.loads(json.dumps(of.described())))
    assert (again.stretches, again.regions, again.exit_keys) == (of.stretches, of.regions, of.exit_keys)
    assert (again.home, again.lead, again.domain, again.folder) == (of.home, of.lead, of.domain, None)
    assert again.name("sado", "ja") == of.name("sado", "ja") == "佐渡"
    assert again.shoreline_sha256 == of.shoreline_sha256 != ""
    assert again.ports == () and len(of.ports) > 50
    assert not any(key in again.described() for key in ("mainlands", "lines"))


@pytest.mark.parametrize(
    ("lon", "lat", "side", "way"),
    [
        (141.2, 39.9, "east", "tsugaru"), (140.5, 39.9, "east", "east"), (141.4, 46.2, "north", "tatar"),
        (141.4, 45.0, "north", "soya"), (143.0, 46.5, "east", "soya"), (130.0, 33.0, "south", "korea_strait"),
        (135.0, 33.0, "south", "south"), (127.0, 40.0, "west", "west"),
    ],
)  # fmt: skip
def test_ways_out_are_data(lon: float, lat: float, side: str, way: str) -> None:
    assert areas.default().exit_key(lon, lat, side) == way


# --- another sea ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> study.Study:
    """A run in the toy area."""
    folder = tmp_path_factory.mktemp("toy")
    return study.run(config.load(toy_area.study(folder)), folder / "out")


@pytest.fixture
def moved(toy: study.Study, tmp_path: Path) -> Path:
    """The run alone, as somebody else gets it: its area is not there, and its config names a folder that is not."""
    folder = tmp_path / "run"
    shutil.copytree(toy.folder, folder)
    hidden = toy.folder.parent / "ring"
    hidden.rename(toy.folder.parent / "away")
    yield folder
    (toy.folder.parent / "away").rename(hidden)


def test_a_config_takes_domain_and_ports_from_its_area(toy: study.Study) -> None:
    made = config.load(toy.folder.parent / "ring.toml")
    assert made.coast.domain == (10.5, 13.5, 40.5, 42.5)
    assert made.release.sources[0].port == "Westhaven"
    assert made.area.name == str(toy.folder.parent / "ring")
    text = (toy.folder / "config.toml").read_text(encoding="utf-8")
    assert "domain = [10.5, 13.5, 40.5, 42.5]" in text and 'port = "Westhaven"' in text


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("coast.domain", [9.0, 13.0, 40.5, 42.5], "10 to 14 E, 40 to 43 N"),
        ("area.lead", ["sunup", "akita"], "is no region of the area ring"),
        ("area.name", "nowhere", "neither built in (sea_of_japan)"),
        ("release.sources[0].port", "Westhafen", 'did you mean "Westhaven"?'),
        ("release.sources[0].port", "Wonsan", "is not a known port: Westhaven"),
    ],
)
def test_keys_are_held_against_the_area(toy: study.Study, key: str, value: object, says: str) -> None:
    with pytest.raises(config.ConfigError) as problem:
        config.load(toy.folder.parent / "ring.toml", {key: value})
    assert says in str(problem.value) and len(problem.value.problems) == 1, str(problem.value)


def test_another_sea_has_its_own_numbers(toy: study.Study) -> None:
    summary = toy.run.summary
    boats = {key: of["boats"] for key, of in summary["regions"].items()}
    assert list(boats) == ["sundown", "sunup", "rock", "ring"]
    assert boats["sundown"] > 100 and boats["ring"] == boats["sundown"] + boats["sunup"]
    assert sum(summary["outcomes"].values()) == 160 and "left_sunup_gate" in summary["outcomes"]
    of = summary["regions"]["sundown"]
    assert of["share_of_home"] == pytest.approx(boats["sundown"] / boats["ring"], abs=1e-6)
    assert summary["regions"]["rock"]["share_of_home"] is None
    land = toy.run.arrivals["landing_lon"].values[toy.run.arrivals["stretch"].values == 0]
    assert (land < 12.0).all() and (land > 11.55).all()
    assert toy.run.area.described() == Area.load(toy.folder.parent / "ring").described()


def said_everywhere(run: study.Study, out: Path) -> str:
    """All that a run in another sea says of itself, in every form."""
    from driftsim.figures.maps.drawing import FILES

    out.mkdir()
    parts = [run.table(), repr(run.run), json.dumps(run.run.summary, ensure_ascii=False)]
    parts += [(run.folder / name).read_text(encoding="utf-8") for name in ("arrivals.csv", "landings_by_km.csv")]
    for name in FILES:
        if name == "variance":  # its members draw nothing
            continue
        of = "sundown" if name == "zoom" else None
        drawn = maps.figure_of(run.folder, name, region=of)
        parts += [text.get_text() for text in drawn.findobj(lambda one: hasattr(one, "get_text"))]
    parts.append(report.report(run.folder, out / "r.html").read_text(encoding="utf-8"))
    for path in export.export(run.folder, "geojson", out):
        parts.append(path.read_text(encoding="utf-8"))
    text, document, _ = study.validate(run.folder, folder=out)
    return "\n".join([*parts, text, json.dumps(document, default=str)])


def test_nothing_in_another_sea_speaks_of_the_default_one(toy: study.Study, tmp_path: Path) -> None:
    said = said_everywhere(toy, tmp_path / "out")
    assert OTHER_SEAS.findall(said) == []
    for name in ("Sundown Coast", "Ring Island", "Ring Sea", "The Rock", "Hilltown", "coast: drawn by hand"):
        assert name in said, name
    assert verify.verify(toy.folder).whole


def test_results_outlive_their_area(moved: Path) -> None:
    with output.read_run(moved) as run:
        assert run.coast() is None and run.full_area().ports == ()
        assert "Sundown Coast" in table.text(run.summary)
        assert run.area.exit_name("sunup_gate") == "Sunup Gate"
    drawn = maps.figure_of(moved, "landings")
    assert any("Ring Sea" in text.get_text() for text in drawn.findobj(lambda one: hasattr(one, "get_text")))
    with pytest.raises(InputError, match="zoom: the shoreline of the area ring is not at hand"):
        maps.figure_of(moved, "zoom", region="sunup")
    with output.read_run(moved) as run:
        page = report.page(run)
    assert '<path id="land" class="land" d=""/>' in page and "Ring Sea" in page


def test_maps_refuse_another_shoreline(toy: study.Study, tmp_path: Path) -> None:
    other = toy_area.write(tmp_path / "ring")
    arrays = toy_area.shoreline()
    arrays["clear"] = np.maximum(arrays["clear"], 1) - 1
    np.savez_compressed(other / "shoreline.npz", **arrays)
    with pytest.raises(InputError, match="its shoreline is not the one that the run had"):
        maps.figure_of(toy.folder, "landings", area=other)
    maps.figure_of(toy.folder, "landings", area=toy_area.write(tmp_path / "same"))


def test_an_area_needs_a_climatology_for_one(toy: study.Study) -> None:
    made = config.load(toy.folder.parent / "ring.toml", {"current.product": "climatology"})
    with pytest.raises(InputError, match="area ring: has no climatology of the current"):
        study.check(made)


def test_records_of_another_sea_lie_in_it(tmp_path: Path) -> None:
    sea = Area.load(toy_area.write(tmp_path / "ring"))
    known = records.load(None, sea)
    assert [event.region for event in known.events] == ["sundown", "sundown", "sunup"]
    (tmp_path / "e.csv").write_text(toy_area.EVENTS.replace("11.6,", "135.0,"), encoding="utf-8")
    with pytest.raises(InputError, match=r"135\.0 is not within 10\.0 to 14\.0"):
        records.load(tmp_path / "e.csv", sea)


# --- results of earlier and later versions --------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A finished run of version 0.1."""
    with zipfile.ZipFile(OLD) as archive:
        archive.extractall(tmp_path / "old")
    return tmp_path / "old"


def test_a_run_of_0_1_is_read(old: Path, tmp_path: Path) -> None:
    raw = json.loads((old / "summary.json").read_text(encoding="utf-8"))
    assert "area" not in raw and "format" not in raw and "share_of_home" not in raw["regions"]["noto"]
    with output.read_run(old) as run:
        of = run.regions["noto"]
        assert of["share_of_home"] == of["share_of_japan"] == raw["regions"]["noto"]["share_of_japan"] > 0.3
        said = table.text(run.summary)
        assert re.search(r"^Noto +40\.4 % +38\.3 %", said, re.MULTILINE) and "Other coasts of Japan" in said
        assert run.area.key == areas.DEFAULT and run.coast() is shoreline.load()
    assert verify.verify(old).whole
    assert maps.draw(old, tmp_path / "map.png", dpi=50)[0].exists()


def test_an_old_config_is_not_held_against_the_grammar_of_today(old: Path) -> None:
    """Results are read by what they say, not by what a config may say now."""
    with output.read_run(old) as run:
        run.__dict__["config"] = run.config.replace('direction = "forward"', 'direction = "forward"\nflux = 3')
        assert run.settings["run"]["flux"] == 3


def test_the_old_key_is_kept_for_the_default_area_alone(toy: study.Study) -> None:
    assert "share_of_japan" not in json.dumps(toy.run.summary)


def test_results_of_a_later_version_are_refused(old: Path) -> None:
    body = json.loads((old / "summary.json").read_text(encoding="utf-8")) | {"format": 99}
    (old / "summary.json").write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(InputError, match="results of format 99, written by a later version of driftsim"):
        _ = Run(old).summary


def test_an_area_that_is_none_is_refused() -> None:
    told = areas.default().described()
    for change in ({"home": "nowhere"}, {"stretches": []}, {"box": [1, 2]}, {"sea": 3}):
        with pytest.raises(ValueError):
            schema._check_area(told | change, {})


def test_a_sea_without_a_home_has_no_shares(toy: study.Study) -> None:
    """Nobody's country comes first: chances alone, and no sentence about a home."""
    arrivals = toy.run.arrivals.copy()
    told = json.loads(arrivals.attrs["area"])
    told.pop("home")
    told.pop("groups")
    arrivals.attrs = {**arrivals.attrs, "area": json.dumps(told)}
    summary = statistics.summarise(arrivals)
    assert list(summary["regions"]) == ["sundown", "sunup", "rock"]
    assert {of["share_of_home"] for of in summary["regions"].values()} == {None}
    said = table.text(summary)
    assert "ashore 96.2 %" in said and "Ring" not in said.replace("Round the ring", "") and "landings" not in said[:600]
