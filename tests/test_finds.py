"""Dated finds: a score that the truth wins, an interval that holds what it promises, and what such finds can show."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import t

from driftsim.area import shoreline
from driftsim.area.regions import CODES, REGIONS
from driftsim.system import resources
from driftsim.validation import bins, calibration, finds, landings, records, reference, scores, seasons
from driftsim.validation.finds import Forecast, Target
from driftsim.validation.landings import Landings, day_number

EVENT = "id,date,date_precision_days,region,lon,lat,precision_km,kind,confidence,source,fragment,steered\n"
PREFECTURES = ("hokkaido_all", "aomori", "akita", "yamagata_all", "niigata", "ishikawa", "fukui")


@cache
def uniform() -> Landings:
    return reference.uniform(shoreline.load())


@cache
def of_2017() -> tuple[Target, ...]:
    """The finds of the record, by month, in the order in which made-up ones come."""
    of = finds.placed(finds.targets(records.load(), dated=False), shoreline.load())
    return tuple(sorted(of, key=lambda target: (target.event.date, target.group)))


def codes(*regions: str) -> list[int]:
    """Of the stretches of regions."""
    return [CODES[stretch] for region in regions for stretch in REGIONS[region].stretches]


def days(of: Any) -> np.ndarray:
    return np.array([target.event.date.toordinal() for target in of])


@cache
def made_up(seed: int, boats: int = 12_000, members: int = 50) -> Landings:
    """A run that is known: along the coast its landings swell and ebb, farther south in December than in November."""
    rng = np.random.default_rng(seed)
    shore = uniform().take(
        np.isin(uniform().stretch, [CODES[k] for key in PREFECTURES for k in REGIONS[key].stretches])
    )
    month = (rng.random(boats) < 0.6).astype(int)
    place = shore.lat - 38.0
    rows = np.empty(boats, np.int64)
    for index in (0, 1):
        density = shore.weights * np.exp(1.1 * np.sin(5.0 * place + 2.2 * index) + 0.6 * (1.0 - 2.0 * index) * place)
        here = month == index
        rows[here] = rng.choice(len(shore), here.sum(), p=density / density.sum())
    start = np.array([day_number(date(2017, 11, 1)), day_number(date(2017, 12, 1))])[month]
    day = start + 30.0 * rng.random(boats)
    km = shore.km[rows] + shore.weights[rows] * (rng.random(boats) - 0.5)
    return replace(
        shore.take(rows), name="made up", member=rng.integers(0, members, boats), members=members, day=day, km=km,
        weight=None,
    )  # fmt: skip


# --- six distortions -----------------------------------------------------------------------------------------------


def group_of(of: Landings) -> np.ndarray:
    """Number of the prefecture of each landing; -1 elsewhere."""
    out = np.full(len(of), -1)
    for index, key in enumerate(PREFECTURES):
        out[np.isin(of.stretch, codes(key))] = index
    return out


def weighted(of: Landings, weight: np.ndarray) -> Landings:
    """The same with weights on the landings, which add up to their number."""
    return replace(of, weight=weight * len(of) / weight.sum())


def equalised(of: Landings) -> Landings:
    """Each prefecture that the press covered gets as much as any other."""
    group = group_of(of)
    number = np.bincount(group[group >= 0], minlength=len(PREFECTURES))
    return weighted(of, np.where(group >= 0, (number.sum() / len(PREFECTURES) / number)[group], 1.0))


def power(of: Landings, by: float) -> Landings:
    """Density along the coast to a power: above 1 sharper, below flatter."""
    key = of.line * 1_000_000 + np.floor(np.nan_to_num(of.km) / 10.0).astype(int)
    where, number = np.unique(key, return_inverse=True, return_counts=True)[1:]
    return weighted(of, number[where] ** (by - 1.0))


def moved(of: Landings, km: float = 50.0) -> Landings:
    """Along its line, as far as that goes."""
    shore = uniform()
    out = of.km + km
    stretch = of.stretch.copy()
    for line in np.unique(of.line[of.line >= 0]):
        there, here = np.flatnonzero(shore.line == line), of.line == line
        if there.size:
            out[here] = np.clip(out[here], shore.km[there].min(), shore.km[there].max())
            near = np.abs(shore.km[there][:, None] - out[here][None, :]).argmin(axis=0)
            stretch[here] = shore.stretch[there][near]
    return replace(of, km=out, stretch=stretch)


def swapped(of: Landings) -> Landings:
    """Niigata and Fukui exchange their numbers."""
    group = group_of(of)
    a, b = PREFECTURES.index("niigata"), PREFECTURES.index("fukui")
    number = np.bincount(group[group >= 0], minlength=len(PREFECTURES)).astype(float)
    factor = np.ones(len(PREFECTURES))
    factor[a], factor[b] = number[b] / number[a], number[a] / number[b]
    return weighted(of, np.where(group >= 0, factor[group], 1.0))


def without_month(of: Landings) -> Landings:
    """Every landing as likely in any month."""
    return replace(of, day=np.full(len(of), np.nan))


DISTORTIONS: dict[str, Callable[[Landings], Landings]] = {
    "equalised": equalised, "sharpened": lambda of: power(of, 2.0), "flattened": lambda of: power(of, 0.1),
    "moved": moved, "swapped": swapped, "month ignored": without_month,
}  # fmt: skip
SEEN_BY = {
    "equalised": {"totals"}, "sharpened": {"totals", "finds"}, "flattened": {"totals", "finds"},
    "moved": {"finds"}, "swapped": {"totals"}, "month ignored": {"finds", "months"},
}  # fmt: skip
"""Which score must see which: between prefectures the totals, within one the finds, between months their totals."""


MONTHS = (date(2017, 11, 1), date(2017, 12, 1), date(2018, 1, 1), date(2018, 4, 1))
"""Bins of the record's table by month: November, December, January to March."""


