"""What a run answers, decided once for every table, map and page: what is told first, and which regions lead."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from ..area.area import Area
from ..system.kinds import JsonView

Summary = JsonView

MATTER = 0.25
"""The regions that an area puts first lead where together they take this part of all landings."""

MOST_LEADING = 4

SETTLED = 0.80
"""From this part of the boats ashore, shares of the landings lead; below, nobody knows yet where the others land."""

SEASON_WEEKS = 8
"""A run of fewer is no season."""

NAMED = 6
"""Regions that a sentence of outcomes names; the others are added up."""


class Outcome(NamedTuple):
    """Boats that ended alike; `key` is a region's, ``adrift``, ``left``, ``sunk``, ``other_home`` or ``other``."""

    key: str
    boats: int


def area_of(summary: Summary) -> Area:
    """The area, as the results carry it; without its data."""
    return Area.from_description(summary["area"])


def home(summary: Summary) -> str:
    """Key of the region that shares are shares of; "" where the area has none."""
    return str(summary["area"].get("home") or "")


def mission(summary: Summary) -> tuple[str, ...]:
    """The regions that the area, or the config, puts first; those that the run knows."""
    return tuple(key for key in summary["area"].get("lead", ()) if key in summary["regions"])


def at_home(summary: Summary, key: str) -> bool:
    """Whether a region lies in the home country."""
    regions = summary["regions"]
    of = regions.get(home(summary))
    return of is not None and bool(regions[key]["stretches"]) and set(regions[key]["stretches"]) <= set(of["stretches"])


def is_own(summary: Summary, key: str) -> bool:
    """Whether a region is one that somebody has drawn: it may overlap others."""
    return bool(summary["regions"][key].get("own"))


def is_backward(summary: Summary) -> bool:
    """Whether paths go back in time: such a run has no arrivals."""
    return bool(summary.get("direction") == "backward")


def has_coast(summary: Summary) -> bool:
    """Whether there was a coast to land on: else nothing can be said of landings."""
    return any(of["probability"] is not None for of in summary["regions"].values())


def landed(summary: Summary) -> int:
    """Boats that came ashore anywhere."""
    ends = summary["outcomes"]
    return sum(n for key, n in ends.items() if key not in ("adrift", "sunk") and not key.startswith("left_"))


def shares_lead(summary: Summary) -> bool:
    """Whether shares of the landings are told before chances: where most boats have landed."""
    if home(summary) not in summary["regions"]:
        return False
    return not is_backward(summary) and has_coast(summary) and landed(summary) >= SETTLED * max(summary["boats"], 1)


def range_kind(summary: Summary) -> str:
    """Which range stands beside a number.

    ``all``: any season, with all that members draw; ``season``: of weather, assumptions held fixed; else the error of
    the ``mean``, or of ``counting`` boats alone.
    """
    if summary["interval_method"] != "members":
        return "counting"
    scarce = {of.get("season_unknown") for of in summary["regions"].values()} - {None, "coast"}
    if any(of.get("all_low") is not None for of in summary["regions"].values()):
        return "all"
    return "mean" if scarce and scarce <= {"members", "boats"} else "season"


def errs_alone(summary: Summary) -> bool:
    """Whether members differ by the drawn error of the current alone: the weather is that of a record."""
    forcing = summary["forcing"]
    drawn = forcing.get("eddies", {}).get("product") == "error"
    return drawn and forcing.get("wind", {}).get("product") not in ("climatology", "wind_roses")


def drawn(summary: Summary) -> list[str]:
    """Keys of the config that members drew; none where assumptions are held fixed."""
    return [of["key"] for of in (summary.get("uncertain") or {}).get("assumptions", ())]


def one_weather(summary: Summary) -> bool:
    """Whether members share one series of weather, so that they differ by their draws alone."""
    return not any((notes.get("members") or 1) > 1 for notes in summary["forcing"].values())


def season_word(summary: Summary) -> str:
    """What a member is called: a winter, another season, or in a run of less than two months a case."""
    days = sorted(date.fromisoformat(day) for day in summary["weeks"])
    if len(days) < SEASON_WEEKS:
        return "case"
    return "winter" if sum(day.month in (11, 12, 1, 2, 3) for day in days) > len(days) / 2 else "season"


def leading(summary: Summary) -> tuple[str, ...]:
    """Keys of the regions that lead a table, a map, a page.

    Those where boats land, most boats first. Those that the area puts first lead, in their own order, where they
    matter: where together they take a quarter of all landings or more; regions that somebody has drawn, always. None
    where no boat landed.
    """
    if is_backward(summary) or not has_coast(summary):
        return ()
    regions = summary["regions"]
    first = [key for key in mission(summary) if regions[key]["probability"] is not None]
    if any(is_own(summary, key) for key in first):
        return tuple(first)
    if first and 0 < MATTER * landed(summary) <= sum(regions[key]["boats"] for key in first):
        return tuple(first)
    keys = sorted(_apart(summary, ()), key=lambda key: -regions[key]["boats"])
    return tuple(key for key in keys[:MOST_LEADING] if regions[key]["boats"])


def outcomes(summary: Summary) -> list[Outcome]:
    """What became of the boats, most first and what is added up last; together all of them."""
    regions, ends = summary["regions"], summary["outcomes"]
    first = tuple(key for key in leading(summary) if not is_own(summary, key))
    keys = sorted(_apart(summary, first), key=lambda key: -regions[key]["boats"])
    few = 0.005 * summary["boats"]
    named = [key for key in keys if regions[key]["boats"] > few][:NAMED]
    rest = {True: 0, False: 0}
    for key in keys:
        if key not in named:
            rest[at_home(summary, key)] += regions[key]["boats"]
    at_sea = {
        "adrift": ends["adrift"],
        "left": sum(n for key, n in ends.items() if key.startswith("left_")),
        "sunk": ends["sunk"],
    }
    parts = {**at_sea, **{key: regions[key]["boats"] for key in named}, "other_home": rest[True], "other": rest[False]}
    parts["other"] += summary["boats"] - sum(parts.values())
    ends_last = ("other_home", "other")
    return sorted(
        (Outcome(key, n) for key, n in parts.items() if n), key=lambda one: (one.key in ends_last, -one.boats)
    )


def of_hundred(summary: Summary) -> tuple[int, list[Outcome]]:
    """`outcomes` of 100 boats (of all where there are fewer): whole numbers by largest remainder, none of them 0."""
    whole = min(100, summary["boats"])
    parts = outcomes(summary)
    exact = [whole * part.boats / summary["boats"] for part in parts]
    counts = [int(value) for value in exact]
    order = sorted(range(len(parts)), key=lambda i: counts[i] - exact[i])
    for i in order[: whole - sum(counts)]:
        counts[i] += 1
    return whole, [Outcome(part.key, n) for part, n in zip(parts, counts, strict=True) if n]


def _apart(summary: Summary, first: tuple[str, ...]) -> list[str]:
    """Regions that do not overlap and leave no stretch out: `first`, else the largest sums below a country."""
    regions = summary["regions"]
    out, taken = list(first), {stretch for key in first for stretch in regions[key]["stretches"]}
    rest = (key for key in regions if key != home(summary) and not is_own(summary, key))
    for key in sorted(rest, key=lambda key: -len(regions[key]["stretches"])):
        own = set(regions[key]["stretches"])
        if not own & taken:
            out.append(key)
            taken |= own
    return out
