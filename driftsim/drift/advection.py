"""Boats in fields, without a clock and without observers: what a run, a test and a benchmark share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..area.earth import metric as earth_metric
from ..area.shoreline import no_shore
from ..forcing.source import Source
from ..forcing.window import Window, absent
from ..kernels import bridge, drive, hull
from ..kernels import lanes as L
from ..kernels.drive import Fields, Watch
from ..kernels.lanes import LANES
from ..kernels.walk import Diffusivity
from ..system.cores import cores
from ..system.errors import InputError
from ..system.kinds import AnyArray, Json, JsonView, Real

KINDS = ("current", "wind", "stokes", "eddies")
STAGES = {
    "euler": ((0.0,), (1.0,)),
    "rk2": ((1 / 2, 0.0), (0.0, 1.0)),
    "rk4": ((1 / 2, 1 / 2, 1.0, 0.0), (1 / 6, 1 / 3, 1 / 3, 1 / 6)),
}
"""For each scheme and stage: part of the step over which its slope is followed to the next stage, and its weight."""

REALS: Json = {"single": np.float32, "double": np.float64}
_LINE = 64
"""Bytes in a line of the cache."""
_CLOCK_S = 1e-3
"""Moments closer than this are one: an epoch second in float64 is good to 2e-7."""
NO_DIFFUSIVITY = Diffusivity(False, np.zeros(1, np.float32), 0.0, 0.0, 1.0, 1.0, 2, 2)


def real_of(state: AnyArray) -> Real:
    """The real type that a state was made for."""
    real: Real = state.dtype["flight_u"].type
    return real


def new_state(lon: ArrayLike, lat: ArrayLike, real: Real = np.float64) -> AnyArray:
    """Boats afloat at the given places from step 0 on, without leeway, and the spare row; see ``drive.state_type``."""
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    state = np.zeros(len(x) + 1, drive.state_type(real))
    for name in ("land_lon", "land_lat", "land_time", "end_time"):
        state[name] = np.nan
    state["sink_time"] = np.inf
    state["segment"] = state["exit"] = state["capsize_step"] = -1
    state["side"] = 1
    state["number"] = np.append(np.arange(len(x)), -1)
    state["release"][-1] = np.iinfo(np.int32).max
    if len(x):
        state["lon"], state["lat"] = np.append(x, x[0]), np.append(y, y[0])
    state["status"] = drive.WAITING
    return state


def plain_physics(step_s: float, real: Real, *, seed: int = 1, backward: bool = False) -> drive.Physics:
    """Physics with everything switched off; use ``_replace`` to switch things on."""
    return drive.Physics(
        seed=np.int64(seed),
        dt=real(-step_s if backward else step_s),
        radians=real(math.radians(1.0)),
        hours=step_s / 3600.0,
        seconds=float(step_s),
        flight=False,
        flight_keep=real(0),
        flight_kick=real(0),
        error=False,
        error_keep=real(0),
        error_kick=real(0),
        gust=False,
        gust_keep=real(0),
        gust_kick=real(0),
        walk_m=real(0),
        stray_m=np.float32(0),
        draws=False,
        jibe=real(0),
        capsizing=False,
        capsize_wind=30.0,
        capsize_width=5.0,
        capsized_class=np.int64(-1),
        redraw=np.int64(0),
        sinking=False,
        refloat=0.0,
        coast=False,
        west=-720.0,
        east=720.0,
        south=-90.0,
        north=90.0,
        diffusivity=NO_DIFFUSIVITY,
        hulls=np.zeros((1, hull.ROW), np.float32),
        metric=np.zeros(0, real),
        own=np.zeros((0, drive.OWN), real),
        stages=np.zeros((2, 0), real),
    )


def stages(scheme: str, dt: float, real: Real) -> AnyArray:
    """Row 0: time over which a stage's slope is followed to the next stage, s; row 1: time that it counts for."""
    return (np.array(STAGES[scheme]) * float(dt)).astype(real)


