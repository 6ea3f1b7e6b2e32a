"""The benchmark: its cases run and say what they should, quick or whole, and its fields are what it says.

No time is tested.
"""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Any

import numpy as np
import pytest

from driftsim import bench
from driftsim.drift.advection import advect

KEYS = {
    "particle_steps_per_core_s", "best", "lowest", "by_wall", "wall_s", "cpu_s", "cpu_share", "windows", "threads",
    "load_average", "particles", "steps",
}  # fmt: skip


def test_the_fields_have_the_speed_that_was_asked_for() -> None:
    made = bench.eddies(65, 61, 6, 5.0, 3)
    assert made.shape == (6, 3, 61, 65, 2) and made.dtype == np.float32
    assert made.std() == pytest.approx(5.0, rel=1e-3)


def test_currents() -> None:
    case = bench.currents(500, days=2, windows=2)
    assert case.keys() == {*KEYS, "precision"}
    assert (case["particles"], case["steps"], case["windows"], case["threads"]) == (500, 48, 2, 1)
    assert 0.0 < case["lowest"] <= case["particle_steps_per_core_s"] <= case["best"]


def test_the_whole_physics_with_all_its_members_and_what_its_parts_cost() -> None:
    case = bench.parts(600, begins=2, days=1, members=50, windows=2)
    assert case.keys() == {*KEYS, "members", "ns_per_step_without"}
    assert (case["particles"], case["steps"], case["members"], case["windows"]) == (600, 24, 50, 2)
    assert list(case["ns_per_step_without"]) == ["nothing", "coast", "coast and chance", "coast, chance and wind"]
    assert case["ns_per_step_without"]["nothing"] == pytest.approx(1e9 / case["particle_steps_per_core_s"])


def test_a_window_counts_the_time_of_all_threads_and_no_sleep() -> None:
    spent = []

    def work() -> None:
        began = time.thread_time()
        hashlib.sha256(bytes(20_000_000))
        spent.append(time.thread_time() - began)

    def drive() -> int:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        time.sleep(0.2)
        return 7

    window = bench.timed(drive)
    assert window.particle_steps == 7
    assert window.cpu_s >= spent[0] > 0.0
    assert window.wall_s >= 0.2 + spent[0] and window.cpu_s < window.wall_s - 0.1


def test_figures_of_known_windows_and_a_mark_where_the_processor_was_shared() -> None:
    windows = [bench.Window(600, 1.0, 0.5), bench.Window(600, 1.5, 1.2), bench.Window(600, 0.5, 0.4)]
    case = bench.summary(windows, threads=1)
    assert (case["particle_steps_per_core_s"], case["best"], case["lowest"]) == (1200.0, 1500.0, 500.0)
    assert case["by_wall"] == 600.0 and case["cpu_share"] == pytest.approx(2.1 / 3.0)
    assert "70%" in bench.line("case", case) and "disturbed" in bench.line("case", case)
    assert bench.summary(windows, threads=3)["cpu_share"] == pytest.approx(0.7 / 3.0)
    assert not bench.disturbed({"cpu_share": 0.9}) and bench.disturbed({"cpu_share": 0.899})


@pytest.mark.long
def test_the_ceiling_does_the_arithmetic_of_the_driver() -> None:
    """The same end positions to the rounding of single precision, 1e-7 of a way of a degree or two."""
    lon, lat, window = bench.carried(100, 3)
    assert window().particle_steps == 72 * 128  # whole blocks
    begun = bench._places(128)
    source = bench.daily_current(3)
    single, double, euler = (
        advect(*begun, current=source, steps=72, precision=precision, scheme=scheme)
        for precision, scheme in (("single", "rk4"), ("double", "rk4"), ("single", "euler"))
    )

    def apart(ends: Any) -> float:
        return float(max(np.abs(ends["lon"] - lon).max(), np.abs(ends["lat"] - lat).max()))

    assert np.abs(lon - begun[0]).max() > 0.5
    assert apart(single) < 1e-7
    assert apart(double) < 1e-6
    assert apart(euler) > 1e-3


def test_what_is_left_of_the_driver_is_said() -> None:
    case = bench.ceiling(200, days=1, windows=2)
    assert case.keys() > KEYS
    assert case["bookkeeping_ns_per_step"] == case["driver_ns_per_step"] - case["ns_per_step"]
    assert case["share_reached"] == case["ns_per_step"] / case["driver_ns_per_step"]
    parts = dict(zip(bench.WITHOUT, (37.0, 34.0, 29.0, 17.0), strict=True))
    where = bench.where({"parts": {"ns_per_step_without": parts}, "ceiling": {**case, "ns_per_step": 8.0}})
    assert sum(where.values()) == pytest.approx(37.0)
    assert (where["coast"], where["chance"], where["wind and leeway"]) == (3.0, 5.0, 12.0)
    assert where["arithmetic in currents"] == 8.0


def test_quick_is_fewer_windows_of_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rate that both name is of the same work: same sizes, same days, same steps."""
    ran: dict[str, dict[str, int]] = {}

    def noted(name: str) -> Any:
        def case(*sizes: Any, windows: int = 0, **more: Any) -> dict[str, Any]:
            ran[mode][f"{name} {sizes} {sorted(more.items())}"] = windows
            figures = bench.summary([bench.Window(10, 1.0, 1.0)])
            parts = dict.fromkeys(bench.WITHOUT, 1.0)
            return {**figures, "ns_per_step": 1.0, "driver_ns_per_step": 2.0, "ns_per_step_without": parts}

        return case

    for name in ("currents", "ceiling", "boats", "parts", "job", "startup"):
        monkeypatch.setattr(bench, name, noted(name))
    for mode in ("quick", "whole"):
        ran[mode] = {}
        bench.measure(mode == "quick", report=lambda _: None)
    assert set(ran["quick"]) < set(ran["whole"])
    assert {case.split()[0] for case in ran["quick"]} == {"currents", "ceiling", "boats", "parts"}
    assert all(0 < windows <= ran["whole"][case] for case, windows in ran["quick"].items())
    assert sum(ran["quick"].values()) < sum(ran["whole"].values()) / 2
