"""What the numbers of a run are made of, as whole numbers that add up: over row groups and over parts, in any order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..system.constants import SECONDS_PER_FORTNIGHT, SECONDS_PER_WEEK
from ..system.errors import InputError
from ..system.kinds import AnyArray
from .outcome import Outcome

if TYPE_CHECKING:
    import xarray as xr

AGE_BINS_A_DAY = 4
"""Of the ages at landing: fine enough that a second look, for quantiles, is at a tenth of the boats."""

_FORTNIGHTS, _AGES, _ENDS = 1 << 13, 1 << 20, 1 << 10
"""Room for the codes of a key; a fortnight counts from the middle of its room, for dates before the run's start."""


@dataclass(frozen=True)
class Counts:
    """A sparse table of whole numbers.

    Attributes
    ----------
    room : tuple of int
        How many codes there may be along each dimension but the first, which has no limit.
    key : ndarray of int64, shape (n,)
        The codes of each row in one number, ascending; none twice.
    count : ndarray of int64, shape (n,)
    """

    room: tuple[int, ...]
    key: NDArray[np.int64]
    count: NDArray[np.int64]

    @classmethod
    def of(cls, room: tuple[int, ...], *codes: ArrayLike, count: AnyArray | None = None) -> Counts:
        """How often each combination of codes occurs, or the sum of a count over it."""
        key, inverse = np.unique(keys(room, *codes), return_inverse=True)
        if count is None:
            return cls(room, key, np.bincount(inverse, minlength=key.size).astype(np.int64))
        total = np.zeros(key.size, np.int64)
        np.add.at(total, inverse, count)
        return cls(room, key, total)

    @classmethod
    def added(cls, tables: Iterable[Counts]) -> Counts:
        """The sum of tables of one kind."""
        every = list(tables)
        key, inverse = np.unique(np.concatenate([one.key for one in every]), return_inverse=True)
        total = np.zeros(key.size, np.int64)
        np.add.at(total, inverse, np.concatenate([one.count for one in every]))
        return cls(every[0].room, key, total)

    @property
    def codes(self) -> tuple[NDArray[np.int64], ...]:
        """The codes of each row, an array for each dimension."""
        rest, out = self.key, []
        for size in reversed(self.room):
            rest, code = np.divmod(rest, size)
            out.append(code)
        return (rest, *reversed(out))

    def __len__(self) -> int:
        return self.key.size


def keys(room: tuple[int, ...], *codes: ArrayLike) -> NDArray[np.int64]:
    """Codes along several dimensions as one number; ascending as the codes do, the first of them first."""
    out = np.asarray(codes[0], np.int64)
    for size, code in zip(room, codes[1:], strict=True):
        out = out * size + np.asarray(code, np.int64)
    return out


@dataclass(frozen=True)
class Tallies:
    """Counts of the boats of a run, or of a part of it.

    Attributes
    ----------
    boats : int
    last_s : float
        Latest moment of any boat, seconds since the run's start.
    released_s : tuple of float
        First and last release.
    fates : source, fortnight of release, member, stretch + 1 (0: not ashore)
    near : source, fortnight of release, region that came within 20 km, or was landed on
    weeks : week, stretch of landing
    ends : outcome, exit + 1, stretch + 1
    ages : source, fortnight of release, stretch, bin of the age at landing
    bins : bin of 5 km along the coast; empty without a coast
    """

    boats: int
    last_s: float
    released_s: tuple[float, float]
    fates: Counts
    near: Counts
    weeks: Counts
    ends: Counts
    ages: Counts
    bins: Counts


def tables() -> tuple[str, ...]:
    """Names of the tables of `Tallies`."""
    return tuple(field.name for field in fields(Tallies))[3:]


