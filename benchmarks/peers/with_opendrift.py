"""OpenDrift's side: OceanDrift for currents and windage, Leeway for the table. Runs in its own environment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import common
import numpy as np
from opendrift.models.leeway import Leeway
from opendrift.models.oceandrift import OceanDrift
from opendrift.readers.reader_netCDF_CF_generic import Reader

PERCENT = 100.0
CM = 100.0
WATCH = common.Watch()


def timed(model: type) -> type:
    """The model, noting when each of its steps began and how many elements took part."""

    class Timed(model):  # type: ignore[misc,valid-type]
        def update(self) -> None:
            self.__dict__.setdefault("noted", []).append(
                (WATCH.read(), common.since_spawn(), self.num_elements_active())
            )
            super().update()

    return Timed


def seeded(model: Any, task: common.Task) -> None:
    """Put the task's particles into the model, with coefficients instead of drawn ones."""
    start = datetime.fromisoformat(task.start)
    if not task.leeway:
        model.seed_elements(task.lon, task.lat, time=start, z=0.0, wind_drift_factor=task.windage)
        return
    model.seed_elements(task.lon, task.lat, time=start, object_type=1, jibe_probability=0.0)
    given = model.elements_scheduled
    ones = np.ones(len(task.lon), np.float32)
    down_a, down_b, right_a, right_b = task.leeway
    given.downwind_slope, given.downwind_offset = ones * PERCENT * down_a, ones * CM * down_b
    # A positive crosswind leeway takes OpenDrift's boats to the left of the wind.
    given.crosswind_slope, given.crosswind_offset = -ones * PERCENT * right_a, -ones * CM * right_b
    given.downwind_eps, given.crosswind_eps = 0.0 * ones, 0.0 * ones


def final_state(model: Any, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """End positions in the order of the task, and who is ashore."""
    lon, lat, ashore = np.full(count, np.nan), np.full(count, np.nan), np.zeros(count, bool)
    for elements in (model.elements, model.elements_deactivated):
        index = np.asarray(elements.ID, int) - min(1, model.first_id)
        lon[index], lat[index] = elements.lon, elements.lat
    stranded = model.status_categories.index("stranded") if "stranded" in model.status_categories else -1
    gone = model.elements_deactivated
    ashore[np.asarray(gone.ID, int) - min(1, model.first_id)] = np.asarray(gone.status) == stranded
    return lon, lat, ashore


def main() -> None:
    task = common.task()
    model = timed(Leeway if task.leeway else OceanDrift)(loglevel=50)
    for file in (task.current, task.wind):
        if file:
            model.add_reader(Reader(file))
    if not task.coast:
        model.set_config("environment:constant:land_binary_mask", 0)
    model.set_config("general:use_auto_landmask", bool(task.coast))
    if not task.leeway:
        model.set_config("drift:advection_scheme", "runge-kutta4" if task.scheme == "rk4" else "euler")
        model.set_config("drift:vertical_advection", False)
        if not task.wind:
            for name in ("x_wind", "y_wind"):
                model.set_config(f"environment:constant:{name}", 0)
    seeded(model, task)
    model.first_id = int(np.min(model.elements_scheduled.ID))
    whole = timedelta(seconds=task.step_s * task.steps)
    model.run(steps=task.steps, time_step=timedelta(seconds=task.step_s), time_step_output=whole)
    began, ended = model.noted[1], model.noted[-1]
    lon, lat, ashore = final_state(model, len(task.lon))
    common.report(
        task, lon, lat, ashore=ashore,
        first_step_s=began[1], particle_steps=sum(step[2] for step in model.noted[1:-1]),
        seconds=(ended[0][0] - began[0][0], ended[0][1] - began[0][1]),
        packages=("opendrift", "numpy", "pyproj", "xarray"),
    )  # fmt: skip


if __name__ == "__main__":
    main()
