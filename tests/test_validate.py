"""The comparison of a run with records: by hand where it can be, and the command as people meet it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from synthetic import make_result, make_run_folder

from driftsim.area import area, shoreline
from driftsim.area.regions import CODES, REGIONS
from driftsim.cli import main
from driftsim.results import output
from driftsim.system.errors import InputError
from driftsim.validation import bins, compare, counts, landings, records, reference, sheet, skill
from driftsim.validation.landings import Landings, day_number

TOTAL = "table,area,first,last,low,best,high,counted,confidence,source\n"
EVENT = "id,date,date_precision_days,region,lon,lat,precision_km,kind,confidence,source,fragment,steered\n"


def landed(
    stretch: list[str], day: list[float] | None = None, member: list[int] | None = None, **more: Any
) -> Landings:
    """Landings at hand-made places: only what a test needs."""
    n = len(stretch)
    columns: dict[str, Any] = {
        "name": "by hand", "member": np.array(member or [0] * n), "members": max(member or [0]) + 1,
        "stretch": np.array([CODES[key] for key in stretch]), "lon": np.full(n, 140.0), "lat": np.full(n, 39.5),
        "day": np.full(n, np.nan) if day is None else np.array(day), "line": np.zeros(n, np.int64), "km": np.zeros(n),
    }  # fmt: skip
    return Landings(**{**columns, **more})


def loaded(tmp_path: Path, head: str, rows: list[str]) -> records.Records:
    file = tmp_path / "mine.csv"
    file.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    return records.load(file)


@pytest.fixture(scope="module")
def uniform() -> Landings:
    return reference.uniform(shoreline.load())


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run_folder(tmp_path_factory.mktemp("made_up") / "run", boats=4000, members=40)


# --- landings ------------------------------------------------------------------------------------------------------


def test_landings_are_those_of_the_run_in_japan() -> None:
    result = make_result(900, 9, 2, tracks=5)
    of = landings.from_run(result)
    assert len(of) == result.summary["regions"]["japan"]["boats"] > 500
    assert of.members == 9
    for key in ("akita", "niigata"):
        assert of.counts([frozenset(REGIONS[key].stretches)]).sum() == result.summary["regions"][key]["boats"]
    assert (of.period, of.dated) == ((date(2017, 10, 1), date(2018, 3, 31)), False)
    first = int(np.flatnonzero(np.isfinite(result.arrivals.landing_time.values))[0])
    if result.arrivals.stretch.values[first] in of.stretch:  # Japanese time is nine hours ahead
        start = day_number(date(2017, 10, 1))
        assert start + result.arrivals.landing_time.values[first] / 86400.0 + 0.375 in of.day


def test_counts_by_member_and_group() -> None:
    of = landed(
        ["akita", "sado", "akita", "noto", "awashima"], member=[0, 0, 1, 1, 1], weight=np.array([1.0, 2, 4, 8, 16])
    )
    groups = [frozenset(["akita"]), frozenset(REGIONS["niigata"].stretches)]
    assert of.counts(groups).tolist() == [[1.0, 2.0], [4.0, 16.0]]
    assert of.of_members(1, 1).counts(groups).tolist() == [[4.0, 16.0]]
    with pytest.raises(InputError, match="members 1-5"):
        of.of_members(1, 5)


def test_days_between_and_moved_by_whole_years() -> None:
    days = [day_number(date(2011, 12, 31)) + 0.9, day_number(date(2012, 2, 29)) + 0.25]
    of = landed(["akita", "noto"], days, period=(date(2011, 10, 1), date(2012, 3, 31)))
    assert len(of.between(date(2011, 12, 1), date(2011, 12, 31))) == 1
    moved = of.moved_to(date(2017, 11, 1), date(2017, 12, 31))
    assert moved.shift_years == 6
    assert moved.day.tolist() == [day_number(date(2017, 12, 31)) + 0.9, day_number(date(2018, 3, 1)) + 0.25]
    assert moved.period == (date(2017, 10, 1), date(2018, 3, 31))
    hindcast = landed(["akita"], days[:1], period=(date(2011, 10, 1), date(2012, 3, 31)), dated=True)
    with pytest.raises(InputError, match="records are of 2017-11-01"):
        hindcast.moved_to(date(2017, 11, 1), date(2017, 12, 31))


def test_a_backward_run_is_refused() -> None:
    result = make_result(200, 4, 2, tracks=5)
    result.summary["direction"] = "backward"
    with pytest.raises(InputError, match="backward"):
        landings.from_run(result)


# --- bins ----------------------------------------------------------------------------------------------------------


def test_the_bins_of_2017_add_up() -> None:
    table = bins.of_coast(records.load(), "mission")
    assert table is not None
    assert [row[0] for row in table.rows] == ["akita", "aomori", "fukui", "noto", "rest"]
    assert frozenset.union(*table.groups) == area.default().counted
    assert sum(len(group) for group in table.groups) == len(area.default().counted)
    assert (table.totals[0], table.totals[-1], len(table.totals)) == (84, 100, 17)
    season = bins.of_coast(records.load(), "season")
    assert season is not None
    assert (season.first, season.totals[-1]) == (date(2017, 11, 1), 69)


def test_a_count_far_off_and_one_near_by(tmp_path: Path, uniform: Landings) -> None:
    """Forecast half Akita, half Noto; of 20 cases 10 and 10, then 19 and 1."""
    of = landed(["akita", "noto"] * 200, member=[k // 2 % 20 for k in range(400)])
    p = []
    for akita in (10, 19):
        rows = [
            f"mission,{a},2017-01-01,2017-12-31,{n},,{n},cases,high,me"
            for a, n in (("all", 20), ("akita", akita), ("noto", 20 - akita))
        ]
        table = bins.of_coast(loaded(tmp_path, TOTAL, rows), "mission")
        assert table is not None
        found = bins.where(of, table, uniform)
        assert [row["key"] for row in found["bins"]] == ["akita", "noto", "rest"]
        assert found["bins"][0]["median"] == 10
        one, whole = found["bins"][0]["p_max"], found["joint"]["p_max"]
        p.append((one, found["smallest_p_corrected"], found["log_probability"], whole))
    assert p[0][0] > 0.5
    assert p[1][0] < 0.01
    assert p[1][1] < 0.05
    assert p[0][2] > p[1][2] + 3.0
    assert p[0][3] > 0.5
    assert p[1][3] < 0.01


def test_p_values_are_the_same_each_time(uniform: Landings) -> None:
    table = bins.of_coast(records.load(), "prefecture")
    assert table is not None
    of = landings.from_run(make_result(2000, 20, 5, tracks=5))
    assert bins.where(of, table, uniform) == bins.where(of, table, uniform)
    unknown = next(row for row in bins.where(of, table, uniform)["bins"] if row["key"] == "toyama")
    assert (unknown["p_max"], unknown["recorded_low"]) == (None, None)


def test_finds_are_later_than_landings() -> None:
    """One boat on 10 November, one on 23 December: found over eleven days, fewer before 23 November."""
    first, last = date(2017, 11, 1), date(2017, 12, 31)
    days = [day_number(date(2017, 11, 10)) + 0.5, day_number(date(2017, 12, 23)) + 0.5]
    daily = bins.found(landed(["akita", "akita"], days), first, last)[0]
    assert daily.shape == (61,)
    assert daily[9:13] == pytest.approx([0.7 * 0.2] * 4)
    assert daily[:9].sum() == 0.0
    assert daily[9:20].sum() == pytest.approx(0.7)
    assert daily[52:56] == pytest.approx([0.2] * 4)
    assert daily[52:61].sum() == pytest.approx(1.0 - bins.LAG_DAYS[9:].sum())  # the tail falls into January
    early = landed(["akita"], [day_number(date(2017, 10, 30)) + 0.5])  # a landing before may be found within
    assert bins.found(early, first, last, detection=False)[0].sum() == pytest.approx(bins.LAG_DAYS[2:].sum())
    assert bins.LAG_DAYS.sum() == pytest.approx(1.0)


def test_intervals_and_months() -> None:
    of_2017 = records.load()
    table = bins.of_time(of_2017, "interval", date(2017, 10, 1), date(2018, 3, 31))
    assert table is not None
    assert [row[1] for row in table.rows][:2] == ["1–22 Nov", "23–30 Nov"]
    assert table.totals.tolist() == list(range(105, 115))
    short = bins.of_time(of_2017, "month", date(2017, 11, 1), date(2017, 12, 31))
    assert short is not None
    assert [row[1] for row in short.rows] == ["November", "December"]
    assert bins.of_time(of_2017, "month", date(2017, 12, 1), date(2017, 12, 31)) is None


def test_a_run_with_all_its_boats_in_december_is_seen_in_time() -> None:
    table = bins.of_time(records.load(), "interval", date(2017, 10, 1), date(2018, 3, 31))
    assert table is not None
    rng = np.random.default_rng(1)
    days = day_number(date(2017, 12, 2)) + 10.0 * rng.random(600)
    found = bins.when(landed(["akita"] * 600, days.tolist(), [k % 12 for k in range(600)]), table)
    assert found["smallest_p_corrected"] < 0.001
    assert found["bins"][2]["share"] > 0.7
    assert found["joint"]["p_max"] < 0.01


# --- references and skill ------------------------------------------------------------------------------------------


def test_the_uniform_reference_is_this_sea_s_coast(uniform: Landings) -> None:
    length = uniform.counts([frozenset([key]) for key in ("akita", "honshu_pacific", "aomori_pacific", "sado")])[0]
    assert length[0] == pytest.approx(205.0)
    assert length[1:3].tolist() == [0.0, 0.0]
    assert length[3] == pytest.approx(179.2, abs=0.1)


def test_the_other_years_are_the_counts_of_the_record(uniform: Landings) -> None:
    """Fiscal 2013 and 2014: Niigata 21 + 9 of 113, Akita 7 + 4."""
    of = reference.other_years(records.load(), uniform, 2017)
    assert of is not None
    assert of.name == "shares of fiscal years 2013–2014"
    weight = of.counts([frozenset(REGIONS[key].stretches) for key in ("niigata", "akita", "toyama")])[0]
    assert weight == pytest.approx([30.0, 11.0, 0.0])
    assert of.weights.sum() == pytest.approx(113.0)
    assert reference.other_years(records.load(), uniform, 2010) is None


def test_a_better_forecast_gains_and_an_equal_one_is_noise(tmp_path: Path, uniform: Landings) -> None:
    rows = [
        f"prefecture,{a},2017-01-01,2017-12-31,{n},,{n},cases,high,me"
        for a, n in (("all", 60), ("akita", 31), ("noto", 29))
    ]
    table = bins.of_coast(loaded(tmp_path, TOTAL, rows), "prefecture")
    assert table is not None
    right = landed(["akita", "noto"] * 300)
    same = landed(["akita"] * 310 + ["noto"] * 290, name="same")
    close = landed(["akita"] * 420 + ["noto"] * 180, name="close")
    found = skill.compare(right, uniform, [same, close], table)
    by_name = {row["name"]: row for row in found["references"]}
    gain = by_name["uniform by length of coast"]["gain_log_score"]
    assert gain["better"]
    assert all(end["low"] > 1.0 for end in gain["by_worth"])
    assert found["worths"] == [11, 18, 27, 41]  # 60 · 15/80, ...
    assert [end["cases"] for end in gain["by_worth"]] == found["worths"]
    noise = by_name["same"]["gain_log_score"]
    assert not noise["better"]
    assert not noise["worse"]
    assert noise["from_cases"] is None
    some = by_name["close"]["gain_log_score"]  # 0.06 a case, the sign of which takes some cases
    assert not some["better"]
    assert some["from_cases"] is None or some["from_cases"] > 11
    assert found["effective_cases"] == 27  # 60 · 36/80
    alone = skill.over_uniform(right, uniform, table)
    assert alone["log_score"] == found["run"]["log_score"]
    assert (alone["gain"], alone["by_worth"], alone["from_cases"]) == (
        gain["mean"], gain["by_worth"], gain["from_cases"],
    )  # fmt: skip
    assert (alone["low"], alone["high"]) == (gain["by_worth"][2]["low"], gain["by_worth"][2]["high"])
    expected = np.log(0.99 * 0.5 + 0.01 * np.array(bins.uniform_shares(uniform, table))[:2])
    assert found["run"]["log_score"] == pytest.approx((31 * expected[0] + 29 * expected[1]) / 60)
    top = (31 * np.log(31 / 60) + 29 * np.log(29 / 60)) / 60
    assert found["saturated"]["log_score"] == pytest.approx(top)
    assert found["saturated"]["headroom"] == pytest.approx(top - found["run"]["log_score"])
    # The maximum likelihood of two bins beats the truth by 1/(2n) a case on average, and 1 % lies elsewhere.
    assert found["saturated"]["headroom_if_run_true"] == pytest.approx(0.5 / 27, abs=0.02)


def test_what_would_be_gained_if_one_or_the_other_were_true() -> None:
    """Shares 0.7 and 0.3 against 0.4 and 0.6, and how often 50 cases a season show it in four seasons of five."""
    own, other = np.array([0.7, 0.3]), np.array([0.4, 0.6])
    seasons = counts.fixed(own)
    found = skill._expected(own, other, seasons, 50)
    a, b = np.log(0.7 / 0.4), np.log(0.3 / 0.6)
    gain = 0.7 * a + 0.3 * b
    assert found["gain_if_run_true"] == pytest.approx(gain)
    assert found["gain_if_reference_true"] == pytest.approx(0.4 * a + 0.6 * b)
    variance = 0.7 * 0.3 * (a - b) ** 2
    expected = (1.96 + 0.842) ** 2 * variance / gain**2 / 50.0
    assert found["seasons_needed"] == int(np.ceil(expected))
    assert skill._expected(own, own, seasons, 50)["seasons_needed"] is None


def test_a_reference_has_seasons_as_variable_as_those_of_the_run(tmp_path: Path, uniform: Landings) -> None:
    """With variable seasons less is said against it: the log odds of the whole table shrink."""
    rows = [
        f"prefecture,{a},2017-01-01,2017-12-31,{n},,{n},cases,high,me"
        for a, n in (("all", 60), ("akita", 45), ("noto", 15))
    ]
    table = bins.of_coast(loaded(tmp_path, TOTAL, rows), "prefecture")
    assert table is not None
    share = np.random.default_rng(4).beta(6.0, 2.0, 40)
    boats = [("akita" if k < round(50 * p) else "noto", m) for m, p in enumerate(share) for k in range(50)]
    variable = landed([key for key, _ in boats], member=[m for _, m in boats])
    steady = landed(["akita", "akita", "akita", "noto"] * 500, member=[k // 50 for k in range(2000)])
    found = [skill.compare(of, uniform, [], table) for of in (variable, steady)]
    assert found[0]["season_correlation"] == pytest.approx(1.0 / 9.0, abs=0.05)
    assert found[1]["season_correlation"] == 0.0
    of_uniform = [one["references"][0]["log_probability"][-1]["value"] for one in found]
    assert of_uniform[0] > of_uniform[1] + 3.0
    odds = found[1]["references"][0]["evidence"]
    assert [one["cases"] for one in odds] == found[1]["worths"]
    assert odds[-1]["log_odds"] == pytest.approx(found[1]["run"]["log_probability"][-1]["value"] - of_uniform[1])
    assert odds[-1]["low_if_run_true"] < odds[-1]["high_if_run_true"]
    assert odds[-1]["high_if_reference_true"] < 0.0
    # Hardly any bursts at 41 of 60 cases: then log odds are about the gain a case times the cases.
    gain = found[1]["references"][0]["gain_log_score"]["mean"]
    assert odds[-1]["log_odds"] == pytest.approx(41 * gain, rel=0.4)


def test_completions_stay_within_what_is_known() -> None:
    table = bins.of_coast(records.load(), "prefecture")
    assert table is not None
    joined = bins.joined(table)
    assert [row[1] for row in joined.rows][-3:] == ["Fukui to Hyogo", "Tottori", "Shimane to the rest of Japan"]
    share = np.full(len(joined.rows), 1.0 / len(joined.rows))
    drawn = skill.completed(joined, share, np.random.default_rng(1), 400)
    aomori = drawn[:, 1]
    assert (aomori.min(), aomori.max()) == (9, 13)
    assert (drawn[:, 2] == 14).all()
    assert (drawn[:, -3] >= 2).all()
    assert drawn.sum(axis=1).max() <= 100


# --- a table of another tool ---------------------------------------------------------------------------------------


def test_a_table_is_scored_as_the_run_that_it_came_from(run_folder: Path, tmp_path: Path) -> None:
    """The landings of a run written as a table: the same counts, members and p-values."""
    coast = shoreline.load()
    with output.read_run(run_folder) as run:
        own = landings.from_run(run)
        boats = run.to_xarray()
        rows = [
            f"{lon:.6f},{lat:.6f},{time}Z,{member}"
            for lon, lat, time, member, outcome in zip(
                boats.landing_lon.values, boats.landing_lat.values, boats.landing_time.values.astype("datetime64[s]"),
                boats.member.values, boats.outcome.values, strict=True,
            ) if outcome == 1
        ]  # fmt: skip
    file = tmp_path / "other.csv"
    file.write_text("lon,lat,time,member\n" + "\n".join(rows) + "\n", encoding="utf-8")
    table = landings.from_table(file, coast)
    assert table.members == own.members
    assert len(table) == len(own)
    groups = [frozenset(REGIONS[key].stretches) for key in ("akita", "aomori", "noto", "niigata")]
    # The made-up places lie a little off the shore, some on the other side of a boundary.
    assert np.abs(table.counts(groups) - own.counts(groups)).sum() < 0.02 * len(own)
    assert np.sort(table.day) == pytest.approx(np.sort(own.day), abs=2e-5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lon,lat\n135.0,39.5\n", "line 2, columns lon, lat: "),
        ("lon,lat\n140.0,99\n", "line 2, column lat"),
        ("lon,lat,member\n140.02,39.75,0\n140.02,39.75,\n", "line 3, column member"),
        ("lon,lat\n129.4,36.1\n", "none of its 1 landings is in Japan"),
        ("lon,latt\n129.4,36.1\n", "did you mean 'lat'?"),
    ],
)
def test_bad_tables_are_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        landings.from_table(tmp_path / "t.csv", shoreline.load())
    assert told in str(refused.value)


# --- the whole -----------------------------------------------------------------------------------------------------


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def done(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Result, Path]]:
    folder = tmp_path_factory.mktemp("check")
    yield call("validate", run_folder, "--baseline", run_folder, "--fail-below", 99, "-o", folder), folder


def test_the_first_screen_answers_for_the_four_regions(done: tuple[Result, Path]) -> None:
    result, folder = done
    assert result.exit_code == 1, result.output  # no score is as good as the one asked for
    assert "below 99" in result.output
    lines = [line for line in result.output.splitlines() if not line.startswith("driftsim:")]
    names = [line.split()[0] for line in lines[:12] if line.split()[:1] in (["Akita"], ["Aomori"], ["Fukui"], ["Noto"])]
    assert names == ["Akita", "Aomori", "Fukui", "Noto"]
    assert max(map(len, lines[:-2])) <= sheet.WIDTH
    assert len(lines) < 70
    for text in ("1 or more", "9–13", "7–15", "uniform by length of coast", "fiscal years 2013–2014",
                 "if it is worth", "if the run is true", "dated finds"):  # fmt: skip
        assert text in result.output, text
    assert {path.name for path in folder.iterdir()} == {
        "validation.json", "validation_counts.png", "validation_reliability.png", "validation_cumulative.png",
        "validation_map.png", "validation_pit.png", "driftsim.json",
    }  # fmt: skip


def test_the_document_has_what_the_page_says(done: tuple[Result, Path]) -> None:
    document = json.loads((done[1] / "validation.json").read_text(encoding="utf-8"))
    page = (Path(__file__).parents[1] / "docs" / "reference" / "outputs.md").read_text(encoding="utf-8")
    part = page[page.index("## validation.json") :]
    mission, skilled, which = document["where"]["mission"], document["skill"], document["which"]
    other = skilled["references"][0]
    tables = (
        document, mission, mission["bins"][0], mission["joint"], skilled, other, other["gain_log_score"],
        other["evidence"][0], skilled["saturated"], which, which["with_fragments"], which["by_prefecture"][0],
        which["finds"][0], document["when"], document["settings"], document["forecast"],
    )  # fmt: skip
    for key in (key for table in tables for key in table):
        assert f"`{key}`" in part or f".{key}`" in part, key
    gain = document["skill"]["references"][-1]["gain_log_score"]  # the run against itself
    assert (gain["mean"], gain["better"], gain["worse"], gain["from_cases"]) == (0.0, False, False, None)
    assert [row["key"] for row in document["regions"]] == ["akita", "aomori", "fukui", "noto"]
    assert document["when"]["unit"] == "month"
    assert document["score"] == document["skill"]["references"][0]["gain_log_score"]["mean"]


def test_the_verdict_says_no_more_than_the_numbers() -> None:
    row = {"key": "akita", "name": "Akita", "low_90": 3, "high_90": 26, "p_max": 0.5, "median": 12, "vague": False}
    fits = {**row, "recorded_low": 14, "recorded_high": 14}
    many = {**row, "key": "noto", "name": "Noto", "recorded_low": 27, "recorded_high": None}
    few = {**row, "key": "fukui", "name": "Fukui", "recorded_low": 0, "recorded_high": 2}
    open_end = {**row, "key": "fukui", "name": "Fukui", "recorded_low": 1, "recorded_high": None}
    assert compare._of_regions([fits, open_end]) == [
        "Within the 90 % ranges predicted: the counts of Akita.",
        "Known too badly to say whether they are within the 90 % ranges: Fukui.",
    ]
    assert compare._of_regions([fits, many, few])[1] == (
        "Outside the 90 % ranges predicted: Noto: more than predicted; Fukui: fewer than predicted."
    )
    touching = {**many, "recorded_low": 24, "recorded_high": 29}
    assert compare._of_regions([touching]) == ["Known too badly to say whether they are within the 90 % ranges: Noto."]
    assert compare._of_bins({"smallest_p_corrected": 0.06, "bins": [row]}, "x") == []
    found = {"smallest_p_corrected": 0.04, "bins": [{**fits, "p_max": 0.02}, {**many, "p_max": 0.01, "vague": True}]}
    (said,) = compare._of_bins(found, "table x")
    assert said.startswith("Against the run (table x): Akita has more cases than predicted (p = 0.040 at most")


def table_said(p_min: float, p_max: float, calibrated: tuple[float, float] | None) -> str:
    low, high = calibrated or (None, None)
    joint = {
        "bins": ["a", "b", "c"], "p_min": p_min, "p_max": p_max, "p_min_calibrated": low, "p_max_calibrated": high,
    }  # fmt: skip
    return compare._of_table({"joint": joint}, "By place")


def test_a_table_is_against_the_run_only_if_every_table_inside_its_ranges_is() -> None:
    assert "does not decide" in table_said(0.004, 0.03, (0.01, 0.06))  # what the calibrated p-value says counts
    assert "speaks against the run (p = 0.010 to 0.040" in table_said(0.02, 0.08, (0.01, 0.04))
    assert "nothing in the whole table" in table_said(0.03, 0.2, (0.06, 0.3))
    assert "no verdict" in table_said(0.01, 0.01, None)
    assert table_said(0.3, 0.3, None).endswith("too few boats a member to calibrate it (p = 0.30).")


def gained(low: float, high: float, start: int | None) -> dict[str, Any]:
    ends = [{"cases": n, "low": low - 1.0 / n, "high": high + 1.0 / n} for n in (15, 25, 36, 55)]
    return {
        "name": f"from {start}", "gain_if_run_true": 0.12, "seasons_needed": 7,
        "evidence": [{"log_odds": 1.5}, {"log_odds": 4.4}],
        "gain_log_score": {
            "mean": 0.5 * (low + high), "by_worth": ends, "better": low > 1.0 / 15.0, "worse": high < -1.0 / 15.0,
            "from_cases": start,
        },
    }  # fmt: skip


def test_better_is_said_if_it_holds_for_all_worths_else_from_where_on() -> None:
    of = {
        "worths": [15, 25, 36, 55], "run": {"log_score": -1.915},
        "saturated": {"log_score": -1.871, "headroom_if_run_true": 0.13},
        "references": [gained(0.2, 0.9, 9), gained(0.03, 0.8, 27), gained(-0.2, 0.3, None), gained(-0.9, -0.02, 50)],
    }  # fmt: skip
    said = compare._of_skill(of)
    assert said[0] == "Places are predicted better, if the record is worth 15 to 55 cases, than by: from 9."
    assert said[1:3] == [
        "Better than from 27 only if it is worth 27 or more.", "Worse than from 50 only if it is worth 50 or more.",
    ]  # fmt: skip
    assert said[3] == "Not shown to be better or worse than: from None."
    assert "no forecast scores more than -1.87 a case on it, the run has -1.92" in said[4]
    assert "log odds of +1.5 to +4.4" in said[5]
    assert said[6].endswith("a right run of these shares gains 0.12 a case, which takes 7 such seasons to show.")


def test_what_cannot_be_used_is_refused(run_folder: Path, tmp_path: Path) -> None:
    for arguments, told in (
        ((), "give the folder of a run, or --table"),
        ((tmp_path / "none",), "no such folder"),
        ((run_folder, "--members", "20"), "is not two numbers"),
        ((run_folder, "--members", "30-50"), "has members 0 to 39"),
        ((run_folder, "--records", tmp_path / "none.csv"), "no such file or folder"),
        ((run_folder, "--tracks", tmp_path / "none.csv"), "no such file"),
        ((run_folder, "--table", tmp_path / "none.csv"), "and not both"),
    ):
        result = call("validate", *arguments, "-o", tmp_path / "out")
        assert result.exit_code == 2, result.output
        assert told in result.output
    assert not (tmp_path / "out").exists()


def test_records_of_one_s_own_from_events_alone(run_folder: Path, tmp_path: Path) -> None:
    places = {"akita": (140.02, 39.75), "noto": (136.73, 37.14), "sado": (138.24, 38.03)}
    rows = [
        f"{key}{day},2018-01-{day:02d},0,{key},{lon},{lat},2,boat_ashore,high,me,no,no"
        for day in (5, 9, 16) for key, (lon, lat) in places.items()
    ]  # fmt: skip
    (tmp_path / "mine.csv").write_text(EVENT + "\n".join(rows) + "\n", encoding="utf-8")
    result = call(
        "validate",
        run_folder,
        "--records",
        tmp_path / "mine.csv",
        "--members",
        "0-29",
        "--fail-below",
        -9,
        "-o",
        tmp_path / "out",
    )
    assert result.exit_code == 0, result.output
    document = json.loads((tmp_path / "out" / "validation.json").read_text(encoding="utf-8"))
    assert [row["recorded_low"] for row in document["regions"]] == [3, 0, 0, 3]
    assert document["which"]["with_fragments"]["finds"] == 9
    assert document["forecast"]["members"] == 30


def test_the_sheet_says_of_which_boats_its_chances_are(done: tuple[Result, Path]) -> None:
    assert "chance of a boat, some of which sink" in done[0].output  # the made-up run has such boats
    document = json.loads((done[1] / "validation.json").read_text(encoding="utf-8"))
    assert document["forecast"]["sunk"] is True
    document["forecast"]["sunk"] = False
    for table in document["where"].values():
        table["first"], table["last"] = (date.fromisoformat(table[end]) for end in ("first", "last"))
    assert "chance of a boat, if it stays afloat" in sheet._regions(document)


def found_gain(*low: float) -> dict[str, Any]:
    """Of the dated finds over one reference: lower ends by log score and distance, with fragments and without."""
    ends = [{"even coast": {"low": one, "high": one + 0.6}} for one in low]
    return {
        "given": "prefecture and month",
        "with_fragments": {"finds": 28, "gain": ends[0], "gain_km": ends[1]},
        "without_fragments": {"finds": 27, "gain": ends[2], "gain_km": ends[3]},
    }


def test_of_finds_better_is_said_if_both_scores_show_it_with_fragments_and_without() -> None:
    told = "Places of the 28 dated finds, given prefecture and month: {} even coast."
    assert compare._of_finds(found_gain(0.1, 0.2, 0.01, 0.3)) == [told.format("better than")]
    assert compare._of_finds(found_gain(-1.1, -0.8, -0.61, -0.9)) == [told.format("worse than")]
    for unsure in ((0.1, 0.2, -0.01, 0.3), (0.1, -0.2, 0.1, 0.3), (-1.1, -0.8, -0.59, -0.9)):
        assert compare._of_finds(found_gain(*unsure)) == [told.format("not shown to be better or worse than")]


def test_what_is_said_of_time_comes_with_what_it_rests_on() -> None:
    def said(p: tuple[float, float], without: tuple[float, float]) -> str:
        joint, other = ({"bins": ["a", "b"], "p_min": low, "p_max": high, "p_min_calibrated": low,
                         "p_max_calibrated": high} for low, high in (p, without))  # fmt: skip
        (one,) = compare._of_time(
            {"unit": "month", "joint": joint, "smallest_p_corrected": None, "without_detection_step": {"joint": other},
             "released": (date(2017, 9, 25), date(2017, 12, 5))}
        )  # fmt: skip
        return one

    dates, step = "(25 Sep to 5 Dec)", "Without the assumed step in detection p = "
    undecided = said((0.015, 0.052), (0.017, 0.037))
    assert "does not decide" in undecided
    assert step + "0.017 to 0.037. The dates" in undecided
    assert dates in undecided
    assert step + "0.20." in said((0.03, 0.04), (0.2, 0.2))
    assert step not in said((0.015, 0.052), (0.017, 0.061))
    assert dates not in said((0.3, 0.4), (0.2, 0.3))
