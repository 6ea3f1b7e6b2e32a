"""Parcels 3's side: generated C. Runs in its own environment."""

from __future__ import annotations

import common
import numpy as np
from parcels import AdvectionRK4, FieldSet, JITParticle, ParticleSet


def main() -> None:
    task = common.task()
    fields = FieldSet.from_netcdf(
        {"U": task.current, "V": task.current}, {"U": "uo", "V": "vo"},
        {"lon": "longitude", "lat": "latitude", "time": "time"},
    )  # fmt: skip
    particles = ParticleSet(
        fields, JITParticle, lon=task.lon, lat=task.lat, time=np.zeros(len(task.lon)),
        lonlatdepth_dtype=np.float64 if task.precision == "double" else np.float32,
    )  # fmt: skip
    kernel = particles.Kernel(AdvectionRK4)
    # The first step compiles; the same kernel goes on after it.
    particles.execute(kernel, runtime=task.step_s, dt=task.step_s, verbose_progress=False)
    first, watch = common.since_spawn(), common.Watch()
    particles.execute(kernel, runtime=(task.steps - 1) * task.step_s, dt=task.step_s, verbose_progress=False)
    seconds = watch.read()
    # What Parcels calls lon and lat lags behind by the last step.
    order = np.argsort(particles.particledata.data["id"])
    ends = (particles.particledata.data[name] for name in ("lon_nextloop", "lat_nextloop"))
    lon, lat = (np.asarray(values, np.float64)[order] for values in ends)
    steps = len(lon) * (task.steps - 1)
    common.report(
        task,
        lon,
        lat,
        first_step_s=first,
        particle_steps=steps,
        seconds=seconds,
        packages=("parcels", "numpy", "xarray"),
    )


if __name__ == "__main__":
    main()
