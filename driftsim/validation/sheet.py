"""The comparison as plain text: one screen, the regions that lead first."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TypeVar

from ..system.kinds import JsonView
from ..system.percent import percent, span

Row = TypeVar("Row")

WIDTH = 100
_HEAD = f"{'recorded':>12}{'median':>8}{'50 %':>8}{'90 %':>9}{'p':>13}"


def text(document: JsonView) -> str:
    """The numbers for people, 100 columns wide."""
    verdict = "\n".join(textwrap.fill(f"- {line}", WIDTH, subsequent_indent="  ") for line in document["verdict"])
    leading = [_regions(document), verdict] if document["tracks"] is None else [verdict, _regions(document)]
    blocks = [
        _heading(document),
        _tracks(document),
        *leading,
        _bins(document),
        _scores(document),
        _finds(document),
    ]
    lines = "\n\n".join(block for block in blocks if block).splitlines()
    return "\n".join(line.rstrip() for line in lines)


def _heading(document: JsonView) -> str:
    of = document["forecast"]
    boats = f"{of['boats']:,} boats, " if of["boats"] else ""
    kinds = {
        "hindcast": "winds of those days",
        "climatology": "typical seasons: places and months can be compared, days cannot",
        "table": "a table of landings",
    }
    head = [
        f"{of['name']}, against {document['records']['name']}",
        f"{boats}{of['landings']:,} landings in {document['home']}, "
        f"{of['members']:,} member{'s' * (of['members'] != 1)}; {kinds[of['kind']]}.",
    ]
    return "\n".join(line for text in head for line in textwrap.wrap(text, WIDTH))


def _regions(document: JsonView) -> str:
    rows = document["regions"]
    table = document["where"].get("mission")
    if table is None:
        return ""
    cases = _range(table["cases_low"], table["cases_high"])
    afloat = "some of which sink" if document["forecast"].get("sunk") else "if it stays afloat"
    lines = [
        f"{'chance of a boat, ' + afloat:>36}{'share of':>12}{'cases':>12}{'cases predicted, of ' + cases:>28}{'':>4}",
        f"{'':<14}{'nine in ten':>14}{'mean':>8}{'landings':>12}" + _HEAD,
    ]
    for row in rows:
        season = span(row["season_low"], row["season_high"])
        mean = percent(row["probability"]) + " %" * (row["probability"] is not None)
        lines.append(f"{row['name']:<14}{season:>14}{mean:>8}{100 * row['share']:>10.1f} %{_counts(row)}")
    rest = next((row for row in table["bins"] if row["key"] == "rest"), None)
    if rest is not None:
        lines.append(f"{'rest of ' + document['home']:<14}{'':>22}{100 * rest['share']:>10.1f} %{_counts(rest)}")
    first, last = f"{table['first'].day} {table['first']:%b}", f"{table['last'].day} {table['last']:%b %Y}"
    what = (
        "chance: of any boat by the end of the run; nine in ten: seasons of weather, of ten, that bring this; "
        f"share and cases: of landings from {first} to {last}"
    )
    lines += textwrap.wrap(what, WIDTH)
    return "\n".join(lines)


def _counts(row: JsonView) -> str:
    """Recorded and predicted count of a bin, 50 columns."""
    recorded = "not known" if row["recorded_low"] is None and row["recorded_high"] is None else _known(row)
    half, most = _range(row["low_50"], row["high_50"]), _range(row["low_90"], row["high_90"])
    p = "–" if row["p_max"] is None or row["vague"] else _p(row["p_min"], row["p_max"])
    return f"{recorded:>12}{row['median']:>8}{half:>8}{most:>9}{p:>13}"


def _p(low: float, high: float) -> str:
    """A p-value, or from its least to its greatest."""
    ends = ["<0.01" if value < 0.005 else f"{value:.2f}" for value in (low, high)]
    return ends[0] if ends[0] == ends[1] else "–".join(ends)


def _known(row: JsonView) -> str:
    low, high = row["recorded_low"], row["recorded_high"]
    if high is None:
        return f"{low} or more"
    return f"at most {high}" if low is None else _range(low, high)


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low}–{high}"


def _bins(document: JsonView) -> str:
    """Coarse bins and time, one line each."""
    head = f"{'':<46}" + _HEAD
    lines = []
    if "coarse" in document["where"]:
        lines += [
            f"{row['name']:<36.36}{'':>10}{_counts(row)}"
            for row in document["where"]["coarse"]["bins"]
            if row["recorded_low"] is not None
        ]
    when = document["when"]
    if when is not None:
        lines += [f"{row['name']:<36.36}{'':>10}{_counts(row)}" for row in when["bins"]]
    return "\n".join([head, *lines]) if lines else ""


def _scores(document: JsonView) -> str:
    of = document["skill"]
    if of is None:
        return ""
    top = of["saturated"]
    worths = ", ".join(map(str, of["worths"][:-1])) + f" and {of['worths'][-1]}"
    lines = [
        f"Places, log score a case: this run {of['run']['log_score']:.3f}; the record's own shares "
        f"{top['log_score']:.3f}",
        f"Gain over a reference, and its 95 % interval if the record is worth {worths} cases:",
    ]
    for row in of["references"]:
        gain = row["gain_log_score"]
        lines.append(
            f"{row['name']:<40.40} {gain['mean']:+.2f} (if the run is true {row['gain_if_run_true']:+.2f}, "
            f"if this is {row['gain_if_reference_true']:+.2f})"
        )
        lines.append("".join(f"{_ends(end, 2):>23}" for end in gain["by_worth"]))
    lines += ["Log odds of the whole table, about the gain times the cases (how often if the reference is true):"]
    for row in of["references"]:
        odds = "".join(f"{_odds(one):>14}" for one in row["evidence"])
        lines.append(f"{row['name']:<40.40}{odds}")
    return "\n".join(lines)


def _odds(of: Mapping[str, float]) -> str:
    chance = of["chance_if_reference_true"]
    often = "<1 %" if chance < 0.01 else f"{100 * chance:.0f} %"
    return f"{of['log_odds']:+.1f} ({often})"


def _ends(of: Mapping[str, float], digits: int) -> str:
    return f"{of['low']:+.{digits}f} to {of['high']:+.{digits}f}"


def _finds(document: JsonView) -> str:
    which = document["which"]
    if which is None:
        return ""
    row = which["with_fragments"]
    lines = [
        f"{row['finds']} dated finds on {row['days']} days, given {which['given']}: log score {row['log_score']:.2f}, "
        f"CRPS {row['crps_km']:.0f} km",
        f"{'gain over':<34}{'if true: run':>13}{'reference':>11}{'found (95 %)':>18}{'CRPS':>14}",
    ]
    for name, gain in row["gain"].items():
        far = row["gain_km"][name]
        lines.append(
            f"{name:<36.36}{gain['if_run_true']:>+8.2f}{gain['if_reference_true']:>+8.2f}{gain['mean']:>+8.2f} "
            f"({_ends(gain, 2)}){far['mean']:>+5.0f} ({_ends(far, 0)}) km"
        )
    by = ", ".join(f"{of['name']} {of['gain_if_run_true']:.2f}" for of in which["by_prefecture"] if of["finds"] > 1)
    lines += textwrap.wrap(f"What a true run would gain there over an even coast: {by}", WIDTH)
    return "\n".join(lines)


def _tracks(document: JsonView) -> str:
    of = document["tracks"]
    if of is None:
        return ""
    n = of["last_fixes"]
    lines = [
        f"{len(of['tracks'])} track{'s' * (len(of['tracks']) != 1)}; of {n} last fixes {of['within_50']} in the 50 % "
        f"area (p = {_number(of['within_50_p'], 2)}), {of['within_90']} in the 90 % area (p = "
        f"{_number(of['within_90_p'], 2)})",
        f"{'':<36}{'tracks':>8}{'skill':>8}{'energy score':>15}{'the boats gain (95 %)':>28}",
        f"{'boats of this run':<36}{len(of['tracks']):>8}{_number(of['skill'], 2):>8}{of['energy_score_km']:>12.1f} km",
    ]
    for row in of["references"]:
        gain = row["gain_km"]
        if not row["tracks"]:
            lines.append(f"{row['name']:<36}{'–':>8}  no track has a fix before the start of the boats")
            continue
        ends = "" if gain["low"] != gain["low"] else f" ({_ends(gain, 1)})"
        lines.append(
            f"{row['name']:<36}{row['tracks']:>8}{_number(row['skill'], 2):>8}{row['energy_score_km']:>12.1f} km"
            f"{gain['mean']:>+9.1f}{ends} km"
        )
    lines += [f"{'days':>6}{'fixes':>7}{'boats':>12}{'their mean':>13}{'still':>10}{'kept':>11}   km from the fix"]
    lines += [
        f"{row['age_days'] - 1:>3}–{row['age_days']:<2}{row['fixes']:>7}{row['separation_km']:>12.1f}"
        f"{row['mean_separation_km']:>13.1f}{row['still_km']:>10.1f}{_number(row['kept_km'], 1):>11}"
        for row in _some(of["by_age"])
    ]
    return "\n".join(lines)


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None or value != value else f"{value:.{digits}f}"


def _some(rows: Sequence[Row], most: int = 8) -> list[Row]:
    step = max(1, -(-len(rows) // most))
    return list(rows[::step])
