"""Scores against hand-made cases, and against `scores` and `scoringrules` where those have them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import dirichlet_multinomial, multinomial

from driftsim.validation import counts, scores

RNG = np.random.default_rng(5)


# --- probabilities of bins -----------------------------------------------------------------------------------------


def test_log_score_by_hand() -> None:
    """Two cases in the first bin, one in the last: (2 ln 0.5 + ln 0.2) / 3."""
    assert scores.log_score([0.5, 0.3, 0.2], [2, 0, 1]) == pytest.approx((2 * np.log(0.5) + np.log(0.2)) / 3)
    assert scores.log_score([0.5, 0.5, 0.0], [0, 0, 1]) == -np.inf
    assert np.isfinite(scores.log_score(scores.mixed([0.5, 0.5, 0.0], [0.2, 0.3, 0.5], 0.01), [0, 0, 1]))
    assert scores.mixed([1.0, 0.0], [0.3, 0.7], 0.01) == pytest.approx([0.993, 0.007])


def test_brier_and_ranked_score_by_hand() -> None:
    assert scores.brier_score([0.7, 0.2, 0.1], [0, 1, 0]) == pytest.approx(0.49 + 0.64 + 0.01)
    assert scores.ranked_probability_score([0.7, 0.2, 0.1], [0, 0, 1]) == pytest.approx((0.7**2 + 0.9**2) / 2)
    # A near miss costs less than a far one, which the Brier score does not see.
    near, far = (scores.ranked_probability_score(p, [0, 0, 1]) for p in ([0.0, 1.0, 0.0], [1.0, 0.0, 0.0]))
    assert near < far
    assert scores.brier_score([0.0, 1.0, 0.0], [0, 0, 1]) == scores.brier_score([1.0, 0.0, 0.0], [0, 0, 1]) == 2.0


def test_scores_of_many_cases_are_means_of_single_ones() -> None:
    forecast, number = np.array([0.15, 0.45, 0.1, 0.3]), np.array([3, 0, 2, 6])
    for score in (scores.log_score, scores.brier_score, scores.ranked_probability_score):
        single = [score(forecast, row) for row in np.eye(4)]
        assert score(forecast, number) == pytest.approx(np.dot(number, single) / number.sum())


FORECAST = np.array([0.15, 0.45, 0.1, 0.3])


def test_the_brier_score_as_scores_has_it() -> None:
    import xarray as xr
    from scores.probability import brier_score

    for happened in range(4):
        one = np.eye(4)[happened]
        binary = brier_score(xr.DataArray(FORECAST, dims="bin"), xr.DataArray(one, dims="bin"))
        assert scores.brier_score(FORECAST, one) == pytest.approx(4.0 * float(binary))


@pytest.mark.long  # its import takes nine seconds
def test_bins_as_scoringrules_scores_them() -> None:
    import scoringrules

    forecast = FORECAST
    for happened in range(4):
        one = np.eye(4)[happened]
        # scoringrules names the category from 1 on, and does not divide by the number of bins.
        theirs = scoringrules.rps_score(happened + 1, forecast) / 3
        assert scores.ranked_probability_score(forecast, one) == pytest.approx(theirs)
        log = -scoringrules.log_score(np.ones(1), forecast[happened : happened + 1])
        assert scores.log_score(forecast, one) == pytest.approx(float(np.squeeze(log)))


# --- distances -----------------------------------------------------------------------------------------------------


def test_crps_by_hand() -> None:
    """Half at 0, half at 10, seen at 4: 0.25 · 4 + 0.25 · 6."""
    assert scores.crps([0.0, 10.0], [1.0, 1.0], [4.0]) == pytest.approx([2.5])
    assert scores.crps([0.0, 10.0], [1.0, 3.0], [10.0, 25.0]) == pytest.approx([0.0625 * 10, 0.0625 * 10 + 15])
    assert scores.crps([7.0], [2.0], [3.5]) == pytest.approx([3.5])  # a sure forecast: the distance


def gamma_sample() -> tuple[np.ndarray, np.ndarray]:
    """A skew sample, and what was seen: below, within and above it."""
    return np.random.default_rng(5).gamma(2.0, 60.0, 70), np.array([5.0, 130.0, 900.0])


def test_crps_as_scores_has_it_and_weights_are_repeats() -> None:
    import xarray as xr
    from scores.probability import crps_for_ensemble

    sample, seen = gamma_sample()
    ensemble = xr.DataArray(np.tile(sample, (3, 1)), dims=("case", "member"))
    other = crps_for_ensemble(ensemble, xr.DataArray(seen, dims="case"), "member", method="ecdf", preserve_dims="case")
    assert scores.crps(sample, np.ones(70), seen) == pytest.approx(other.values)
    weights = RNG.integers(1, 5, 70)
    repeated = scores.crps(np.repeat(sample, weights), np.ones(weights.sum()), seen)
    assert scores.crps(sample, weights, seen) == pytest.approx(repeated)


@pytest.mark.long
def test_crps_and_energy_score_as_scoringrules_has_them() -> None:
    import scoringrules

    sample, seen = gamma_sample()
    theirs = [scoringrules.crps_ensemble(y, sample, estimator="nrg") for y in seen]
    assert scores.crps(sample, np.ones(70), seen) == pytest.approx(theirs)
    plane = RNG.normal([3.0, -1.0], [20.0, 7.0], (50, 2))
    other = scoringrules.es_ensemble(np.array([9.0, 4.0]), plane, estimator="nrg")
    assert scores.energy_score(plane, [9.0, 4.0]) == pytest.approx(float(other))


def test_energy_score_by_hand() -> None:
    """Members 6 apart, seen 5 from both; half of the mean distance of all pairs is 1.5."""
    assert scores.energy_score([[-3.0, 0.0], [3.0, 0.0]], [0.0, 4.0]) == pytest.approx(5.0 - 1.5)


def test_round_an_island_the_shorter_way_counts() -> None:
    assert scores.circular_crps([5.0], [1.0], [95.0], 100.0) == pytest.approx([10.0])
    sample, seen = RNG.uniform(40.0, 60.0, 30), np.array([45.0, 52.0])  # far from the seam it is the straight one
    assert scores.circular_crps(sample, np.ones(30), seen, 1000.0) == pytest.approx(
        scores.crps(sample, np.ones(30), seen)
    )
    turned = scores.circular_crps((sample + 950.0) % 1000.0, np.ones(30), (seen + 950.0) % 1000.0, 1000.0)
    assert turned == pytest.approx(scores.crps(sample, np.ones(30), seen))


def test_liu_weisberg_by_hand_and_without_the_clip() -> None:
    """Path 10, 25, 45; separations 2, 5, 9: 1 - 16/80."""
    assert scores.liu_weisberg([2.0, 5.0, 9.0], [10.0, 25.0, 45.0]) == pytest.approx(0.8)
    assert scores.liu_weisberg([20.0, 50.0, 90.0], [10.0, 25.0, 45.0]) == pytest.approx(-1.0)
    assert np.isnan(scores.liu_weisberg([1.0], [0.0]))


@pytest.mark.parametrize("wrong", [[0.5, 0.3, 0.2], [0.1, 0.3, 0.6], [0.3, 0.4, 0.3]])
def test_scores_are_proper(wrong: list[float]) -> None:
    """The truth is the best forecast on average."""
    truth = np.array([0.2, 0.3, 0.5])
    assert scores.log_score(truth, truth) > scores.log_score(wrong, truth)
    assert scores.brier_score(truth, truth) < scores.brier_score(wrong, truth)
    assert scores.ranked_probability_score(truth, truth) < scores.ranked_probability_score(wrong, truth)


def test_uniform_values_are_told_from_others() -> None:
    assert scores.uniformity(np.linspace(0.01, 0.99, 60)) > 0.9
    assert scores.uniformity(np.linspace(0.01, 0.99, 60) ** 3) < 1e-4


# --- counts --------------------------------------------------------------------------------------------------------

ALPHA = np.array([[2.0, 3.5, 0.7], [1.0, 1.2, 6.0]])


def vectors(total: int) -> list[tuple[int, ...]]:
    return [x for x in itertools.product(range(total + 1), repeat=3) if sum(x) == total]


def test_the_probability_of_ranges_is_the_sum_over_all_counts() -> None:
    """Against scipy's Dirichlet-multinomial, every count within the ranges one by one."""
    of = counts.Predictive(ALPHA, ALPHA.mean(axis=0))
    low, high, totals = [1, 2, 0], [3, 5, 4], [5, 7]
    chance = [
        np.mean([dirichlet_multinomial.pmf(x, alpha, total) for alpha in ALPHA])
        for total in totals
        for x in vectors(total)
        if all(a <= n <= b for a, n, b in zip(low, x, high, strict=True))
    ]
    assert of.log_probability(low, high, totals) == pytest.approx(np.log(sum(chance) / len(totals)))
    assert of.log_probability([0, 0, 0], [9, 9, 9], totals) == pytest.approx(0.0, abs=1e-9)


