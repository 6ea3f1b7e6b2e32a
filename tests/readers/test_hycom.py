"""The table of HYCOM experiments: in order, without a hole, and with as many steps as its dates allow at most."""

from __future__ import annotations

import itertools

import numpy as np

from driftsim.forcing.catalogue.hycom import EXPERIMENTS, LONGEST_OUTAGE_HOURS, STEP_HOURS


def hours(text: str) -> float:
    return float(np.datetime64(text, "m").astype(np.int64)) / 60.0


def test_the_experiments_follow_one_another():
    assert [e.first for e in EXPERIMENTS] == sorted(e.first for e in EXPERIMENTS)
    for a, b in itertools.pairwise(EXPERIMENTS):
        assert hours(b.first) - hours(a.last) <= STEP_HOURS, (a.name, b.name)
    assert LONGEST_OUTAGE_HOURS > STEP_HOURS


def test_no_experiment_has_more_steps_than_fit():
    for e in EXPERIMENTS:
        assert 0.5 < e.steps / ((hours(e.last) - hours(e.first)) / STEP_HOURS + 8) <= 1.0, e.path


def test_the_autumn_of_2017_changes_its_branch():
    before, after = (next(e for e in EXPERIMENTS if e.name == name) for name in ("expt_57.7", "expt_92.9"))
    assert (before.west, after.west) == (-180.0, 0.0)
    assert hours(after.first) - hours(before.last) == STEP_HOURS
    assert after.path == "GLBv0.08/expt_92.9"
