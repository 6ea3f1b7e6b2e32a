"""The config: what is read, what is refused and in which words, and that the shipped files say what they should."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from driftsim import config, resources
from driftsim.config import describe, toml_text, values

CONFIGS = resources.config("quickstart.toml").parent

GOOD = """\
[run]
title = "A test"
start = 2017-10-01
end = 2017-12-31T12:00:00
step_minutes = 30.0

[current]
product = "climatology"

[wind]
members = 7

[boats]
number = 500

[[boats.classes]]
leeway = 54
share = 0.25

[[boats.classes]]
windage_percent = 2.5
share = 0.75

[release]
first = 2017-10-03
last = 2017-10-09

[[release.sources]]
name = "bank"
kind = "polygon"
points = [
  [133.0, 38.6],
  [136.0, 38.6],
  [135.5, 40.1],
]
"""


@pytest.fixture
def write(tmp_path):
    def _write(text: str, name: str = "study.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return _write


@pytest.fixture
def refused(write):
    """Problems of GOOD after replacements of text."""

    def _refused(*changes: tuple[str, str], append: str = "") -> list[config.Problem]:
        text = GOOD
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        with pytest.raises(config.ConfigError) as caught:
            config.load(write(text + append))
        return caught.value.problems

    return _refused


def only(problems: list[config.Problem]) -> config.Problem:
    assert len(problems) == 1, [str(p) for p in problems]
    return problems[0]


# What is read


def test_a_good_config_and_its_times(write):
    cfg = config.load(write(GOOD))
    assert cfg.run.start == datetime(2017, 10, 1)
    assert cfg.run.start_epoch == datetime(2017, 10, 1, tzinfo=UTC).timestamp() == 1506816000.0
    assert cfg.run.end_epoch - cfg.run.start_epoch == 91.5 * 86400.0
    assert cfg.run.step_s == 1800.0
    assert cfg.run.steps == 91.5 * 48
    assert cfg.boats.classes[0].leeway == cfg.boats.classes[0].name == "FISHING-VESSEL-5"
    assert cfg.boats.classes[1].name == "windage 2.5%"
    assert cfg.wind is not None and cfg.wind.members == 7
    assert cfg.stokes is None
    assert cfg.coast.domain == (127.0, 143.0, 33.0, 48.0)
    assert cfg.release.sources[0].points[1] == (136.0, 38.6)


@pytest.mark.parametrize("table", ["capsizing", "sinking"])
def test_what_cannot_be_undone_is_refused_backward(write, table):
    backward = {"run.direction": "backward"}
    assert config.load(write(GOOD), backward).run.direction == "backward"
    with pytest.raises(config.ConfigError, match=f"boats.{table}.*backward"):
        config.load(write(GOOD + f"\n[boats.{table}]\n"), backward)


def test_a_config_cannot_be_changed(write):
    cfg = config.load(write(GOOD))
    with pytest.raises(ValidationError):
        cfg.run.seed = 3
    assert hash(cfg) == hash(config.load(write(GOOD)))


@pytest.mark.parametrize(
    "written",
    ["2017-10-01", '"2017-10-01"', "2017-10-01T00:00:00Z", "2017-10-01T09:00:00+09:00", '"2017-10-01T00:00"'],
)
def test_dates_are_utc_however_written(write, written):
    cfg = config.load(write(GOOD.replace("start = 2017-10-01", f"start = {written}")))
    assert cfg.run.start == datetime(2017, 10, 1) and cfg.run.start.tzinfo is None


def test_mixing_follows_the_current_unless_told(write, tmp_path):
    (tmp_path / "a.nc").touch()
    with_files = GOOD.replace('product = "climatology"', 'product = "glo12"\nfiles = ["a.nc"]')
    assert config.load(write(GOOD)).mixing.flight_speed_m_s == 0.12
    assert config.load(write(GOOD)).mixing.diffusivity_m2_s == 0.0
    assert config.load(write(with_files)).mixing.diffusivity_m2_s == 50.0
    assert config.load(write(with_files)).mixing.flight_speed_m_s == 0.0
    silent = config.load(write(GOOD + "[mixing]\nflight_speed_m_s = 0.0\n")).mixing
    assert (silent.flight_speed_m_s, silent.diffusivity_m2_s) == (0.0, 0.0)


def test_wind_from_files_is_one_series(write, tmp_path):
    (tmp_path / "w.nc").touch()
    cfg = config.load(write(GOOD.replace("members = 7", 'product = "gfs"\nfiles = ["w.nc"]')))
    assert cfg.wind is not None and cfg.wind.members == 1


def test_files_are_found_beside_the_config(write, tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("d.nc", "b.nc", "e.nc", "a.nc", "c[1].nc", "f.nc"):
        (tmp_path / "data" / name).touch()
    for listed, names in {
        '"data/?.nc"': "a.nc b.nc d.nc e.nc f.nc",
        '"data/c[1].nc", "data/a.nc"': "c[1].nc a.nc",
    }.items():
        cfg = config.load(write(GOOD.replace('product = "climatology"', f'product = "cf"\nfiles = [{listed}]')))
        assert cfg.current.files == tuple(str(tmp_path / "data" / name) for name in names.split())


def test_a_port_by_any_of_its_names(write):
    source = '\n[[release.sources]]\nname = "p"\nkind = "port"\nport = "najin"\n'
    assert config.load(write(GOOD + source)).release.sources[1].port == "Rason"


def test_overrides_replace_values_by_key(write):
    path = write(GOOD)
    cfg = config.load(path, {"boats.number": 9, "release.sources[0].weight": 3.0, "output.tracks": 4})
    assert (cfg.boats.number, cfg.release.sources[0].weight, cfg.output.tracks) == (9, 3.0, 4)
    with pytest.raises(config.ConfigError, match=r"boats\.number = -4 must be a whole number, at least 1") as caught:
        config.load(path, {"boats.number": -4})
    assert only(caught.value.problems).line is None
    for bad in ("release.sources[7].weight", "a..b", "boats.number.x[", "run.title.x"):
        with pytest.raises(config.ConfigError):
            config.load(path, {bad: 1})


def test_a_byte_order_mark_and_windows_line_ends(tmp_path):
    path = tmp_path / "w.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert config.load(path).boats.number == 500
    path.write_bytes(GOOD.replace("number = 500", "number = 0").replace("\n", "\r\n").encode())
    with pytest.raises(config.ConfigError) as caught:
        config.load(path)
    assert only(caught.value.problems).line == 14


# What is written back


def rich(write, tmp_path):
    (tmp_path / "a.nc").touch()
    (tmp_path / "g.geojson").touch()
    text = GOOD.replace('product = "climatology"', 'product = "glo12"\nfiles = ["a.nc"]\nstamp = "middle"')
    text = text.replace('"A test"', r'"quo\"te \\ 日本海 \u00e9"').replace("[[release", "on_land = 'move'\n[[release")
    return config.load(
        write(
            text
            + """