def test_the_marginal_is_the_sum_over_the_other_bins() -> None:
    of = counts.Predictive(ALPHA, ALPHA.mean(axis=0))
    expected = np.zeros(8)
    for total in (6, 7):
        for x in vectors(total):
            expected[x[1]] += np.mean([dirichlet_multinomial.pmf(x, alpha, total) for alpha in ALPHA]) / 2
    assert of.marginal([6, 7], 1) == pytest.approx(expected)


def test_without_clustering_a_reference_is_multinomial() -> None:
    p = [0.2, 0.5, 0.3]
    found = counts.fixed(p).log_probability([1, 3, 2], [1, 3, 2], [6])
    assert found == pytest.approx(float(multinomial.logpmf([1, 3, 2], 6, p)), abs=1e-5)


def test_drawn_seasons_follow_the_prediction() -> None:
    of = counts.predict([[12, 30, 8], [25, 9, 3], [14, 20, 11]], [0.2, 0.2, 0.6], 0.05)
    drawn = of.draw(np.random.default_rng(3), [40], 40_000)
    assert drawn.sum(axis=1).tolist() == [40] * 40_000
    seen = np.bincount(drawn[:, 0], minlength=41) / 40_000
    error = np.sqrt(of.marginal([40], 0) / 40_000)
    assert np.abs(seen - of.marginal([40], 0)).max() < 4.5 * error.max()


