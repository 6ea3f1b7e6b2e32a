"""Benchmarks: how fast the driver is, how that grows, what the machine would allow, and where the rest goes.

A case is many short windows of the same work. It gives ``particle_steps_per_core_s``: steps of particles afloat per
second of processor time, the median of its windows, beside the best and the same by the clock. Where windows had less
of the processor than ``BUSY``, the case says so: something else ran, or threads waited. A quick benchmark has fewer
windows, and fewer cases; each window is the same.
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
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import config as configuration
from .area import earth
from .area.area import default
from .drift.advection import REALS, Advection, new_state, plain_physics, scratch, stages
from .forcing.memory import MemorySource
from .forcing.source import Source
from .kernels import ceiling as kernel
from .kernels.drive import state_type
from .kernels.lanes import LANES
from .results import identity, provenance
from .system import resources
from .system.cores import cores
from .system.kinds import Json, JsonView

DAY_S = 86_400.0
START_ANEW_DAYS = 30
"""In a year of made-up currents four boats of ten would leave their box, and a boat outside is no measure."""

BUSY = 0.9
"""Processor time over time by the clock, below which a figure is marked."""

STEP_S = 3600.0
DAY = round(DAY_S / STEP_S)
"""Steps in a day."""


def machine() -> Json:
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
        **provenance.machine(),
        "processor": model,
        "driftsim": identity.version(),
        "commit": identity.git_commit(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
    }


def eddies(nx: int, ny: int, levels: int, speed: float, members: int = 0, seed: int = 1) -> NDArray[np.float32]:
    """Smooth random velocities of the given rms per component, m/s, (levels[, members], ny, nx, 2)."""
    from scipy.ndimage import gaussian_filter

    shape = (levels, members, ny, nx) if members else (levels, ny, nx)
    noise = np.random.default_rng(seed).standard_normal((2, *shape)).astype(np.float32)
    sigma = [0.0] + [1.0 if axis == 0 else 0.0 for axis in range(len(shape) - 2)] + [4.0, 4.0]
    smooth = gaussian_filter(noise, sigma, mode="nearest")
    return np.moveaxis(smooth * (speed / smooth.std()), 0, -1)


def _axes(nx: int, ny: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes over the default domain."""
    west, east, south, north = default().domain
    return np.linspace(west, east, nx), np.linspace(south, north, ny)


def daily_current(days: int, start: float = 0.0) -> MemorySource:
    """Daily currents at 1/12 degree over the default domain: 193 x 181 nodes."""
    axes = _axes(193, 181)
    return MemorySource("current", *axes, start + DAY_S * np.arange(days + 1), eddies(193, 181, days + 1, 0.2))


def six_hourly_wind(days: int, members: int, start: float = 0.0) -> MemorySource:
    """Six-hourly wind at 1/4 degree over the same box, around a north-westerly of 6 m/s."""
    levels = 4 * days + 2
    axes = _axes(65, 61)
    # A few fields, taken up again: what is computed with them costs the same, and they are made sooner.
    few = eddies(65, 61, min(levels, 12), 5.0, members)
    wind = few[np.arange(levels) % len(few)] + np.array([4.5, -4.0], np.float32)
    # With 50 members a corner of the box, where noise is smoothed least, reaches 80.4 m/s.
    return MemorySource("wind", *axes, start + DAY_S / 4 * np.arange(levels), wind, fastest_m_s=100.0)


class Window(NamedTuple):
    """What was done in a short time, and what it took: seconds by the clock, and of processors over all threads."""

    particle_steps: int
    wall_s: float
    cpu_s: float


