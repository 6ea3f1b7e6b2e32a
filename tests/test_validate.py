"""The comparison of a run with records: by hand where it can be, and the command as people meet it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner, Result
from synthetic import make_result, make_run_folder

from driftsim import output
from driftsim.cli import main
from driftsim.coast import shoreline
from driftsim.coast.regions import CODES, REGIONS
from driftsim.errors import InputError
from driftsim.validation import bins, compare, finds, landings, records, reference, sheet, skill, tracks
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
    assert frozenset.union(*table.groups) == records.JAPAN
    assert sum(len(group) for group in table.groups) == len(records.JAPAN)
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
        p.append((found["bins"][0]["p_value"], found["smallest_p_corrected"], found["log_probability"]))
    assert p[0][0] > 0.5
    assert p[1][0] < 0.01
    assert p[1][1] < 0.05
    assert p[0][2] > p[1][2] + 3.0


def test_p_values_are_the_same_each_time(uniform: Landings) -> None:
    table = bins.of_coast(records.load(), "prefecture")
    assert table is not None
    of = landings.from_run(make_result(2000, 20, 5, tracks=5))
    assert bins.where(of, table, uniform) == bins.where(of, table, uniform)
    unknown = next(row for row in bins.where(of, table, uniform)["bins"] if row["key"] == "toyama")
    assert (unknown["p_value"], unknown["recorded_low"]) == (None, None)


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
    assert len(bins.LAG_DAYS) == 1 - finds.WINDOW_DAYS[0]
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
    found = skill.compare(right, uniform, [same], table)
    by_name = {row["name"]: row for row in found["references"]}
    gain = by_name["uniform by length of coast"]["gain_log_score"]
    assert gain["low"] > 1.0
    assert not gain["noise"]
    assert by_name["same"]["gain_log_score"]["noise"]
    assert found["effective_cases"] == 27  # 60 · 36/80
    expected = np.log(0.99 * 0.5 + 0.01 * np.array(bins.uniform_shares(uniform, table))[:2])
    assert found["run"]["log_score"] == pytest.approx((31 * expected[0] + 29 * expected[1]) / 60)


def test_completions_stay_within_what_is_known() -> None:
    table = bins.of_coast(records.load(), "prefecture")
    assert table is not None
    joined = skill.scored(table)
    assert [row[1] for row in joined.rows][-3:] == ["Fukui to Hyogo", "Tottori", "Shimane to the rest of Japan"]
    share = np.full(len(joined.rows), 1.0 / len(joined.rows))
    drawn = skill.completed(joined, share, np.random.default_rng(1), 400)
    aomori = drawn[:, 1]
    assert (aomori.min(), aomori.max()) == (9, 13)
    assert (drawn[:, 2] == 14).all()
    assert (drawn[:, -3] >= 2).all()
    assert drawn.sum(axis=1).max() <= 100


# --- finds ---------------------------------------------------------------------------------------------------------


def test_which_finds_are_scored() -> None:
    of = finds.targets(records.load(), dated=True)
    names = {target.event.id for target in of}
    assert len(of) == 28
    assert not names & {"E004", "E012", "E020", "E021", "E031", "E060"}
    assert len(finds.targets(records.load(), dated=True, fragments=False)) == 27
    one = next(target for target in of if target.event.id == "E010")
    assert (one.first, one.last, one.radius_km, one.group) == (date(2017, 11, 13), date(2017, 11, 24), 25.0, "akita")
    month = next(target for target in finds.targets(records.load(), dated=False) if target.event.id == "E010")
    assert (month.first, month.last) == (date(2017, 11, 1), date(2017, 11, 30))


def test_the_probability_of_a_find_by_hand(tmp_path: Path) -> None:
    """Four landings: near in place and time; near, but late for the first find; too far; near and early enough."""
    of_one = loaded(tmp_path, EVENT, ["a,2017-12-07,0,akita,139.95,39.70,3,boat_ashore,high,me,no,no",
                                      "b,2017-12-20,0,akita,139.95,39.70,3,boat_ashore,high,me,no,no"])  # fmt: skip
    of = finds.targets(of_one, dated=True)
    days = [day_number(date(2017, 12, day)) + 0.5 for day in (7, 15, 7, 1)]
    places = {"lon": np.array([139.95, 139.95, 139.95, 140.2]), "lat": np.array([39.75, 39.60, 39.40, 39.70])}
    here = landed(["akita"] * 4, days, **places)
    assert finds.probabilities(here, of, dated=True) == pytest.approx([0.5, 0.25])
    assert finds.probabilities(here, of, dated=False) == pytest.approx([0.75, 0.75])
    unknown = landed(["akita"] * 4, None, **places)  # days not known: spread over the 12 days of the window
    assert finds.probabilities(unknown, of, dated=True) == pytest.approx([0.75 * 12 / 25] * 2)


def test_distances_are_those_of_the_ellipsoid() -> None:
    from pyproj import Geod

    lon, lat = np.array([139.2, 140.4, 138.0]), np.array([39.1, 40.2, 37.2])
    exact = Geod(ellps="WGS84").inv(np.full(3, 139.6), np.full(3, 39.4), lon, lat)[2] / 1000.0
    assert finds.distance_km(139.6, 39.4, lon, lat) == pytest.approx(exact, rel=4e-3)


def test_prefectures_count_alike_and_days_are_drawn_together() -> None:
    event = records.load().events[20]
    of = [
        finds.Target(event.__class__(**{**vars(event), "date": day}), group, 25.0, day, day)
        for day, group in ((date(2017, 12, 1), "a"), (date(2017, 12, 1), "a"), (date(2017, 12, 9), "b"))
    ]
    average = finds.Average.of(of)
    values = np.array([1.0, 4.0, 10.0])
    assert average.mean(values) == pytest.approx((2.5 + 10.0) / 2)
    # Two days: both drawn (half of the time), or one of them twice.
    assert average.interval(values) == pytest.approx((2.5, 10.0))


def test_along_the_shore_by_hand(tmp_path: Path, uniform: Landings) -> None:
    """All landings at the place of the finds: the score is what 1 % of the uniform forecast costs."""
    coast = shoreline.load()
    rows = [f"{k},2017-12-0{k},0,akita,140.02,39.75,3,boat_ashore,high,me,no,no" for k in (3, 7)]
    of = loaded(tmp_path, EVENT, rows)
    line, km = coast.project([140.02], [39.75], [CODES["akita"]])
    days = [day_number(date(2017, 12, 5))] * 50
    here = landed(["akita"] * 50, days, line=np.full(50, line[0]), km=np.full(50, float(km[0])))
    found = finds.along(here, uniform, [], of, coast)["mainland"]
    assert found["finds"] == 2
    assert found["crps_km"]["mean"] < 1.0
    assert found["gain_km"]["uniform by length of coast"]["mean"] > 200.0
    away = landed(["akita"] * 50, days, line=np.full(50, line[0]), km=np.full(50, float(km[0]) - 60.0))
    off = finds.along(away, uniform, [], of, coast)["mainland"]
    assert 50.0 < off["crps_km"]["mean"] < 60.0


# --- tracks --------------------------------------------------------------------------------------------------------


def straight_run(speed_km_day: float = 20.0) -> Any:
    """30 boats from 139 E 39 N that go north at about the same speed for five days, with a fix every twelve hours."""
    hours = 12.0 * np.arange(11)
    rng = np.random.default_rng(6)
    speeds = speed_km_day + rng.normal(0.0, 2.0, 30)
    east = rng.normal(0.0, 0.01, 30)
    lat = 39.0 + np.outer(speeds / 111.195, hours / 24.0)
    lon = 139.0 + np.outer(east, hours / 24.0)
    arrivals = xr.Dataset(
        {
            "release_time": ("boat", np.zeros(30)), "final_time": ("boat", np.full(30, 432000.0)),
            "release_lon": ("boat", lon[:, 0]), "release_lat": ("boat", lat[:, 0]),
            "final_lon": ("boat", lon[:, -1]), "final_lat": ("boat", lat[:, -1]),
        },
        coords={"boat": np.arange(30)}, attrs={"run_start": "2017-11-20T00:00:00"},
    )  # fmt: skip
    kept = xr.Dataset(
        {"lon": (("trajectory", "obs"), lon), "lat": (("trajectory", "obs"), lat),
         "time": (("trajectory", "obs"), np.tile(3600.0 * hours, (30, 1)))},
        coords={"trajectory": np.arange(30)},
    )  # fmt: skip
    return type("Run", (), {"arrivals": arrivals, "tracks": kept})()


def track_file(tmp_path: Path, km_day: float) -> Path:
    """Fixes every day, due north from where the boats begin."""
    rows = [f"d1,2017-11-{20 + day}T00:00:00Z,139.0,{39.0 + day * km_day / 111.195:.5f}" for day in range(5)]
    (tmp_path / "tracks.csv").write_text("id,time,lon,lat\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path / "tracks.csv"


def test_a_track_that_the_boats_follow_and_one_that_they_do_not(tmp_path: Path) -> None:
    of = landed(["akita"], dated=True)
    run = straight_run()
    good = tracks.compare(run, of, tracks.load(track_file(tmp_path, 20.0)))
    assert [row["age_days"] for row in good["by_age"]] == [1, 2, 3, 4]
    assert good["tracks"][0]["boats"] == 30
    assert good["skill"] > 0.85
    assert (good["within_50"], good["within_90"]) == (1.0, 1.0)
    bad = tracks.compare(run, of, tracks.load(track_file(tmp_path, 40.0)))
    last = bad["tracks"][0]["fixes"][-1]
    assert last["mean_separation_km"] == pytest.approx(80.0, abs=4.0)  # 160 against 80
    assert last["path_km"] == pytest.approx(160.0, rel=2e-3)
    assert last["mass_above"] == 1.0
    assert bad["skill"] == pytest.approx(0.5, abs=0.03)  # (20 + 40 + 60 + 80) / (40 + 80 + 120 + 160)
    with pytest.raises(InputError, match="release boats there"):
        tracks.compare(run, landed(["akita"], dated=True), [tracks.load("pairs")[0]])
    with pytest.raises(InputError, match=r"output\.tracks"):
        tracks.compare(type("Run", (), {"tracks": None})(), of, [])


def test_a_climatology_is_moved_to_the_year_of_the_track(tmp_path: Path) -> None:
    file = track_file(tmp_path, 20.0)
    file.write_text(file.read_text(encoding="utf-8").replace("2017-", "2020-"), encoding="utf-8")
    assert tracks.compare(straight_run(), landed(["akita"]), tracks.load(file))["skill"] > 0.85


def test_the_hulls_seen_twice() -> None:
    pairs = {track.id: track for track in tracks.load("pairs")}
    assert sorted(pairs) == ["kitakanegasawa", "miyazawa", "nezugaseki", "rokkozaki", "sai"]
    days = {name: (track.time[1] - track.time[0]) / 86400.0 for name, track in pairs.items()}
    assert days["nezugaseki"] == pytest.approx(3.9, abs=0.05)
    assert days["rokkozaki"] == pytest.approx(4.5)
    of = pairs["nezugaseki"]
    assert finds.distance_km(of.lon[0], of.lat[0], of.lon[1:], of.lat[1:])[0] == pytest.approx(25.3, abs=0.5)


def test_drifters_in_the_formats_of_the_drifter_program(tmp_path: Path) -> None:
    (tmp_path / "erddap.csv").write_text(
        "ID,time,latitude,longitude,ve\n,UTC,degrees_north,degrees_east,m/s\n"
        "7001,2019-01-02T06:00:00Z,39.25,135.5,0.1\n7001,2019-01-02T12:00:00Z,39.5,135.75,0.1\n",
        encoding="utf-8",
    )
    (tmp_path / "ascii.dat").write_text(
        "7001 1 2.250 2019 39.25 135.50 12.0 0.1\n7001 1 2.500 2019 39.50 135.75 12.0 0.1\n"
        "7001 1 2.750 2019 999.999 999.999 12.0 0.1\n",
        encoding="utf-8",
    )
    (one,), (two,) = (tracks.load(tmp_path / name) for name in ("erddap.csv", "ascii.dat"))
    assert one.time.tolist() == two.time.tolist() == [1546408800.0, 1546430400.0]
    assert (
        (one.lon.tolist(), one.lat.tolist()) == (two.lon.tolist(), two.lat.tolist()) == ([135.5, 135.75], [39.25, 39.5])
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,time,lon,lat\na,2019-01-02,135,39\na,2019-01-01,135,39\n", "line 3, column time"),
        ("id,time,lon,lat\na,2019-01-02,135,39\n", "no track has two fixes"),
        ("id,time,lon,lat\na,today,135,39\n", "line 2, column time: 'today'"),
        ("ID,time,latitude,longitude\n7,2019-01-02,39,x\n", "line 2"),
        ("7001 1 2.25 2019 39.2 135.5 12 1\n7001 1 2.5 2019\n", "line 2: not number, month"),
    ],
)
def test_bad_tracks_are_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        tracks.load(tmp_path / "t.csv")
    assert told in str(refused.value)
    with pytest.raises(InputError, match="no such file"):
        tracks.load(tmp_path / "none.csv")


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
    assert len(lines) < 50
    for text in ("1 or more", "9–13", "7–15", "noise", "uniform by length of coast", "fiscal years 2013–2014"):
        assert text in result.output, text
    assert {path.name for path in folder.iterdir()} == {
        "validation.json", "validation_counts.png", "validation_reliability.png", "validation_cumulative.png",
        "validation_map.png", "validation_pit.png", "driftsim.json",
    }  # fmt: skip


def test_the_document_has_what_the_page_says(done: tuple[Result, Path]) -> None:
    document = json.loads((done[1] / "validation.json").read_text(encoding="utf-8"))
    page = (Path(__file__).parents[1] / "docs" / "reference" / "outputs.md").read_text(encoding="utf-8")
    part = page[page.index("## validation.json") :]
    for key in (*document, *document["where"]["mission"], *document["where"]["mission"]["bins"][0], *document["skill"],
                *document["skill"]["references"][0], *document["which"], *document["along"]["mainland"],
                *document["when"], *document["settings"], *document["forecast"]):  # fmt: skip
        assert f"`{key}`" in part or f".{key}`" in part, key
    same = document["skill"]["references"][-1]
    assert same["gain_log_score"] == {"mean": 0.0, "low": 0.0, "high": 0.0, "noise": True}  # the run against itself
    assert [row["key"] for row in document["regions"]] == ["akita", "aomori", "fukui", "noto"]
    assert document["when"]["unit"] == "month"
    assert document["score"] == document["skill"]["references"][0]["gain_log_score"]["mean"]


def test_the_verdict_says_no_more_than_the_numbers() -> None:
    row = {"key": "akita", "name": "Akita", "low_95": 3, "high_95": 26, "p_value": 0.5, "pit": 0.4}
    fits = {**row, "recorded_low": 14, "recorded_high": 14}
    many = {**row, "key": "noto", "name": "Noto", "recorded_low": 27, "recorded_high": None}
    few = {**row, "key": "fukui", "name": "Fukui", "recorded_low": 0, "recorded_high": 2}
    open_end = {**row, "recorded_low": 1, "recorded_high": None}
    assert compare._of_regions([fits, open_end]) == [
        "The counts of Akita and Akita lie within the 95 % ranges predicted."
    ]
    (said,) = compare._of_regions([fits, many, few])
    assert said == "Outside the 95 % ranges predicted: Noto: more than predicted; Fukui: fewer than predicted."
    touching = {**many, "recorded_low": 24, "recorded_best": 27, "recorded_high": 29}
    assert compare._of_regions([touching]) == ["Outside the 95 % ranges predicted: Noto: more than predicted."]
    assert compare._against({"smallest_p_corrected": 0.06, "bins": [row]}, "x") == []


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
    assert document["which"]["place"]["with_fragments"]["finds"] == 9
    assert document["forecast"]["members"] == 30


def test_the_sheet_says_of_which_boats_its_chances_are(done: tuple[Result, Path]) -> None:
    assert "chance of a boat, some of which sink" in done[0].output  # the made-up run has such boats
    document = json.loads((done[1] / "validation.json").read_text(encoding="utf-8"))
    assert document["forecast"]["sunk"] is True
    document["forecast"]["sunk"] = False
    for table in document["where"].values():
        table["first"], table["last"] = (date.fromisoformat(table[end]) for end in ("first", "last"))
    assert "chance of a boat, if it stays afloat" in sheet._regions(document)
