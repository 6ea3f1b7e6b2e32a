"""The config: what is read, what is refused and in which words, and that the shipped files say what they should."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from corpus.broken_configs import GOOD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from driftsim import config
from driftsim.config import describe, models, products, toml_text, values
from driftsim.system import resources

CONFIGS = resources.config("quickstart.toml").parent


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
    assert config.load(write(GOOD)).mixing.flight_speed_m_s == 0.04
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


def test_a_missing_current_says_what_to_write(refused):
    problem = only(refused(('[current]\nproduct = "climatology"\n', "")))
    assert problem.key == "current"
    assert 'write [current] and below it product = "climatology"' in str(problem) and '"none"' in str(problem)


@pytest.mark.parametrize(
    ("minutes", "hours"), [(1440, 24.0), (480, 8.0), (240.0, 8.0), (48, 6.4), (90, 6.0), (7.2, 6.0)]
)
def test_a_spacing_of_tracks_that_nobody_wrote_follows_the_step(write, minutes, hours):
    text = GOOD.replace("step_minutes = 30.0", f"step_minutes = {minutes}").replace("12-31T12:00", "12-31T00:00")
    cfg = config.load(write(text))
    assert cfg.output.track_every_hours == pytest.approx(hours)
    assert config.parse(tomllib.loads(config.dump(cfg))).output == cfg.output


def test_points_are_degrees_with_minutes_or_without(refused, write):
    for wrong, says in (
        ("[136.0, true]", "[longitude, latitude] in decimal degrees"),
        ('[136.0, "38 76 N"]', "must be decimal degrees, or degrees and minutes such as"),
        ('["38 36 N", "136 0 E"]', "is no longitude; longitude comes first"),
    ):
        assert says in str(only(refused(("  [136.0, 38.6],", f"  {wrong},"))))
    text = GOOD.replace("  [136.0, 38.6],", '  [136, "38 36 N"],')
    assert text != GOOD and (136.0, 38.6) in config.load(write(text)).release.sources[0].points


@pytest.mark.parametrize(("text", "good"), [("100 m", True), ("850hPa", True), ("850", False), ("10 km", False)])
def test_a_level_has_its_unit(write, tmp_path, text, good):
    (tmp_path / "w.nc").touch()
    wind = f'[wind]\nproduct = "cf"\nfiles = ["w.nc"]\nlevel = "{text}"\n'
    given = re.sub(r"\[wind\][^\[]*", wind, GOOD)
    assert given != GOOD
    if good:
        assert config.load(write(given)).wind.level == text
    else:
        with pytest.raises(config.ConfigError, match=r"wind\.level.*a number and m or hPa"):
            config.load(write(given))


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
    assert cfg.boats.number == 30_000 and cfg.wind is not None and cfg.wind.members == 200
    assert (cfg.run.start, cfg.run.end) == (datetime(2017, 9, 17), datetime(2018, 3, 31))
    assert (cfg.release.first, cfg.release.last) == (datetime(2017, 10, 1), datetime(2017, 12, 5))
    assert cfg.current.product == cfg.wind.product == "climatology"
    assert [(c.leeway, c.share) for c in cfg.boats.classes] == [("FISHING-VESSEL-5", 0.5), ("SKIFF-3", 0.5)]
    assert (cfg.mixing.flight_speed_m_s, cfg.mixing.flight_time_days) == (0.04, 3.0)
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


def test_one_velocity_is_one_pair_of_numbers():
    base = {
        "run": {"start": datetime(2017, 10, 1), "end": datetime(2017, 10, 5)},
        "current": {"product": "none"},
        "boats": {"classes": [{"windage_percent": 3.0}]},
        "release": {
            "first": datetime(2017, 10, 1), "last": datetime(2017, 10, 2),
            "sources": [{"name": "a", "kind": "point", "points": [[134.0, 39.0]]}],
        },
    }  # fmt: skip
    good = {"product": "constant", "speed_m_s": 11.0, "from_deg": 250.0}
    kept = config.parse({**base, "wind": good})
    assert kept.wind.members == 1
    again = tomllib.loads(config.dump(kept))["wind"]
    assert {k: again[k] for k in good} == good and "files" not in again and "land" not in again
    for table, wrong in (
        ("wind", {"speed_m_s": 11.0}),
        ("wind", {"speed_m_s": 11.0, "from_deg": 250.0, "east_m_s": 1.0}),
        ("wind", {"east_m_s": 1.0}),
        ("wind", {}),
        ("current", {"speed_m_s": 0.4}),
        ("current", {"speed_m_s": 0.4, "from_deg": 10.0}),
        ("current", {"east_m_s": 0.1, "north_m_s": 0.2, "fill_km": 7.0}),
        ("wind", {**good, "files": ["x.nc"]}),
    ):
        with pytest.raises(config.ConfigError):
            config.parse({**base, table: {"product": "constant", **wrong}})
    with pytest.raises(config.ConfigError, match=r'it goes with product = "constant"'):
        config.parse({**base, "wind": {"product": "climatology", "speed_m_s": 3.0}})


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
    step = schema["$defs"]["RunTable"]["properties"]["step_minutes"]
    assert (step["unit"], step["default"], step["exclusiveMinimum"], step["maximum"]) == ("minutes", 60.0, 0.0, 1440.0)
    assert "description" in step and schema["$defs"]["RunTable"]["additionalProperties"] is False


# Anything at all


known_names = sorted({path.rpartition(".")[2].removesuffix("[]") for path, _ in config.each_key()})
names = st.sampled_from(known_names) | st.text(max_size=5)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.datetimes() | st.dates()
    | st.times() | st.sampled_from(["climatology", "polygon", "port", "Chongjin", "SKIFF-3", "cf", "x*.nc", "line"])
)  # fmt: skip
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)


few = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
many = settings(few, max_examples=400)
any_dict = st.dictionaries(names, anything, max_size=6)
any_key = st.sampled_from(sorted(model_keys()))


def refuse(data):
    with pytest.raises(config.ConfigError) as caught:
        config.parse(data)
    assert str(caught.value).count("\n") <= 21


def take_or_refuse(key, value):
    key = key.replace("classes.", "classes[0].").replace("sources.", "sources[0].")
    try:
        cfg = config.parse(tomllib.loads(GOOD), overrides={key: value})
    except config.ConfigError as error:
        assert str(error).count("\n") <= 21
    else:
        assert config.parse(tomllib.loads(config.dump(cfg))) == cfg


@few
@given(any_dict)
def test_any_dict_is_refused_with_a_message(data):
    refuse(data)


@few
@given(any_key, anything)
def test_any_value_in_a_good_config_is_taken_or_refused(key, value):
    take_or_refuse(key, value)


@pytest.mark.long
@many
@given(any_dict)
def test_many_dicts_are_refused_with_a_message(data):
    refuse(data)


@pytest.mark.long
@many
@given(any_key, anything)
def test_many_values_in_a_good_config_are_taken_or_refused(key, value):
    take_or_refuse(key, value)


def test_values_are_shown_short_and_harmless():
    assert values.shown("a\x1b[31m\x7f\u202e") == '"a\\u001b[31m\\U0000007F\\U0000202E"'
    assert len(values.shown("x" * 10**6)) <= 60 and len(values.shown([[1.5] * 100] * 100)) <= 60
    assert values.shown(True) == "true" and values.shown(datetime(2017, 1, 2)) == "2017-01-02T00:00:00Z"


# --- what other rooms know more of ---------------------------------------------------------------------------------


def test_the_products_are_those_of_the_catalogue():
    from driftsim.forcing.catalogue import CATALOGUE

    held = {key: tuple(kind for kind in ("current", "wind", "stokes") if kind in entry.names)
            for key, entry in CATALOGUE.items()}  # fmt: skip
    assert held == products.FROM_FILES and list(held) == list(products.FROM_FILES)
    records = {key: CATALOGUE[key].record == "observation" for key in products.KINDS_OF_CURRENT}
    assert {key for key, seen in records.items() if seen} == {
        key for key, kind in products.KINDS_OF_CURRENT.items() if kind == "altimetry"
    }
    assert set(records) == {key for key, kinds in held.items() if "current" in kinds and key != "cf"}
    made = {key for key, kinds in products.GENERATED.items() if "wind" in kinds}
    assert made == {*models.DRAWN, "constant", "series"}
    assert models.NO_CURRENT in products.GENERATED
