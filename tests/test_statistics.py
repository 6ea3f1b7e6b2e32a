"""Counts against a slow twin: the numbers of a run."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import LEAVES, make_arrivals

from driftsim.area.regions import REGIONS
from driftsim.results import caveats, statistics
from driftsim.results.statistics import summarise
from driftsim.system.errors import InputError


def slow_counts(arrivals, stretches, rows):
    """The obvious way, boat by boat: landed, near, ages, landings by week."""
    keys = arrivals["stretch"].attrs["flag_meanings"].split()
    landed, near, ages, weeks = 0, 0, [], {}
    columns = ("outcome", "stretch", "within_20_km", "age_days", "landing_time")
    boats = list(zip(*(arrivals[name].values.tolist() for name in columns), strict=True))
    for i in rows:
        outcome, stretch, mask, age, moment = boats[i]
        ashore = outcome == 1 and keys[stretch] in stretches
        landed += ashore
        near += ashore or any(mask >> keys.index(key) & 1 for key in stretches)
        if ashore:
            ages.append(age)
            week = int(moment // (7 * 86400))
            weeks[week] = weeks.get(week, 0) + 1
    return landed, near, ages, weeks


def test_summary_counts_as_the_slow_twin_does():
    arrivals = make_arrivals(400, 20)
    summary = summarise(arrivals, REGIONS)
    for key in ("akita", "aomori", "noto", "japan", "russia", "liancourt"):
        of = summary["regions"][key]
        landed, near, ages, weeks = slow_counts(arrivals, REGIONS[key].stretches, range(400))
        assert of["boats"] == landed
        assert of["probability"] == pytest.approx(landed / 400, rel=1e-5)
        assert of["within_20_km"] == pytest.approx(near / 400, rel=1e-5)
        assert of["days_p50"] == (pytest.approx(np.quantile(ages, 0.5), rel=1e-5) if ages else None)
        assert of["days_p90"] == (pytest.approx(np.quantile(ages, 0.9), rel=1e-5) if ages else None)
        assert {week: n for week, n in enumerate(of["landings_by_week"]) if n} == weeks
    cell = summary["by_source"][2]
    names = arrivals["source"].attrs["flag_meanings"].split()
    start = np.datetime64(arrivals.attrs["run_start"])
    day = (np.datetime64(cell["fortnight_start"]) - start) / np.timedelta64(1, "D")
    release = arrivals["release_time"].values / 86400.0
    of_cell = (arrivals["source"].values == names.index(cell["source"])) & (release >= day) & (release < day + 14)
    rows = np.flatnonzero(of_cell)
    landed, near, ages, _ = slow_counts(arrivals, REGIONS["aomori"].stretches, rows)
    assert cell["boats"] == rows.size
    assert cell["regions"]["aomori"]["boats"] == landed
    assert cell["regions"]["aomori"]["within_20_km"] == pytest.approx(near / rows.size, rel=1e-5)


def test_everything_adds_up():
    arrivals = make_arrivals(5000, 40)
    summary = summarise(arrivals, REGIONS)
    regions = summary["regions"]
    assert sum(summary["outcomes"].values()) == 5000 == summary["boats"]
    assert sum(summary["outcomes"][key] for key in LEAVES) == sum(regions[key]["boats"] for key in LEAVES)
    for region in REGIONS.values():
        assert regions[region.key]["boats"] == sum(summary["outcomes"][key] for key in region.stretches)
        assert sum(regions[region.key]["landings_by_week"]) == regions[region.key]["boats"]
        assert regions[region.key]["within_20_km"] >= regions[region.key]["probability"]
    shares = [regions[key]["share_of_home"] for key in REGIONS["japan"].stretches]
    assert sum(shares) == pytest.approx(1.0, abs=1e-4)
    assert regions["russia"]["share_of_home"] is None
    assert regions["japan"]["share_mean_low"] == regions["japan"]["share_of_home"] == 1.0
    for table in ("sources", "by_source"):
        assert sum(cell["boats"] for cell in summary[table]) == 5000
        assert sum(cell["regions"]["akita"]["boats"] for cell in summary[table]) == regions["akita"]["boats"]


def test_summary_does_not_depend_on_the_order_of_the_boats():
    arrivals = make_arrivals(1500, 30)
    shuffled = arrivals.isel(boat=np.random.default_rng(1).permutation(1500))
    assert summarise(shuffled, REGIONS) == summarise(arrivals, REGIONS)


def test_weeks_and_fortnights_start_with_the_run():
    summary = summarise(make_arrivals(2000, 20), REGIONS)
    assert summary["weeks"][:2] == ["2017-10-01", "2017-10-08"]
    assert len(summary["weeks"]) == 26  # 181 days
    assert {cell["fortnight_start"] for cell in summary["by_source"]} == {
        "2017-10-01",
        "2017-10-15",
        "2017-10-29",
        "2017-11-12",
        "2017-11-26",
    }


def test_a_run_of_one_boat():
    for row in range(12):  # landed, left and adrift among them
        arrivals = make_arrivals(12, 4).isel(boat=[row])
        arrivals.attrs["members"] = 200
        summary = summarise(arrivals, REGIONS)
        assert summary["interval_method"] == "sampling only"
        assert sum(summary["outcomes"].values()) == 1
        of = summary["regions"]["akita"]
        assert 0.0 <= of["mean_low"] < of["mean_high"] <= 1.0
        assert of["season_low"] is None


def test_a_run_without_landings():
    arrivals = make_arrivals(2000, 40)
    arrivals["outcome"].values[:] = 0
    for name in ("landing_lon", "landing_lat", "landing_time", "age_days", "coast_km"):
        arrivals[name].values[:] = np.nan
    arrivals["stretch"].values[:] = -1
    arrivals["within_20_km"].values[:] = 0
    summary = summarise(arrivals, REGIONS)
    of = summary["regions"]["noto"]
    assert summary["outcomes"]["adrift"] == 2000
    assert of["boats"] == of["probability"] == of["mean_low"] == 0
    assert 0.0 < of["mean_high"] < 0.1
    assert (of["season_low"], of["season_high"], of["season_unknown"]) == (None, None, "members")
    assert of["share_of_home"] is None
    assert of["days_p50"] is None


def test_a_landed_boat_counts_as_having_passed():
    arrivals = make_arrivals(500, 20)
    arrivals["within_20_km"].values[:] = 0
    of = summarise(arrivals, REGIONS)["regions"]["aomori"]
    assert of["within_20_km"] == of["probability"] > 0


def test_a_stretch_that_the_run_does_not_know_is_named():
    arrivals = make_arrivals(50, 5)
    arrivals["stretch"].attrs["flag_meanings"] = arrivals["stretch"].attrs["flag_meanings"].replace("noto", "elsewhere")
    with pytest.raises(InputError, match="'noto'"):
        summarise(arrivals, REGIONS)


def test_an_outcome_without_a_name_is_not_lost_silently():
    arrivals = make_arrivals(50, 5)
    arrivals["outcome"].values[3] = 9
    with pytest.raises(InputError, match="add up to 49, not to the 50"):
        summarise(arrivals, REGIONS)


def test_caveats_name_a_climatology_and_nothing_else_as_one():
    notes = {"current": {"kind_of_record": "reanalysis"}, "wind": {"kind_of_record": "climatology"}}
    told = [line for line in summarise(make_arrivals(50, 5), REGIONS, notes)["caveats"] if "climatology" in line]
    assert told == ["The wind is a climatology: typical seasons, not observations of any year."]
    assert not [line for line in caveats.caveats({}) if "climatology" in line]


def test_caveats_name_a_steady_field_with_its_date():
    dated = {"kind_of_record": "steady", "first_level": "2019-02-23 00:00 UTC", "note": "x; one field, of 2019-02-23"}
    bare = {"kind_of_record": "steady", "first_level": "2016-11-20 00:00 UTC", "note": "one field at all times"}
    dated["note"] += " 00:00 UTC, at all times"
    assert caveats.steady_fields({"current": dated, "stokes": bare, "wind": {}}) == {
        "current": "2019-02-23",
        "stokes": "",  # its level has the run's date for want of its own
    }
    told = [line for line in caveats.caveats({"current": dated, "stokes": bare}) if "one field" in line]
    assert [line.split(" at all")[0] for line in told] == [
        "The current is one field, of 2019-02-23,",
        "The Stokes drift is one field",
    ]
    assert all("no hindcast" in line for line in told)


def test_a_backward_run_is_no_forecast_of_arrivals():
    arrivals = make_arrivals(50, 5)
    assert summarise(arrivals, REGIONS)["direction"] == "forward"
    assert not [line for line in summarise(arrivals, REGIONS)["caveats"] if "backward" in line.lower()]
    arrivals.attrs["direction"] = "backward"
    told = summarise(arrivals, REGIONS)
    assert told["direction"] == "backward"
    assert "no forecast of arrivals" in told["caveats"][0]
    assert not [line for line in told["caveats"] if "afloat" in line]


def test_names_of_codes_from_words_sequences_and_values():
    variable = make_arrivals(3, 1)["outcome"]
    assert statistics.flag_names(variable) == ["adrift", "landed", "left", "sunk"]
    variable.attrs = {"flag_meanings": ("one source", "other")}
    assert statistics.flag_names(variable) == ["one source", "other"]
    variable.attrs = {"flag_meanings": "none a b", "flag_values": np.array([-1, 0, 1])}
    assert statistics.flag_names(variable) == ["a", "b"]


@pytest.mark.long
def test_a_million_boats_take_a_second_or_two():
    import time

    arrivals = make_arrivals(1_000_000, 200)
    summarise(arrivals, REGIONS)
    begin = time.process_time()
    summarise(arrivals, REGIONS)
    assert time.process_time() - begin < 4.0
