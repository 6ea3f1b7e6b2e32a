"""OceanTracker's side: numba, on triangles. Runs in its own environment.

Of its readers, the one for triangles takes a velocity at the nodes as it is; its reader for GLORYS moves it to the
corners of the cells, and gives four times the current.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import common
import numpy as np
from oceantracker.main import OceanTracker
from oceantracker.shared_info import shared_info
from oceantracker.solver import solver

WATCH = common.Watch()


class Noted:
    """Notes when each step began, and takes the end positions before they are cleared."""

    def __init__(self) -> None:
        self.steps: list[tuple[tuple[float, float], float, int]] = []
        self.ends: dict[str, Any] = {}
        step, solve = solver.Solver.do_time_step, solver.Solver.solve

        def do_time_step(own: Any, time_sec: float, is_moving: Any) -> None:
            self.steps.append((WATCH.read(), common.since_spawn(), len(is_moving)))
            step(own, time_sec, is_moving)

        def solve_and_keep(own: Any) -> None:
            solve(own)
            count = shared_info.run_info.particles_in_buffer
            for name in ("ID", "x"):
                self.ends[name] = shared_info.class_roles.particle_properties[name].data[:count].copy()

        solver.Solver.do_time_step, solver.Solver.solve = do_time_step, solve_and_keep


def main() -> None:
    task = common.task()
    noted = Noted()
    ocean = OceanTracker()
    # The folder is kept: the code that it compiles is cached there.
    ocean.settings(
        root_output_dir=task.cache, output_file_base=task.name, time_step=task.step_s, processors=1,
        write_tracks=False, use_dispersion=False, NUMBA_cache_code=True, screen_output_time_interval=1e9,
    )  # fmt: skip
    mesh = Path(task.current).with_name("mesh.nc")
    ocean.add_class("reader", class_name="SCHISMreader", input_dir=str(mesh.parent), file_mask=mesh.name)
    ocean.add_class("solver", RK_order=4)
    ocean.add_class(
        "release_groups", name="all", class_name="PointRelease", points=np.stack([task.lon, task.lat], 1),
        pulse_size=1, release_interval=0, start=task.start, max_age=1e9,
    )  # fmt: skip
    ocean.settings(max_run_duration=float(task.steps * task.step_s))
    ocean.run()
    order = np.argsort(noted.ends["ID"])
    lon, lat = noted.ends["x"][order, 0], noted.ends["x"][order, 1]
    began, ended = noted.steps[1], noted.steps[-1]
    common.report(
        task, lon, lat, first_step_s=began[1], particle_steps=sum(step[2] for step in noted.steps[1:-1]),
        seconds=(ended[0][0] - began[0][0], ended[0][1] - began[0][1]), packages=("oceantracker", "numba", "numpy"),
        note="code cached on disk",
    )  # fmt: skip


if __name__ == "__main__":
    main()
