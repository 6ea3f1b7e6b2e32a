"""Ranges against data whose truth is known, and seasons that the ranges have not seen."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import beta, norm, t

from driftsim.results import intervals as module
from driftsim.results.intervals import LEVEL, intervals, wilson

REPEATS = 2000
Z = float(norm.ppf(0.5 * (1.0 + LEVEL)))
Z_95 = float(norm.ppf(0.975))


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
    found = wilson(np.array([float(k)]), np.array([float(n)]), Z_95)
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
    assert within_errors(np.mean((of.mean_low <= p) & (p <= of.mean_high)), LEVEL, REPEATS)
    naive = wilson(k.sum(axis=0).astype(float), np.full(REPEATS, float(trials.sum())), Z)
    assert np.mean((naive[0] <= p) & (p <= naive[1])) < 0.80


def test_mean_interval_of_independent_boats_is_the_binomial_one():
    rng = np.random.default_rng(12)
    trials = np.full(200, 100)
    k = rng.binomial(100, 0.07, (200, REPEATS))
    of = intervals(k, trials)
    assert within_errors(np.mean((of.mean_low <= 0.07) & (of.mean_high >= 0.07)), 0.905, REPEATS)
    low, high = wilson(k.sum(axis=0).astype(float), np.full(REPEATS, 20000.0), Z)
    ratio = (of.mean_high - of.mean_low) / (high - low)
    assert ratio.min() > 0.99  # never narrower than independent boats would have it
    assert 1.0 < ratio.mean() < 1.05


def test_mean_interval_with_few_members_and_a_rare_skewed_outcome_loses_little():
    """A handful of clusters with most of them near nothing is the hard case; the score interval keeps 0.85."""
    rng = np.random.default_rng(13)
    trials = np.full(20, 60)
    of = intervals(seasons(rng, 0.05, 0.1, trials), trials)
    assert np.mean((of.mean_low <= 0.05) & (of.mean_high >= 0.05)) > 0.85


def test_effective_number_of_boats_is_the_design_effect_of_the_textbook():
    """1 + (n - 1) rho for n boats in each member."""
    rng = np.random.default_rng(14)
    trials = np.full(400, 50)
    of = intervals(seasons(rng, 0.2, 0.04, trials, 400), trials)
    assert np.mean(400 * 50 / of.effective) == pytest.approx(1.0 + 49.0 * 0.04, rel=0.02)


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
    assert within_errors(np.mean(covered), LEVEL, REPEATS, errors=4.0)


# --- no landings ---------------------------------------------------------------------------------------------------


def test_no_landing_anywhere_bounds_by_the_number_of_members():
    """Nothing tells how alike the boats of a member are, so each member counts as one boat."""
    of = intervals(np.zeros((80, 2), int), np.full(80, 250))
    quantile = float(t.ppf(0.95, 79))
    assert of.mean_low.tolist() == [0.0, 0.0]
    assert of.mean_high == pytest.approx(quantile**2 / (80.0 + quantile**2), rel=1e-9)


def test_no_landing_here_bounds_by_the_design_effect_of_the_run():
    rng = np.random.default_rng(16)
    trials = np.full(200, 100)
    k = np.column_stack([seasons(rng, 0.3, 0.05, trials, 3), np.zeros(200, int)])
    of = intervals(k, trials)
    quantile = float(t.ppf(0.95, 199))
    effective = 20000.0 / np.mean(20000.0 / of.effective[:3])
    assert of.mean_high[3] == pytest.approx(quantile**2 / (effective + quantile**2), rel=0.05)
    assert np.isnan(of.season_high[3])
    assert of.unknown == ("", "", "", "landings")


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
    """Most runs have no landing there; the upper bound must still cover in 95 % of them or more."""
    rng = np.random.default_rng(18)
    trials = np.full(50, 40)
    crowd = seasons(rng, 0.25, 0.08, trials)
    k = seasons(rng, 0.0004, 0.08, trials)
    high = np.array([intervals(np.column_stack([crowd[:, i], k[:, i]]), trials).mean_high[1] for i in range(REPEATS)])
    assert np.mean(k.sum(axis=0) == 0) > 0.5
    assert np.mean(high >= 0.0004) >= 0.95


# --- single seasons ------------------------------------------------------------------------------------------------


@lru_cache
def normal_of(p, correlation):
    """Mean and standard deviation on the logit scale of the logit-normal with this mean and variance."""
    node, weight = np.polynomial.hermite_e.hermegauss(81)
    weight = weight / weight.sum()

    def at(mean, sd):
        return expit(mean + sd * node)

    def mean_of(sd):
        return brentq(lambda mean: weight @ at(mean, sd) - p, -20.0, 20.0)

    def surplus(sd):
        return weight @ (at(mean_of(sd), sd) - p) ** 2 - correlation * p * (1.0 - p)

    sd = brentq(surplus, 1e-3, 6.0)
    return mean_of(sd), sd


class Truth:
    """How likely a boat is to land there in a season: beta or logit-normal, by mean and correlation."""

    def __init__(self, kind, p, correlation):
        self.kind, size = kind, 1.0 / correlation - 1.0
        self.numbers = (p * size, (1.0 - p) * size) if kind == "beta" else normal_of(p, correlation)

    def draw(self, rng, shape):
        if self.kind == "beta":
            return rng.beta(*self.numbers, shape)
        return expit(rng.normal(*self.numbers, shape))

    def within(self, low, high):
        """Part of new seasons from low to high."""
        if self.kind == "beta":
            return beta.cdf(high, *self.numbers) - np.where(low > 0.0, beta.cdf(low, *self.numbers), 0.0)
        with np.errstate(divide="ignore"):
            return norm.cdf(logit(high), *self.numbers) - norm.cdf(logit(low), *self.numbers)


def content(rng, truth, members, boats, repeats):
    """Part of new seasons that the range of a run holds, averaged over the runs that give one."""
    k = rng.binomial(boats, truth.draw(rng, (members, repeats)))
    of = intervals(k, np.full(members, boats))
    given = np.isfinite(of.season_low)
    return truth.within(of.season_low[given], of.season_high[given]).mean()


@pytest.mark.parametrize("kind", ["beta", "logit-normal"])
@pytest.mark.parametrize(
    ("members", "boats", "landings", "correlation"),
    [(50, 100, 4.0, 0.02), (50, 100, 8.0, 0.2), (50, 400, 20.0, 0.1), (200, 100, 13.0, 0.05), (120, 130, 40.0, 0.03)],
)
def test_season_range_holds_nine_seasons_in_ten_to_come(kind, members, boats, landings, correlation):
    truth = Truth(kind, landings / boats, correlation)
    found = content(np.random.default_rng(20), truth, members, boats, 150)
    assert found == pytest.approx(LEVEL, abs=0.04)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["beta", "logit-normal"])
@pytest.mark.parametrize("correlation", [0.02, 0.05, 0.1, 0.2])
def test_season_range_holds_nine_seasons_in_ten_wherever_it_may_be_given(kind, correlation, monkeypatch):
    """By the expected landings: runs with as many as 4 by luck are not left out, and then it holds a little more."""
    monkeypatch.setattr(module, "FEWEST_LANDINGS", 0.0)
    rng = np.random.default_rng(21)
    for members in (50, 100, 200, 400):
        for boats in (100, 150, 250):
            for landings in (4.0, 5.0, 8.0, 20.0, 0.3 * boats, 0.6 * boats, boats - 5.0):
                truth = Truth(kind, landings / boats, correlation)
                found = content(rng, truth, members, boats, 1000)
                assert found == pytest.approx(LEVEL, abs=0.04), (members, boats, landings)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["beta", "logit-normal"])
def test_season_range_of_seasons_that_hardly_differ_holds_a_little_less(kind):
    """With a correlation of 0.005 a hundred boats a member are too few to tell seasons from chance."""
    rng = np.random.default_rng(22)
    for members, boats, least in ((50, 100, 0.82), (200, 100, 0.85), (50, 400, 0.86), (200, 400, 0.87)):
        for landings in (5.0, 8.0, 20.0, 33.0):
            found = content(rng, Truth(kind, landings / boats, 0.005), members, boats, 1000)
            assert least < found < 0.94, (members, boats, landings)


def test_season_range_does_not_wander_with_the_boats():
    """Ends scatter from run to run by less than a quarter of the range, and do not shrink onto the mean's error."""
    rng = np.random.default_rng(23)
    truth = Truth("beta", 0.13, 0.03)
    k = rng.binomial(100, truth.draw(rng, (50, 300)))
    of = intervals(k, np.full(50, 100))
    true = beta.ppf([0.05, 0.95], *truth.numbers)
    width = true[1] - true[0]
    assert of.season_low.std() < 0.25 * width
    assert of.season_high.std() < 0.25 * width
    assert np.mean(of.season_high - of.season_low < 0.5 * width) < 0.01
    raw = np.quantile(k / 100.0, [0.05, 0.95], axis=0).mean(axis=1)
    assert raw[1] - raw[0] > 1.07 * width  # what members with their few boats would say