def fortnight_of(release_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """The code of the fortnight of a release."""
    return np.floor(release_s / SECONDS_PER_FORTNIGHT).astype(np.int64) + _FORTNIGHTS // 2


def fortnight_start_s(code: int) -> float:
    """When a fortnight begins, seconds since the run's start."""
    return (code - _FORTNIGHTS // 2) * SECONDS_PER_FORTNIGHT


COLUMNS = (
    "member",
    "source",
    "outcome",
    "stretch",
    "release_time",
    "age_days",
    "within_20_km",
    "exit",
    "landing_time",
    "final_time",
)
"""What is counted; without the last three only what `statistics.describe_regions` asks for."""


def count(
    arrivals: xr.Dataset,
    leaves: int,
    masks: NDArray[np.uint64],
    members: int,
    bins: NDArray[np.int64] | None = None,
    own: NDArray[np.bool_] | None = None,
) -> Tallies:
    """Tallies of some boats.

    Parameters
    ----------
    arrivals
        A row for each.
    leaves : int
        How many stretches there are names for.
    masks : (region,)
        The stretches of each region, a bit for each.
    members : int
        Of the run.
    bins : (boat,), optional
        The bin of the coast that each landed in, -1 for none (`landing_bins`).
    own : (boat, region), optional
        Which landed in regions of somebody's own: counted once more, as at a stretch after the last.

    Raises
    ------
    InputError
        If a stretch has no name.
    """
    column = {name: arrivals[name].values for name in COLUMNS if name in arrivals}
    ashore = column["outcome"] == Outcome.LANDED
    stretch = np.where(ashore, column["stretch"], -1).astype(np.int64)
    if stretch.size and stretch.max() >= leaves:
        raise InputError(f"arrivals: stretch code {stretch.max()} has no name among the {leaves} of flag_meanings")
    source, fortnight = column["source"].astype(np.int64), fortnight_of(column["release_time"])
    again, region = np.nonzero(own) if own is not None else (np.zeros(0, np.int64),) * 2
    every = np.concatenate([np.arange(stretch.size), again])
    end = np.concatenate([stretch + 1, leaves + 1 + region])
    rows, leaf = every[end > 0], end[end > 0] - 1
    none = np.zeros(0)
    exits = column.get("exit", np.full(stretch.size, -1))
    landing_s = column.get("landing_time", np.zeros(stretch.size))[rows]
    return Tallies(
        boats=stretch.size,
        last_s=float(np.nanmax(column.get("final_time", none), initial=0.0)),
        released_s=_ends(column["release_time"]),
        fates=Counts.of((_FORTNIGHTS, members, _ENDS), source[every], fortnight[every], column["member"][every], end),
        near=_near(column["within_20_km"], stretch, source, fortnight, masks),
        weeks=Counts.of((_ENDS,), np.maximum(np.nan_to_num(landing_s) // SECONDS_PER_WEEK, 0.0), leaf),
        ends=Counts.of(ENDS_ROOM, column["outcome"], exits.astype(np.int64) + 1, column["stretch"] + 1),
        ages=Counts.of(AGES_ROOM, source[rows], fortnight[rows], leaf, age_bin(column["age_days"][rows])),
        bins=Counts.of((), bins[bins >= 0] if bins is not None else np.zeros(0, np.int64)),
    )


AGES_ROOM = (_FORTNIGHTS, _ENDS, _AGES)
ENDS_ROOM = (_ENDS, _ENDS)


def age_bin(age_days: AnyArray) -> NDArray[np.int64]:
    """The bin of an age, days; what is no age stands with the greatest."""
    scaled = np.nan_to_num(np.asarray(age_days, np.float64) * AGE_BINS_A_DAY, nan=np.inf, posinf=_AGES)
    return np.clip(scaled, 0.0, _AGES - 1.0).astype(np.int64)


def _ends(seconds: NDArray[np.float64]) -> tuple[float, float]:
    return float(np.nanmin(seconds, initial=np.inf)), float(np.nanmax(seconds, initial=-np.inf))


def _near(
    within: NDArray[np.uint64],
    stretch: NDArray[np.int64],
    source: NDArray[np.int64],
    fortnight: NDArray[np.int64],
    masks: NDArray[np.uint64],
) -> Counts:
    """Boats that came near each region: few masks differ, so each is looked at once."""
    own = np.where(stretch >= 0, np.uint64(1) << np.maximum(stretch, 0).astype(np.uint64), np.uint64(0))
    mask, which = np.unique(within.astype(np.uint64) | own, return_inverse=True)
    seen = Counts.of((_FORTNIGHTS, max(mask.size, 1)), source, fortnight, which)
    of_source, of_fortnight, of_mask = seen.codes
    row, region = np.nonzero((mask[:, None] & masks[None, :])[of_mask]) if mask.size else (np.zeros(0, np.int64),) * 2
    return Counts.of((_FORTNIGHTS, _ENDS), of_source[row], of_fortnight[row], region, count=seen.count[row])


def added(parts: Iterable[Tallies]) -> Tallies:
    """The sum of tallies, in whatever order they come."""
    every = list(parts)
    return Tallies(
        sum(one.boats for one in every),
        max(one.last_s for one in every),
        (min(one.released_s[0] for one in every), max(one.released_s[1] for one in every)),
        *(Counts.added(getattr(one, name) for one in every) for name in tables()),
    )


def as_arrays(tallies: Tallies) -> dict[str, AnyArray]:
    """Tallies as plain arrays by name, for a file."""
    out: dict[str, AnyArray] = {
        "boats": np.array([tallies.boats], np.int64),
        "seconds": np.array([tallies.last_s, *tallies.released_s]),
    }
    for name in tables():
        table = getattr(tallies, name)
        out |= {f"{name}_room": np.array(table.room, np.int64), f"{name}_key": table.key, f"{name}_count": table.count}
    return out


def of_arrays(arrays: Mapping[str, AnyArray]) -> Tallies:
    """Tallies from such arrays.

    Raises
    ------
    ValueError
        If they are none.
    """
    try:
        last, *released = (float(value) for value in arrays["seconds"])
        read = [_table(arrays, name) for name in tables()]
        return Tallies(int(arrays["boats"][0]), last, (released[0], released[1]), *read)
    except (KeyError, IndexError, TypeError) as problem:
        raise ValueError(f"holds no tallies ({problem})") from problem


def _table(arrays: Mapping[str, AnyArray], name: str) -> Counts:
    room, key, number = (arrays[f"{name}_{what}"] for what in ("room", "key", "count"))
    whole = all(values.dtype == np.int64 and values.ndim == 1 for values in (room, key, number))
    if not whole or key.shape != number.shape or (key < 0).any() or (number < 1).any() or (np.diff(key) <= 0).any():
        raise ValueError(f"table {name} is none")
    return Counts(tuple(room.tolist()), key, number)