def shares(of: Landings) -> tuple[np.ndarray, np.ndarray]:
    """Shares of prefectures, and of months; where no day is known the months are as their days."""
    groups = [frozenset(REGIONS[key].stretches) for key in PREFECTURES]
    place = of.counts(groups).sum(axis=0)
    edges = np.array([day_number(day) for day in MONTHS])
    even = np.diff(edges) / np.ptp(edges)
    known = np.isfinite(of.day)
    month = np.histogram(of.day[known], edges, weights=of.weights[known])[0] if known.any() else even
    return (
        scores.mixed(place / place.sum(), np.full(7, 1 / 7), 0.01),
        scores.mixed(month / month.sum(), even, 0.01),
    )


def losses(run: Landings, truth: Landings, size: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Nats that each distortion of a run loses a record by each score, with its standard error.

    Records are drawn from another run, with the press's numbers by prefecture and the totals of the season.
    """
    rng = np.random.default_rng(8)
    own, source = Forecast(run, uniform()), Forecast(truth, uniform())
    made = [calibration.made_up_finds(source, of_2017(), rng) for _ in range(size)]
    true_place, true_month = shares(truth)
    totals, months = rng.multinomial(36, true_place, size), rng.multinomial(36, true_month, size)
    place, month = shares(run)
    of_run = np.array([own.log_density(one) for one in made])
    out = {}
    for name, distort in DISTORTIONS.items():
        other = distort(run)
        its_place, its_month = shares(other)
        density = Forecast(other, uniform())
        each = {
            "totals": totals @ np.log(place / its_place),
            "months": months @ np.log(month / its_month),
            "finds": (of_run - np.array([density.log_density(one) for one in made])).sum(axis=1),
        }
        each["all"] = sum(each.values())
        out[name] = {key: (float(v.mean()), float(v.std() / size**0.5)) for key, v in each.items()}
    return out


def check_losses(found: dict[str, dict[str, tuple[float, float]]], seen_by: dict[str, set[str]]) -> None:
    """All together every distortion loses by four standard errors, and by each score that must see it."""
    for name, each in found.items():
        for score in ("all", *seen_by[name]):
            mean, error = each[score]
            assert mean > 4.0 * error, (name, score, mean, error)
    for blind in ("equalised", "swapped"):  # given the prefecture nothing is left of it
        assert found[blind]["finds"][0] == pytest.approx(0.0, abs=1e-9)
    assert found["month ignored"]["totals"][0] == pytest.approx(0.0, abs=1e-9)


def test_a_run_beats_six_distortions_of_itself() -> None:
    check_losses(losses(made_up(1), made_up(2), 60), SEEN_BY)


def test_averaging_prefectures_alike_would_reward_a_wrong_forecast() -> None:
    """Why finds are scored given the prefecture: by the share of all landings within 25 km the equalised run wins."""
    truth, run = made_up(2), made_up(1)
    rng = np.random.default_rng(5)
    group = np.array([PREFECTURES.index(target.group) for target in of_2017()])
    wins, wins_given = 0, 0
    for _ in range(5):
        made = calibration.made_up_finds(Forecast(truth, uniform()), of_2017(), rng)
        share = []
        for of in (run, equalised(run)):
            near = [of.weights[(of.line == one.line) & (np.abs(of.km - one.km) <= 25.0)].sum() for one in made]
            log = np.log(np.array(near) / of.weights.sum())
            share.append(np.mean([log[group == k].mean() for k in np.unique(group)]))
        given = [Forecast(of, uniform()).log_density(made).mean() for of in (run, equalised(run))]
        wins += share[1] > share[0]
        wins_given += given[1] > given[0] + 0.02
    assert wins == 5
    assert wins_given == 0


# --- what is scored ------------------------------------------------------------------------------------------------


def test_which_finds_are_scored() -> None:
    of = finds.targets(records.load(), dated=True)
    names = {target.event.id for target in of}
    assert len(of) == 28
    assert not names & {"E004", "E012", "E020", "E021", "E031", "E060"}
    assert len(finds.targets(records.load(), dated=True, fragments=False)) == 27
    one = next(target for target in of if target.event.id == "E010")
    assert (one.first, one.last, one.cell_km, one.group) == (date(2017, 11, 13), date(2017, 11, 24), 10.0, "akita")
    month = next(target for target in finds.targets(records.load(), dated=False) if target.event.id == "E010")
    assert (month.first, month.last) == (date(2017, 11, 1), date(2017, 11, 30))
    cells = {target.event.id: target.cell_km for target in of}  # known to 4, 10, 12 and 20 km
    assert (cells["E003"], cells["E014"], cells["E048"], cells["E015"]) == (10.0, 20.0, 30.0, 40.0)


def at(region: str, km: list[float], day: int = 5, **more: Any) -> Landings:
    """Landings on the mainland's line of a region, so many km from its first cell of 10 km."""
    shore = uniform().take(np.isin(uniform().stretch, codes(region)))
    first = np.ceil(shore.km.min() / 10.0) * 10.0
    n = len(km)
    return Landings(
        **{
            "name": "by hand", "member": np.zeros(n, np.int64), "members": 1, "stretch": np.full(n, shore.stretch[0]),
            "lon": np.full(n, 140.0), "lat": np.full(n, 39.5), "day": np.full(n, day_number(date(2017, 12, day))),
            "line": np.full(n, shore.line[0]), "km": first + np.array(km), **more,
        }
    )  # fmt: skip


def find(of: Landings, km: float, group: str = "akita", width: float = 10.0) -> Target:
    """A find of December on the line of some landings, that far from the first of them."""
    event = next(target.event for target in of_2017() if target.group == "akita")
    return Target(event, group, width, date(2017, 12, 1), date(2017, 12, 31), int(of.line[0]), float(of.km[0] + km))


def test_the_density_of_a_find_by_hand() -> None:
    """Five landings in one cell, two in the next, one in November, which is not given: (5 + c u) / (7 + c)."""
    of = at("akita", [2.0, 3.0, 4.0, 5.0, 6.0, 12.0, 18.0, 3.0])
    of.day[-1] = day_number(date(2017, 11, 20))
    run = Forecast(of, uniform())
    cells = run.cells(finds.Stratum.of(find(of, 0.0)))
    number = cells.keys.size
    assert 20 <= number <= 22  # 205 km of coast
    share = {
        km: cells.uniform[np.flatnonzero(cells.keys % 1_000_000 == int((of.km[0] + km) // 10.0))[0]] for km in (1, 11)
    }
    expected = [(5 + number * share[1]) / (7 + number), (2 + number * share[11]) / (7 + number)]
    assert run.log_density([find(of, 1.0), find(of, 11.0)]) == pytest.approx(np.log(expected))
    assert np.exp(Forecast(uniform(), uniform()).log_density([find(of, 1.0)])) == pytest.approx(share[1])
    assert cells.density().sum() == pytest.approx(1.0)
    coarse = run.cells(finds.Stratum.of(find(of, 0.0, width=40.0)))
    assert coarse.keys.size == pytest.approx(number / 4, abs=1.0)


def test_numbers_of_other_prefectures_change_nothing() -> None:
    """Nor can a forecast gain by more boats where the press reports."""
    few = made_up(1)
    many = equalised(few)
    one = [target for target in of_2017() if target.group == "akita"]
    difference = Forecast(few, uniform()).log_density(one) - Forecast(many, uniform()).log_density(one)
    assert np.abs(difference).max() < 1e-9


def test_the_distance_score_along_the_shore_by_hand() -> None:
    """Forty landings at one place: from there 30 km, less what one landing a cell of an even coast costs."""
    of = at("akita", [50.0] * 4000)
    run = Forecast(of, uniform())
    lines = shoreline.load()
    assert finds.crps(run, [find(of, 30.0)], lines)[0] == pytest.approx(30.0, abs=0.5)
    assert finds.crps(run, [find(of, 0.0)], lines)[0] < 0.1
    even = finds.crps(Forecast(uniform(), uniform()), [find(of, 0.0)], lines)[0]
    place, weight = Forecast(uniform(), uniform()).along(find(of, 0.0))
    assert even == pytest.approx(scores.crps(place, weight, [of.km[0]])[0])
    assert 15.0 < even < 70.0


def test_truth_gains_nothing_from_having_been_drawn_from_itself() -> None:
    """Landings of an even coast: what a density made of them would gain is below 0, as the next record will show."""
    rng = np.random.default_rng(3)
    shore = uniform().take(np.isin(uniform().stretch, codes("akita")))
    rows = rng.choice(len(shore), 300, p=shore.weights / shore.weights.sum())
    of = replace(
        shore.take(rows),
        day=np.full(300, day_number(date(2017, 12, 5))),
        weight=None,
        member=np.arange(300) % 30,
        members=30,
    )
    run, even = Forecast(of, uniform()), Forecast(uniform(), uniform())
    gain, loss = finds.expected(run, even, [find(of, 0.0)])
    assert -0.06 < gain[0] < 0.0
    assert -0.06 < loss[0] < 0.0
    in_sample = run.cells(finds.Stratum.of(find(of, 0.0)))
    seen = in_sample.counts.sum(axis=0)
    assert (seen / 300 * np.log(in_sample.density() / in_sample.uniform)).sum() > 0.015


# --- intervals -----------------------------------------------------------------------------------------------------


def test_the_interval_by_hand() -> None:
    """Without one of three days the mean of 4 becomes 5, 4 1/3 and 3; with prefectures of means 3 and 7 less."""
    values, day = np.array([1.0, 5.0, 3.0, 7.0]), np.array([10, 10, 11, 14])
    quantile = float(t.ppf(0.975, 2.0))
    half = quantile * np.sqrt(1.0 + 1.0 / 9.0 + 1.0)
    assert finds.interval(values, day, ["a"] * 4) == pytest.approx((4.0 - half, 4.0 + half))
    left = np.array([-3.0 + 1.0 + 2.0 * 0.25, -1.0 + 0.25, 3.0 - 3.0 * 0.25])  # by day, of prefecture means -1 and 3
    half = quantile * np.sqrt(((left / (1.0 - np.array([2.0, 1.0, 1.0]) / 4.0)) ** 2).sum()) / 4.0
    assert finds.interval(values, day, ["a", "a", "a", "b"]) == pytest.approx((4.0 - half, 4.0 + half))
    assert np.isnan(finds.interval(values, np.zeros(4, int), ["a"] * 4)).all()


def coverage(run: Landings, truth: Landings, others: list[Landings], size: int, seed: int = 1) -> list[float]:
    """Share of made-up records of the real structure whose interval holds the mean gain over all of them.

    Two for each of the others: in log score, in km.
    """
    rng = np.random.default_rng(seed)
    source, own = Forecast(truth, uniform()), Forecast(run, uniform())
    made = [calibration.made_up_finds(source, of_2017(), rng) for _ in range(size)]
    lines, group = shoreline.load(), [target.group for target in of_2017()]
    out = []
    for other in (Forecast(one, uniform()) for one in others):
        for gain in (
            [own.log_density(one) - other.log_density(one) for one in made],
            [finds.crps(other, one, lines) - finds.crps(own, one, lines) for one in made],
        ):
            ends = np.array([finds.interval(each, days(of_2017()), group) for each in gain])
            mean = np.mean(gain)
            out.append(float(((ends[:, 0] <= mean) & (mean <= ends[:, 1])).mean()))
    return out


def test_the_interval_holds_the_mean_as_often_as_it_says() -> None:
    """The sample of `test_the_interval_holds_with_real_runs`: 80 records, three standard errors of 0.024."""
    held = coverage(made_up(1), made_up(2), [uniform()], 80)
    assert all(0.88 < share <= 1.0 for share in held), held


# --- with real runs ------------------------------------------------------------------------------------------------


@cache
def run_of(seed: int, current: float = 1.0) -> Landings:
    """Landings of configs/winter_2017.toml with a seed and the current scaled, in the winter of the record."""
    from driftsim import config
    from driftsim.drift import simulation

    tables = tomllib.loads(resources.config("winter_2017.toml").read_text(encoding="utf-8"))
    tables["run"]["seed"] = seed
    tables["output"] = {"tracks": 0, "map": False}
    tables["current"]["scale"] = current
    result = simulation.run(config.parse(tables))
    return landings.from_run(result).moved_to(*finds.season(records.load()))


@pytest.mark.long
def test_the_interval_holds_with_real_runs() -> None:
    """800 records of the real structure from a run of another seed; 0.93 to 0.99 for both scores and two references."""
    held = coverage(run_of(20171123), run_of(4711), [uniform(), run_of(20171123, current=0.0)], 800)
    assert all(0.93 <= share <= 0.99 for share in held), held


@pytest.mark.long
def test_a_real_run_beats_six_distortions_of_itself() -> None:
    """In its prefectures places hardly change from month to month: there the totals by month alone see the month."""
    found = losses(run_of(20171123), run_of(4711), 600)
    check_losses(found, SEEN_BY | {"moved": {"totals", "finds"}, "month ignored": {"months"}})
    assert abs(found["month ignored"]["finds"][0]) < 0.3


@pytest.mark.long
def test_what_finds_can_show_is_small() -> None:
    """What a true run gains over an even coast: a tenth of a nat in Akita, a hundredth in Yamagata."""
    found = finds.which(run_of(20171123), uniform(), [], records.load(), shoreline.load())
    assert found is not None
    gain = {row["key"]: row["gain_if_run_true"] for row in found["by_prefecture"]}
    assert gain["akita"] == pytest.approx(0.1, abs=0.03)
    assert gain["yamagata_all"] < 0.03


def test_records_of_one_find_are_not_scored(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        EVENT + "a,2017-12-07,0,akita,139.95,39.70,3,boat_ashore,high,me,no,no\n", encoding="utf-8"
    )
    mine = records.load(tmp_path / "mine.csv")
    assert finds.which(made_up(1), uniform(), [], mine, shoreline.load()) is None


def test_a_find_off_the_coast_of_this_sea_is_left_out(tmp_path: Path) -> None:
    rows = [f"{key},2017-12-07,0,{region},{lon},{lat},3,boat_ashore,high,me,no,no" for key, region, lon, lat in (
        ("a", "akita", 139.95, 39.70), ("b", "noto", 136.73, 37.14), ("c", "honshu_pacific", 141.85, 40.20),
    )]  # fmt: skip
    (tmp_path / "mine.csv").write_text(EVENT + "\n".join(rows) + "\n", encoding="utf-8")
    found = finds.which(made_up(1), uniform(), [], records.load(tmp_path / "mine.csv"), shoreline.load())
    assert found is not None
    assert [row["id"] for row in found["finds"]] == ["a", "b"]


def test_the_constants_are_those_of_the_record() -> None:
    assert len(bins.LAG_DAYS) == 1 - finds.WINDOW_DAYS[0]
    assert [round(80.0 / (1.0 + 79.0 * seasons.clustering_of(worth)), 6) for worth in seasons.WORTHS] == [
        15,
        25,
        36,
        55,
    ]


def test_distances_are_those_of_the_ellipsoid() -> None:
    from pyproj import Geod

    lon, lat = np.array([139.2, 140.4, 138.0]), np.array([39.1, 40.2, 37.2])
    exact = Geod(ellps="WGS84").inv(np.full(3, 139.6), np.full(3, 39.4), lon, lat)[2] / 1000.0
    assert finds.distance_km(139.6, 39.4, lon, lat) == pytest.approx(exact, rel=4e-3)
