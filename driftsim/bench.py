"""Benchmarks: how fast the driver is, how that grows, and what the machine would allow.

Figures are medians of repeated runs with their spread; the load of the machine stands beside them. Each case gives
``particle_steps_per_core_s``: steps of particles afloat, per second and thread.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import config as configuration
from . import output, resources
from .advection import REALS, Advection, new_state, plain_physics
from .fields.memory import MemorySource
from .kernels.ceiling import look_up
from .kernels.drive import state_type

DAY_S = 86_400.0
START_ANEW_DAYS = 30
"""In a year of made-up currents four boats of ten would leave their box, and a boat outside is no measure."""

LOADS_PER_STEP = 4 * 2 * 2
"""Look-ups of an RK4 step in a current, sixteen bytes each: stages, levels, edges of a cell."""


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    import numba

    return {
        **output.machine(), "processor": model, "driftsim": output.version(), "commit": output.git_commit(),
        "python": platform.python_version(), "numpy": np.__version__, "numba": numba.__version__,
        "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
    }  # fmt: skip


def eddies(nx: int, ny: int, levels: int, speed: float, members: int = 0, seed: int = 1) -> NDArray[np.float32]:
    """Smooth random velocities of the given rms per component, m/s, (levels[, members], ny, nx, 2)."""
    from scipy.ndimage import gaussian_filter

    shape = (levels, members, ny, nx) if members else (levels, ny, nx)
    noise = np.random.default_rng(seed).standard_normal((2, *shape)).astype(np.float32)
    sigma = [0.0] + [1.0 if axis == 0 else 0.0 for axis in range(len(shape) - 2)] + [4.0, 4.0]
    smooth = gaussian_filter(noise, sigma, mode="nearest")
    return np.moveaxis(smooth * (speed / smooth.std()), 0, -1)


def daily_current(days: int, start: float = 0.0) -> MemorySource:
    """Daily currents at 1/12 degree over 127-143 E, 33-48 N: 193 x 181 nodes."""
    axes = np.linspace(127, 143, 193), np.linspace(33, 48, 181)
    return MemorySource("current", *axes, start + DAY_S * np.arange(days + 1), eddies(193, 181, days + 1, 0.2))


def six_hourly_wind(days: int, members: int, start: float = 0.0) -> MemorySource:
    """Six-hourly wind at 1/4 degree over the same box, around a north-westerly of 6 m/s."""
    levels = 4 * days + 2
    axes = np.linspace(127, 143, 65), np.linspace(33, 48, 61)
    # A few fields, taken up again: what is computed with them costs the same, and they are made sooner.
    few = eddies(65, 61, min(levels, 12), 5.0, members)
    wind = few[np.arange(levels) % len(few)] + np.array([4.5, -4.0], np.float32)
    # With 50 members a corner of the box, where noise is smoothed least, reaches 80.4 m/s.
    return MemorySource("wind", *axes, start + DAY_S / 4 * np.arange(levels), wind, fastest_m_s=100.0)


def _repeated(once: Callable[[], tuple[int, float]], threads: int, repeats: int) -> dict[str, Any]:
    """Rate of ``once`` (particle-steps, seconds) over several runs."""
    rates = [steps / seconds / threads for steps, seconds in (once() for _ in range(repeats))]
    return {
        "particle_steps_per_core_s": statistics.median(rates), "lowest": min(rates), "highest": max(rates),
        "repeats": repeats, "threads": threads,
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }  # fmt: skip


def currents(
    particles: int = 100_000, days: int = 5, threads: int = 1, repeats: int = 5, precision: str = "single"
) -> Any:
    """RK4 in daily 1/12 degree currents, step 1 h: nothing but advection."""
    real, source = REALS[precision], daily_current(days)
    draw = np.random.default_rng(2)
    lon, lat = draw.uniform(129.0, 141.0, particles), draw.uniform(35.0, 46.0, particles)

    def once() -> tuple[int, float]:
        drift = Advection(
            {"current": source}, new_state(lon, lat, real), plain_physics(3600.0, real), float, threads=threads
        )  # fmt: skip
        drift.epoch = lambda elapsed: elapsed
        order = drift.order(np.arange(particles))
        drift.warm_up()
        done, seconds = 0, 0.0
        for day in range(days):
            if day and day % START_ANEW_DAYS == 0:
                drift.state[:] = new_state(lon, lat, real)
            began = time.perf_counter()
            done += drift.drive(order, 24 * day, 24)
            seconds += time.perf_counter() - began
        return done, seconds

    return {**_repeated(once, threads, repeats), "particles": particles, "steps": 24 * days, "precision": precision}


def boats(
    number: int = 100_000,
    days: int = 60,
    members: int = 50,
    threads: int = 1,
    repeats: int = 3,
    wind: bool = True,
    **changes: Any,
) -> Any:
    """The whole physics: currents, leeway in the stages, jibing, random walk, the coast; the quickstart's release.

    ``changes`` are keys of the config, such as ``{"coast.shoreline": "none"}``.
    """
    from .simulation import Simulation

    config = configuration.load(
        resources.config("quickstart.toml"),
        {
            "boats.number": number, "run.end": f"{np.datetime64('2017-10-01') + days}", "run.threads": threads,
            "wind.members": members, "mixing.flight_speed_m_s": 0.0, "mixing.diffusivity_m2_s": 50.0,
            "release.last": f"{np.datetime64('2017-10-01') + days // 3}", "output.tracks": 0, **changes,
        },
    )  # fmt: skip
    start = config.run.start_epoch
    sources = {"current": daily_current(days, start)}
    if wind:
        sources["wind"] = six_hourly_wind(days, members, start)

    def once() -> tuple[int, float]:
        run = Simulation(config, sources=sources)
        run.warm_up()
        began = time.perf_counter()
        run.advance(config.run.steps)
        return run.particle_steps, time.perf_counter() - began

    return {**_repeated(once, threads, repeats), "particles": number, "steps": config.run.steps, "members": members}


def parts(number: int = 100_000, days: int = 30) -> Any:
    """What each part of the physics costs: the `boats` case with one part after another left out, ns a step."""
    calm = {"mixing.diffusivity_m2_s": 0.0, "boats.jibe_percent_per_hour": 0.0}
    without: dict[str, dict[str, Any]] = {
        "nothing": {},
        "coast": {"coast.shoreline": "none"},
        "coast and chance": {"coast.shoreline": "none", **calm},
        "coast, chance and wind": {"coast.shoreline": "none", **calm, "wind": False},
    }
    cases = {left_out: boats(number, days, **changes) for left_out, changes in without.items()}
    return {
        **cases["nothing"],
        "ns_per_step_without": {name: 1e9 / case["particle_steps_per_core_s"] for name, case in cases.items()},
    }


def growth(quick: bool = False) -> Any:
    """Time per particle-step against the number of particles and the length of the run."""
    numbers = (1_000, 10_000, 100_000) if quick else (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
    by_number = {n: currents(n, days=max(1, min(20, 2_000_000 // n)), repeats=3) for n in numbers}
    by_days = {} if quick else {days: currents(10_000, days=days, repeats=3) for days in (30, 90, 365)}
    rates = [case["particle_steps_per_core_s"] for n, case in by_number.items() if n >= 10_000]
    rates += [case["particle_steps_per_core_s"] for case in by_days.values()]
    return {
        **by_number[100_000],
        "by_particles": {str(n): case["particle_steps_per_core_s"] for n, case in by_number.items()},
        "by_days": {str(days): case["particle_steps_per_core_s"] for days, case in by_days.items()},
        "spread_from_10000_on": max(rates) / min(rates) - 1.0,
        "bytes_per_particle": state_type(np.float32).itemsize,
    }


def threads(quick: bool = False) -> Any:
    """Speed-up from one thread to all."""
    cores = os.cpu_count() or 1
    cases = {n: currents(threads=n, repeats=3 if quick else 5) for n in sorted({1, 2, cores}) if n <= cores}
    whole = {n: case["particle_steps_per_core_s"] * n for n, case in cases.items()}
    return {**cases[max(cases)], "speed_up": {str(n): rate / whole[1] for n, rate in whole.items()}}


def limit(rate: float, repeats: int = 5) -> Any:
    """The machine's own ceiling: looking up as many values as a step needs, and nothing else."""
    # As much as two daily levels of the currents case: it lies in the same cache.
    data = np.random.default_rng(3).standard_normal(2 * 193 * 181 * 2).astype(np.float32)
    index = np.random.default_rng(4).integers(0, data.size - 4, 64 * 1024, dtype=np.uint32)
    look_up(data, index, np.uint64(1), 1, np.zeros(256, np.float32))
    rates = []
    for _ in range(repeats):
        began = time.perf_counter()
        done = look_up(data, index, np.uint64(1), 500, np.zeros(256, np.float32))
        rates.append(done / (time.perf_counter() - began))
    loads = statistics.median(rates)
    return {
        "loads_per_core_s": loads, "lowest": min(rates), "highest": max(rates), "loads_per_step": LOADS_PER_STEP,
        "particle_steps_per_core_s": loads / LOADS_PER_STEP, "share_reached": rate * LOADS_PER_STEP / loads,
        "particles": 0, "steps": 0, "threads": 1, "repeats": repeats,
    }  # fmt: skip


