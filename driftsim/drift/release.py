"""Where, when and as what each boat begins to drift.

A boat is a number. Its source, class, date and place are functions of (seed, boat number) alone, whatever number of
boats there is and in whatever order they are asked for. The draws (``kernels.random``, stream ``STREAM_IDENTITY``)::

    step 0        source and class
    step 1        date
    step 2, 3 ... place: one step for each attempt, until one is at sea
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from ..area import places, vectors
from ..area.area import Area, default
from ..area.places import Index
from ..config import Config, ReleaseSource, ReleaseTable
from ..config.uncertain import SHIFTED
from ..config.values import epoch
from ..kernels.random import STREAM_IDENTITY, uniform_pairs
from ..system.constants import SECONDS_PER_DAY
from ..system.errors import InputError
from . import leeway, positions
from .assumptions import Assumptions

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from ..area.coast import Coast

_STEP_SOURCE, _STEP_DATE, _STEP_PLACE = 0, 1, 2
_KM_PER_DEG = 111.2
_ATTEMPTS = 2000
"""More than enough: places of which under 2 % is sea are refused, and 0.98**2000 is 3e-18."""
_TIMES = {
    "time",
    "date",
    "datetime",
    "timestamp",
    "when",
    "start",
    "begin",
    "end",
    "time_utc",
    "date_utc",
    "times",
    "dates",
    "timestamps",
    "coordtimes",
}
"""Properties of a feature that state when, in lower case; of a track, a moment for each of its points."""

FROM_FILE = ("file", "geojson")
"""Kinds of sources whose places stand in a file of vectors; geojson is the old word."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class BoatsReleased:
    """What the boats are at the start; every array has shape (boat,).

    Attributes
    ----------
    number : int64
        Boat numbers, as asked for.
    source : int16
        Index into ``Release.sources``.
    member : int32
        Member of the ensemble of winds or currents: boat number modulo members.
    boat_class : int16
        Index into ``Release.classes.names``.
    lon, lat : float64
        Degrees east and north.
    release_step : int32
        Steps from the side of the run where the clock begins (its start; its end when it runs backward).
    release_time : float64
        Seconds since 1970-01-01 UTC.
    """

    number: NDArray[np.int64]
    source: NDArray[np.int16]
    member: NDArray[np.int32]
    boat_class: NDArray[np.int16]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    release_step: NDArray[np.int32]
    release_time: NDArray[np.float64]

    def __getitem__(self, which: Index) -> BoatsReleased:
        return BoatsReleased(*(getattr(self, field.name)[which] for field in fields(self)))


@dataclass(frozen=True)
class Clock:
    """The run's time steps: epoch seconds of the first, seconds between, how many, and whether time runs backward."""

    start: float
    step_s: float
    steps: int
    backward: bool

    def step(self, moment: float) -> float:
        """Steps from the start to a moment (epoch seconds), not rounded."""
        return (moment - self.start) / self.step_s


@dataclass(frozen=True, eq=False)
class Dates:
    """Days (or moments) to choose from, and the steps of each: chance in proportion to the weight, then any step.

    Attributes
    ----------
    first, count : ndarray of int64, shape (n,)
        First step of each span, and how many steps it has.
    cumulative : ndarray of float64, shape (n + 1,)
        Cumulative weight, from 0 to 1.
    """

    first: NDArray[np.int64]
    count: NDArray[np.int64]
    cumulative: NDArray[np.float64]

    def draw(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.int64]:
        """Steps from the run's start for two uniforms each."""
        k = np.minimum(np.searchsorted(self.cumulative, u, side="right") - 1, len(self.first) - 1)
        return self.first[k] + np.minimum((v * self.count[k]).astype(np.int64), self.count[k] - 1)


@dataclass(frozen=True, eq=False)
class SourcePlan:
    """A source, ready to be drawn from."""

    name: str
    kind: str
    weight: float
    place: places.Place | None
    dates: Dates
    outline: places.Place | None = None  # the place without regard to land, where members shift it
    middle: float = 0.0  # latitude of its middle, degrees
    tied: positions.Tied | None = None  # instead of a place: where boats begin at which step


