"""Counts against a slow twin; intervals against data whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import beta, norm, t
from synthetic import LEAVES, make_arrivals

from driftsim import statistics
from driftsim.coast.regions import REGIONS
from driftsim.errors import InputError
from driftsim.statistics import intervals, summarise, wilson

REPEATS = 2000
Z = float(norm.ppf(0.975))


def seasons(rng, p, correlation, trials, repeats=REPEATS):
    """Counts (member, repeat) of a beta-binomial: members differ, boats of a member share its probability."""
    size = 1.0 / correlation - 1.0
    return rng.binomial(trials[:, None], rng.beta(p * size, (1.0 - p) * size, (trials.size, repeats)))


def within_errors(found, expected, trials, errors=3.5):
    """A share found in repeated trials lies within so many standard errors of what it should be."""
    return abs(found - expected) <= errors * math.sqrt(expected * (1.0 - expected) / trials)


# --- the interval of one proportion --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_score_interval_gives_the_published_examples(k, n, low, high):
    """Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3."""
    found = wilson(np.array([float(k)]), np.array([float(n)]), Z)
    assert found[0][0] == pytest.approx(low, abs=6e-5)
    assert found[1][0] == pytest.approx(high, abs=6e-5)


def test_score_interval_ends_are_exact():
    low, high = wilson(np.array([0.0, 37.0]), np.array([37.0, 37.0]), Z)
    assert low[0] == 0.0
    assert high[0] == pytest.approx(Z * Z / (37.0 + Z * Z), rel=1e-12)
    assert low[1] == pytest.approx(37.0 / (37.0 + Z * Z), rel=1e-12)
    assert high[1] == 1.0


# --- the error of the mean -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("p", "correlation", "members", "boats"), [(0.12, 0.06, 200, 50), (0.31, 0.02, 40, 120)])
def test_mean_interval_covers_the_truth_and_the_naive_one_does_not(p, correlation, members, boats):
    rng = np.random.default_rng(11)
    trials = rng.poisson(boats, members)
    k = seasons(rng, p, correlation, trials)
    of = intervals(k, trials)
    assert of.method == "members"
    assert within_errors(np.mean((of.mean_low <= p) & (p <= of.mean_high)), 0.95, REPEATS)
    naive = wilson(k.sum(axis=0).astype(float), np.full(REPEATS, float(trials.sum())), Z)
    assert np.mean((naive[0] <= p) & (p <= naive[1])) < 0.80


def test_mean_interval_of_independent_boats_is_the_binomial_one():
    rng = np.random.default_rng(12)
    trials = np.full(200, 100)
    k = rng.binomial(100, 0.07, (200, REPEATS))
    of = intervals(k, trials)
    assert within_errors(np.mean((of.mean_low <= 0.07) & (of.mean_high >= 0.07)), 0.955, REPEATS)
    low, high = wilson(k.sum(axis=0).astype(float), np.full(REPEATS, 20000.0), Z)
    ratio = (of.mean_high - of.mean_low) / (high - low)
    assert ratio.min() > 0.99  # never narrower than independent boats would have it
    assert 1.0 < ratio.mean() < 1.05


def test_mean_interval_with_few_members_and_a_rare_skewed_outcome_loses_little():
    """A handful of clusters with most of them near nothing is the hard case; the score interval keeps 0.90."""
    rng = np.random.default_rng(13)
    trials = np.full(20, 60)
    of = intervals(seasons(rng, 0.05, 0.1, trials), trials)
    assert np.mean((of.mean_low <= 0.05) & (of.mean_high >= 0.05)) > 0.90


def test_effective_number_of_boats_is_the_design_effect_of_the_textbook():
    """1 + (n - 1) rho for n boats in each member."""
    rng = np.random.default_rng(14)
    trials = np.full(400, 50)
    of = intervals(seasons(rng, 0.2, 0.04, trials, 400), trials)
    assert np.mean(400 * 50 / of.effective) == pytest.approx(1.0 + 49.0 * 0.04, rel=0.02)
    assert np.mean(of.correlation) == pytest.approx(0.04, rel=0.03)


def test_share_of_landings_is_a_ratio_whose_interval_covers():
    """Both numbers of the ratio are random: landings at all differ between members, and so does where."""
    rng = np.random.default_rng(15)
    p = np.array([0.09, 0.41, 0.50])  # here, elsewhere in Japan, nowhere: the true share is 0.18
    share = rng.dirichlet(p * 19.0, (60, REPEATS))
    here = rng.binomial(80, share[..., 0])
    elsewhere = rng.binomial(80 - here, share[..., 1] / (1.0 - share[..., 0]))
    covered = [
        bool(of.mean_low[0] <= 0.18 <= of.mean_high[0])
        for of in (intervals(here[:, [i]], (here + elsewhere)[:, i]) for i in range(REPEATS))
    ]
    assert within_errors(np.mean(covered), 0.95, REPEATS, errors=4.0)


# --- no landings ---------------------------------------------------------------------------------------------------


def test_no_landing_anywhere_bounds_by_the_number_of_members():
    """Nothing tells how alike the boats of a member are, so each member counts as one boat."""
    of = intervals(np.zeros((80, 2), int), np.full(80, 250))
    quantile = float(t.ppf(0.975, 79))
    assert of.mean_low.tolist() == [0.0, 0.0]
    assert of.mean_high == pytest.approx(quantile**2 / (80.0 + quantile**2), rel=1e-9)


def test_no_landing_here_bounds_by_the_design_effect_of_the_run():
    rng = np.random.default_rng(16)
    trials = np.full(200, 100)
    k = np.column_stack([seasons(rng, 0.3, 0.05, trials, 3), np.zeros(200, int)])
    of = intervals(k, trials)
    quantile = float(t.ppf(0.975, 199))
    effective = 20000.0 / np.mean(20000.0 / of.effective[:3])
    assert of.mean_high[3] == pytest.approx(quantile**2 / (effective + quantile**2), rel=0.05)
    assert of.season_high[3] >= of.mean_high[3] > 0.0


def test_bound_does_not_jump_with_the_first_landings():
    rng = np.random.default_rng(17)
    trials = np.full(200, 100)
    crowd = seasons(rng, 0.3, 0.05, trials, 3)
    rare = np.zeros((200, 6), int)
    for landings in range(6):  # one boat in each of so many members
        rare[:landings, landings] = 1
    of = intervals(np.column_stack([crowd, rare]), trials)
    # A little down at first: landings in different members speak against bursts.
    step = of.mean_high[4:] / of.mean_high[3:-1]
    assert np.all((step > 0.9) & (step < 1.6))


def test_bound_above_a_rare_coast_holds():
    """Most runs have no landing there; the upper bound must still cover in 97.5 % of them or more."""
    rng = np.random.default_rng(18)
    trials = np.full(50, 40)
    crowd = seasons(rng, 0.25, 0.08, trials)
    k = seasons(rng, 0.0004, 0.08, trials)
    high = np.array([intervals(np.column_stack([crowd[:, i], k[:, i]]), trials).mean_high[1] for i in range(REPEATS)])
    assert np.mean(k.sum(axis=0) == 0) > 0.5
    assert np.mean(high >= 0.0004) >= 0.975


# --- single seasons ------------------------------------------------------------------------------------------------


def test_season_range_is_that_of_the_truth_and_the_raw_range_is_not():
    rng = np.random.default_rng(19)
    p, correlation, trials = 0.12, 0.03, np.full(200, 25)
    size = 1.0 / correlation - 1.0
    true = beta.ppf([0.025, 0.975], p * size, (1.0 - p) * size)
    k = seasons(rng, p, correlation, trials)
    of = intervals(k, trials)
    found = np.array([of.season_low.mean(), of.season_high.mean()])
    raw = np.quantile(k / trials[:, None], [0.025, 0.975], axis=0).mean(axis=1)
    allowed = 0.05 * (true[1] - true[0])
    assert np.all(np.abs(found - true) < allowed)
    assert np.all(np.abs(raw - true) > allowed)


def test_season_range_holds_the_seasons_to_come():
    """A season outside the run falls into the range 95 times in 100, with unequal members too."""
    rng = np.random.default_rng(20)
    p, correlation, trials = 0.18, 0.08, np.r_[np.full(60, 20), np.full(60, 90), np.zeros(5, int)]
    of = intervals(seasons(rng, p, correlation, trials), trials)
    size = 1.0 / correlation - 1.0
    inside = beta.cdf(of.season_high, p * size, (1 - p) * size) - beta.cdf(of.season_low, p * size, (1 - p) * size)
    assert inside.mean() == pytest.approx(0.95, abs=0.01)


def test_season_range_of_boats_that_share_nothing_is_the_error_of_the_mean():
    k = np.tile([[6, 21]], (30, 1))  # every member the same: less scatter than chance would give
    of = intervals(k, np.full(30, 60))
    assert of.correlation.tolist() == [0.0, 0.0]
    assert of.season_low == pytest.approx(of.mean_low, rel=1e-3)
    assert of.season_high == pytest.approx(of.mean_high, rel=1e-3)


def test_season_range_closes_on_the_error_of_the_mean_without_a_jump():
    rho = np.r_[0.0, np.geomspace(1e-8, 0.3, 2000)]
    p, low, high = (np.full(rho.size, value) for value in (0.2, 0.185, 0.216))
    ends = statistics._season(p, rho, low, high)
    assert ends[0][0] == 0.185
    assert ends[1][0] == 0.216
    assert np.all(np.diff(ends[0]) <= 1e-12)
    assert np.all(np.diff(ends[1]) >= -1e-12)
    assert np.abs(np.diff(ends)).max() < 0.01


def test_season_range_is_not_given_with_a_boat_or_two_a_member():
    rng = np.random.default_rng(21)
    of = intervals(rng.binomial(1, 0.3, (50, 2)), np.ones(50, int))
    assert of.method == "members"
    assert np.isnan(of.season_low).all()
    assert np.all(of.mean_low < of.mean_high)


def test_members_that_go_all_or_nothing():
    k = np.zeros((40, 1), int)
    k[:10] = 30
    of = intervals(k, np.full(40, 30))
    assert of.effective[0] == pytest.approx(40.0, rel=0.05)
    assert of.season_low[0] == pytest.approx(0.0, abs=1e-6)
    assert of.season_high[0] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_intervals_are_ordered_and_inside_nought_and_one(seed):
    rng = np.random.default_rng(seed)
    trials = rng.integers(0, 30, 60)
    k = rng.binomial(trials[:, None], rng.beta(0.1, 0.5, (60, 25)))
    of = intervals(k, trials)
    for low, high in ((of.mean_low, of.mean_high), (of.season_low, of.season_high)):
        assert np.all((low >= 0.0) & (low <= of.estimate) & (of.estimate <= high) & (high <= 1.0))
        assert np.all(low < high)
    assert np.all(of.season_low <= of.mean_low)
    assert np.all(of.season_high >= of.mean_high)


def test_fewer_than_ten_members_give_the_binomial_interval_by_its_name():
    k = np.array([[7, 0]] * 9)
    of = intervals(k, np.full(9, 31))
    low, high = wilson(np.array([63.0, 0.0]), np.full(2, 279.0), Z)
    assert of.method == "sampling only"
    assert of.mean_low.tolist() == low.tolist()
    assert of.mean_high.tolist() == high.tolist()
    assert np.isnan(of.season_high).all()
    assert intervals(np.vstack([k, k[:1]]), np.full(10, 31)).method == "members"


def test_no_trials_say_nothing():
    of = intervals(np.zeros((40, 3), int), np.zeros(40, int))
    assert np.isnan(of.estimate).all()
    assert np.isnan(of.mean_high).all()


# --- the summary ---------------------------------------------------------------------------------------------------


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
    shares = [regions[key]["share_of_japan"] for key in REGIONS["japan"].stretches]
    assert sum(shares) == pytest.approx(1.0, abs=1e-4)
    assert regions["russia"]["share_of_japan"] is None
    assert regions["japan"]["share_mean_low"] == regions["japan"]["share_of_japan"] == 1.0
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
    assert of["boats"] == of["probability"] == of["mean_low"] == of["season_low"] == 0
    assert 0.0 < of["mean_high"] <= of["season_high"] < 0.1
    assert of["share_of_japan"] is None
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
    assert not [line for line in statistics.caveats({}) if "climatology" in line]


def test_caveats_name_a_steady_field_with_its_date():
    dated = {"kind_of_record": "steady", "first_level": "2019-02-23 00:00 UTC", "note": "x; one field, of 2019-02-23"}
    bare = {"kind_of_record": "steady", "first_level": "2016-11-20 00:00 UTC", "note": "one field at all times"}
    dated["note"] += " 00:00 UTC, at all times"
    assert statistics.steady_fields({"current": dated, "stokes": bare, "wind": {}}) == {
        "current": "2019-02-23",
        "stokes": "",  # its level has the run's date for want of its own
    }
    told = [line for line in statistics.caveats({"current": dated, "stokes": bare}) if "one field" in line]
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