def startup(repeats: int = 5) -> Any:
    """Seconds of a fresh process: help, import, first call with a warm and a cold compile cache."""

    def seconds(command: list[str], times: int, **environment: str) -> dict[str, float]:
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
            taken.append(time.perf_counter() - began)
        return {"median": statistics.median(taken), "lowest": min(taken), "highest": max(taken)}

    first = (
        "import numpy as np; from driftsim.advection import Advection, new_state, plain_physics; "
        "Advection({}, new_state([1.0], [2.0], np.float32), plain_physics(3600.0, np.float32), float).warm_up()"
    )
    run = [sys.executable, "-c"]
    with tempfile.TemporaryDirectory() as empty:
        cold = seconds([*run, first], 1, DRIFTSIM_CACHE_DIR=empty)
    return {
        "help_s": seconds([sys.executable, "-m", "driftsim", "--help"], repeats),
        "import_s": seconds([*run, "import driftsim"], repeats),
        "first_call_warm_s": seconds([*run, first], repeats),
        "first_call_cold_s": cold,
        "particle_steps_per_core_s": None, "particles": 0, "steps": 0, "threads": 1,
    }  # fmt: skip


def job(number: int = 1_000_000, days: int = 90) -> Any:
    """A whole `driftsim run`, output included, in a process of its own: wall time and memory."""
    quick = configuration.load(
        resources.config("quickstart.toml"),
        {"boats.number": number, "run.end": f"{np.datetime64('2017-10-01') + days}"},
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "job.toml"
        file.write_text(configuration.dump(quick))
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "driftsim", "run", str(file), "-o", f"{folder}/run"], check=True, capture_output=True
        )
        wall = time.perf_counter() - began
        done = json.loads((Path(folder) / "run" / "run.json").read_text())
    return {
        "wall_s": wall, "drive_s": done["drive_s"], "write_s": done["write_s"],
        "peak_memory_mb": _peak_memory_mb(),
        "particle_steps": done["particle_steps"], "particles": number, "steps": quick.run.steps,
        "threads": done["threads"],
        "particle_steps_per_core_s": done["particle_steps"] / wall / done["threads"],
    }  # fmt: skip


