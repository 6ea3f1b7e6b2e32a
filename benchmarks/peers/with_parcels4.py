"""Parcels 4's side: numpy, over all particles at once. Runs in its own environment."""

from __future__ import annotations

import common
import numpy as np
import xarray as xr
from parcels import FieldSet, ParticleSet, SphericalMesh, convert
from parcels._core.particle import get_default_particle
from parcels.kernels import AdvectionRK4


def main() -> None:
    task = common.task()
    # In memory from the start: reading is not what is measured.
    data = xr.open_dataset(task.current).load()
    fields = FieldSet.from_sgrid_conventions(
        convert.copernicusmarine_to_sgrid(fields={"U": data["uo"], "V": data["vo"]}), mesh=SphericalMesh()
    )
    start = np.datetime64(task.start, "ns")
    kind = get_default_particle(np.float64 if task.precision == "double" else np.float32)
    particles = ParticleSet(fields, kind, x=task.lon, y=task.lat, t=np.full(len(task.lon), start))
    step = np.timedelta64(task.step_s, "s")
    particles.execute(AdvectionRK4, dt=step, endtime=start + step, verbose_progress=False)
    first, watch = common.since_spawn(), common.Watch()
    particles.execute(AdvectionRK4, dt=step, endtime=start + task.steps * step, verbose_progress=False)
    seconds = watch.read()
    order = np.argsort(particles.particle_id)
    lon, lat = np.asarray(particles.x, np.float64)[order], np.asarray(particles.y, np.float64)[order]
    common.report(
        task, lon, lat, first_step_s=first, particle_steps=len(lon) * (task.steps - 1), seconds=seconds,
        packages=("parcels", "numpy", "xarray"),
    )  # fmt: skip


if __name__ == "__main__":
    main()