def timed(drive: Callable[[], int]) -> Window:
    """Time a call that returns its particle-steps; of processors, the whole process, for drivers run in threads."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = drive()
    return Window(done, time.perf_counter() - wall, time.process_time() - cpu)


def summary(windows: list[Window], threads: int = 1) -> Json:
    """Figures of a case from its windows."""
    rates = [window.particle_steps / max(window.cpu_s, 1e-9) for window in windows]
    return {
        "particle_steps_per_core_s": statistics.median(rates),
        "best": max(rates),
        "lowest": min(rates),
        "by_wall": statistics.median(window.particle_steps / window.wall_s / threads for window in windows),
        "wall_s": sum(window.wall_s for window in windows),
        "cpu_s": sum(window.cpu_s for window in windows),
        "cpu_share": sum(w.cpu_s for w in windows) / sum(w.wall_s for w in windows) / threads,
        "windows": len(windows),
        "threads": threads,
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def _places(particles: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the particles of the cases in currents begin."""
    draw = np.random.default_rng(2)
    return draw.uniform(129.0, 141.0, particles), draw.uniform(35.0, 46.0, particles)


def _driver_window(particles: int, days: int, threads: int, precision: str) -> Callable[[], Window]:
    """A window of the driver in daily currents: always the same particles over the same days."""
    real = REALS[precision]
    begun = new_state(*_places(particles), real)
    drift = Advection(
        {"current": daily_current(days)},
        begun.copy(),
        plain_physics(STEP_S, real),
        lambda elapsed: elapsed,
        threads=threads,
    )
    order = drift.order(np.arange(particles))
    drift.warm_up()

    def window() -> Window:
        parts = []
        for day in range(days):
            if day % START_ANEW_DAYS == 0:
                drift.state[:] = begun
            parts.append(timed(lambda day=day: drift.drive(order, DAY * day, DAY)))  # type: ignore[misc]
        return Window(*(sum(column) for column in zip(*parts, strict=True)))

    return window


def currents(
    particles: int = 100_000, days: int = 5, threads: int = 1, windows: int = 25, precision: str = "single"
) -> Json:
    """RK4 in daily 1/12 degree currents, step 1 h: nothing but advection."""
    window = _driver_window(particles, days, threads, precision)
    ran = [window() for _ in range(windows)]
    return {**summary(ran, threads), "particles": particles, "steps": DAY * days, "precision": precision}


def carried(particles: int, days: int) -> tuple[NDArray[np.float64], NDArray[np.float64], Callable[[], Window]]:
    """The particles of `currents` and their arithmetic alone, in single precision: longitudes, latitudes, a window.

    The two arrays, degrees, are what the last window left; the last block is filled up with places of its own.
    """
    real, source = np.float32, daily_current(days)
    begun = _places(particles + -particles % LANES)
    lon, lat = (at.copy() for at in begun)
    nodes = len(source.lon) * len(source.lat)
    data = np.concatenate([source.level(k).reshape(-1) for k in range(days + 1)])
    cells = [(len(axis) - 1) / (axis[-1] - axis[0]) for axis in (source.lon, source.lat)]
    origin = np.array([source.lon[0], source.lat[0], *cells])
    weight = ((np.arange(DAY)[:, None] + np.array([0.0, 0.5, 1.0])) / DAY).astype(real)
    fixed = (
        weight,
        np.array(earth.metric("wgs84", real)),
        real(np.radians(1.0)),
        stages("rk4", STEP_S, real),
        scratch(kernel.SIZE_D, np.float64),
        scratch(kernel.SIZE_S, real),
        scratch(kernel.SIZE_N, np.int32),
    )

    def drive() -> int:
        for day in range(days):
            kernel.carry(
                lon,
                lat,
                data,
                np.int32(len(source.lon)),
                np.int32(len(source.lat)),
                origin,
                origin[2:].astype(real),
                day * nodes,
                (day + 1) * nodes,
                *fixed,
            )
        return DAY * days * len(lon)

    def window() -> Window:
        lon[:], lat[:] = begun
        return timed(drive)

    return lon, lat, window


