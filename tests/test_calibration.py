"""The check checked: records drawn from a run give uniform p-values, and a wrong run is told from the right one."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import make_arrivals

from driftsim.area import shoreline
from driftsim.validation import bins, calibration, landings, records, reference, seasons

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def mission() -> tuple[bins.Table, np.ndarray]:
    """The bins of the four regions, and the uniform shares."""
    table = bins.of_coast(records.load(), "mission")
    assert table is not None
    return table, bins.uniform_shares(reference.uniform(shoreline.load()), table)


def made_up(seed: int, correlation: float = 0.03) -> np.ndarray:
    """Boats by member and bin of a made-up run of 60 members."""
    arrivals = make_arrivals(9000, 60, seed, correlation=correlation)
    run: Any = type("Run", (), {"arrivals": arrivals, "summary": {"title": "made up"}, "config": "", "settings": {}})()
    return landings.from_run(run).counts(mission()[0].groups)


def test_places_are_uniform_when_the_run_is_right() -> None:
    """45 seasons of 60 members with bursts; and without a word of bursts the same records would look odd."""
    _, uniform = mission()
    counts = made_up(4, correlation=0.003)
    rng = np.random.default_rng(2)
    drawn = list(seasons.seasons(counts, 70, 45, rng))
    assert {season.cases.sum() for season in drawn} == {70}
    right = calibration.places(counts, drawn, uniform, seasons.CLUSTERING, np.random.default_rng(3))
    assert min(calibration.uniform_p(right)) > 0.01
    naive = calibration.places(counts, drawn, uniform, 0.0, np.random.default_rng(3))
    outside = [np.mean(np.abs(place - 0.5) > 0.475) for place in (right, naive)]
    assert outside[0] < 0.08
    assert outside[1] > outside[0] + 0.05  # counted as independent, far more of them lie outside 95 % ranges


def test_bursts_have_the_design_effect_of_the_record() -> None:
    """Sum of squared sizes of bursts over their sum; 4 standard errors."""
    rng = np.random.default_rng(1)
    effect = []
    for _ in range(300):
        size = np.bincount(seasons.burst(2000, rng))
        effect.append((size**2).sum() / size.sum())
    assert abs(np.mean(effect) - 80 / 36) < 4 * np.std(effect) / np.sqrt(300)


def test_a_grossly_wrong_run_is_told_apart() -> None:
    """The right run against one whose shares of Akita and Fukui are exchanged (13 and 4 of 86)."""
    _, uniform = mission()
    counts = made_up(4)
    wrong = counts[:, [2, 1, 0, 3, 4]]
    drawn = list(seasons.seasons(counts, 70, 30, np.random.default_rng(2)))
    found = calibration.told_apart(counts, wrong, drawn, uniform, seasons.CLUSTERING)
    assert found["preferred"] > 0.8
    assert found["rejected"] > found["rejected_right"]


# --- with real runs ------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_the_check_is_calibrated_on_the_quickstart_and_sees_what_the_text_says() -> None:
    """200 seasons of 80 cases; the rates are those that the page has, within 3 standard errors."""
    script = runpy.run_path(str(BENCHMARKS / "calibration.py"))
    told = json.loads((BENCHMARKS / "results" / "calibration.json").read_text(encoding="utf-8"))
    names = ("sources 1° north", "sources 1° south", "no current at all")
    found = script["rates"]({name: script["WRONG"][name] for name in names})
    for values in found["uniform_p"].values():
        assert min(values) > 0.05 / len(values)
    for name in names:
        for key in ("preferred", "odds_20", "rejected", "rejected_by_a_bin"):
            assert abs(found["wrong"][name][key] - told["wrong"][name][key]) < 3.0 * np.sqrt(0.25 / 200), (name, key)
        for key in ("rejected_right", "rejected_right_by_a_bin"):
            assert found["wrong"][name][key] < 0.05 + 3.0 * np.sqrt(0.0475 / 200)