[[release.sources]]
name = "list"
kind = "box"
box = [130.5, 136.5, 38.5, 41.5]
dates = [2017-10-05T03:00:00, 2017-10-06]
[[release.sources]]
name = "daily"
kind = "geojson"
file = "g.geojson"
weight = 1e-7
first = 2017-10-02
daily_weights = [1.5, 0, 2]
[stokes]
product = "cf"
files = ["a.nc", "a.nc"]
with_leeway = true
[boats.capsizing]
becomes = "skiff-3"
[boats.sinking]
mean_life_days = 33
[mixing]
diffusivity_file = "a.nc"
"""
        )
    )


def test_dump_comes_back_the_same(write, tmp_path):
    cfg = rich(write, tmp_path)
    text = config.dump(cfg)
    assert config.load(write(text, "again.toml")) == cfg
    assert config.dump(config.load(write(text, "again.toml"))) == text
    assert "start = 2017-10-01T00:00:00Z" in text
    assert "radius_km" not in text and text.count("box =") == 1, "keys of other kinds of sources say nothing"
    assert cfg.boats.capsizing is not None and cfg.boats.capsizing.becomes == "SKIFF-3"


def test_dump_from_another_folder(write, tmp_path):
    cfg = rich(write, tmp_path)
    (tmp_path / "elsewhere").mkdir()
    assert config.load(write(config.dump(cfg), "elsewhere/c.toml")) == cfg


# What is refused: each check, with its key, line and hint


CASES = [
    # run
    (("end = 2017-12-31T12:00:00", "end = 2017-09-30"), "run.end", 4, "later than run.start"),
    (("step_minutes = 30.0", "step_minutes = 7"), "run.step_minutes", 5, "divide 24 h"),
    (("step_minutes = 30.0", "step_minutes = 48"), "output.track_every_hours", None, "(6 h) must be a multiple"),
    (("end = 2017-12-31T12:00:00", "end = 2017-12-31T12:10:00"), "run.end", 4, "whole number of steps"),
    (("step_minutes = 30.0", "step_minutes = 0.01"), "run.end", 4, "at most 10000000"),
    (("step_minutes = 30.0", "step_minutes = nan"), "run.step_minutes", 5, "a number"),
    (("step_minutes = 30.0", "step_minutes = '30'"), "run.step_minutes", 5, "a number (minutes), above 0"),
    (("step_minutes = 30.0", "step_minutes = true"), "run.step_minutes", 5, "a number"),
    (("start = 2017-10-01", "start = 12:30:00"), "run.start", 3, "a date"),
    (("start = 2017-10-01", "start = 'soon'"), "run.start", 3, "a date"),
    (("start = 2017-10-01", "start = 0001-01-01T00:00:00+23:00"), "run.start", 3, "1900 to 2200"),
    (("start = 2017-10-01", "start = 2017-10-01T00:00:00.5"), "run.start", 3, "whole second"),
    (('title = "A test"', r'title = "a\u001b[31m"'), "run.title", 2, "control characters"),
    # fields
    (('product = "climatology"', 'product = "cf"'), "current.files", 7, "must name a file"),
    (('product = "climatology"', 'files = ["a.nc"]'), "current.files", 8, 'does not go with product = "climatology"'),
    (('product = "climatology"', "steady = true"), "current.steady", 8, "does not go with"),
    (('product = "climatology"', 'product = "wind_roses"'), "current.product", 8, "is not a product for [current]"),
    (("members = 7", 'product = "gfs"\nfiles=["study.toml"]\nmembers = 7'), "wind.members", 13, "wind_roses"),
    (("members = 7", "members = 10001"), "wind.members", 11, "at most 10_000"),
    (("members = 7", 'product = "cf"\nfiles=["study.toml"]\nu = "x"'), "wind.u", 13, "must come with wind.v"),
    (
        ("members = 7", 'product = "cf"\nfiles=["study.toml"]\nstamp = "instant"\ninterval_hours = 3'),
        "wind.interval_hours",
        14,
        "instant",
    ),
    # boats
    (("number = 500", "number = 1_000_000_001"), "boats.number", 14, "at most 1_000_000_000"),
    (("number = 500", "number = 500.0"), "boats.number", 14, "whole number"),
    (("share = 0.25", "share = 0.2"), "boats.classes", 16, "add up to 0.95"),
    (("share = 0.25", "share = 0.25\nwindage_percent = 1"), "boats.classes[0].windage_percent", 19, "one of the two"),
    (("leeway = 54\n", ""), "boats.classes[0]", 16, "must have leeway or windage_percent"),
    (("leeway = 54", "leeway = 35"), "boats.classes[0].leeway", 17, "not the number of a leeway class"),
    (
        ("leeway = 54", "leeway = 54\nwindage_angle_deg = 3"),
        "boats.classes[0].windage_angle_deg",
        18,
        "windage_percent",
    ),
    (("leeway = 54", 'leeway = 54\nname = "windage 2.5 %"'), "boats.classes[1].name", 21, "too like"),
    (("number = 500", "perturbation_hours = 12"), "boats.perturbation_hours", 14, "redrawn"),
    # release
    (("last = 2017-10-09", "last = 2017-10-02"), "release.last", 26, "earlier than first"),
    (("last = 2017-10-09", "last = 2018-10-09"), "release.last", 26, "within the run"),
    (("first = 2017-10-03", "first = 2017-09-03"), "release.first", 25, "within the run"),
    (("first = 2017-10-03\n", ""), "release.sources[0].first", 27, "is missing"),
    (
        ('kind = "polygon"', 'kind = "polygon"\ndates = [2017-10-05, 2018-01-05]'),
        "release.sources[0].dates[1]",
        31,
        "run",
    ),
    (('kind = "polygon"', 'kind = "polygon"\ndaily_weights = [1, -1]'), "release.sources[0].daily_weights", 31, "0 or"),
    (('kind = "polygon"', 'kind = "polygon"\nweight = 0'), "release.sources", 28, "above 0"),
    (('kind = "polygon"', 'kind = "polygon"\nradius_km = 3'), "release.sources[0].radius_km", 31, "does not go with"),
    (("  [136.0, 38.6],\n", ""), "release.sources[0].points", 31, "3 or more different points"),
    (("  [136.0, 38.6],", "  [38.6, 136.0],"), "release.sources[0].points[1]", 33, "longitude first"),
    (("  [136.0, 38.6],", "  [136.0, 51.6],"), "release.sources[0].points[1]", 33, "must lie in the domain"),
    (("  [136.0, 38.6],", "  [136.0, inf],"), "release.sources[0].points[1][1]", 33, "[longitude, latitude]"),
    (("  [136.0, 38.6],", "  [136.0, 38.6, 0],"), "release.sources[0].points[1]", 33, "[longitude, latitude]"),
    (
        ("[135.5, 40.1],", "[135.5, 40.1], [134, 38]"),
        "release.sources[0].points",
        31,
        "crosses or touches",
    ),
    (("[135.5, 40.1],", "[134, 38.6]"), "release.sources[0].points", 31, ""),
    (('name = "bank"', 'name = "../bank"'), "release.sources[0].name", 29, "no slash"),
    (('name = "bank"', 'name = ""'), "release.sources[0].name", 29, "not empty"),
    (('name = "bank"', 'name = "a\\u202eb"'), "release.sources[0].name", 29, "invisible"),
    (('name = "bank"', f'name = "{"x" * 81}"'), "release.sources[0].name", 29, "at most 80"),
]


@pytest.mark.parametrize(("change", "key", "line", "words"), CASES, ids=[f"{c[1]}:{c[3][:20]}" for c in CASES])
def test_one_wrong_thing_is_one_problem(refused, change, key, line, words):
    problem = only(refused(change))
    assert (problem.key, problem.line) == (key, line)
    assert words in problem.allowed


APPENDED = [
    ("[coast]\ndomain = [143, 127, 33, 48]", "coast.domain", "west < east"),
    ("[coast]\ndomain = [127, 143, 33, 48.0, 1]", "coast.domain", "[west, east, south, north]"),
    ("[coast]\ndomain = [120, 143, 33, 48]", "coast.domain", "125 to 145 E, 30 to 53 N"),
    ("[coast]\ndomain = [127, 143, 33, 94]", "coast.domain", "latitudes"),
    ("[output]\ntrack_every_hours = 0.75", "output.track_every_hours", "multiple of the step"),
    ("[output]\ndensity_grid_deg = 0.01", "output.density_grid_deg", "cells"),
    ("[mixing]\ndiffusivity_m2_s = 3\ndiffusivity_file = 'study.toml'", "mixing.diffusivity_file", "one of the two"),
    ("[mixing]\ndiffusivity_file = 'k.nc'", "mixing.diffusivity_file", "no such file"),
    ("[mixing]\ndiffusivity_file = '..'", "mixing.diffusivity_file", "is a folder"),
    ("[boats.capsizing]\nbecomes = ''\nwind_m_s = 0", "boats.capsizing.wind_m_s", "above 0"),
    ("[stokes]\nfiles = ['study.toml']", "stokes", "with_leeway = true"),
    ("[stokes]\nwith_leeway = true", "stokes.files", "must name a file"),
    ("[stokes]\nproduct = 'climatology'\nwith_leeway = true", "stokes.product", "not a product for [stokes]"),
]


@pytest.mark.parametrize(("text", "key", "words"), APPENDED, ids=[f"{c[1]}:{c[2][:20]}" for c in APPENDED])
def test_wrong_things_in_other_tables(refused, text, key, words):
    problem = only(refused(append=text))
    assert problem.key == key and words in problem.allowed
    assert problem.line and problem.line > GOOD.count("\n")


SOURCES = [
    ("kind = 'box'\nbox = [135, 134, 38, 39]", "box", "west < east"),
    ("kind = 'box'\nbox = [120, 134, 38, 39]", "box", "must lie in the domain"),
    ("kind = 'box'", "box", "must be given"),
    ("kind = 'point'", "points", "must be given"),
    ("kind = 'point'\npoints = [[130, 40], [131, 41]]\nradius_km = 3", "points", "must be one point"),
    ("kind = 'circle'\npoints = [[134, 39]]", "radius_km", "above 0"),
    ("kind = 'line'\npoints = [[134, 39], [134, 39]]", "points", "2 or more"),
    ("kind = 'polygon'\npoints = [[134, 39], [135, 39], [136, 39]]", "points", ""),
    ("kind = 'geojson'\nfile = 'none.geojson'", "file", "no such file"),
    ("kind = 'port'\nport = 'Atlantis'", "port", "is not a known port"),
    ("kind = 'port'\nport = 'Chongjin'\nmax_offshore_km = 10", "max_offshore_km", "above min_offshore_km"),
    ("kind = 'port'\nport = 'Kholmsk'\nfirst = 2018-02-01\nlast = 2018-02-02", "first", "within the run"),
    ("kind = 'point'\npoints = [[134, 39]]\ndates = [2017-10-05]\nfirst = 2017-10-05", "first", "beside dates"),
    ("kind = 'point'\npoints = [[134, 39]]\ndaily_weights = [1]\nlast = 2017-10-05", "last", "beside daily_weights"),
    ("kind = 'point'\npoints = [[134, 39]]\nfirst = 2017-12-30\ndaily_weights = [1, 2]", "daily_weights", "within"),
]


@pytest.mark.parametrize(("text", "key", "words"), SOURCES, ids=[f"{c[1]}:{c[2][:20]}" for c in SOURCES])
def test_wrong_sources(refused, text, key, words):
    problem = only(refused(append=f'\n[[release.sources]]\nname = "two"\n{text}\n'))
    assert problem.key == f"release.sources[1].{key}" and words in problem.allowed


def test_labels_must_differ_in_letters_and_digits(refused):
    twin = '\n[[release.sources]]\nname = "BANK "\nkind = "point"\npoints = [[134, 39]]\n'
    assert "blank" in only(refused(append=twin)).allowed
    assert "too like" in only(refused(append=twin.replace("BANK ", "Bank!"))).allowed


def test_weather_needs_wind(refused):
    extra = "[boats.capsizing]\n[mixing]\nwind_error_m_s = 1\n"
    calm = (("[wind]\nmembers = 7\n", ""), ("leeway = 54", 'leeway = "SLDMB"'))  # a class that no wind moves
    keys = [p.key for p in refused(*calm, append=extra)]
    storm = refused(calm[0])
    assert [p.key for p in storm] == ["boats.classes[0].leeway", "boats.classes[1].windage_percent"]
    assert "needs wind" in storm[0].allowed and storm[0].line == 15
    assert keys == ["boats.classes[1].windage_percent", "boats.capsizing", "mixing.wind_error_m_s"]


NEAREST = [
    (("step_minutes", "step_minuts"), "run.step_minuts", "step_minutes"),
    (("[run]", "seed = 3\n[run]"), "seed", "run.seed"),
    (("number = 500", "numbers = 500"), "boats.numbers", "number"),
    (("[[release.sources]]", "on_lnd = 'move'\n[[release.sources]]"), "release.on_lnd", "on_land"),
    (('kind = "polygon"', 'kind = "polygon"\non_land = "move"'), "release.sources[0].on_land", "release.on_land"),
    (('kind = "polygon"', 'kind = "poligon"'), "release.sources[0].kind", '"polygon"'),
    (("leeway = 54", 'leeway = "FISHING-VESEL-5"'), "boats.classes[0].leeway", '"FISHING-VESSEL-5"'),
    (("members = 7", 'product = "climatolgy"'), "wind.product", '"climatology"'),
    (("[136.0, 38.6]", "[38.6, 136.0]"), "release.sources[0].points[1]", "[136, 38.6]"),
    (("[136.0, 38.6]", "[-224.0, 38.6]"), "release.sources[0].points[1]", "[136, 38.6]"),
]


@pytest.mark.parametrize(("change", "key", "nearest"), NEAREST, ids=[c[1] for c in NEAREST])
def test_the_nearest_right_name(refused, change, key, nearest):
    problem = only(refused(change))
    assert (problem.key, problem.nearest) == (key, nearest)
    assert f"did you mean {nearest}?" in str(problem)


def test_the_nearest_port(refused):
    source = '\n[[release.sources]]\nname = "p"\nkind = "port"\nport = "Chonjin"\n'
    assert only(refused(append=source)).nearest == '"Chongjin"'


def test_everything_at_once_sorted_by_line(write):
    text = GOOD.replace("step_minutes = 30.0", "step_minuts = 30").replace("number = 500", 'number = "many"')
    text = text.replace("share = 0.25", "share = 2").replace("last = 2017-10-09", "last = 2017-10-02")
    text = text.replace("[135.5, 40.1],", "[135.5, 40.1], [134, 38]").replace("2017-12-31T12:00:00", "2017-09-30")
    with pytest.raises(config.ConfigError) as caught:
        config.load(write(text))
    found = [(p.line, p.key) for p in caught.value.problems]
    # no shares that do not add up, since one of them is wrong itself; no dates outside the run, whose end is wrong
    assert (4, "run.end") in found and (5, "run.step_minuts") in found and (14, "boats.number") in found
    assert (18, "boats.classes[0].share") in found and (26, "release.last") in found
    assert (31, "release.sources[0].points") in found
    assert found == sorted(found, key=lambda pair: pair[0])
    assert "boats.classes" not in [key for _, key in found]
    message = str(caught.value)
    assert message.startswith(f"{caught.value.path}: {len(found)} problems\n  line ")
    assert 'line 14: boats.number = "many" must be a whole number' in message


def test_missing_tables_are_named(write):
    with pytest.raises(config.ConfigError) as caught:
        config.load(write("# nothing\n"))
    assert [p.key for p in caught.value.problems] == ["run", "current", "boats", "release"]


def test_the_message_is_short_however_much_is_wrong(write):
    with pytest.raises(config.ConfigError) as caught:
        config.load(write("\n".join(f"key{i} = 1" for i in range(3000))))
    message = str(caught.value)
    assert message.count("\n") <= 22 and "more" in message.splitlines()[-1]


# Files that are no config


def refusal(path) -> str:
    with pytest.raises(config.ConfigError) as caught:
        config.load(path)
    return str(caught.value)


def test_files_that_are_no_config(tmp_path, write):
    assert "no such file" in refusal(tmp_path / "none.toml")
    assert "is a folder" in refusal(tmp_path)
    assert "not a regular file" in refusal("/dev/null")
    assert "cannot be read" in refusal("a\0b") or "no such file" in refusal("a\0b")
    assert "larger than 1 MB" in refusal(write("#" * 10_000_000))
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"[run]\ntitle = 'caf\xe9'\n")
    assert "line 2: must be UTF-8" in refusal(latin)
    latin.write_bytes("[run]".encode("utf-16"))
    assert "UTF-8" in refusal(latin)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[run]\nseed = \n", 2, "after = stands"),
        ("[run]\nseed = 1\nseed = 2\n", 3, "in the file already"),
        ("[run]\n[run]\n", 2, "TOML"),
        ("a = 1\nb c\n", 2, "="),
        ("a = [1, 2\n", None, "TOML"),
        ('a = "x\n', 1, "TOML"),
        ("a = 2017-13-45\n", 1, "TOML"),
        ("a = 'x\0'", 1, "TOML"),
        ("a = 1" + "0" * 5000, None, "4300 digits"),
        ("a = " + "[" * 30_000 + "]" * 30_000, None, "nested too deeply"),
        (".".join("a" * 30_000) + " = 1", None, "nested too deeply"),
    ],
    ids=lambda value: str(value)[:12].encode("unicode_escape").decode(),
)
def test_text_that_is_no_toml(write, text, line, words):
    with pytest.raises(config.ConfigError) as caught:
        config.load(write(text))
    problem = only(caught.value.problems)
    assert words in problem.allowed and (line is None or problem.line == line)
    assert len(str(caught.value)) < 400 and str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ('"x.nc"', "there is no such file: "),
        ('"x*.nc"', "matches no file: "),
        ('"/**/*.nc"', "no **"),
        ('"/*/*/*/*.nc"', "in two parts"),
        ('""', "must be the name of a file"),
        ('"https://host/x.nc"', "fetch it first"),
        (r'"a\u0000b.nc"', "control characters"),
        ("3", "a file or glob"),
    ],
)
def test_files_that_are_not_there(refused, files, words):
    problem = only(refused(('product = "climatology"', f'product = "cf"\nfiles = [{files}]')))
    assert problem.key == "current.files[0]" and words in problem.allowed
    if "is no such" in words or "matches" in words:
        assert str(Path(problem.allowed.split(": ")[1])).startswith("/")


# Lines


def test_lines_of_every_kind_of_key():
    text = r"""
