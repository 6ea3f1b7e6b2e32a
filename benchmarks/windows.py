"""One side of ``against.py``: drives short windows when asked to, with the driftsim that is on its path.

``python benchmarks/windows.py TASK.json`` reads a case's name a line from its input and answers each with a line of
JSON. It keeps to an interface that old commits have as well: `Advection`, `Simulation`, `MemorySource`, `config.load`.
Whoever changes that interface gives the old one a branch here, so that the past can still be compared with.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Window = Callable[[], tuple[int, float, float]]
"""Drives a window; returns the particle-steps, and the seconds by the clock and of the processor."""

STEP_S = 3600.0
DAY = 24


def timed(drive: Callable[[], int]) -> tuple[int, float, float]:
    """A window's particle-steps and seconds. Of the processor: of all threads, for a driver may start some."""
    wall, used = time.perf_counter(), time.process_time()
    done = drive()
    return done, time.perf_counter() - wall, time.process_time() - used


def sources(case: dict[str, Any]) -> dict[str, Any]:
    """The fields of a case, in memory."""
    try:
        from driftsim.forcing.memory import MemorySource
    except ModuleNotFoundError:  # drivers before the rooms of the fields moved
        from driftsim.fields.memory import MemorySource

    made = {}
    for kind in ("current", "wind"):
        if kind in case:
            with np.load(case[kind]) as field:
                which = np.arange(len(field["times"])) % len(field["velocity"])
                made[kind] = MemorySource(
                    kind, field["lon"], field["lat"], field["times"], field["velocity"][which], fastest_m_s=100.0
                )  # fmt: skip
    return made


def advection(case: dict[str, Any]) -> tuple[Window, Callable[[], NDArray[np.float64]]]:
    """The driver alone: the same boats from the same places in each window; and where the last one left them."""
    from driftsim.drift.advection import REALS, Advection, new_state, plain_physics

    real, count = REALS[case["precision"]], case["particles"]
    draw = np.random.default_rng(2)
    state = new_state(draw.uniform(129.0, 141.0, count), draw.uniform(35.0, 46.0, count), real)
    fields = sources(case)
    if "wind" in case:
        # In the order of a run: boats of a member together. A fishing vessel's leeway, to the right of the wind.
        state["member"][:-1] = np.sort(np.arange(count) % fields["wind"].members)
        for name, value in zip(("down_a", "right_a", "right_b"), (0.0284, 0.017, 0.02), strict=True):
            state[name] = value
    begun = state.copy()
    epoch = case["epoch"]
    drift = Advection(fields, state, plain_physics(STEP_S, real), lambda elapsed: epoch + elapsed, threads=1)
    order = drift.order(np.arange(count))
    drift.warm_up()

    def window() -> tuple[int, float, float]:
        state[:] = begun
        return timed(lambda: sum(drift.drive(order, DAY * day, DAY) for day in range(case["days"])))

    return window, lambda: np.stack([state["lon"][:-1], state["lat"][:-1]])


def simulation(case: dict[str, Any]) -> tuple[Window, Callable[[], NDArray[np.float64]]]:
    """A whole run's clock, observers and sorting included, from the day on which all boats are at sea."""
    from driftsim import config
    from driftsim.drift.simulation import Simulation

    run = Simulation(config.load(case["config"], case["changes"]), sources=sources(case))
    run.warm_up()
    run.advance(DAY * case["begins"])
    begun = {name: values.copy() for name, values in run.saved().items()}

    def drive() -> int:
        before = run.particle_steps
        run.advance(DAY * case["days"])
        return int(run.particle_steps - before)

    def window() -> tuple[int, float, float]:
        run.restore(begun)
        return timed(drive)

    return window, lambda: np.stack([run.state["lon"][:-1], run.state["lat"][:-1]])


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    import driftsim

    print(json.dumps({"from": str(Path(driftsim.__file__).resolve().parent)}), flush=True)
    made: dict[str, tuple[Window, Callable[[], NDArray[np.float64]]]] = {}
    for line in sys.stdin:
        name = line.strip()
        case, first = task["cases"][name], name not in made
        if first:
            made.clear()  # one case in memory at a time
            made[name] = simulation(case) if "config" in case else advection(case)
            made[name][0]()  # what is done once only is not timed
        window, ends = made[name]
        steps, wall, used = window()
        if first:
            np.save(Path(task["folder"]) / f"{name}.npy", ends())
        print(json.dumps({"particle_steps": steps, "wall_s": wall, "cpu_s": used}), flush=True)


if __name__ == "__main__":
    main()