def _peak_memory_mb() -> float | None:
    """Largest resident memory of the processes started so far, where the system tells it."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024.0


def run(quick: bool = False, report: Callable[[str], None] = print) -> dict[str, Any]:
    """All cases.

    Parameters
    ----------
    quick : bool
        The smaller ones alone, in about a minute.
    report : callable
        Called with a line for each case.

    Returns
    -------
    dict
        ``machine`` and ``cases`` by name.
    """
    repeats = 3 if quick else 7
    cases: dict[str, Any] = {}

    def add(name: str, case: Any) -> None:
        cases[name] = case
        rate = case["particle_steps_per_core_s"]
        report(f"{name:<10}" + (f"{rate / 1e6:8.1f} million particle-steps/s and core" if rate else ""))

    if not quick:
        # First of all: a process inherits the largest memory of the one that starts it, and `growth` takes gigabytes.
        add("job", job())
        add("startup", startup())
    add("currents", currents(repeats=repeats))
    add("boats", boats(20_000 if quick else 100_000, 30 if quick else 60, repeats=3))
    if not quick:
        add("parts", parts())
    add("limit", limit(cases["currents"]["particle_steps_per_core_s"]))
    add("threads", threads(quick))
    add("growth", growth(quick))
    if not quick:
        add("double", currents(repeats=3, precision="double"))
    return {"machine": machine(), "quick": quick, "cases": cases}
