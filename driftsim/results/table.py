"""The numbers of a run as plain text: what became of the boats first, then the regions that lead, then the others."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import date

from ..system.kinds import JsonView
from ..system.percent import percent, span
from ..words import day_words, table_words
from . import answer, any_season, statistics
from .intervals import FEWEST_BOATS, FEWEST_LANDINGS, FEWEST_SEASONS, PERCENT

WIDTH = 100
NAME = 19

WORDS = table_words()
OUTCOMES = WORDS["outcomes"]
UNKNOWN = {
    key: why.format(members=FEWEST_SEASONS, boats=FEWEST_BOATS, landings=FEWEST_LANDINGS, home="{home}")
    for key, why in WORDS["unknown"].items()
}
"""Why no range of seasons is given."""


def text(summary: JsonView) -> str:
    """The numbers of a run, at most 100 columns wide.

    Shares of the landings come first where most boats have landed, chances of a boat elsewhere. A backward run has no
    arrivals, and a run without a shore no landings: neither has a table of coasts.
    """
    blocks = [_heading(summary), _outcomes(summary)]
    if answer.is_backward(summary):
        blocks.append(_whereabouts(summary))
    elif not answer.has_coast(summary):
        blocks.append("There is no shore in this run: nothing can be said of landings.")
    else:
        blocks += [_leading(summary), _rest(summary), _fates(summary)]
    blocks.append(_notes(summary))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _between(of: JsonView, prefix: str, kind: str) -> str:
    low, high = (of[f"{prefix}{kind}_{end}"] for end in ("low", "high"))
    if kind in ("all", "season") or low is None:
        return span(low, high)
    return f"{percent(low)}–{percent(high)} %"


def first_day(summary: JsonView) -> str:
    """First day of the run; the year of a climatology is only a calendar, and is not printed."""
    day = date.fromisoformat(summary["weeks"][0])
    dated = any(notes.get("kind_of_record") in statistics.RECORDS for notes in summary["forcing"].values())
    return day_words(WORDS, day, year=dated)


def _wrap(*lines: str) -> str:
    return "\n".join(part for line in lines for part in textwrap.wrap(line, WIDTH))


def _heading(summary: JsonView) -> str:
    members = f"{summary['members']:,} member" + "s" * (summary["members"] != 1)
    size = f"{summary['boats']:,} simulated boats, {members}, seed {summary['seed']}; from {first_day(summary)}"
    method = {
        "season": "each member is a season of weather, assumptions held fixed",
        "all": "each member is a season of weather and a draw of what nobody knows",
        "mean": "too few members or boats for a range of seasons",
        "counting": "too few members to say how much seasons differ",
    }[answer.range_kind(summary)]
    if answer.range_kind(summary) == "season" and answer.errs_alone(summary):
        method = "each member is a draw of the current's error"
    if answer.range_kind(summary) == "all" and answer.errs_alone(summary):
        method = "each member is a draw of the current's error and of what nobody knows"
    if summary["members"] == 1:
        method = "one series of weather"
    elif answer.drawn(summary) and answer.one_weather(summary):
        method = "one series of weather, and each member a draw of what nobody knows"
    lines = [summary["title"] or "A run of driftsim", f"{size}; {method}."]
    if answer.is_backward(summary):
        lines[1:] = [f"{size}.", "Backward in time: where boats may have been, no forecast of arrivals."]
    return _wrap(*lines)


# --- outcomes ------------------------------------------------------------------------------------------------------


def _outcomes(summary: JsonView) -> str:
    """``Of 100 boats 93 still adrift at the end, 6 ashore in Akita, ...``."""
    whole, parts = answer.of_hundred(summary)
    if answer.is_backward(summary):
        at_sea = sum(part.boats for part in parts if part.key == "adrift")
        left = sum(part.boats for part in parts if part.key == "left")
        met = whole - at_sea - left
        ends = f"{at_sea} are still at sea at the beginning of the period, {first_day(summary)}"
        ends += f"; {left} came from beyond the domain" * bool(left)
        ends += f"; {met} meet a shore on the way and end there, which says nothing of where the boat began" * bool(met)
        return _wrap(f"Of {whole} path{'s' * (whole != 1)} traced back {ends}.")
    ashore = "ashore "
    words = []
    for key, n in parts:
        if key in OUTCOMES and not key.startswith("other"):
            words.append(f"{n} {OUTCOMES[key]}")
        else:
            where = OUTCOMES[key] if key in OUTCOMES else f"in {summary['regions'][key]['name']}"
            where = where.format(home=_home(summary)) if key in OUTCOMES else where
            words.append(f"{n} {ashore}{where}")
            ashore = ""
    return _wrap(f"Of {whole} boat{'s' * (whole != 1)}: {', '.join(words)}.")


def _whereabouts(summary: JsonView) -> str:
    """Where the boats of a backward run may have been at the beginning of its period."""
    of = summary.get("whereabouts")
    if not of:
        return ""
    west, lon, east = of["lon"]
    south, lat, north = of["lat"]
    return _wrap(
        f"On {first_day(summary)} nine in ten of those at sea lie between {west:.1f} and {east:.1f} E (the middle one "
        f"at {lon:.1f}), and nine in ten between {south:.1f} and {north:.1f} N (the middle one at {lat:.1f}).",
        "Where they may have been week by week: density.nc, and the map of `driftsim map --figure density`.",
    )


def _fates(summary: JsonView) -> str:
    """All outcomes to a tenth of a percent; sinking only where the config asked for it."""
    ends, boats = summary["outcomes"], max(summary["boats"], 1)
    area, at_home = answer.area_of(summary), summary["regions"].get(answer.home(summary), {}).get("boats", 0)
    ashore = answer.landed(summary)
    coasts = [f"ashore in {_home(summary)} {percent(at_home / boats)} %"]
    coasts.append(f"ashore elsewhere {percent((ashore - at_home) / boats)} %")
    if not answer.home(summary):
        coasts = [f"ashore {percent(ashore / boats)} %"]
    left = {key.removeprefix("left_"): number for key, number in ends.items() if key.startswith("left_")}
    ways = ", ".join(f"{area.exit_name(key)} {percent(number / boats)} %" for key, number in left.items() if number)
    parts = [
        *coasts,
        f"left the domain {percent(sum(left.values()) / boats)} %" + (f" ({ways})" if ways else ""),
        f"still adrift at the end {percent(ends['adrift'] / boats)} %",
    ]
    if ends["sunk"]:
        parts.append(f"sunk at the rate set in the config {percent(ends['sunk'] / boats)} %")
    return textwrap.fill(f"Simulated boats by outcome: {'; '.join(parts)}.", WIDTH)


def _home(summary: JsonView) -> str:
    """Name of the home region."""
    key = answer.home(summary)
    return str(summary["regions"][key]["name"]) if key in summary["regions"] else ""


# --- regions -------------------------------------------------------------------------------------------------------

Column = tuple[str, int, list[str]]
"""Its head, its width, its cells."""


def _group(rows: Sequence[JsonView], prefix: str, name: str, kind: str) -> list[Column]:
    """Columns of a share or a chance: with seasons what nine in ten bring stands first."""
    unit = [percent(of[name]) + " %" * (of[name] is not None) for of in rows]
    seasons: list[Column] = [("nine in ten", 12, [_between(of, prefix, "season") for of in rows])]
    middle: list[Column] = [("mean", 9, unit)]
    error: list[Column] = [("its error", 14, [_between(of, prefix, "mean") for of in rows])]
    return {"season": seasons + middle, "mean": middle + error, "counting": middle}[kind]


def _leading(summary: JsonView) -> str:
    """The regions that lead, with their numbers in the order in which they can be used."""
    keys = answer.leading(summary)
    if not keys:
        return ""
    kind, rows = answer.range_kind(summary), list(statistics.select(summary, keys).values())
    first = answer.shares_lead(summary)
    home = _home(summary)
    if kind == "all":
        return any_season.leading(summary, f"share of {home}’s landings")
    title = f"share of the landings in {home}" if first else f"of {home}’s landings"
    share = (title, _group(rows, "share_", "share_of_home", kind))
    chance = ("chance of a boat", _group(rows, "", "probability", kind))
    groups = [share, chance] if first else [chance, share] if home else [chance]
    if kind == "counting":
        narrow = {share[0]: (f"of {home}’s", "landings", max(13, len(home) + 6))}
        narrow[chance[0]] = ("chance", "of a boat", 11)
        groups = [(narrow[title][0], [(*narrow[title][1:], columns[0][2])]) for title, columns in groups]
    elif kind == "season":  # of what leads alone, for want of room
        prefix = "share_" if groups[0] is share else ""
        groups[0][1].append(("its error", 14, [_between(of, prefix, "mean") for of in rows]))
    near = [percent(of["within_20_km"]) + " %" * (of["within_20_km"] is not None) for of in rows]
    days: list[Column] = [
        (f"{p}%", width, ["–" if of[f"days_p{p}"] is None else f"{of[f'days_p{p}']:.0f}" for of in rows])
        for p, width in ((10, 6), (50, 5), (90, 5))
    ]
    groups += [("within", [("20 km", 9, near)]), ("days adrift", days)]
    if kind == "counting":  # apart from the numbers: it is no knowledge of how they may turn out
        groups.append(("counting error", [("of the chance", 18, [_between(of, "", "mean") for of in rows])]))
    heads = "".join(f"{title:>{sum(width for _, width, _ in columns)}}" for title, columns in groups)
    columns = [column for _, some in groups for column in some]
    lines = [f"{'':<{NAME}}{heads}", f"{'':<{NAME}}" + "".join(f"{head:>{width}}" for head, width, _ in columns)]
    for i, of in enumerate(rows):
        label = textwrap.shorten(of["name"], NAME, placeholder="…")
        lines.append(f"{label:<{NAME}}" + "".join(f"{cells[i]:>{width}}" for _, width, cells in columns))
    return "\n".join([*(line.rstrip() for line in lines), *_explained(summary, kind, rows)])


def _explained(summary: JsonView, kind: str, rows: Sequence[JsonView]) -> list[str]:
    """What the ranges are, and why one is not given."""
    if kind == "counting":
        what = f"counting error: of so many boats, {PERCENT}; it holds no other weather, boat or stronger wind"
    elif kind == "mean":
        why = UNKNOWN[next(of["season_unknown"] for of in rows)].format(home=_home(summary))
        what = f"its error: how well the mean of all members is known, {PERCENT}; no range of seasons: {why}"
    else:
        of_ten = "draws of the current's error" if answer.errs_alone(summary) else "seasons of weather"
        what = f"nine in ten: {of_ten}, of ten, that bring this; its error: of the mean of all, {PERCENT}"
        reasons = {of[f"{prefix}season_unknown"] for of in rows for prefix in ("", "share_")} - {None, ""}
        why_not = " or ".join(UNKNOWN[why] for why in sorted(reasons)).format(home=_home(summary))
        what += f"; –: {why_not}" * bool(reasons)
    return textwrap.wrap(what, WIDTH)


def _rest(summary: JsonView) -> str:
    """Every other coast in a short line: its share of the landings at home or its chance, as what leads has it."""
    regions, lead = summary["regions"], answer.leading(summary)
    home_key, name = answer.home(summary), _home(summary)
    inside = {  # stretches that a sum already shows; those of a region that leads are shown beside it
        part
        for key, of in regions.items()
        if key != home_key and key not in lead and len(of["stretches"]) > 1
        for part in of["stretches"]
    }
    shown = [
        key
        for key, of in regions.items()
        if key not in lead and key not in inside and key != home_key and of["probability"] is not None
    ]
    kind, by_share = answer.range_kind(summary), answer.shares_lead(summary)
    what = {
        "all": f": mean (any {answer.season_word(summary)})",
        "season": ": mean (nine seasons in ten)",
        "mean": ": mean (its error)",
        "counting": "",
    }[kind]
    home = [_brief(regions[key], by_share, kind) for key in shown if answer.at_home(summary, key)]
    abroad = [_brief(regions[key], False, kind) for key in shown if not answer.at_home(summary, key)]
    of_home = f"share of the landings in {name}" if by_share else "chance of a boat"
    parts = [(f"Other coasts of {name}, {of_home}{what}", home)]
    parts.append((f"{'Coasts abroad' if name else 'Other coasts'}, chance of a boat{what}", abroad))
    if name and regions[home_key]["probability"] is None:
        parts[0] = (f"No coast of {name} lies in the area: nothing can be said of landings there.", [""])
    return "\n\n".join("\n".join([title, *_columns(lines)]).rstrip() for title, lines in parts if lines)


def _brief(of: JsonView, by_share: bool, kind: str) -> str:
    prefix, name = ("share_", "share_of_home") if by_share else ("", "probability")
    label = textwrap.shorten(of["name"], 27, placeholder="…")
    around = "" if kind == "counting" else f"({_between(of, prefix, kind)})"
    return f"{label:<27}{percent(of[name]):>5} % {around:>14}"


def _columns(lines: list[str]) -> list[str]:
    half = (len(lines) + 1) // 2
    right = [*lines[half:], ""]
    return [f"{left:<51}{right[i]}".rstrip() for i, left in enumerate(lines[:half])]


def _notes(summary: JsonView) -> str:
    return "\n".join(textwrap.fill(f"- {note}", WIDTH, subsequent_indent="  ") for note in summary["caveats"])
