"""driftsim's side of the comparison: the library as its users call it, fields read from the files."""

from __future__ import annotations

from typing import Any

import common
import numpy as np

from driftsim import config
from driftsim.drift.advection import REALS, Advection, new_state, plain_physics
from driftsim.forcing.open import open_source
from driftsim.kernels import drive

WINDOW = 24
REPEATS = 3
BOX = (127.5, 142.5, 33.5, 47.5)


def open_fields(task: common.Task, start: float) -> dict[str, Any]:
    """Current and wind of the task."""
    period = (start, start + task.steps * task.step_s)
    given: dict[str, Any] = {"product": "cf", "stamp": "instant", "fill_km": 0.0, "land": "zero"}
    sections = {
        kind: model(files=(getattr(task, kind),), **given)
        for kind, model in (("current", config.CurrentConfig), ("wind", config.WindConfig))
        if getattr(task, kind)
    }
    return {kind: open_source(kind, section, BOX, period) for kind, section in sections.items()}


def launched(task: common.Task) -> Any:
    """The task's boats at the start."""
    state = new_state(task.lon, task.lat, REALS[task.precision])
    hull = task.leeway or ([task.windage, 0.0, 0.0, 0.0] if task.windage else [])
    for name, value in zip(drive.HULL, (*hull, *hull[2:]), strict=False):
        state[name] = value
    return state


def physics_and_shore(task: common.Task) -> tuple[drive.Physics, Any]:
    """What the boats do, and the coast."""
    # Random numbers for jibing are drawn, as the other side does, and no boat jibes: its path would be another one.
    physics = plain_physics(task.step_s, REALS[task.precision])._replace(draws=bool(task.leeway))
    if not task.coast:
        return physics, None
    from driftsim.area import shoreline

    west, east, south, north = BOX
    return physics._replace(coast=True, west=west, east=east, south=south, north=north), shoreline.load().shore


def main() -> None:
    task = common.task()
    start = float(np.datetime64(task.start, "s").astype(np.int64))
    sources = open_fields(task, start)
    physics, shore = physics_and_shore(task)
    rows = np.arange(len(task.lon))
    first, timed = 0.0, []
    for _ in range(REPEATS):
        state = launched(task)
        drift = Advection(
            sources, state, physics, lambda elapsed: start + elapsed,
            scheme=task.scheme, metric=task.metric, shore=shore, threads=1,
        )  # fmt: skip
        drift.drive(drift.order(rows), 0, 1)
        first = first or common.since_spawn()
        watch, done = common.Watch(), 0
        for step in range(1, task.steps, WINDOW):
            afloat = rows[state["status"][:-1] == drive.AFLOAT]
            done += drift.drive(drift.order(afloat), step, min(WINDOW, task.steps - step))
        timed.append(watch.read())
    ashore = state["segment"][:-1] >= 0
    common.report(
        task, np.where(ashore, state["land_lon"][:-1], state["lon"][:-1]),
        np.where(ashore, state["land_lat"][:-1], state["lat"][:-1]),
        first_step_s=first, particle_steps=done, seconds=sorted(timed)[len(timed) // 2], ashore=ashore,
        packages=("driftsim", "numba", "numpy"), note=f"median of {REPEATS} in one process",
    )  # fmt: skip


if __name__ == "__main__":
    main()