@dataclass(frozen=True, eq=False)
class Own:
    """What members have of their own where and when they release boats; None where all have the same.

    Attributes
    ----------
    weights, shares : ndarray, shape (member, source), (member, class)
        They add up to 1 for each member.
    east_km, north_km : ndarray, shape (member,)
        Shift of boxes and polygons.
    steps : ndarray of int64, shape (member,)
        Shift of every date.
    """

    weights: NDArray[np.float64] | None = None
    shares: NDArray[np.float64] | None = None
    east_km: NDArray[np.float64] | None = None
    north_km: NDArray[np.float64] | None = None
    steps: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, drawn: Assumptions, clock: Clock) -> Own:
        """What was drawn, in the terms of a release."""

        def column(key: str) -> NDArray[np.float64] | None:
            return drawn.values[key][:, 0] if key in drawn.values else None

        days, east, north = (column(f"release.shift_{name}") for name in ("days", "east_km", "north_km"))
        if (east is None) != (north is None):
            known = east if east is not None else north
            assert known is not None
            east, north = (np.zeros_like(known) if shift is None else shift for shift in (east, north))
        return cls(
            weights=drawn.values.get("release.weights"),
            shares=drawn.values.get("boats.shares"),
            east_km=east,
            north_km=north,
            steps=None if days is None else np.rint(days * SECONDS_PER_DAY / clock.step_s).astype(np.int64),
        )


@dataclass(frozen=True, eq=False)
class Release:
    """All sources of a run. Made by ``plan``."""

    seed: int
    members: int
    clock: Clock
    sources: tuple[SourcePlan, ...]
    classes: leeway.Coefficients
    own: Own = Own()
    coast: Coast | None = None
    domain: Box = (-720.0, 720.0, -90.0, 90.0)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sources, in the order of their codes."""
        return tuple(source.name for source in self.sources)

    @property
    def weights(self) -> NDArray[np.float64]:
        """Weight of each source; they add up to 1."""
        given = np.array([source.weight for source in self.sources])
        found: NDArray[np.float64] = given / given.sum()
        return found

    def boats(self, numbers: ArrayLike) -> BoatsReleased:
        """What the boats with these numbers are; in the order of the numbers.

        Parameters
        ----------
        numbers : array_like of int64, shape (n,)
            Boat numbers, 0 or more.
        """
        number = np.ascontiguousarray(numbers, np.int64)
        if number.ndim != 1 or (number.size and number.min() < 0):
            raise InputError("boat numbers must be a list of integers, 0 or more")
        member = (number % self.members).astype(np.int32)
        first, second = self._uniforms(number, _STEP_SOURCE)
        source = _choice(self.weights, first, self.own.weights, member).astype(np.int16)
        boat_class = _choice(self.classes.shares, second, self.own.shares, member).astype(np.int16)
        lon, lat = np.empty(number.size), np.empty(number.size)
        step = np.empty(number.size, np.int64)
        for code, entry in enumerate(self.sources):
            mine = np.flatnonzero(source == code)
            u, v = self._uniforms(number[mine], _STEP_DATE)
            step[mine] = entry.dates.draw(u, v)
            lon[mine], lat[mine] = self._scatter(entry, number[mine], member[mine], u, step[mine])
        if self.own.steps is not None:
            step += self.own.steps[member]
        clock = self.clock
        return BoatsReleased(
            number=number,
            source=source,
            member=member,
            boat_class=boat_class,
            lon=lon,
            lat=lat,
            release_step=(clock.steps - step if clock.backward else step).astype(np.int32),
            release_time=clock.start + clock.step_s * step.astype(np.float64),
        )

    def _uniforms(self, number: NDArray[np.int64], step: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        out = np.empty((number.size, 2))
        uniform_pairs(np.int64(self.seed), number, np.uint32(step), STREAM_IDENTITY, out)
        return np.ascontiguousarray(out[:, 0]), np.ascontiguousarray(out[:, 1])

    def _scatter(
        self,
        source: SourcePlan,
        number: NDArray[np.int64],
        member: NDArray[np.int32],
        u: NDArray[np.float64],
        step: NDArray[np.int64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        lon, lat = np.empty(number.size), np.empty(number.size)
        todo = np.arange(number.size)
        for attempt in range(_ATTEMPTS):
            a, b = self._uniforms(number[todo], _STEP_PLACE + attempt)
            if source.tied is not None:
                x, y, good = source.tied.draw(u[todo], step[todo], a, b)
            else:
                x, y, good = self._place(source, member[todo], a, b)
            lon[todo[good]], lat[todo[good]] = x[good], y[good]
            todo = todo[~good]
            if todo.size == 0:
                return lon, lat
        where = "" if source.outline is None else f", which lies elsewhere for its member {member[todo[0]]}"
        raise InputError(
            f"release source {source.name!r}: no place at sea found for boat {number[todo[0]]}{where}; enlarge it"
            + ", or lower uncertain.release.shift_east_km and shift_north_km" * bool(where)
        )

    def _place(
        self, source: SourcePlan, member: NDArray[np.int32], u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Longitude, latitude for two uniforms each, and whether the place will do.

        A member that shifts the source draws from its outline, and takes what is at sea where that has been moved to.
        """
        assert source.place is not None
        lon, lat, good = source.place.draw(u, v)
        east, north = self.own.east_km, self.own.north_km
        if source.outline is None or east is None or north is None:
            return lon, lat, good
        moved = np.flatnonzero((east[member] != 0.0) | (north[member] != 0.0))
        x, y, inside = source.outline.draw(u[moved], v[moved])
        x += east[member[moved]] / (_KM_PER_DEG * np.cos(np.radians(source.middle)))
        y += north[member[moved]] / _KM_PER_DEG
        west, right, south, top = self.domain
        inside &= (x >= west) & (x <= right) & (y >= south) & (y <= top)
        if self.coast is not None:
            there = np.flatnonzero(inside)  # the shoreline is not known outside its box
            inside[there] = ~np.asarray(self.coast.is_land(x[there], y[there]), bool)
        lon[moved], lat[moved], good[moved] = x, y, inside
        return lon, lat, good


