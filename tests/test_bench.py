"""The benchmark: its cases run and say what they should, and its fields are what it says. No time is tested."""

from __future__ import annotations

import numpy as np
import pytest

from driftsim import bench

KEYS = {"particle_steps_per_core_s", "lowest", "highest", "repeats", "particles", "steps", "threads", "load_average"}


def test_the_fields_have_the_speed_that_was_asked_for() -> None:
    made = bench.eddies(65, 61, 6, 5.0, 3)
    assert made.shape == (6, 3, 61, 65, 2) and made.dtype == np.float32
    assert made.std() == pytest.approx(5.0, rel=1e-3)


def test_currents() -> None:
    case = bench.currents(500, days=2, repeats=2)
    assert case.keys() == {*KEYS, "precision"}
    assert (case["particles"], case["steps"], case["repeats"], case["threads"]) == (500, 48, 2, 1)
    assert 0.0 < case["lowest"] <= case["particle_steps_per_core_s"] <= case["highest"]


def test_the_whole_physics_with_all_its_members() -> None:
    case = bench.boats(600, 3, repeats=1)
    assert case.keys() == {*KEYS, "members"}
    assert (case["particles"], case["steps"], case["members"]) == (600, 72, 50)
    calm = bench.boats(600, 3, repeats=1, wind=False, **{"coast.shoreline": "none"})
    assert calm["particle_steps_per_core_s"] > 0.0


def test_the_share_of_the_limit_is_that_of_the_rate() -> None:
    case = bench.limit(1e6, repeats=1)
    assert case["share_reached"] == pytest.approx(1e6 / case["particle_steps_per_core_s"])
    assert case["loads_per_step"] == 16