def test_weighted_boats_and_seasons_hold_as_many():
    """Boats that count unequally, and seasons that do: the range still holds nine new seasons in ten."""
    rng = np.random.default_rng(24)
    truth = Truth("logit-normal", 0.12, 0.05)
    chance = truth.draw(rng, (80, 60))
    weight = rng.gamma(1.5, size=(80, 200))  # a member's boats are worth some 120
    landed = rng.random((60, 80, 200)) < chance.T[:, :, None]
    total = weight.sum(axis=1)
    of = intervals((landed * weight).sum(axis=2).T, total, cases=total**2 / (weight**2).sum(axis=1))
    assert truth.within(of.season_low, of.season_high).mean() == pytest.approx(LEVEL, abs=0.04)
    k = rng.binomial(100, truth.draw(rng, (150, 150)))
    of = intervals(k, np.full(150, 100), weights=rng.gamma(3.0, size=150))
    assert truth.within(of.season_low, of.season_high).mean() == pytest.approx(LEVEL, abs=0.04)


def test_unequal_members_hold_as_many():
    rng = np.random.default_rng(25)
    truth, n = Truth("beta", 0.18, 0.08), np.r_[np.full(60, 60), np.full(60, 190), np.zeros(5, int)]
    of = intervals(rng.binomial(n[:, None], truth.draw(rng, (n.size, 200))), n)
    assert truth.within(of.season_low, of.season_high).mean() == pytest.approx(LEVEL, abs=0.04)