def _choice(
    weights: NDArray[np.float64],
    u: NDArray[np.float64],
    own: NDArray[np.float64] | None = None,
    member: NDArray[np.int32] | None = None,
) -> NDArray[np.int64]:
    """Index drawn in proportion to the weights; one of weight 0 never. ``own`` (member, weight): each member's."""
    if own is None:
        cumulative = np.cumsum(weights) / np.sum(weights)
        last = int(np.flatnonzero(weights)[-1])
        return np.minimum(np.searchsorted(cumulative, u, side="right"), last)
    each = np.cumsum(own, axis=1) / own.sum(axis=1, keepdims=True)
    lasts = own.shape[1] - 1 - np.argmax(own[:, ::-1] > 0.0, axis=1)
    index = np.zeros(u.size, np.int64)
    for column in each.T:
        index += column[member] <= u
    chosen: NDArray[np.int64] = np.minimum(index, lasts[member])
    return chosen


def plan(
    config: Config,
    coast: Coast | None,
    members: int = 1,
    seed: int | None = None,
    area: Area | None = None,
    drawn: Assumptions | None = None,
) -> Release:
    """Sources of a run from its config.

    Parameters
    ----------
    config : Config
        Sections ``run``, ``boats``, ``release`` and ``coast`` are read. What can be known without the coast and the
        files is right already: ``config.load`` and ``config.parse`` have checked it.
    coast : Coast or None
        ``is_land``, ``distance_km`` and ``nearest_sea`` are used; None: everything is sea.
    members : int
        Size of the ensemble that the boats are spread over.
    seed : int, optional
        Instead of the config's.
    area : Area, optional
        Whose ports; by default those of the default area.
    drawn : Assumptions, optional
        What each member draws of weights, shares, places and dates.

    Raises
    ------
    InputError
        All sources that cannot be used, each with its name and the reason: on land, a disc that reaches out of the
        domain, a port without sea about it, a file that cannot be read or used.
    """
    run = config.run
    clock = Clock(run.start_epoch, run.step_s, run.steps, run.direction == "backward")
    if members < 1:
        raise InputError(f"members = {members} must be 1 or more")
    own = Own() if drawn is None else Own.of(drawn, clock)
    sources, problems = [], []
    for entry in config.release.sources:
        try:
            if entry.kind in positions.KINDS:
                sources.append(_tied(entry, clock, coast, config.coast.domain, config.release.on_land))
                continue
            place = _place(entry, coast, config.coast.domain, config.release.on_land, area or default())
            dates = _dates(entry, config.release, clock)
            sources.append(
                SourcePlan(entry.name, entry.kind, float(entry.weight), place, dates, *_outline(entry, own.east_km))
            )
        except InputError as error:
            problems.append(f"release source {entry.name!r}: {error}")
    if problems:
        raise InputError("\n".join(problems))
    classes = leeway.coefficients(config.boats)
    return Release(
        int(run.seed if seed is None else seed),
        int(members),
        clock,
        tuple(sources),
        classes,
        own,
        coast,
        config.coast.domain,
    )


