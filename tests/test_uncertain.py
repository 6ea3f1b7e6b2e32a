"""What nobody knows, drawn by each member: the table, its draws, what they do in a run, and what the results say."""

from __future__ import annotations

import csv
import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from driftsim import config
from driftsim.config.distributions import Distribution
from driftsim.drift import assumptions, simulation
from driftsim.results import any_season, draws, output, statistics, table
from driftsim.system.errors import InputError

BASE = """
[run]
start = 2017-11-20
end = 2017-12-06
seed = 7

[current]
product = "climatology"
ekman_percent = 0.8

[wind]
product = "climatology"
members = 60

[boats]
number = 1500
jibe_percent_per_hour = 5.0

[[boats.classes]]
name = "upright"
leeway = "FISHING-VESSEL-5"
share = 0.6

[[boats.classes]]
name = "swamped"
leeway = "SKIFF-3"
share = 0.4

[mixing]
flight_speed_m_s = 0.12
flight_time_days = 3.0

[release]
first = 2017-11-21
last = 2017-11-23

[[release.sources]]
name = "off Akita"
weight = 0.75
kind = "box"
box = [138.4, 139.4, 39.2, 40.6]

[[release.sources]]
name = "off Noto"
weight = 0.25
kind = "circle"
points = [[136.2, 37.8]]
radius_km = 15.0

[output]
tracks = 5
map = false
csv = false

[uncertain]
"""
EXAMPLE = """release.shift_east_km = { normal = [0, 12], source = "a survey" }
release.shift_north_km = { normal = [0, 9] }
release.shift_days = { between = [-1, 2] }
release.weights = { dirichlet = 6 }
boats.shares = { dirichlet = 3 }
current.scale = { between = [0.75, 1.5] }
current.ekman_percent = { between = [0.2, 1.4] }
current.eddy_scale = { lognormal = [1, 1.3] }
wind.scale = { normal = [1, 0.08] }
mixing.flight_speed_m_s = { between = [0.02, 0.06] }
boats.jibe_percent_per_hour = { lognormal = [4, 1.5] }
"""
ZERO = """release.shift_east_km = { normal = [0, 0] }
release.shift_north_km = { between = [0, 0] }
release.shift_days = { normal = [0, 0] }
current.scale = { between = [1, 1] }
current.ekman_percent = { normal = [0.8, 0] }
current.ekman_angle_deg = { between = [45, 45] }
current.eddy_scale = { lognormal = [1, 1] }
wind.scale = { lognormal = [1, 1] }
mixing.flight_speed_m_s = { between = [0.12, 0.12] }
boats.jibe_percent_per_hour = { lognormal = [5, 1] }
"""

Columns = dict[str, NDArray[Any]]


def parsed(uncertain: str = "", base: str = BASE, **overrides: Any) -> config.Config:
    text = base + uncertain if uncertain else base.replace("[uncertain]", "")
    return config.parse(tomllib.loads(text), overrides=overrides, text=text)


def refused(uncertain: str, base: str = BASE) -> list[str]:
    with pytest.raises(config.ConfigError) as caught:
        config.parse_text(base + uncertain, ".", name="x")
    return [str(problem) for problem in caught.value.problems]


# At the door


def test_every_finding_is_told_at_once_with_its_line() -> None:
    first = BASE.count("\n") + 1
    wrong = {
        "release.shift_eas_km = { normal = [0, 80] }": "did you mean shift_east_km",
        "release.shift_days = { between = [-3, 14] }": "leads out of the run",
        "wind.scale = { normal = [1, 0.4] }": "draws reach -0.2 to 2.2 (3 sd)",
        "current.fill_km = { between = [1, 2] }": "is the same for all members and cannot be drawn",
        "boats.shares = { normal = [1, 0.1] }": "must be {dirichlet = concentration}",
        "boats.sinking.after_days = { between = [1, 2] }": "needs the table [boats.sinking]",
        "current.scale = { betwen = [1, 2] }": "the nearest is between",
        "mixing.flight_speed_m_s = { between = [0.06, 0.02] }": "lower end first",
        "stokes.scale = 3": "must be {normal",
        "run.seed = { between = [1, 2] }": "is the same for all members",
    }
    told = refused("\n".join(wrong))
    assert len(told) == len(wrong)
    for n, what in enumerate(wrong.values()):
        line = next(text for text in told if f"line {first + n}:" in text)
        assert what in line


