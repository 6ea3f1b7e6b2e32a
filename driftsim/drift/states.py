"""What a run can have made of its boats: a state that was read is held against its config before a kernel sees it.

Kernels trust what they are given: a position that is not a number, or a segment that does not exist, is an address
beyond an array. So every value must lie in its range, fit the others of its boat, and be what the config can have made
by that step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from ..area.shoreline import Coast
from ..kernels import drive
from ..system.kinds import AnyArray

Bad = tuple[str, str, NDArray[np.bool_]]

MOST_SIGMAS = 10.0
"""Of a random velocity, in standard deviations: beyond lie 1e-23 of a normal distribution."""

_NEAR_DEG = 1e-4
"""Between a landing and its piece of shore: ten metres, for what is good to a millimetre."""
_EDGE_DEG = 1e-3
"""Beyond the edge of the domain: a stranded boat is put some metres off the shore, whichever way that is."""
_CLOCK_S = 1e-3


class Made(NamedTuple):
    """What a state must fit."""

    fresh: AnyArray  # the state at release, ``drive.state_type``, with the hulls of the step
    physics: drive.Physics
    speeds: dict[str, float]  # standard deviation of each random velocity, m/s
    step: int
    coast: Coast | None


def refuse_impossible(state: AnyArray, made: Made) -> None:
    """Stop where a state is none that the run can have been in.

    Parameters
    ----------
    state : ndarray of ``kernels.drive.state_type``, shape (boats + 1,)
        The spare row last.
    made : Made

    Raises
    ------
    ValueError
        Names the first boat, the value and what it must be.
    """
    for rows, rules in ((slice(-1), _rules), (slice(-1, None), _spare)):
        columns = _Columns(state[rows])
        for name, must, bad in rules(columns, made._replace(fresh=cast("AnyArray", _Columns(made.fresh[rows])))):
            if bad.any():
                first = int(np.argmax(bad))
                raise ValueError(f"boat {columns['number'][first]}: {name} is {columns[name][first]}; it must {must}")


class _Columns:
    """A state by its columns, each brought together when it is asked for: a look at a million records costs 10 ms."""

    def __init__(self, state: AnyArray) -> None:
        self._state, self._columns = state, dict[str, AnyArray]()
        self.names = state.dtype.names or ()

    def __len__(self) -> int:
        return len(self._state)

    def __getitem__(self, name: str) -> AnyArray:
        if name not in self._columns:
            self._columns[name] = np.ascontiguousarray(self._state[name])
        return self._columns[name]


def _far(a: AnyArray, b: AnyArray) -> NDArray[np.bool_]:
    """Where two values are not the same but for the last bits; another processor draws the same, but for those."""
    with np.errstate(invalid="ignore"):
        found: NDArray[np.bool_] = ~(np.abs(a - b) <= 1e-5 + 1e-4 * np.abs(b))
        return found


def _spare(state: _Columns, made: Made) -> Iterator[Bad]:
    """The row that fills up the last block never moves."""
    for name in state.names:
        value, must = state[name], made.fresh[name]
        yield (
            name,
            "be that of the spare row",
            _far(value, must) & (value != must) & ~(np.isnan(value) & np.isnan(must)),
        )


def _rules(state: _Columns, made: Made) -> Iterator[Bad]:
    """Each rule with the boats that break it; a rule may rely on those before it."""
    yield from _identity(state, made)
    yield from _status(state, made)
    yield from _landing(state, made)
    yield from _end(state, made)
    yield from _place(state, made)
    yield from _motion(state, made)


def _identity(state: _Columns, made: Made) -> Iterator[Bad]:
    for name in ("number", "release", "member", "boat_class"):
        yield name, "be what this version releases", state[name] != made.fresh[name]
    sinks, fresh = state["sink_time"], made.fresh["sink_time"]
    with np.errstate(invalid="ignore"):
        yield "sink_time", "be what this version draws", ~((sinks == fresh) | (np.abs(sinks - fresh) <= _CLOCK_S))


def _status(state: _Columns, made: Made) -> Iterator[Bad]:
    status, physics = state["status"], made.physics
    yield "status", "be 0 to 5", (status < drive.WAITING) | (status > drive.STRANDED)
    waits = made.fresh["release"] >= made.step
    yield "status", f"fit its release and step {made.step}", (status == drive.WAITING) != waits
    if not physics.sinking:
        yield "status", "not be sunk: no boat sinks in this run", status == drive.SUNK
    final = drive.LANDED if physics.refloat > 0.0 else drive.STRANDED
    yield "status", "fit coast.refloat_half_life_hours", status == final
    capsized = state["capsize_step"]
    after = (capsized > made.fresh["release"]) & (capsized <= made.step) & ~waits
    possible = (capsized == -1) | after if physics.capsizing else capsized == -1
    yield "capsize_step", "be -1, or lie between release and now where boats capsize", ~possible
    near = state["near"]
    known = np.uint64(2 ** len(made.coast.stretch_keys) - 1) if made.coast is not None else np.uint64(0)
    yield "near", "name stretches of coast that can have been passed", ((near & ~known) != 0) | ((near != 0) & waits)


def _landing(state: _Columns, made: Made) -> Iterator[Bad]:
    status, segment, physics = state["status"], state["segment"], made.physics
    most = len(made.coast.vertices) - 1 if made.coast is not None else 0
    yield "segment", "be -1 or a piece of the shore", (segment < -1) | (segment >= most)
    has = segment >= 0
    ashore = (status == drive.LANDED) | (status == drive.STRANDED)
    may = ashore | ((physics.refloat > 0.0) & (status != drive.WAITING))
    yield "segment", "fit the status", (ashore & ~has) | (has & ~may)
    for name in ("land_lon", "land_lat", "land_time"):
        yield name, "stand where there is a landing alone", np.isfinite(state[name]) != has
        yield name, "be missing without a landing", ~has & ~np.isnan(state[name])
    yield from _between("land_time", state, made, has)
    if made.coast is None:
        return
    at, vertices = segment[has], made.coast.vertices
    bad = np.zeros(len(state), bool)
    bad[has] = ~made.coast.segment_is_shore[at]
    yield "segment", "be shore, not the edge of a map", bad
    lon, lat = state["land_lon"][has], state["land_lat"][has]
    bad[has] = ~(_distance_deg(lon, lat, vertices[at], vertices[at + 1]) <= _NEAR_DEG)
    yield "land_lon", "lie on its piece of shore", bad


def _distance_deg(lon: AnyArray, lat: AnyArray, a: AnyArray, b: AnyArray) -> NDArray[np.float64]:
    """Distance of points from the segments between a and b, each (n, 2), degrees."""
    x, y = lon - a[:, 0], lat - a[:, 1]
    along, up = b[:, 0] - a[:, 0], b[:, 1] - a[:, 1]
    square = np.maximum(along * along + up * up, 1e-30)
    part = np.clip((x * along + y * up) / square, 0.0, 1.0)
    found: NDArray[np.float64] = np.hypot(x - part * along, y - part * up)
    return found


def _between(name: str, state: _Columns, made: Made, known: NDArray[np.bool_]) -> Iterator[Bad]:
    seconds, time = made.physics.seconds, state[name]
    since = (time >= made.fresh["release"] * seconds - _CLOCK_S) & (time <= made.step * seconds + _CLOCK_S)
    yield name, "lie between release and now", known & ~since


def _end(state: _Columns, made: Made) -> Iterator[Bad]:
    status, ends, exit_, physics = state["status"], state["end_time"], state["exit"], made.physics
    left, sunk = status == drive.LEFT, status == drive.SUNK
    yield "exit", "be -1 to 3", (exit_ < -1) | (exit_ > drive.NORTH)
    yield "exit", "fit the status", left != (exit_ >= 0)
    yield "end_time", "stand where a boat left or sank alone", np.isfinite(ends) != (left | sunk)
    yield "end_time", "be missing while a boat drifts or lies ashore", ~(left | sunk) & ~np.isnan(ends)
    yield from _between("end_time", state, made, left | sunk)
    with np.errstate(invalid="ignore"):
        yield "end_time", "come after the landing", ends < state["land_time"] - _CLOCK_S
    never = state["segment"] < 0
    # One that has lain ashore sinks when it floats again.
    early = np.where(never, np.abs(ends - state["sink_time"]) > _CLOCK_S, ends < state["sink_time"] - _CLOCK_S)
    yield "end_time", "be when the boat was to sink", sunk & early
    late = (status == drive.AFLOAT) & never & (state["sink_time"] < made.step * physics.seconds - _CLOCK_S)
    yield "sink_time", "not have passed while the boat is afloat", late


def _place(state: _Columns, made: Made) -> Iterator[Bad]:
    physics, status = made.physics, state["status"]
    edges = {
        "lon": (physics.west, physics.east, drive.WEST, drive.EAST),
        "lat": (physics.south, physics.north, drive.SOUTH, drive.NORTH),
    }
    waits = status == drive.WAITING
    for name, (low, high, below, above) in edges.items():
        place = state[name]
        inside = (place >= low - _EDGE_DEG) & (place <= high + _EDGE_DEG)
        yield name, "lie in the domain", ~inside
        moved = ~(np.abs(place - made.fresh[name]) <= 1e-6)
        yield name, "be the place of release", waits & moved
        edge = np.where(state["exit"] == below, low, np.where(state["exit"] == above, high, place))
        yield name, "lie on the side by which the boat left", np.abs(place - edge) > 1e-6
        ashore = (status == drive.LANDED) & (place != state[f"land_{name}"])
        yield name, "be the place of the landing", ashore


def _motion(state: _Columns, made: Made) -> Iterator[Bad]:
    side = state["side"]
    yield "side", "be 1 or -1", (side != 1) & (side != -1)
    fixed = (state["status"] == drive.WAITING) | (made.physics.jibe == 0.0)
    yield "side", "be that of the release", fixed & (side != made.fresh["side"])
    for name in drive.HULL:
        yield name, "be what the boat's class and number give", _far(state[name], made.fresh[name])
    waits = state["status"] == drive.WAITING
    for name, speed in made.speeds.items():
        for part in (f"{name}_u", f"{name}_v"):
            value = state[part]
            yield part, f"be a velocity of {speed:g} m/s, more or less", ~(np.abs(value) <= MOST_SIGMAS * speed)
            yield part, "be that of the release", waits & _far(value, made.fresh[part])