# Dates


def _dates(entry: ReleaseSource, release: ReleaseTable, clock: Clock) -> Dates:
    if entry.dates:
        steps = np.array([_nearest_step(epoch(date), clock) for date in entry.dates], np.int64)
        spans = [(int(step), int(step)) for step in steps]
        return _spans(spans, np.ones(len(spans)))
    first, last = release.span_of(entry)
    assert first is not None  # else the door would have refused it
    if entry.daily_weights:
        weights = np.array(entry.daily_weights, np.float64)
        days = [epoch(first) + SECONDS_PER_DAY * k for k in range(len(weights) + 1)]
        spans = [_grid_steps(a, b, clock, open_end=True) for a, b in itertools.pairwise(days)]
        keep = np.flatnonzero(weights)
        return _spans([spans[k] for k in keep], weights[keep])
    assert last is not None
    return _spans([_grid_steps(epoch(first), epoch(last), clock)], np.ones(1))


def _tied(entry: ReleaseSource, clock: Clock, coast: Coast | None, domain: Box, on_land: str) -> SourcePlan:
    """Positions, or a track: places that have their own times."""
    if entry.file:
        fixes = positions.read(Path(entry.file))
    else:
        fixes = [positions.Fix(epoch(time), *point) for time, point in zip(entry.times, entry.points, strict=True)]
    if entry.kind == "positions":
        steps = np.array([_nearest_step(fix.time, clock) for fix in fixes], np.int64)
        if not sum(fix.number for fix in fixes) > 0.0:
            raise InputError(f"{entry.file}: its numbers of boats are all 0")
        dates = _spans([(int(step), int(step)) for step in steps], np.array([fix.number for fix in fixes]))
        tied = positions.positions(fixes, steps, coast, domain, on_land)
    else:
        if len(fixes) < 2:
            raise InputError("a track has 2 or more positions")
        first = fixes[0].time if entry.first is None else max(epoch(entry.first), fixes[0].time)
        last = fixes[-1].time if entry.last is None else min(epoch(entry.last), fixes[-1].time)
        if last < first:
            raise InputError(f"first to last lies outside the track, {_text(fixes[0].time)} to {_text(fixes[-1].time)}")
        dates = _spans([_grid_steps(first, last, clock)], np.ones(1))
        span = int(dates.first[0]), int(dates.first[0] + dates.count[0] - 1)

        def moments(steps: NDArray[np.int64]) -> NDArray[np.float64]:
            return clock.start + clock.step_s * steps.astype(np.float64)

        tied = positions.track(fixes, float(entry.radius_km), moments, span, coast, domain, on_land)
    _refuse_outside(dates, clock)
    return SourcePlan(entry.name, entry.kind, float(entry.weight), None, dates, tied=tied)


def _refuse_outside(dates: Dates, clock: Clock) -> None:
    """The door has not seen the times of a file: see that they lie within the run."""
    first, last = int(dates.first.min()), int((dates.first + dates.count).max()) - 1
    if first < 0 or last > clock.steps:
        step = first if first < 0 else last
        raise InputError(
            f"release at {_text(clock.start + clock.step_s * step)} is outside the run, {_text(clock.start)} to "
            f"{_text(clock.start + clock.step_s * clock.steps)}; move the dates or the run"
        )


def between_steps(config: Config, planned: Release) -> list[str]:
    """What is told of release dates that lie between two steps: when boats are released instead, a line each."""
    out = []
    for entry, source in zip(config.release.sources, planned.sources, strict=True):
        if source.tied is not None:
            continue
        first, last = config.release.span_of(entry)
        asked = list(entry.dates) or [moment for moment in (first, None if entry.daily_weights else last) if moment]
        begin = source.dates.first
        end = begin + source.dates.count - 1
        steps = begin if entry.dates else (begin[0], end[-1])
        for moment, step in zip(asked, steps, strict=False):
            given = planned.clock.start + planned.clock.step_s * float(step)
            if abs(given - epoch(moment)) > 1.0:
                what = "" if entry.dates or first == last else "first " if moment is first else "last "
                out.append(f"{entry.name}: {_text(epoch(moment))} lies between steps, {what}release at {_text(given)}")
    return list(dict.fromkeys(out))