def test_how_much_the_mean_of_a_season_strays() -> None:
    """Against 40,000 seasons drawn; 4 standard errors of a standard deviation."""
    of = counts.predict([[12, 30, 8], [25, 9, 3], [14, 20, 11]], [0.2, 0.2, 0.6], 0.05)
    value = np.array([1.5, -0.4, 3.0])
    drawn = of.draw(np.random.default_rng(3), [40], 40_000) @ value / 40.0
    assert of.deviation(value, 40) == pytest.approx(drawn.std(), rel=4.0 / np.sqrt(2 * 40_000) * 1.5)


def test_clustering_widens_as_it_should() -> None:
    """36 of 80: the variance of a count of 80 grows by 80/36 over that of independent cases."""
    rho = (80 / 36 - 1) / 79
    chance = counts.fixed([0.2, 0.8], rho).marginal([80], 0)
    number = np.arange(81)
    mean = (chance * number).sum()
    assert mean == pytest.approx(16.0)
    assert (chance * (number - mean) ** 2).sum() == pytest.approx(80 * 0.2 * 0.8 * 80 / 36, rel=1e-6)


def test_the_place_of_a_count() -> None:
    chance = np.array([0.1, 0.2, 0.4, 0.3])
    assert counts.place(chance, 2, 2) == pytest.approx((0.3, 0.7))
    assert counts.place(chance, 1, None) == pytest.approx((0.1, 1.0))
    assert counts.place(chance, None, 1) == pytest.approx((0.0, 0.3))
    assert counts.place(chance, 9, 12) == pytest.approx((1.0, 1.0))
    assert counts.quantiles(chance, [0.05, 0.3, 0.31, 0.99]) == [0, 1, 2, 3]