def test_shares_of_landings_hold_as_many():
    """Both numbers of a share are random; it is of 62 landings a member of 100 boats."""
    rng = np.random.default_rng(26)
    truth = Truth("beta", 0.2, 0.05)
    n = rng.binomial(100, rng.beta(6.2, 3.8, 100))
    of = intervals(rng.binomial(n[:, None], truth.draw(rng, (100, 200))), n, boats=np.full(100, 100))
    assert truth.within(of.season_low, of.season_high).mean() == pytest.approx(LEVEL, abs=0.04)


def test_weights_that_are_all_alike_change_nothing():
    rng = np.random.default_rng(27)
    trials = rng.integers(90, 140, 60)
    k = rng.binomial(trials[:, None], 0.2, (60, 4))
    plain, weighted = intervals(k, trials), intervals(3.0 * k, 3.0 * trials, cases=trials, weights=np.full(60, 0.7))
    for name in ("estimate", "mean_low", "mean_high", "season_low", "season_high", "effective"):
        assert getattr(weighted, name) == pytest.approx(getattr(plain, name), rel=1e-9), name


def test_a_member_that_counts_for_nothing_is_as_if_it_were_not_there():
    rng = np.random.default_rng(28)
    trials = rng.integers(90, 140, 80)
    k = rng.binomial(trials[:, None], rng.beta(3.0, 9.0, (80, 4)))
    some, weights = np.arange(80) < 60, np.where(np.arange(80) < 60, 1.0, 0.0)
    few, weighted = intervals(k[some], trials[some]), intervals(k, trials, weights=weights)
    for name in ("estimate", "mean_low", "mean_high", "season_low", "season_high"):
        assert getattr(weighted, name) == pytest.approx(getattr(few, name), rel=1e-9), name