@pytest.mark.parametrize(
    ("base", "uncertain", "what"),
    [
        (BASE.replace("ekman_percent = 0.8\n", ""), "current.scale = { between = [1, 2] }", "current.ekman_percent"),
        (BASE.replace("ekman_percent = 0.8\n", ""), "current.ekman_percent = { between = [1, 2] }", "needs current"),
        (BASE.replace("ekman_percent = 0.8", "ekman_percent = 0.8\nscale = 0.0"),
         "current.scale = { between = [1, 2] }", "scale = 0"),
        (BASE.replace('kind = "box"\nbox = [138.4, 139.4, 39.2, 40.6]', 'kind = "port"\nport = "Wonsan"'),
         "release.shift_east_km = { normal = [0, 5] }", "there is none"),
        (BASE, "stokes.scale = { between = [1, 2] }", "needs the table [stokes]"),
        (BASE, "boats.jibe_percent_per_hour = { between = [1, 100] }", "below 100"),
        (BASE, "members = 20", "holds no distribution"),
        (BASE.replace("first = 2017-11-21", 'hazard_wind = "cubed"\nfirst = 2017-11-21'),
         "release.shift_days = { between = [0, 1] }", "hazard_wind"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_in_this_config_says_so(base: str, uncertain: str, what: str) -> None:
    (told,) = refused(uncertain, base)
    assert what in told


def test_a_config_with_the_table_is_written_back_whole() -> None:
    cfg = parsed(EXAMPLE)
    again = config.parse_text(config.dump(cfg), ".", name="again")
    assert again == cfg
    assert cfg.uncertain is not None
    of = cfg.uncertain.distributions()["release", "shift_east_km"]
    assert (of.kind, of.first, of.second, of.source) == ("normal", 0.0, 12.0, "a survey")


# Draws


def test_draws_have_the_distributions_that_the_config_names() -> None:
    many = 40_000
    u = assumptions.uniforms(3, many, "wind.scale")
    normal = assumptions.quantile(Distribution("normal", 2.0, 0.5), u)
    # Of a normal cut at 3 sd the variance is 0.9733 of the whole one's.
    assert normal.mean() == pytest.approx(2.0, abs=4 * 0.5 / math.sqrt(many))
    assert normal.std() == pytest.approx(0.5 * math.sqrt(0.97334), rel=4 * math.sqrt(0.5 / many))
    assert 0.49 < normal.min() < 0.65 and 3.35 < normal.max() < 3.51
    log = assumptions.quantile(Distribution("lognormal", 4.0, 1.5), u)
    assert np.median(log) == pytest.approx(4.0, rel=0.01) and np.log(log).std() == pytest.approx(
        math.log(1.5) * math.sqrt(0.97334), rel=0.02
    )
    even = assumptions.quantile(Distribution("between", -3.0, 7.0), u)
    assert even.mean() == pytest.approx(2.0, abs=4 * 10.0 / math.sqrt(12 * many)) and even.min() < -2.99
    about = {"a": 0.5, "b": 0.3, "c": 0.2}
    shares = assumptions.dirichlet(3, many, "release.weights", 6.0, about)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    np.testing.assert_allclose(shares.mean(axis=0), list(about.values()), atol=0.005)
    np.testing.assert_allclose(shares.var(axis=0), [p * (1 - p) / 7.0 for p in about.values()], rtol=0.04)


def test_a_draw_depends_on_its_own_key_seed_and_member_alone() -> None:
    whole = assumptions.draw(parsed(EXAMPLE), 50)
    alone = assumptions.draw(parsed("wind.scale = { normal = [1, 0.08] }"), 9)
    assert (whole.values["wind.scale"][:9] == alone.values["wind.scale"]).all()
    other = assumptions.draw(parsed("wind.scale = { normal = [1, 0.08] }", **{"run.seed": 8}), 9)
    assert (other.values["wind.scale"] != alone.values["wind.scale"]).all()
    independent = np.corrcoef(*(assumptions.uniforms(7, 4000, key) for key in ("wind.scale", "current.scale")))
    assert abs(independent[0, 1]) < 4 / math.sqrt(4000)


# In the run


def columns(cfg: config.Config, numbers: Any = None) -> Columns:
    sim = simulation.Simulation(cfg, numbers=numbers)
    sim.advance(cfg.run.steps)
    arrivals = sim.arrivals()
    return {str(name): arrivals[name].values for name in arrivals.data_vars}


def test_widths_of_nought_give_the_bits_of_the_run_without_the_table() -> None:
    with_table, without = columns(parsed(ZERO)), columns(parsed())
    assert set(with_table) - set(without) == {"draws"}
    for name, values in without.items():
        assert with_table[name].tobytes() == values.tobytes(), name


@pytest.mark.parametrize(
    ("uncertain", "factor", "overrides"),
    [
        ("wind.scale = { between = [1.25, 1.25] }", 1.25, {"wind.scale": 1.25}),
        ("current.scale = { between = [0.5, 0.5] }", 0.5, {"current.scale": 0.5}),
        ("current.eddy_scale = { between = [2, 2] }", 2.0, {"current.eddy_scale": 2.0}),
        ("current.ekman_percent = { between = [1.4, 1.4] }", 1.4, {"current.ekman_percent": 1.4}),
        ("mixing.flight_speed_m_s = { between = [0.3, 0.3] }", 0.3, {"mixing.flight_speed_m_s": 0.3}),
        ("boats.jibe_percent_per_hour = { between = [30, 30] }", 30.0, {"boats.jibe_percent_per_hour": 30.0}),
    ],
)
def test_a_value_that_all_members_draw_is_that_value_in_the_config(
    uncertain: str, factor: float, overrides: dict[str, float]
) -> None:
    drawn, plain, without = (
        columns(parsed(uncertain), np.arange(400)), columns(parsed(**overrides), np.arange(400)),
        columns(parsed(), np.arange(400)),
    )  # fmt: skip
    for name in ("final_lon", "final_lat"):
        np.testing.assert_allclose(drawn[name], plain[name], atol=2e-3)
        assert np.abs(drawn[name] - without[name]).mean() > 2e-3


def test_sources_move_and_dates_shift_as_their_members_drew() -> None:
    cfg = parsed(EXAMPLE)
    moved, still = simulation.Simulation(cfg), simulation.Simulation(parsed())
    drawn, member = moved.drawn, moved.boats.member
    step = moved.boats.release_step - still.boats.release_step
    days = np.rint(drawn.values["release.shift_days"][:, 0] * 24.0).astype(int)
    circle = (moved.boats.source == 1) & (still.boats.source == 1)
    assert circle.sum() > 100
    assert (moved.boats.lon == still.boats.lon)[circle].all()
    same = moved.boats.source == still.boats.source
    assert (step == days[member])[same].all()
    # The box of 1° by 1.4° lies elsewhere for each member: its middle is the mean of the places of many boats.
    open_sea = parsed(EXAMPLE, **{"coast.shoreline": "none", "wind.members": 20})
    sim = simulation.Simulation(open_sea)
    box = sim.boats.source == 0
    for name, middle, wide, scale in (("lon", 138.9, 1.0, np.cos(np.radians(39.9))), ("lat", 39.9, 1.4, 1.0)):
        which = {"lon": "east", "lat": "north"}[name]
        shift = sim.drawn.values[f"release.shift_{which}_km"][:, 0] / (111.2 * scale)
        of_member = sim.boats.member[box]
        place = getattr(sim.boats, name)[box]
        assert (np.abs(place - middle - shift[of_member]) <= 0.5 * wide + 1e-9).all()
    assert np.ptp(sim.drawn.values["release.shift_east_km"]) > 20.0


def test_members_have_shares_and_weights_of_their_own() -> None:
    sim = simulation.Simulation(parsed(EXAMPLE, **{"wind.members": 5, "boats.number": 20_000}))
    for key, code in (("release.weights", sim.boats.source), ("boats.shares", sim.boats.boat_class)):
        expected = sim.drawn.values[key]
        for member in range(5):
            got = np.bincount(code[sim.boats.member == member], minlength=2) / 4000
            np.testing.assert_allclose(got, expected[member], atol=4 * 0.5 / math.sqrt(4000))


def test_a_source_that_a_member_takes_ashore_is_told() -> None:
    with pytest.raises(InputError, match=r"off Akita.*elsewhere for its member.*shift_east_km"):
        simulation.Simulation(parsed("release.shift_east_km = { between = [400, 401] }"))


def test_capsized_boats_keep_the_ekman_drift_of_their_member() -> None:
    more = {"boats.capsizing": {"wind_m_s": 8.0, "width_m_s": 2.0, "becomes": "SKIFF-3"}, "current.ekman_percent": 1.4}
    drawn = columns(parsed("current.ekman_percent = { between = [1.4, 1.4] }", **more), np.arange(300))
    plain = columns(parsed(**more), np.arange(300))
    assert np.isfinite(plain["capsize_time"]).sum() > 100
    for name, values in plain.items():
        assert drawn[name].tobytes() == values.tobytes(), name


def test_fields_of_one_member_have_as_many_draws_as_the_table_says(tmp_path: Path) -> None:
    base = BASE.replace('[wind]\nproduct = "climatology"\nmembers = 60\n', "").replace(
        '"climatology"\nekman_percent = 0.8', '"none"'
    )
    classes = base[base.index("[[boats.classes]]") : base.index("[mixing]")]
    base = base.replace(classes, "[[boats.classes]]\nwindage_percent = 0.0\n\n")
    sim = simulation.Simulation(
        parsed("members = 30\nmixing.flight_speed_m_s = { between = [0.05, 0.2] }", base), numbers=np.arange(90)
    )
    assert sim.members == 30 and sim.boats.member.max() == 29
    speed = np.abs(sim.state["flight_u"][:-1])
    assert speed.max() > 0.2 and len(sim.drawn.values["mixing.flight_speed_m_s"]) == 30


# In the results


@pytest.fixture(scope="module")
def run() -> Any:
    cfg = parsed(EXAMPLE, **{"boats.number": 6000})
    return simulation.run(cfg)


def test_any_season_holds_the_weather_and_the_variances_add(run: Any) -> None:
    of = run.regions["akita"]
    assert of["share_all_low"] is not None and of["share_season_low"] is not None
    wide, weather = (of[f"share_{kind}_high"] - of[f"share_{kind}_low"] for kind in ("all", "season"))
    assert wide > weather
    apart = run.summary["uncertain"]["share_of_home"]["akita"]
    parts = apart["assumptions_sd"] ** 2, apart["weather_sd"] ** 2
    assert parts[0] / sum(parts) == pytest.approx(apart["explained"], rel=1e-4)
    assert set(apart["first_order"]) == {of["key"] for of in run.summary["uncertain"]["assumptions"]}
    assert run.summary["uncertain"]["assumptions"][-3] == {
        "key": "release.shift_east_km", "distribution": "normal, 0 ± 12", "source": "a survey",
    }  # fmt: skip


def test_the_table_leads_with_any_season_and_fits_a_terminal(run: Any) -> None:
    text = table.text(run.summary)
    assert "a draw of what nobody knows" in text and "any case" in text and "weather alone" in text
    block = any_season.leading(run.summary, "share of Japan’s landings")
    assert max(len(line) for line in block.splitlines()) <= 80
    assert "explains" in block
    held = table.text(simulation.run(parsed(**{"boats.number": 6000})).summary)
    assert "assumptions held fixed" in held and "weather alone" not in held


def test_tables_can_be_made_from_the_arrivals_alone(run: Any, tmp_path: Path) -> None:
    written = output.write_run(tmp_path / "run", run)
    again = statistics.summarise(written.arrivals, forcing=run.summary["forcing"])
    assert again["regions"] == run.summary["regions"] and again["uncertain"] == written.summary["uncertain"]
    with open(tmp_path / "run" / "members.csv", newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    known = draws.of(run.arrivals)
    assert known is not None and len(rows) == 60 and len(known.columns) == 13
    assert float(rows[41]["release.weights[off Noto]"]) == pytest.approx(
        known.values[41, known.columns.index("release.weights[off Noto]")], rel=1e-6
    )


def test_damaged_draws_are_refused(run: Any, tmp_path: Path) -> None:
    for what, damage in (
        ("row for each member", lambda x: x.isel(season=slice(1, None))),
        ("lacks values", lambda x: x.assign(draws=x.draws.where(x.draws != x.draws[3, 2]))),
        ("what was drawn", lambda x: x.assign(draws=x.draws.assign_attrs(assumptions="[3]"))),
    ):
        assert what in draws.wrong(damage(run.arrivals))
    assert not draws.wrong(run.arrivals)
