"""The comparison as plain text: one screen, the four regions first."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 100
_HEAD = f"{'recorded':>12}{'median':>9}{'50 %':>9}{'95 %':>10}{'p':>10}"


def text(document: Mapping[str, Any]) -> str:
    """The numbers for people, 100 columns wide."""
    blocks = [
        _heading(document),
        _regions(document),
        "\n".join(textwrap.fill(f"- {line}", WIDTH, subsequent_indent="  ") for line in document["verdict"]),
        _bins(document),
        _scores(document),
        _finds(document),
        _tracks(document),
    ]
    lines = "\n\n".join(block for block in blocks if block).splitlines()
    return "\n".join(line.rstrip() for line in lines)


def _heading(document: Mapping[str, Any]) -> str:
    of = document["forecast"]
    boats = f"{of['boats']:,} boats, " if of["boats"] else ""
    kinds = {
        "hindcast": "winds of those days",
        "climatology": "typical seasons: places and months can be compared, days cannot",
        "table": "a table of landings",
    }
    head = [
        f"{of['name']}, against {document['records']['name']}",
        f"{boats}{of['landings']:,} landings in Japan, {of['members']:,} member{'s' * (of['members'] != 1)}; "
        f"{kinds[of['kind']]}.",
    ]
    return "\n".join(line for text in head for line in textwrap.wrap(text, WIDTH))


def _regions(document: Mapping[str, Any]) -> str:
    rows = document["regions"]
    table = document["where"].get("mission")
    if table is None:
        return ""
    cases = _range(table["cases_low"], table["cases_high"])
    afloat = "some of which sink" if document["forecast"].get("sunk") else "if it stays afloat"
    lines = [
        f"{'chance of a boat, ' + afloat:>36}{'share of':>12}{'cases':>12}{'cases predicted, of ' + cases:>28}{'':>4}",
        f"{'':<14}{'one season':>14}{'mean':>8}{'landings':>12}" + _HEAD,
    ]
    for row in rows:
        season = "–" if row["season_low"] is None else f"{100 * row['season_low']:.1f}–{100 * row['season_high']:.1f} %"
        mean = "–" if row["probability"] is None else f"{100 * row['probability']:.1f} %"
        lines.append(f"{row['name']:<14}{season:>14}{mean:>8}{100 * row['share']:>10.1f} %{_counts(row)}")
    rest = next((row for row in table["bins"] if row["key"] == "rest"), None)
    if rest is not None:
        lines.append(f"{'rest of Japan':<14}{'':>22}{100 * rest['share']:>10.1f} %{_counts(rest)}")
    first, last = f"{table['first'].day} {table['first']:%b}", f"{table['last'].day} {table['last']:%b %Y}"
    lines.append(f"chance: of any boat by the end of the run; share and cases: of landings from {first} to {last}")
    return "\n".join(lines)


def _counts(row: Mapping[str, Any]) -> str:
    """Recorded and predicted count of a bin, 50 columns."""
    recorded = "not known" if row["recorded_low"] is None and row["recorded_high"] is None else _known(row)
    half, most = _range(row["low_50"], row["high_50"]), _range(row["low_95"], row["high_95"])
    p = (
        "–"
        if row["p_value"] is None or row["vague"]
        else f"{row['p_value']:.2f}"
        if row["p_value"] >= 0.005
        else "<0.01"
    )
    return f"{recorded:>12}{row['median']:>9}{half:>9}{most:>10}{p:>10}"


def _known(row: Mapping[str, Any]) -> str:
    low, high = row["recorded_low"], row["recorded_high"]
    if high is None:
        return f"{low} or more"
    return f"at most {high}" if low is None else _range(low, high)


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low}–{high}"


def _bins(document: Mapping[str, Any]) -> str:
    """Coarse bins and time, one line each."""
    head = f"{'':<48}" + _HEAD
    lines = []
    if "coarse" in document["where"]:
        lines += [f"{row['name']:<36.36}{'':>12}{_counts(row)}" for row in document["where"]["coarse"]["bins"]
                  if row["recorded_low"] is not None]  # fmt: skip
    when = document["when"]
    if when is not None:
        lines += [f"{row['name']:<36.36}{'':>12}{_counts(row)}" for row in when["bins"]]
    return "\n".join([head, *lines]) if lines else ""


def _scores(document: Mapping[str, Any]) -> str:
    of = document["skill"]
    if of is None:
        return ""
    lines = [
        f"{'Places, by case (gain: 95 % interval)':<40}{'log score':>10}{'gain':>24}{'Brier':>8}{'RPS':>8}",
        f"{'this run':<40}{of['run']['log_score']:>10.3f}{'':>24}{of['run']['brier']:>8.3f}{of['run']['rps']:>8.3f}",
    ]
    for row in of["references"]:
        lines.append(
            f"{row['name']:<40.40}{row['log_score']:>10.3f}{_gain(row['gain_log_score'], 2):>24}"
            f"{row['brier']:>8.3f}{row['rps']:>8.3f}{'  noise' if row['gain_log_score']['noise'] else ''}"
        )
    return "\n".join(lines)


def _gain(of: Mapping[str, float], digits: int) -> str:
    return f"{of['mean']:+.{digits}f} ({of['low']:+.{digits}f} to {of['high']:+.{digits}f})"


def _finds(document: Mapping[str, Any]) -> str:
    lines: list[str] = []
    which = document["which"]
    if which is not None:
        row = which["place_and_date" if document["forecast"]["kind"] == "hindcast" else "place"]["with_fragments"]
        what = "place and date" if document["forecast"]["kind"] == "hindcast" else "place"
        lines.append(
            f"{row['finds']} dated finds on {row['days']} days, log of the probability of their {what}: "
            f"{row['mean']:.2f}"
        )
        lines += [f"  gain over {name}: {_gain(gain, 2)}" for name, gain in row["gain"].items()]
    mainland = document["along"].get("mainland")
    if mainland is not None:
        lines.append(f"Along the mainland's shore, CRPS: {mainland['crps_km']['mean']:.0f} km")
        lines += [f"  gain over {name}: {_gain(gain, 0)} km" for name, gain in mainland["gain_km"].items()]
    return "\n".join(lines)


def _tracks(document: Mapping[str, Any]) -> str:
    of = document["tracks"]
    if of is None:
        return ""
    skill = f"{of['skill']:.2f}" if of["skill"] == of["skill"] else "–"
    lines = [
        f"{len(of['tracks'])} tracks: skill {skill}, last fix within the 50 % area "
        f"{100 * of['within_50']:.0f} %, 90 % area {100 * of['within_90']:.0f} %, "
        f"energy score {of['energy_score_km']:.0f} km"
    ]
    lines += [f"{'days':>6}{'fixes':>7}{'separation':>13}{'of the mean':>13}"]
    lines += [
        f"{row['age_days']:>6}{row['fixes']:>7}{row['separation_km']:>10.1f} km{row['mean_separation_km']:>10.1f} km"
        for row in _some(of["by_age"])
    ]
    return "\n".join(lines)


def _some(rows: Sequence[Any], most: int = 8) -> list[Any]:
    step = max(1, -(-len(rows) // most))
    return list(rows[::step])