def test_season_range_is_given_by_the_size_of_the_run_and_not_by_what_came_out():
    def why(members, trials, landings, **more):
        k = np.zeros((members, 1), int)
        k[:, 0] = np.resize([landings - 1, landings, landings + 1], members)
        k[-1, 0] += landings * members - k.sum()
        of = intervals(k, np.full(members, trials), **more)
        assert np.isnan(of.season_low[0]) == bool(of.unknown[0])
        return of.unknown[0]

    assert why(50, 100, 4) == ""
    assert why(49, 100, 4) == "members"
    assert why(9, 100, 4) == "members"
    assert why(50, 99, 4) == "boats"
    assert why(50, 100, 3) == "landings"
    assert why(50, 100, 97) == "landings"  # of the others
    assert why(50, 49, 9, boats=np.full(50, 120)) == "cases"
    assert why(50, 50, 9, boats=np.full(50, 120)) == ""


def test_season_range_of_boats_that_share_nothing_reaches_the_error_of_the_mean():
    k = np.tile([[12, 42]], (60, 1))  # every member the same: less scatter than chance would give
    of = intervals(k, np.full(60, 120))
    assert np.all(of.season_low <= of.mean_low)
    assert np.all(of.season_high >= of.mean_high)
    assert np.all(of.season_high - of.season_low < 1.2 * (of.mean_high - of.mean_low))


def test_a_coast_that_many_seasons_miss_begins_at_nought():
    k = np.zeros((100, 1), int)
    k[12:, 0] = np.tile(np.arange(3, 14), 8)
    of = intervals(k, np.full(100, 150))
    assert of.season_low[0] == 0.0
    assert of.season_high[0] < 13.0 / 150.0  # nine in ten lie below, with none of the tail above given to the lower end


def test_the_lower_tail_closes_without_a_jump():
    """One more member without a landing moves the ends by little, until the range begins at nought."""
    rng = np.random.default_rng(29)
    share = np.sort(rng.beta(2.0, 10.0, 200))
    ends = []
    for empty in range(5, 31):
        share[:empty] = 0.0
        ends.append([end[0] for end in module.seasons(share[:, None], np.full(200, 100.0), np.ones(200))])
    assert ends[0][0] > 0.0 == ends[-1][0]
    top = np.array(ends)[:, 1]
    assert np.abs(np.diff(top)).max() < 0.5 * np.ptp(top)


def test_members_that_go_all_or_nothing():
    k = np.zeros((60, 1), int)
    k[:15] = 130
    of = intervals(k, np.full(60, 130))
    assert of.effective[0] == pytest.approx(60.0, rel=0.05)
    assert (of.season_low[0], of.season_high[0]) == (0.0, 1.0)


@pytest.mark.parametrize("seed", range(5))
def test_intervals_are_ordered_and_inside_nought_and_one(seed):
    rng = np.random.default_rng(seed)
    trials = rng.integers(0, 300, 60)
    k = rng.binomial(trials[:, None], rng.beta(0.1, 0.5, (60, 25)))
    of = intervals(k, trials)
    known = np.isfinite(of.season_low)
    assert known.any()
    for low, high in ((of.mean_low, of.mean_high), (of.season_low[known], of.season_high[known])):
        assert np.all((low >= 0.0) & (high <= 1.0))
        assert np.all(low < high)
    assert np.all((of.mean_low <= of.estimate) & (of.estimate <= of.mean_high))
    assert np.all(of.season_low[known] <= of.mean_low[known])
    assert np.all(of.season_high[known] >= of.mean_high[known])


def test_fewer_than_ten_members_give_the_binomial_interval_by_its_name():
    k = np.array([[7, 0]] * 9)
    of = intervals(k, np.full(9, 31))
    low, high = wilson(np.array([63.0, 0.0]), np.full(2, 279.0), Z)
    assert of.method == "sampling only"
    assert of.mean_low == pytest.approx(low, rel=1e-12)
    assert of.mean_high == pytest.approx(high, rel=1e-12)
    assert np.isnan(of.season_high).all()
    assert intervals(np.vstack([k, k[:1]]), np.full(10, 31)).method == "members"


def test_no_trials_say_nothing():
    of = intervals(np.zeros((40, 3), int), np.zeros(40, int))
    assert np.isnan(of.estimate).all()
    assert np.isnan(of.mean_high).all()
