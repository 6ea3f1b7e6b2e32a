"""The p-value of a whole table: against every table one by one, at its ends over ranges, and calibrated."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import dirichlet_multinomial

from driftsim.validation import bins, calibration, counts, joint, records, seasons
from driftsim.validation.counts import Masses, Predictive

ALPHA = np.array([[2.0, 3.5, 0.7], [1.0, 1.2, 6.0]])
OF = Predictive(ALPHA, ALPHA.mean(axis=0))


def vectors(total: int) -> np.ndarray:
    return np.array([x for x in itertools.product(range(total + 1), repeat=3) if sum(x) == total])


def exact(total: int) -> np.ndarray:
    """Probability of each of `vectors`, by scipy."""
    return np.mean([[dirichlet_multinomial.pmf(x, alpha, total) for x in vectors(total)] for alpha in ALPHA], axis=0)


def test_the_log_probability_of_tables_as_scipy_has_it() -> None:
    found = Masses(OF, np.arange(8)).log(np.concatenate([vectors(7), vectors(4)]))
    assert np.exp(found) == pytest.approx(np.concatenate([exact(7), exact(4)]))


def test_the_p_value_is_the_probability_of_tables_as_improbable() -> None:
    """Against the sum over all tables; 4 standard errors of 1000 replicates."""
    chance, every = exact(6), vectors(6)
    chances = joint.Chances(OF, 6, np.random.default_rng(2))
    for index in (0, 5, 11, 20):
        p = min(1.0, chance[chance <= chance[index] * (1.0 + 1e-9)].sum())
        found = float(chances.p_value(chances.log(every[index : index + 1])[0], 6))
        assert found == pytest.approx(p, abs=4.0 * np.sqrt(p * (1.0 - p) / joint.REPLICATES) + 1e-3)


@pytest.mark.parametrize(("low", "high"), [([0, 1, 2], [3, 5, 6]), ([2, 2, 0], [2, 2, 9]), ([0, 0, 0], [9, 9, 9])])
def test_the_extremes_over_ranges_are_those_of_all_tables(low: list[int], high: list[int]) -> None:
    chances = joint.Chances(OF, 9, np.random.default_rng(2))
    for total in (6, 9):
        inside = np.array([x for x in vectors(total) if (x >= low).all() and (x <= high).all()])
        values = chances.log(inside)
        for sign, end in ((1.0, values.max()), (-1.0, values.min())):
            found = joint.extreme(chances, np.array(low), np.minimum(high, total), total, sign)
            assert found == pytest.approx(end)
    assert joint.extreme(chances, np.array([3, 3, 4]), np.array([9, 9, 9]), 9, 1.0) is None


def made_up(correlation: float, members: int = 60, boats: int = 150, seed: int = 4) -> np.ndarray:
    """Boats by member and bin, (member, 5), of seasons that differ."""
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.array([0.13, 0.12, 0.05, 0.13, 0.57]) * (1.0 / correlation - 1.0), members)
    return rng.multinomial(boats, share).astype(float)


UNIFORM = np.array([0.05, 0.13, 0.09, 0.07, 0.66])


def p_of(truth: np.ndarray, run: np.ndarray, size: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """P-values of seasons of one run under another that has not seen them, as they are and calibrated; (season,)."""
    rng = np.random.default_rng(seed)
    of = counts.predict(run, UNIFORM, seasons.CLUSTERING, bins.UNIFORM_SHARE)
    chances = joint.Chances(of, 90, rng)
    seen = joint.held_out(run, UNIFORM, seasons.CLUSTERING, bins.UNIFORM_SHARE, 90, chances, rng)
    drawn = np.array([season.cases for season in seasons.seasons(truth, 90, size, rng)])
    p = chances.p_value(chances.log(drawn), 90)
    return p, (1.0 + np.searchsorted(np.sort(seen), p, side="right")) / (1.0 + seen.size)


def test_a_right_run_is_rejected_as_often_as_it_says() -> None:
    """Seasons of another seed, in bursts: 5 % of 600 within four standard errors, and 20 % too."""
    _, p = p_of(made_up(0.02, seed=7), made_up(0.02, seed=4, members=200), 600)
    for level in (0.05, 0.2):
        assert abs((p <= level).mean() - level) < 4.0 * np.sqrt(level * (1.0 - level) / 600) + 0.01
    plain, calibrated = p_of(made_up(0.2, seed=7), made_up(0.02, seed=4), 300)
    assert (plain <= 0.05).mean() > 0.15  # seasons that vary more than those of the run do not look like its own
    assert (calibrated <= 0.05).mean() > 0.15


def test_calibration_mends_what_the_model_has_wrong() -> None:
    """With cases in bursts that the prediction is not told of p is small too often; calibrated it is not."""
    rng = np.random.default_rng(3)
    run, truth = made_up(0.01, members=200), made_up(0.01, seed=9)
    of = counts.predict(run, UNIFORM, 0.0, bins.UNIFORM_SHARE)
    chances = joint.Chances(of, 90, rng)
    seen = joint.held_out(run, UNIFORM, 0.0, bins.UNIFORM_SHARE, 90, chances, rng)
    drawn = np.array([season.cases for season in seasons.seasons(truth, 90, 600, rng)])
    p = chances.p_value(chances.log(drawn), 90)
    calibrated = (1.0 + np.searchsorted(np.sort(seen), p, side="right")) / (1.0 + seen.size)
    assert (p <= 0.05).mean() > 0.12
    assert abs((calibrated <= 0.05).mean() - 0.05) < 4.0 * np.sqrt(0.0475 / 600) + 0.01


def test_the_test_of_a_recorded_table() -> None:
    run = made_up(0.02)
    rng = np.random.default_rng(1)
    arguments = (run, UNIFORM, seasons.CLUSTERING, bins.UNIFORM_SHARE)
    sharp = joint.test(*arguments, [12, 11, 4, 12, 51], [12, 11, 4, 12, 51], np.array([90]), rng)
    assert sharp["p_min"] == sharp["p_max"] > 0.5
    assert sharp["p_min_calibrated"] == sharp["p_max_calibrated"] > 0.5
    assert sharp["held_out"] == joint.HELD_OUT
    wide = joint.test(*arguments, [12, 9, 0, 7, 42], [12, 13, 27, 15, 62], np.arange(84, 101), rng)
    assert wide["p_min"] < 0.05 < 0.5 < wide["p_max"]
    odd = joint.test(*arguments, [55, 0, 0, 0, 30], [60, 2, 2, 2, 35], np.array([90]), rng)
    assert odd["p_max_calibrated"] < 0.01
    alone = joint.test(run[:1], *arguments[1:], [12, 11, 4, 12, 51], [12, 11, 4, 12, 51], np.array([90]), rng)
    assert (alone["p_max_calibrated"], alone["held_out"], alone["held_out_below_5"]) == (None, 0, None)
    small = made_up(0.02, boats=40)
    few = joint.test(small, *arguments[1:], [12, 11, 4, 12, 51], [12, 11, 4, 12, 51], np.array([90]), rng)
    assert few["p_max_calibrated"] is None  # no member has a boat for each burst


# --- single bins ---------------------------------------------------------------------------------------------------


def test_the_p_value_of_a_count_and_of_a_range() -> None:
    """Twice the smaller tail, the count in it; over 1 to 3 the least at 3 and the greatest at 2."""
    chance = np.array([0.1, 0.2, 0.4, 0.25, 0.05])
    assert counts.p_values(chance, 1, 1) == pytest.approx((0.6, 0.6))
    assert counts.p_values(chance, 1, 3) == pytest.approx((0.6, 1.0))
    assert counts.p_values(chance, 3, 9) == pytest.approx((0.1, 0.6))
    assert counts.p_values(chance, None, 0) == pytest.approx((0.2, 0.2))


def test_no_draw_decides_a_verdict_and_vague_bins_are_left_out() -> None:
    """A count that is a range has a range of p-values, and Fukui with its 1 or more triggers and corrects nothing."""
    mission = bins.of_coast(records.load(), "mission")
    assert mission is not None
    found = bins.compared(mission, made_up(0.02), UNIFORM, seasons.CLUSTERING)
    by = {row["key"]: row for row in found["bins"]}
    assert by["akita"]["p_min"] == by["akita"]["p_max"]
    assert by["aomori"]["p_min"] < by["aomori"]["p_max"]
    assert by["fukui"]["vague"]
    assert by["fukui"]["p_min"] < 0.05  # 28 cases are within what is known, and say nothing
    tested = [row["p_max"] for row in found["bins"] if not row["vague"]]
    assert found["tested"] == len(tested) < 5
    assert found["smallest_p_corrected"] == pytest.approx(min(1.0, min(tested) * len(tested)))
    assert mission.high[2] == 100 - 14 - 9 - 7 - 42  # what the others leave of the total


def test_told_apart_counts_both_ways_of_speaking_against_a_run() -> None:
    run = made_up(0.02, members=60)
    wrong = run[:, [2, 1, 0, 3, 4]]
    drawn = list(seasons.seasons(run, 90, 120, np.random.default_rng(2)))
    found = calibration.told_apart(run, wrong, drawn, UNIFORM, seasons.CLUSTERING)
    assert found["preferred"] > 0.7
    assert found["rejected"] > found["rejected_right"] + 0.1
    assert found["rejected_right"] < 0.05 + 4.0 * np.sqrt(0.0475 / 120)
    assert found["rejected_right_by_a_bin"] < 0.05 + 4.0 * np.sqrt(0.0475 / 120)
    same = calibration.told_apart(run, run, drawn, UNIFORM, seasons.CLUSTERING)
    assert same["odds_20"] == 0.0