def told(config: Config, planned: Release) -> list[str]:
    """What a reader of a config may not expect of the times of release, a line each."""
    return [*between_steps(config, planned), *unused(config)]


def unused(config: Config) -> list[str]:
    """What the features of files say of time, which is not used, a line for each source."""
    out = []
    for entry in config.release.sources:
        if entry.kind in FROM_FILE:
            names = {name for feature in vectors.read(Path(entry.file)) for name in feature.properties}
            stated = sorted(name for name in names if name.lower() in _TIMES)
            if stated:
                out.append(
                    f"{entry.name}: {', '.join(stated)} of its features is not used: boats of each begin from first to "
                    'last; with kind = "positions" each place has its own time'
                )
    return out


def _nearest_step(moment: float, clock: Clock) -> int:
    return math.floor(clock.step(moment) + 0.5)


def _grid_steps(first: float, last: float, clock: Clock, open_end: bool = False) -> tuple[int, int]:
    """First and last step of the grid within an interval; the nearest one where it is shorter than a step."""
    # A millionth of a step for rounding: a whole step stays one.
    low = math.ceil(clock.step(first) - 1e-6)
    high = math.ceil(clock.step(last) - 1e-6) - 1 if open_end else math.floor(clock.step(last) + 1e-6)
    return (low, high) if high >= low else (_nearest_step(first, clock),) * 2


def _spans(spans: Sequence[tuple[int, int]], weights: NDArray[np.float64]) -> Dates:
    first, last = (np.array(side, np.int64) for side in zip(*spans, strict=True))
    cumulative = np.concatenate([[0.0], np.cumsum(weights) / weights.sum()])
    return Dates(first, last - first + 1, cumulative)


