"""A run against the records, whole: one document with every number, and what can be said of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import output, placing
from ..coast.regions import REGIONS
from . import bins, counts, finds, reference, skill, tracks
from .bins import Table
from .landings import Landings
from .records import MISSION, WHEN, WHERE, Records

SCORED = ("prefecture", "mission", "coarse")
"""Tables by place that a run is scored on: the first that the records have."""

NOT_NOISE = 0.05
"""A bin speaks against a run when its p-value, corrected for the number of bins, is below this."""


@dataclass(frozen=True)
class Forecast:
    """What is tested.

    Attributes
    ----------
    landings
    run
        The run behind it, for probabilities and tracks; None for a table of another tool.
    """

    landings: Landings
    run: Any | None = None


def validate(
    forecast: Forecast,
    records: Records,
    coast: Any,
    *,
    baselines: Sequence[Landings] = (),
    observed: Sequence[tracks.Track] = (),
) -> dict[str, Any]:
    """Compare a forecast with records.

    Parameters
    ----------
    forecast
    records
    coast
        The coast with its stretches and generalised lines.
    baselines
        Landings of runs that serve as references.
    observed
        Tracks that boats of the run start on.

    Returns
    -------
    dict
        What ``validation.json`` holds (``docs/reference/outputs.md``).

    Raises
    ------
    InputError
        If the run is a hindcast of another winter, or lies outside the season of the records.
    """
    first, last = finds.season(records)
    landings = forecast.landings.moved_to(first, last)
    uniform = reference.uniform(coast)
    others = [baseline.moved_to(first, last) for baseline in baselines]
    years = reference.other_years(records, uniform, first.year)
    references = [*([years] if years is not None else []), *others]
    where = {table.name: bins.where(landings, table, uniform) for table in _coast_tables(records)}
    scored = next((name for name in SCORED if name in where), None)
    document: dict[str, Any] = {
        "version": output.version(),
        "forecast": _described(landings, forecast.run),
        "records": _records(records),
        "settings": _settings(),
        "regions": _regions(landings, forecast.run, where),
        "where": where,
        "when": _when(landings, records),
        "which": finds.which(landings, uniform, references, records),
        "along": finds.along(landings, uniform, references, records, coast),
        "skill": None if scored is None else skill.compare(landings, uniform, references, _table(records, scored)),
        "tracks": tracks.compare(forecast.run, landings, observed) if observed else None,
    }
    document["score"] = None if scored is None else document["skill"]["references"][0]["gain_log_score"]["mean"]
    document["verdict"] = verdict(document)
    return document


def _coast_tables(records: Records) -> list[Table]:
    found = (bins.of_coast(records, name) for name in WHERE)
    return [table for table in found if table is not None]


def _table(records: Records, name: str) -> Table:
    table = bins.of_coast(records, name)
    assert table is not None
    return table


def _described(landings: Landings, run: Any | None) -> dict[str, Any]:
    summary = {} if run is None else run.summary
    return {
        "name": landings.name,
        "kind": "hindcast" if landings.dated else "climatology" if run is not None else "table",
        "boats": landings.boats or None,
        "landings": len(landings),
        "members": landings.members,
        "seed": summary.get("seed"),
        "sunk": bool(summary.get("outcomes", {}).get("sunk")),
        "period": landings.period,
        "released": landings.released,
        "shift_years": landings.shift_years,
    }


def _records(records: Records) -> dict[str, Any]:
    return {
        "name": records.name,
        "events": len(records.events),
        "boats": len(records.boats),
        "files": [
            {"name": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()} for file in records.files
        ],
    }


def _settings() -> dict[str, Any]:
    """What was fixed beforehand."""
    return {
        "seed": bins.SEED,
        "uniform_share": bins.UNIFORM_SHARE,
        "located_cases": bins.LOCATED,
        "effective_cases": bins.EFFECTIVE,
        "clustering": bins.CLUSTERING,
        "lag_days": bins.LAG_DAYS.tolist(),
        "detection_day": bins.DETECTION_DAY,
        "detected_before": bins.DETECTED_BEFORE,
        "radius_km": finds.LEAST_RADIUS_KM,
        "window_days": list(finds.WINDOW_DAYS),
    }


def _regions(landings: Landings, run: Any | None, where: dict[str, Any]) -> list[dict[str, Any]]:
    """The four regions of the mission: what the run says of them beside what was recorded."""
    table = where.get("mission")
    summary = {} if run is None else run.summary["regions"]
    out = []
    for key in MISSION:
        told = summary.get(key, {})
        row = {
            "key": key,
            "name": REGIONS[key].name,
            "probability": told.get("probability"),
            "season_low": told.get("season_low"),
            "season_high": told.get("season_high"),
        }
        if table is not None:
            row |= next((item for item in table["bins"] if item["key"] == key), {})
        out.append(row)
    return out


def _when(landings: Landings, records: Records) -> dict[str, Any] | None:
    """Intervals with the fields of the very winter; months alone with a climatology."""
    if landings.period is None:
        return None
    wanted = WHEN if landings.dated else ("month",)
    for name in wanted:
        table = bins.of_time(records, name, *landings.period)
        if table is not None:
            break
    else:
        return None
    uniform = bins.uniform_shares(landings, table)
    return {
        "unit": name,
        **bins.when(landings, table),
        "without_detection_step": bins.when(landings, table, detection=False),
        "uniform_log_probability": counts.fixed(uniform, bins.CLUSTERING).log_probability(
            table.low, table.high, table.totals
        ),
        "released": landings.released,
        "cumulative": bins.cumulative(landings, records),
        "date_pit": finds.date_pit(landings, records),
    }


# --- what can be said ----------------------------------------------------------------------------------------------


def verdict(document: dict[str, Any]) -> list[str]:
    """Sentences no stronger than the numbers: what fits, what does not, what cannot be told."""
    said = []
    mission = document["where"].get("mission")
    if mission is not None:
        said += _of_regions(mission["bins"])
    coarse = [name for name in ("coarse", "prefecture", "season") if name in document["where"]]
    for name in coarse:
        said += _against(document["where"][name], f"table {name}")
    if document["when"] is not None:
        said += _of_time(document["when"])
    if document["skill"] is not None:
        said += _of_skill(document["skill"])
    return said


def _of_regions(rows: Sequence[dict[str, Any]]) -> list[str]:
    leading = [row for row in rows if row["key"] in MISSION]
    outside = [row for row in leading if not _overlaps(row)]
    if not outside:
        names = _listed([row["name"] for row in leading])
        return [f"The counts of {names} lie within the 95 % ranges predicted."]
    few = [row["name"] for row in outside if (row["recorded_low"] or 0) < row["low_95"]]
    many = [row["name"] for row in outside if row["name"] not in few]
    parts = [f"{_listed(names)}: {what} than predicted" for names, what in ((many, "more"), (few, "fewer")) if names]
    return [f"Outside the 95 % ranges predicted: {'; '.join(parts)}."]


def _overlaps(row: dict[str, Any]) -> bool:
    low = row["recorded_low"] or 0
    high = row["recorded_high"]
    if row.get("recorded_best") is not None:  # a range that only touches is not enough
        low = high = row["recorded_best"]
    return low <= row["high_95"] and (high is None or high >= row["low_95"])


def _against(table: dict[str, Any], label: str) -> list[str]:
    """Names the bin that speaks most against the run, if any does after correction for their number."""
    p = table["smallest_p_corrected"]
    if p is None or p >= NOT_NOISE:
        return []
    worst = min((row for row in table["bins"] if row["p_value"] is not None), key=lambda row: row["p_value"])
    more = worst["pit"] > 0.5
    return [
        f"Against the run ({label}): {worst['name']} has {'more' if more else 'fewer'} cases than predicted "
        f"(p = {p:.2g} after correction for {sum(row['p_value'] is not None for row in table['bins'])} bins)."
    ]


def _of_time(of: dict[str, Any]) -> list[str]:
    against = _against(of, "time")
    if not against:
        return [f"Nothing in the {'intervals' if of['unit'] == 'interval' else 'months'} speaks against the run."]
    if of["released"] is None:
        return against
    first, last = of["released"]
    dates = f"{first.day} {first:%b} to {last.day} {last:%b}"
    return [f"{against[0]} The dates of loss are assumed ({dates}), and the arrivals follow them."]


def _of_skill(of: dict[str, Any]) -> list[str]:
    better = [row["name"] for row in of["references"] if row["gain_log_score"]["low"] > 0.0]
    worse = [row["name"] for row in of["references"] if row["gain_log_score"]["high"] < 0.0]
    noise = [row["name"] for row in of["references"] if row["gain_log_score"]["noise"]]
    said = []
    if better:
        said.append(f"Places are told better than by: {_listed(better)}.")
    if worse:
        said.append(f"Places are told worse than by: {_listed(worse)}.")
    if noise:
        said.append(f"No better and no worse, within the noise, than: {_listed(noise)}.")
    said.append(
        f"The record is worth some {of['effective_cases']} independent cases: only gross errors can be seen, and a fit "
        "is no proof of the sources assumed."
    )
    return said


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def write(document: dict[str, Any], folder: Path, overwrite: bool = False) -> Path:
    """Write ``validation.json``; whole or not at all."""
    file = folder / "validation.json"
    with placing.made(file, overwrite=overwrite, keep=True) as beside:
        beside.write_text(output.json_text(document) + "\n", encoding="utf-8", newline="\n")
    return file