a = 1
"b c".'d' = { e = [1, 2,
  ], f = "x # y" }   # comment
[t.u]
s = '''
[not.a.table]
k = 1
'''
[[t.list]]
x = [ [1, 2], # one
      [3, 4] ]
[t.list.sub]
y = 2017-01-01 00:00:00
[[t.list]]
z = "\u0041\"" # end
"k\u0041" = 1
"""
    lines = toml_text.lines(text)
    assert tomllib.loads(text)["t"]["list"][1]["kA"] == 1
    expected = {("a",): 2, ("b c", "d"): 3, ("b c", "d", "f"): 4, ("t", "u"): 5, ("t", "u", "s"): 6, ("t", "list"): 10}
    expected |= {("t", "list", 0, "x", 1, 0): 12, ("t", "list", 0, "sub"): 13, ("t", "list", 0, "sub", "y"): 14}
    expected |= {("t", "list", 1): 15, ("t", "list", 1, "z"): 16, ("t", "list", 1, "kA"): 17}
    assert {path: lines.get(path) for path in expected} == expected
    assert ("not", "a", "table") not in lines


def paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield from paths(inner, (*path, step))


@pytest.mark.parametrize("name", sorted(p.name for p in CONFIGS.glob("*.toml")))
def test_every_path_of_the_shipped_configs_has_its_line(name):
    text = (CONFIGS / name).read_text(encoding="utf-8")
    lines = toml_text.lines(text)
    rows = text.splitlines()
    for path in paths(tomllib.loads(text)):
        if path:
            row = rows[lines[path] - 1]
            named = next(step for step in reversed(path) if isinstance(step, str))
            assert named in row


# The shipped files


@pytest.mark.parametrize("name", ["quickstart", "example", "starter"])
def test_shipped_configs_load(name):
    config.load(resources.config(f"{name}.toml"))


def test_the_quickstart_is_the_study_it_promises():
    cfg = config.load(resources.config("quickstart.toml"))
    assert cfg.boats.number == 20_000 and cfg.wind is not None and cfg.wind.members == 200
    assert (cfg.run.start, cfg.run.end) == (datetime(2017, 10, 1), datetime(2018, 3, 31))
    assert (cfg.release.first, cfg.release.last) == (datetime(2017, 10, 1), datetime(2017, 12, 5))
    assert cfg.current.product == cfg.wind.product == "climatology"
    assert [(c.leeway, c.share) for c in cfg.boats.classes] == [("FISHING-VESSEL-5", 0.5), ("SKIFF-3", 0.5)]
    assert (cfg.mixing.flight_speed_m_s, cfg.mixing.flight_time_days) == (0.12, 3.0)
    ports = {s.port for s in cfg.release.sources if s.kind == "port"}
    assert ports == {"Chongjin", "Kimchaek", "Sinpo", "Hungnam", "Wonsan", "Rason"}
    assert all(s.min_offshore_km >= 20.0 for s in cfg.release.sources if s.kind == "port")
    share = sum(s.weight for s in cfg.release.sources if s.kind == "port") / sum(s.weight for s in cfg.release.sources)
    assert 0.05 < share < 0.25
    assert "typical" in cfg.run.title.lower()


@pytest.mark.parametrize("name", ["january_2021_glo12", "two_days_november_2016"])
def test_studies_on_real_input_lack_nothing_but_their_files(name, tmp_path):
    path = resources.config(f"{name}.toml")
    with pytest.raises(config.ConfigError) as caught:
        config.load(path)
    assert [p.key for p in caught.value.problems] == ["current.files[0]", "wind.files[0]"]
    file = tmp_path / "x.nc"
    file.touch()
    cfg = config.load(path, {"current.files": [file], "wind.files": [str(file)]})
    assert cfg.current.files == (str(file),)


def model_keys() -> dict[str, object]:
    """Every key (not table) of the config by its dotted path."""
    found = {}
    for path, field in config.each_key():
        inner, _ = describe.inner_type(field)
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            found[path.replace("[]", "")] = field
    return found


def example_lines():
    """Table, key, value text and comment of every line of the example, those commented out included."""
    table = ""
    for row in resources.config("example.toml").read_text(encoding="utf-8").splitlines():
        if header := re.fullmatch(r"(?:# )?\[{1,2}([a-z_.]+)\]{1,2}\s*(#.*)?", row):
            table = header[1]
        elif pair := re.fullmatch(r"(?:# )?([a-z0-9_]+) = (.*?)\s*# (.*)", row):
            yield table, pair[1], pair[2], pair[3]


def test_the_example_holds_every_key_and_no_other():
    known = model_keys()
    shown = {f"{table}.{key}" for table, key, *_ in example_lines()}
    assert shown == set(known)


def test_the_example_tells_unit_and_default_and_its_values_are_allowed():
    known = model_keys()
    for table, key, text, comment in example_lines():
        field = known[f"{table}.{key}"]
        value = tomllib.loads(f"x = {text}")["x"]
        TypeAdapter(field.rebuild_annotation()).validate_python(value)
        said = re.search(r"\[([^\[\]]*(?:\[[^\]]*\])?)\]$", comment)
        assert said, f"{table}.{key}: no [unit; default]"
        *unit, fallback = said[1].split("; ")
        expected = "must be given" if field.is_required() else f"default {describe.default(field)}"
        assert fallback == expected, f"{table}.{key}"
        assert unit == [u for u in [(field.json_schema_extra or {}).get("unit")] if u], f"{table}.{key}"


def test_every_key_is_described_and_the_reference_page_is_current():
    for path, field in config.each_key():
        assert field.description, path
    page = Path(__file__).parents[1] / "docs" / "reference" / "config.md"
    if not page.exists():
        pytest.skip("no docs beside the tests")
    assert page.read_text(encoding="utf-8") == describe.reference(), (
        "python -m driftsim.config > docs/reference/config.md"
    )


def test_the_schema_tells_unit_default_and_limits():
    schema = config.schema()
    step = schema["$defs"]["Run"]["properties"]["step_minutes"]
    assert (step["unit"], step["default"], step["exclusiveMinimum"], step["maximum"]) == ("minutes", 60.0, 0.0, 1440.0)
    assert "description" in step and schema["$defs"]["Run"]["additionalProperties"] is False


def test_reading_a_config_loads_nothing_heavy():
    code = (
        "import sys; from driftsim import config, resources; config.load(resources.config('starter.toml'),"
        " {'release.sources[0].kind': 'box', 'release.sources[0].points': [],"
        " 'release.sources[0].box': [133, 134, 38, 39]});"
        "print([m for m in ('numpy', 'xarray', 'shapely', 'matplotlib', 'numba', 'pandas') if m in sys.modules])"
    )
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"


# Anything at all


BROKEN = {
    "a list for a table": "run = [1]",
    "a table for a value": "[run.seed]\nx = 1",
    "a text for a list": '[current]\nfiles = "a.nc"',
    "tables for numbers": "[coast]\ndomain = [{a = 1}, {}, {}, {}]",
    "numbers for tables": "[boats]\nclasses = [1, 2]",
    "empty tables": "[run]\n[current]\n[boats]\n[[boats.classes]]\n[release]\n[[release.sources]]",
    "huge numbers": "[run]\nstep_minutes = 1" + "0" * 400 + "\nseed = 1" + "0" * 400,
    "huge negative": "[boats]\nnumber = -9" + "9" * 300,
    "infinite": "[current]\nscale = inf\n[wind]\nscale = -inf",
    "odd keys": '"" = 1\n"a\\u0000" = 2\n"\\u202e" = 3\n"ключ" = 4\n"🚣" = 5',
    "escapes in values": '[run]\nscheme = "\\u001b[2J\\u0007"\nmetric = "\\U0001F6A3"',
    "dates of another kind": "[run]\nstart = 07:32:00\nend = 9999-12-31",
    "nested lists": "[[release.sources]]\npoints = [[[[]]]]",
    "a polygon without area": "[[release.sources]]\nname='x'\nkind='polygon'\npoints=[[134,39],[135,39],[136,39]]",
    "many classes": "[[boats.classes]]\nshare = 0.0001\n" * 300,
    "mixed points": "[[release.sources]]\nkind = 'line'\npoints = [1, 'a', [], [1], [1, 2, 3], {a = 1}]",
    "bool numbers": "[mixing]\nflight_speed_m_s = false",
    "inline all": "run = {start = 2017-01-01, end = 2016-01-01}\ncurrent = {}\nboats = {classes = [{leeway = -1}]}",
    "wrong everywhere": "[wind]\nproduct = 3\nfiles = {}\nmembers = 'x'\nland = []\nscale = [1]",
    "a leeway list": "[[boats.classes]]\nleeway = [54]\nwindage_percent = '2'",
    "null-like text": "[run]\nstart = 'null'\nend = ''\ntitle = 'nan'",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("beside", ["", GOOD], ids=["alone", "beside a good config"])
def test_broken_configs_end_in_a_message(write, text, beside):
    with pytest.raises(config.ConfigError) as caught:
        config.load(write(text + "\n" + beside))
    message = str(caught.value)
    assert message.count("\n") <= 21 and all(len(row) < 400 for row in message.splitlines())
    assert all(row.isprintable() for row in message.splitlines())
    assert caught.value.problems


known_names = sorted({path.rpartition(".")[2].removesuffix("[]") for path, _ in config.each_key()})
names = st.sampled_from(known_names) | st.text(max_size=5)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.datetimes() | st.dates()
    | st.times() | st.sampled_from(["climatology", "polygon", "port", "Chongjin", "SKIFF-3", "cf", "x*.nc", "line"])
)  # fmt: skip
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(names, anything, max_size=6))
def test_any_dict_is_refused_with_a_message(data):
    with pytest.raises(config.ConfigError) as caught:
        config.parse(data)
    assert str(caught.value).count("\n") <= 21


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(model_keys())), anything)
def test_any_value_in_a_good_config_is_taken_or_refused(key, value):
    key = key.replace("classes.", "classes[0].").replace("sources.", "sources[0].")
    try:
        cfg = config.parse(tomllib.loads(GOOD), overrides={key: value})
    except config.ConfigError as error:
        assert str(error).count("\n") <= 21
    else:
        assert config.parse(tomllib.loads(config.dump(cfg))) == cfg


def test_values_are_shown_short_and_harmless():
    assert values.shown("a\x1b[31m\x7f\u202e") == '"a\\u001b[31m\\U0000007F\\U0000202E"'
    assert len(values.shown("x" * 10**6)) <= 60 and len(values.shown([[1.5] * 100] * 100)) <= 60
    assert values.shown(True) == "true" and values.shown(datetime(2017, 1, 2)) == "2017-01-02T00:00:00Z"