def _text(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")


# Places


def _place(entry: ReleaseSource, coast: Coast | None, domain: Box, on_land: str, area: Area) -> places.Place:
    kind = entry.kind
    sea = () if coast is None else (places.Sea(coast),)
    if kind in ("point", "circle"):
        return _round_point(entry, coast, domain, on_land)
    if kind == "line":
        return _checked(places.Line([np.array(entry.points, np.float64)], sea))
    if kind == "box":
        assert entry.box is not None
        west, east, south, north = entry.box
        return _checked(places.Area((west, south, east, north), sea))
    if kind == "polygon":
        return _within(shapely.Polygon(entry.points), coast)
    if kind in FROM_FILE:
        return _vectors(Path(entry.file), coast, domain, on_land)
    return _off_port(entry, coast, domain, area)


def _outline(entry: ReleaseSource, shift: NDArray[np.float64] | None) -> tuple[places.Place | None, float]:
    """A box or polygon without regard to land, and the latitude of its middle; None where nothing shifts it."""
    if shift is None or entry.kind not in SHIFTED:
        return None, 0.0
    if entry.kind == "box":
        assert entry.box is not None
        west, east, south, north = entry.box
        return places.Area((west, south, east, north), ()), 0.5 * (south + north)
    shape = shapely.Polygon(entry.points)
    return places.Area(shape.bounds, [places.Within(shape)]), 0.5 * (shape.bounds[1] + shape.bounds[3])


def _check_bounds(bounds: Sequence[float], domain: Box) -> None:
    """Bounds (west, south, east, north) must lie in the domain (west, east, south, north)."""
    west, south, east, north = bounds
    if not (domain[0] <= west and east <= domain[1] and domain[2] <= south and north <= domain[3]):
        raise InputError(
            f"reaches {west:.3f} to {east:.3f} E, {south:.3f} to {north:.3f} N, outside the domain"
            f" {domain[0]:g} to {domain[1]:g} E, {domain[2]:g} to {domain[3]:g} N;"
            " move it or widen coast.domain (longitude comes first)"
        )


def _checked(place: places.Place) -> places.Place:
    """Refuses a place with (nearly) no sea in it: a slip in the coordinates, most likely."""
    part = places.accepted_part(place)
    if part < places.LEAST_ACCEPTED:
        raise InputError("lies on land" if part == 0.0 else f"only {100.0 * part:.1f} % of it is sea; give it more sea")
    return place


def _round_point(entry: ReleaseSource, coast: Coast | None, domain: Box, on_land: str) -> places.Place:
    """A point, or the disc about it. A point must be at sea; of a circle only the part at sea counts."""
    points, radius = np.array(entry.points, np.float64), float(entry.radius_km)
    if entry.kind == "point":
        points = _at_sea(points, coast, on_land)
    if radius == 0.0:
        return places.Points(points[:, 0].copy(), points[:, 1].copy())
    disc = places.Distance(float(points[0, 0]), float(points[0, 1]), 0.0, radius)
    _check_bounds(disc.bounds(), domain)
    return _checked(places.Area(disc.bounds(), [disc, *(() if coast is None else (places.Sea(coast),))]))


def _at_sea(points: NDArray[np.float64], coast: Coast | None, on_land: str) -> NDArray[np.float64]:
    """The points, those on land moved to the sea if that was asked for."""
    if coast is None:
        return points
    dry = np.flatnonzero(coast.is_land(points[:, 0], points[:, 1]))
    if dry.size == 0:
        return points
    if on_land != "move":
        named = ", ".join(f"[{lon:g}, {lat:g}]" for lon, lat in points[dry[:3]])
        more = f" and {dry.size - 3} more" if dry.size > 3 else ""
        raise InputError(f'on land: point {named}{more}; give a place at sea, or set release.on_land = "move"')
    moved = points.copy()
    moved[dry, 0], moved[dry, 1] = coast.nearest_sea(points[dry, 0], points[dry, 1])
    return moved


def _within(shape: BaseGeometry, coast: Coast | None) -> places.Place:
    """An area and the sea in it."""
    limits: list[places.Limit] = [places.Within(shape)]
    if coast is not None:
        limits.append(places.Sea(coast))
    return _checked(places.Area(shape.bounds, limits))


def _vectors(path: Path, coast: Coast | None, domain: Box, on_land: str) -> places.Place:
    """Features of a file: areas by area, lines by length, or points, each as likely as the others."""
    found = [feature.shape for feature in vectors.read(path)]
    try:
        kinds = {vectors.dimension(shape) for shape in found}
        if kinds == {2}:
            for shape in found:
                vectors.refuse_improper(shape)
        # Part by part: what crosses 180 degrees is cut there (RFC 7946, 3.1.9), and its parts lie on two branches.
        shapes = [vectors.branch(part, domain) for shape in found for part in getattr(shape, "geoms", [shape])]
        if kinds == {2}:
            area = shapely.union_all([shapely.force_2d(shape) for shape in shapes])
            _check_bounds(area.bounds, domain)
            return _within(area, coast)
        if kinds == {1}:
            lines = [np.array(part.coords)[:, :2] for shape in shapes for part in getattr(shape, "geoms", [shape])]
            _check_bounds(shapely.MultiPoint(np.concatenate(lines)).bounds, domain)
            return _checked(places.Line(lines, () if coast is None else (places.Sea(coast),)))
        if kinds == {0}:
            points = np.concatenate([shapely.get_coordinates(shape) for shape in shapes])
            _check_bounds(shapely.MultiPoint(points).bounds, domain)
            points = _at_sea(points, coast, on_land)
            return places.Points(points[:, 0].copy(), points[:, 1].copy())
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    raise InputError(
        f"{path}: holds areas, lines and points mixed; give each kind its own file and source, with a weight"
    )


def _off_port(entry: ReleaseSource, coast: Coast | None, domain: Box, area: Area) -> places.Place:
    port = area.port(entry.port)
    if port is None:
        raise InputError(f"port {entry.port!r} is none of the area {area.key}")
    least, most = float(entry.min_offshore_km), float(entry.max_offshore_km)
    ring = places.Distance(port.lon, port.lat, least, most)
    west, south, east, north = ring.bounds()
    # What lies outside the domain is left out: a ring round a port is not the user's own drawing.
    bounds = (max(west, domain[0]), max(south, domain[2]), min(east, domain[1]), min(north, domain[3]))
    limits: list[places.Limit] = [ring]
    if coast is not None:
        limits.append(places.Sea(coast, least))
    try:
        return _checked(places.Area(bounds, limits))
    except InputError:
        raise InputError(
            f"no sea between {least:g} and {most:g} km from {port.name} that is {least:g} km or more from every shore;"
            " raise max_offshore_km or lower min_offshore_km"
        ) from None