class Advection:
    """Boats and the fields that drive them.

    Parameters
    ----------
    sources : mapping of str to Source
        By kind: current, wind, stokes, eddies; any may be missing.
    state : ndarray of ``kernels.drive.state_type``
        Boats and the spare row; changed in place.
    physics : Physics
    epoch : callable
        Epoch seconds of a time along the integration (seconds).
    scheme : {"rk4", "rk2", "euler"}
    metric : {"wgs84", "sphere", "nautical", "plane"}
    shore : Shore, optional
    hulls : ndarray of float32, shape (class, 11), optional
        Leeway classes (``leeway.Coefficients.rows``), for boats that capsize.
    diffusivity : Diffusivity, optional
    threads : int
        0: one for each core that the process may use (`cores`).
    factors : mapping of str to ndarray, shape (m,), optional
        By kind of field, the factor on it for each member of the run.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        state: AnyArray,
        physics: drive.Physics,
        epoch: Callable[[Any], Any],
        *,
        scheme: str = "rk4",
        metric: str = "wgs84",
        shore: Any = None,
        hulls: NDArray[np.float32] | None = None,
        diffusivity: Diffusivity = NO_DIFFUSIVITY,
        threads: int = 1,
        factors: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> None:
        self.state, self.epoch = state, epoch
        self.real = real_of(state)
        self.physics = physics._replace(
            stray_m=_stray_m(physics, diffusivity),
            diffusivity=diffusivity,
            metric=np.array(earth_metric(metric, self.real)),
            stages=stages(scheme, float(physics.dt), self.real),
            hulls=physics.hulls if hulls is None else hulls,
        )
        self.windows = {kind: Window(source, self.real, (factors or {}).get(kind)) for kind, source in sources.items()}
        self.threads = threads or cores()
        self._shore = no_shore() if shore is None else shore
        self._pool: ThreadPoolExecutor | None = None

    def order(self, rows: AnyArray) -> NDArray[np.int32]:
        """Rows of the state in whole blocks; the spare row fills up the last one."""
        return np.append(rows, np.full(-len(rows) % LANES, len(self.state) - 1)).astype(np.int32)

    def drive(
        self,
        order: NDArray[np.int32],
        step: int,
        steps: int,
        watch: Watch | None = None,
        fields: Fields | None = None,
    ) -> int:
        """Advance the boats in ``order`` from ``step`` on by ``steps``; returns the particle-steps done.

        ``fields`` are those of this window where the caller has asked for them already.
        """
        if watch is None:
            watch = Watch(2**62, 0.0, 0.0, 1.0, 1, 1, np.zeros((1, 1), np.uint32), np.zeros((1, 0, 2)))
        return self._share(order, self.fields(step, steps) if fields is None else fields, watch, step, steps)

    def warm_up(self, watch: Watch | None = None) -> None:
        """Compile the driver, or load it from the cache, by driving no boat through no step."""
        self.drive(np.zeros(0, np.int32), 0, 0, watch)

    def close(self) -> None:
        """Let go of the threads; the next drive starts new ones."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def fields(self, step: int, steps: int) -> Fields:
        """The fields of a window of steps, in memory until the next window is asked for."""
        if steps == 0:
            return Fields(*(absent(self.real, 1) for _ in KINDS))
        offsets = np.arange(step, step + steps)[:, None] + np.array([0.0, 0.5, 1.0])
        times = self.epoch(offsets * self.physics.seconds)
        for window in self.windows.values():
            _check_covered(window.source, times)
        return Fields(
            *(self.windows[kind].view(times) if kind in self.windows else absent(self.real, steps) for kind in KINDS)
        )

    def _share(self, order: NDArray[np.int32], fields: Fields, watch: Watch, step: int, steps: int) -> int:
        """Share the blocks of ``order`` among the threads; how they are shared changes nothing but the time."""

        def task(first: int, last: int) -> int:
            block = block_scratch(self.real)
            done: int = drive.drive(
                first, last, order, self.state, fields, self.physics, self._shore, watch, step, steps, block
            )
            return done

        blocks = len(order) // LANES
        tasks = max(1, min(4 * self.threads, blocks)) if self.threads > 1 else 1
        edges = [blocks * i // tasks for i in range(tasks + 1)]
        if tasks == 1:
            return task(*edges)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads)
        return sum(self._pool.map(task, edges[:-1], edges[1:]))