def ceiling(particles: int = 100_000, days: int = 5, windows: int = 25) -> Json:
    """The arithmetic of `currents` and nothing else, in turn with the driver: what its bookkeeping costs, ns a step."""
    *_, bare = carried(particles, days)
    driver = _driver_window(particles, days, 1, "single")
    bare()  # compiles
    pairs = [(bare(), driver()) for _ in range(windows)]
    mine, whole = (summary(list(side)) for side in zip(*pairs, strict=True))
    alone, driven = (ns_per_step(case) for case in (mine, whole))
    return {
        **mine,
        "particles": particles,
        "steps": DAY * days,
        "ns_per_step": alone,
        "driver_ns_per_step": driven,
        "bookkeeping_ns_per_step": driven - alone,
        "share_reached": alone / driven,
        "cpu_share": min(mine["cpu_share"], whole["cpu_share"]),
    }


def ns_per_step(case: Json) -> float:
    """Processor time of a particle-step, ns."""
    return 1e9 / float(case["particle_steps_per_core_s"])


def _run_fields(days: int, members: int, start: float) -> dict[str, Source]:
    return {"current": daily_current(days, start), "wind": six_hourly_wind(days, members, start)}


def quickstart(changes: JsonView) -> configuration.Config:
    """The quickstart with other values by key, and without what its members draw: dates that it shifts by two weeks."""
    file = resources.config("quickstart.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    tables.pop("uncertain", None)
    tables["current"].pop("ekman_percent", None)  # a case without wind cannot have it
    return configuration.parse(tables, file.parent, {"run.start": "2017-10-01", **changes}, name=file)


def _run_window(
    sources: dict[str, Source], number: int, begins: int, days: int, members: int, threads: int, changes: Json
) -> Callable[[], Window]:
    """A window of a run's clock, observers and sorting included, from the day on which all boats are at sea."""
    from .drift.simulation import Simulation

    first = np.datetime64("2017-10-01")
    config = quickstart(
        {
            "boats.number": number,
            "run.end": f"{first + begins + days}",
            "run.threads": threads,
            "wind.members": members,
            "mixing.flight_speed_m_s": 0.0,
            "mixing.diffusivity_m2_s": 50.0,
            "release.last": f"{first + begins}",
            "output.tracks": 0,
            **changes,
        },
    )
    run = Simulation(config, sources=sources)
    run.warm_up()
    run.advance(DAY * begins)
    begun = {name: values.copy() for name, values in run.saved().items()}

    def drive() -> int:
        before = run.particle_steps
        run.advance(DAY * days)
        return int(run.particle_steps - before)

    def window() -> Window:
        run.restore(begun)
        return timed(drive)

    return window


START = float(np.datetime64("2017-10-01", "s").astype(np.int64))
"""Start of the quickstart, epoch seconds."""


def boats(
    number: int = 100_000, begins: int = 20, days: int = 10, members: int = 50, threads: int = 1, windows: int = 15
) -> Json:
    """The whole physics: currents, leeway in the stages, jibing, random walk, the coast; the quickstart's sources.

    Boats are released for ``begins`` days; the ``days`` after them are a window.
    """
    fields = _run_fields(begins + days, members, START)
    window = _run_window(fields, number, begins, days, members, threads, {})
    ran = [window() for _ in range(windows)]
    return {**summary(ran, threads), "particles": number, "steps": DAY * days, "members": members}


CALM: Json = {"mixing.diffusivity_m2_s": 0.0, "boats.jibe_percent_per_hour": 0.0}
WITHOUT: dict[str, Json] = {
    "nothing": {},
    "coast": {"coast.shoreline": "none"},
    "coast and chance": {"coast.shoreline": "none", **CALM},
    "coast, chance and wind": {"coast.shoreline": "none", **CALM},
}


def parts(number: int = 100_000, begins: int = 20, days: int = 10, members: int = 50, windows: int = 15) -> Json:
    """What each part of the physics costs: the windows of `boats` with one part after another left out, in turn."""
    fields = _run_fields(begins + days, members, START)
    current = {"current": fields["current"]}
    made = {
        left: _run_window(current if "wind" in left else fields, number, begins, days, members, 1, changes)
        for left, changes in WITHOUT.items()
    }
    ran: dict[str, list[Window]] = {left: [] for left in made}
    for _ in range(windows):
        for left, window in made.items():
            ran[left].append(window())
    cases = {left: summary(own) for left, own in ran.items()}
    return {
        **cases["nothing"],
        "particles": number,
        "steps": DAY * days,
        "members": members,
        "cpu_share": min(case["cpu_share"] for case in cases.values()),
        "ns_per_step_without": {left: ns_per_step(case) for left, case in cases.items()},
    }


def where(cases: Json) -> dict[str, float]:
    """Where the processor time of a step of `boats` goes, ns: differences of the cases, which add up to the whole."""
    without = cases["parts"]["ns_per_step_without"]
    whole, dry, sure, calm = (without[left] for left in WITHOUT)
    arithmetic, driver = (cases["ceiling"][key] for key in ("ns_per_step", "driver_ns_per_step"))
    return {
        "arithmetic in currents": arithmetic,
        "the driver's bookkeeping": driver - arithmetic,
        "the run's: observing, sorting, listing": calm - driver,
        "wind and leeway": sure - calm,
        "chance": dry - sure,
        "coast": whole - dry,
    }


def growth(quick: bool = False) -> Json:
    """Time per particle-step against the number of particles and the length of the run."""
    numbers = (1_000, 10_000, 100_000) if quick else (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
    by_number = {n: currents(n, days=max(1, min(20, 2_000_000 // n)), windows=3) for n in numbers}
    by_days = {} if quick else {days: currents(10_000, days=days, windows=3) for days in (30, 90, 365)}
    several = [*(case for n, case in by_number.items() if n >= 10_000), *by_days.values()]
    rates = [case["particle_steps_per_core_s"] for case in several]
    return {
        **by_number[100_000],
        "by_particles": {str(n): case["particle_steps_per_core_s"] for n, case in by_number.items()},
        "by_days": {str(days): case["particle_steps_per_core_s"] for days, case in by_days.items()},
        "cpu_share": min(case["cpu_share"] for case in several),
        "spread_from_10000_on": max(rates) / min(rates) - 1.0,
        "bytes_per_particle": state_type(np.float32).itemsize,
    }


def threads(windows: int = 25) -> Json:
    """Speed-up from one thread to all, by the clock."""
    most = cores()
    cases = {n: currents(threads=n, windows=windows) for n in sorted({1, 2, most}) if n <= most}
    whole = {n: case["by_wall"] * n for n, case in cases.items()}
    return {**cases[max(cases)], "speed_up": {str(n): rate / whole[1] for n, rate in whole.items()}}


def startup(repeats: int = 5) -> Any:
    """Seconds of a fresh process: help, import, first call with a warm and a cold compile cache."""

    ran: list[Window] = []

    def seconds(command: list[str], times: int, **environment: str) -> dict[str, float]:
        own = [spawned(command, **environment) for _ in range(times)]
        ran.extend(own)
        wall = [window.wall_s for window in own]
        return {
            "median": statistics.median(wall),
            "lowest": min(wall),
            "highest": max(wall),
            "cpu": statistics.median(window.cpu_s for window in own),
        }

    first = (
        "import numpy as np; from driftsim.drift.advection import Advection, new_state, plain_physics; "
        "Advection({}, new_state([1.0], [2.0], np.float32), plain_physics(3600.0, np.float32), float).warm_up()"
    )
    run = [sys.executable, "-c"]
    with tempfile.TemporaryDirectory() as empty:
        cold = seconds([*run, first], 1, DRIFTSIM_CACHE_DIR=empty)
    taken = {
        "help_s": seconds([sys.executable, "-m", "driftsim", "--help"], repeats),
        "import_s": seconds([*run, "import driftsim"], repeats),
        "first_call_warm_s": seconds([*run, first], repeats),
        "first_call_cold_s": cold,
    }
    wall, cpu = (sum(getattr(window, clock) for window in ran) for clock in ("wall_s", "cpu_s"))
    return {
        **taken,
        "wall_s": wall,
        "cpu_s": cpu,
        "cpu_share": cpu / wall,
        "particle_steps_per_core_s": None,
        "particles": 0,
        "steps": 0,
        "threads": 1,
    }


def spawned(command: list[str], **environment: str) -> Window:
    """Time a process of its own."""
    began, before = time.perf_counter(), os.times()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
    after = os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return Window(0, time.perf_counter() - began, cpu)


def job(number: int = 1_000_000, days: int = 90) -> Any:
    """A whole `driftsim run`, output included, in a process of its own: wall time and memory."""
    quick = quickstart({"boats.number": number, "run.end": f"{np.datetime64('2017-10-01') + days}"})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "job.toml"
        file.write_text(configuration.dump(quick))
        _, wall, cpu = spawned([sys.executable, "-m", "driftsim", "run", str(file), "-o", f"{folder}/run"])
        done = json.loads((Path(folder) / "run" / "run.json").read_text())
    return {
        "wall_s": wall,
        "cpu_s": cpu,
        "cpu_share": cpu / wall,
        "drive_s": done["drive_s"],
        "write_s": done["write_s"],
        "peak_memory_mb": _peak_memory_mb(),
        "particle_steps": done["particle_steps"],
        "particles": number,
        "steps": quick.run.steps,
        "threads": done["threads"],
        "particle_steps_per_core_s": done["particle_steps"] / cpu,
        "by_wall": done["particle_steps"] / wall / done["threads"],
    }


def _peak_memory_mb() -> float | None:
    """Largest resident memory of the processes started so far, where the system tells it."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024.0


def line(name: str, case: Json) -> str:
    """A case in a line: its rate, and what is to be said of it."""
    rate, text = case["particle_steps_per_core_s"], f"{name:<10} "
    if rate:
        text += f"{rate / 1e6:8.1f} million particle-steps/s and core"
        text += f", best {case['best'] / 1e6:.1f}" if "best" in case else ""
        text += f", by the clock {case['by_wall'] / 1e6:.1f}"
    else:
        text += ", ".join(
            f"{what[:-2]} {took['median']:.2f} s" for what, took in case.items() if isinstance(took, dict)
        )
    return text + disturbed(case)


def disturbed(case: Json) -> str:
    """A remark where a case had less of the processor than it asked for."""
    share = case["cpu_share"]
    return "" if share >= BUSY else f" [processor time is {share:.0%} of the time by the clock: disturbed]"


def measure(quick: bool = False, report: Callable[[str], None] = print) -> Json:
    """All cases.

    Parameters
    ----------
    quick : bool
        Fewer windows, and the smaller cases alone, in about a minute.
    report : callable
        Called with a line for each case, and with what a step is spent on.

    Returns
    -------
    dict
        ``machine``, ``cases`` by name, and ``where``, see the function of that name.
    """
    many, few = (5, 3) if quick else (25, 15)
    cases: Json = {}

    def add(name: str, case: Any) -> None:
        cases[name] = case
        report(line(name, case))

    if not quick:
        # First of all: a process inherits the largest memory of the one that starts it, and `growth` takes gigabytes.
        add("job", job())
        add("startup", startup())
    add("currents", currents(windows=many))
    add("ceiling", ceiling(windows=many))
    add("boats", boats(windows=few))
    add("parts", parts(windows=few))
    add("threads", threads(windows=many))
    add("growth", growth(quick))
    if not quick:
        add("double", currents(windows=many, precision="double"))
    spent = where(cases)
    report(f"a step of the boats, {sum(spent.values()):.1f} ns of a processor:")
    for what, ns in spent.items():
        report(f"{ns:8.1f} ns  {what}")
    return {"machine": machine(), "quick": quick, "cases": cases, "where": spent}