def scratch(size: int, real: Real | type[np.int32]) -> AnyArray:
    """Zeros that begin where a cache line does: a vector of 64 bytes that lies across two is loaded in two goes."""
    bytes_ = size * np.dtype(real).itemsize
    raw = np.zeros(bytes_ + _LINE, np.uint8)
    first = -raw.ctypes.data % _LINE
    return raw[first : first + bytes_].view(real)


def block_scratch(real: Real) -> L.Scratch:
    """Working memory for one block of boats."""
    return L.Scratch(scratch(L.SIZE_D, np.float64), scratch(L.SIZE_S, real), scratch(L.SIZE_N, np.int32))


def _stray_m(physics: drive.Physics, diffusivity: Diffusivity) -> np.float32:
    """How far the path of a step may stray from its chord, m: 0 where no walk is long enough that it is drawn."""
    farthest = float(physics.walk_m)
    if diffusivity.present:
        farthest = math.sqrt(2.0 * float(diffusivity.data.max()) * physics.seconds)
    return np.float32(bridge.STRAY * farthest if farthest > bridge.COARSE_M else 0.0)


def _check_covered(source: Source, times: NDArray[np.float64]) -> None:
    """Stop before a field is used for a moment that it does not hold, instead of carrying its last level on."""
    first, last = source.covers
    wanted = float(times.min()), float(times.max())
    if wanted[0] < first - _CLOCK_S or wanted[1] > last + _CLOCK_S:
        (a, b), (c, d) = (
            [np.datetime64(round(t), "s") if math.isfinite(t) else "any time" for t in pair]
            for pair in (wanted, (first, last))
        )
        raise InputError(
            f"{source.kind}: wanted from {a} to {b}, but the field holds from {c} to {d} (UTC); "
            f"choose dates within these, or a longer record"
        )


def advect(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    current: Source | None = None,
    wind: Source | None = None,
    stokes: Source | None = None,
    eddies: Source | None = None,
    start: float = 0.0,
    step_s: float = 3600.0,
    steps: int,
    scheme: str = "rk4",
    precision: str = "double",
    metric: str = "wgs84",
    hulls: ArrayLike | None = None,
    physics: JsonView | None = None,
    window: int = 24,
    **more: Any,
) -> AnyArray:
    """Carry particles through fields for a number of steps.

    Parameters
    ----------
    lon, lat : array_like, shape (n,)
        Degrees (metres with ``metric="plane"``).
    current, wind, stokes, eddies : Source, optional
    start : float
        Epoch seconds of step 0.
    step_s : float
        Time step, s; negative to go back in time.
    steps : int
    scheme, metric : str
        See `Advection`.
    precision : {"double", "single"}
    hulls : array_like, shape (n, 6) or (6,), optional
        Leeway: slope and offset (m/s) downwind, to the right, to the left of the wind; boats lie to the right.
    physics : mapping, optional
        Members of ``kernels.drive.Physics`` to set.
    window : int
        Steps in one call of the driver; no result depends on it.

    Returns
    -------
    ndarray of ``kernels.drive.state_type``, shape (n,)
    """
    real = REALS[precision]
    state = new_state(lon, lat, real)
    if hulls is not None:
        given = np.broadcast_to(np.asarray(hulls, np.float32), (len(state) - 1, 6))
        for column, name in enumerate(drive.HULL):
            state[name][:-1] = given[:, column]
    plain = plain_physics(abs(step_s), real, backward=step_s < 0)._replace(**(physics or {}))
    sources = {k: v for k, v in zip(KINDS, (current, wind, stokes, eddies), strict=True) if v is not None}
    way = -1.0 if step_s < 0 else 1.0
    advection = Advection(
        sources, state, plain, lambda elapsed: start + way * elapsed, scheme=scheme, metric=metric, **more
    )
    order = advection.order(np.arange(len(state) - 1))
    for step in range(0, steps, window):
        advection.drive(order, step, min(window, steps - step))
    return state[:-1]
