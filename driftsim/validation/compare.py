"""A run against the records, whole: one document with every number, and what can be said of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..area.area import Area
from ..results import differences, identity, placing, text_files
from ..system.kinds import Json, JsonView
from . import bins, counts, finds, reference, seasons, skill, tracks
from .bins import Table
from .landings import Landings
from .records import WHEN, WHERE, Records
from .track_files import Track

if TYPE_CHECKING:
    from ..area.coast import Coast
    from ..results.result import Readable

SCORED = ("prefecture", "mission", "coarse")
"""Tables by place that a run is scored on: the first that the records have."""

AGAINST = 0.05
"""A table speaks against a run when its greatest p-value is below this, a bin when its own times their number is."""

FEWEST_TRACKS = 6
"""With fewer no number of last fixes outside the 50 % area would be odd at 5 %."""


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
    run: Readable | None = None


def validate(
    forecast: Forecast,
    records: Records,
    coast: Coast,
    *,
    baselines: Sequence[Landings] = (),
    observed: Sequence[Track] = (),
) -> Json:
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
    if observed and forecast.landings.is_other_winter(first, last):
        landings = forecast.landings.take(np.empty(0, np.int64))  # the tracks alone are compared
    else:
        landings = forecast.landings.moved_to(first, last)
    document: Json = {
        "version": identity.version(),
        "home": records.sea.home_name,
        "lead": list(records.sea.lead),
        "forecast": _described(landings, forecast.run),
        "records": _records(records),
        "settings": _settings(),
        "tracks": tracks.compare(forecast.run, observed, dated=landings.dated)
        if forecast.run is not None and observed
        else None,
        **(_of_landings(landings, forecast.run, records, coast, baselines) if len(landings) else NOTHING_ASHORE),
    }
    skilled = document["skill"]
    document["score"] = None if skilled is None else skilled["references"][0]["gain_log_score"]["mean"]
    document["verdict"] = verdict(document)
    return document


NOTHING_ASHORE: Json = {"regions": [], "where": {}, "when": None, "which": None, "skill": None}
"""What is said of landings where there is none, or none of the winter of the records."""


def _of_landings(
    landings: Landings, run: Readable | None, records: Records, coast: Coast, baselines: Sequence[Landings]
) -> Json:
    first, last = finds.season(records)
    uniform = reference.uniform(coast, records.sea)
    years = reference.other_years(records, uniform, first.year)
    moved = [baseline.moved_to(first, last) for baseline in baselines]
    references = [*([years] if years is not None else []), *moved]
    where = {table.name: bins.where(landings, table, uniform) for table in _coast_tables(records)}
    scored = _scored(where)
    return {
        "regions": _regions(records.sea, run, where),
        "where": where,
        "when": _when(landings, records),
        "which": finds.which(landings, uniform, references, records, coast),
        "skill": None if scored is None else skill.compare(landings, uniform, references, _table(records, scored)),
    }


def _scored(where: JsonView) -> str | None:
    """The table that places are scored on and judged by."""
    return next((name for name in SCORED if name in where), None)


def _coast_tables(records: Records) -> list[Table]:
    found = (bins.of_coast(records, name) for name in WHERE)
    return [table for table in found if table is not None]


def _table(records: Records, name: str) -> Table:
    table = bins.of_coast(records, name)
    assert table is not None
    return table


def _described(landings: Landings, run: Readable | None) -> Json:
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


def _records(records: Records) -> Json:
    return {
        "name": records.name,
        "events": len(records.events),
        "boats": len(records.boats),
        "files": [
            {"name": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()} for file in records.files
        ],
    }


def _settings() -> Json:
    """What was fixed beforehand."""
    return {
        "seed": bins.SEED,
        "uniform_share": bins.UNIFORM_SHARE,
        "located_cases": seasons.LOCATED,
        "effective_cases": seasons.EFFECTIVE,
        "worths": list(seasons.WORTHS),
        "clustering": seasons.CLUSTERING,
        "lag_days": bins.LAG_DAYS.tolist(),
        "detection_day": bins.DETECTION_DAY,
        "detected_before": bins.DETECTED_BEFORE,
        "cell_km": finds.CELL_KM,
        "window_days": list(finds.WINDOW_DAYS),
    }


def _regions(sea: Area, run: Readable | None, where: Json) -> list[Json]:
    """The regions that the area puts first: what the run says of them beside what was recorded."""
    table = where.get("mission")
    summary = {} if run is None else run.summary["regions"]
    out = []
    for key in sea.lead:
        told = summary.get(key, {})
        row = {
            "key": key,
            "name": sea.regions[key].name,
            "probability": told.get("probability"),
            "season_low": told.get("season_low"),
            "season_high": told.get("season_high"),
        }
        if table is not None:
            row |= next((item for item in table["bins"] if item["key"] == key), {})
        out.append(row)
    return out


def _when(landings: Landings, records: Records) -> Json | None:
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
    season = differences.pooled_correlation(bins.by_time(landings, table))
    season = 0.0 if np.isnan(season) else season
    return {
        "unit": name,
        **bins.when(landings, table),
        "without_detection_step": bins.when(landings, table, detection=False),
        "uniform_log_probability": counts.fixed(uniform, seasons.CLUSTERING, season).log_probability(
            table.low, table.high, table.totals
        ),
        "released": landings.released,
        "cumulative": bins.cumulative(landings, records),
        "date_pit": finds.date_pit(landings, records),
    }


# --- what can be said ----------------------------------------------------------------------------------------------


def verdict(document: JsonView) -> list[str]:
    """Sentences no stronger than the numbers: what fits, what does not, what cannot be known."""
    said = [] if document["tracks"] is None else _of_tracks(document["tracks"])
    if not document["where"]:
        return [*said, "Landings: none to be compared with the records."]
    scored = _scored(document["where"])
    if scored is not None:
        said.append(_of_table(document["where"][scored], "By place"))
    mission = document["where"].get("mission")
    if mission is not None:
        said += _of_regions(mission["bins"])
    for name, table in document["where"].items():
        said += _of_bins(table, f"table {name}")
    if document["when"] is not None:
        said += _of_time(document["when"])
    if document["skill"] is not None:
        said += _of_skill(document["skill"])
    if document["which"] is not None:
        said += _of_finds(document["which"])
    return said


def _p(value: float) -> str:
    return f"{value:.3f}" if value < 0.0995 else f"{value:.2f}"


def _between(low: float, high: float) -> str:
    return _p(low) if low == high else f"{_p(low)} to {_p(high)}"


def ends(joint: JsonView) -> tuple[float, float, bool]:
    """Least and greatest p-value of a table, and whether they are calibrated."""
    if joint["p_max_calibrated"] is None:
        return joint["p_min"], joint["p_max"], False
    return joint["p_min_calibrated"], joint["p_max_calibrated"], True


def _of_table(table: JsonView, what: str) -> str:
    """What the whole table says: against the run only if every table inside the recorded ranges does."""
    low, high, calibrated = ends(table["joint"])
    p = f"p = {_between(low, high)}" + " over the tables inside the recorded ranges" * (low != high)
    number = len(table["joint"]["bins"])
    if not calibrated:
        return f"{what} no verdict on the whole table ({number} bins): too few boats a member to calibrate it ({p})."
    if high < AGAINST:
        return f"{what} the whole table ({number} bins) speaks against the run ({p})."
    if low < AGAINST:
        return f"{what} the whole table ({number} bins) does not decide: it is odd or not as its gaps are filled ({p})."
    return f"{what} nothing in the whole table ({number} bins) speaks against the run ({p})."


def _of_regions(rows: Sequence[JsonView]) -> list[str]:
    """Recorded ranges beside the 90 % ranges predicted: inside, partly inside, outside."""
    leading = [row for row in rows if "low_90" in row]
    inside = [row["name"] for row in leading if _inside(row)]
    few = [row["name"] for row in leading if row["recorded_high"] is not None and row["recorded_high"] < row["low_90"]]
    many = [row["name"] for row in leading if (row["recorded_low"] or 0) > row["high_90"]]
    partly = [row["name"] for row in leading if row["name"] not in (*inside, *few, *many)]
    said = []
    if inside:
        said.append(f"Within the 90 % ranges predicted: the counts of {_listed(inside)}.")
    if partly:
        said.append(f"Known too badly to say whether they are within the 90 % ranges: {_listed(partly)}.")
    parts = [f"{_listed(names)}: {what} than predicted" for names, what in ((many, "more"), (few, "fewer")) if names]
    return [*said, *([f"Outside the 90 % ranges predicted: {'; '.join(parts)}."] if parts else [])]


def _inside(row: JsonView) -> bool:
    high = row["recorded_high"]
    return (row["recorded_low"] or 0) >= row["low_90"] and high is not None and high <= row["high_90"]


def _of_bins(table: JsonView, label: str) -> list[str]:
    """Names the bin that speaks most against the run, if any does at every count that is possible."""
    p = table["smallest_p_corrected"]
    if p is None or p >= AGAINST:
        return []
    tested = [row for row in table["bins"] if row["p_max"] is not None and not row["vague"]]
    worst = min(tested, key=lambda row: row["p_max"])
    more = (worst["recorded_low"] or 0) > worst["median"]
    return [
        f"Against the run ({label}): {worst['name']} has {'more' if more else 'fewer'} cases than predicted "
        f"(p = {_p(p)} at most, after correction for {len(tested)} bins)."
    ]


def _of_time(of: JsonView) -> list[str]:
    """What is told of time rests on two assumptions, dates of loss and when boats were found: both are told with it."""
    said = [_of_table(of, f"By {of['unit']}"), *_of_bins(of, "time")]
    p, without = (ends(table["joint"])[:2] for table in (of, of["without_detection_step"]))
    if [end < AGAINST for end in p] != [end < AGAINST for end in without]:
        said[0] += f" Without the assumed step in detection p = {_between(*without)}."
    if p[0] < AGAINST and of["released"] is not None:
        first, last = of["released"]
        dates = f"{first.day} {first:%b} to {last.day} {last:%b}"
        said[-1] += f" The dates of loss are assumed ({dates}), and the arrivals follow them."
    return said


def _of_skill(of: JsonView) -> list[str]:
    """A gain counts if it holds whatever the record is worth, else from where on."""
    said = []
    gains = {row["name"]: row["gain_log_score"] for row in of["references"]}
    worths = f"{of['worths'][0]} to {of['worths'][-1]}"
    better = [name for name, gain in gains.items() if gain["better"]]
    worse = [name for name, gain in gains.items() if gain["worse"]]
    if better:
        said.append(f"Places are predicted better, if the record is worth {worths} cases, than by: {_listed(better)}.")
    if worse:
        said.append(f"Places are predicted worse, if the record is worth {worths} cases, than by: {_listed(worse)}.")
    some = [name for name, gain in gains.items() if name not in (*better, *worse) and gain["from_cases"] is not None]
    for name in some:
        more = "better" if gains[name]["mean"] > 0.0 else "worse"
        said.append(f"{more.capitalize()} than {name} only if it is worth {gains[name]['from_cases']} or more.")
    noise = [name for name in gains if name not in (*better, *worse, *some)]
    if noise:
        said.append(f"Not shown to be better or worse than: {_listed(noise)}.")
    top = of["saturated"]
    said.append(
        f"What one such record can show: no forecast scores more than {top['log_score']:.2f} a case on it, the run has "
        f"{of['run']['log_score']:.2f}, and by chance the record's own shares would beat even a true run by "
        f"{top['headroom_if_run_true']:.2f}."
    )
    for row in of["references"]:
        if row["name"] in noise and row["seasons_needed"] is not None:
            odds = [one["log_odds"] for one in row["evidence"]]
            said.append(
                f"The whole table has log odds of {odds[0]:+.1f} to {odds[-1]:+.1f} for the run over {row['name']}, "
                f"about the gain times the cases: they weigh two fixed answers in one winter, and do not show that the "
                f"run is better in others."
            )
            said.append(
                f"Over {row['name']} a right run of these shares gains {row['gain_if_run_true']:.2f} a case, "
                f"which takes {row['seasons_needed']} such season{'s' * (row['seasons_needed'] != 1)} to show."
            )
    return [*said, "A fit is no proof of the sources assumed: other sources give the same shares."]


def _of_finds(of: JsonView) -> list[str]:
    """A gain counts if both scores show it, with fragments and without."""
    rows = [of[label] for label in ("with_fragments", "without_fragments")]
    gains = {name: [row[kind][name] for row in rows for kind in ("gain", "gain_km")] for name in rows[0]["gain"]}
    better = [name for name, each in gains.items() if all(gain["low"] > 0.0 for gain in each)]
    worse = [name for name, each in gains.items() if all(gain["high"] < 0.0 for gain in each)]
    unsure = [name for name in gains if name not in (*better, *worse)]
    kinds = {"better than": better, "worse than": worse, "not shown to be better or worse than": unsure}
    parts = [f"{what} {_listed(names)}" for what, names in kinds.items() if names]
    return [f"Places of the {rows[0]['finds']} dated finds, given {of['given']}: {'; '.join(parts)}."]


def _of_tracks(of: JsonView) -> list[str]:
    """Areas first, then the two forecasts that need no model."""
    n = of["last_fixes"]
    inside = f"{of['within_50']} of {n} last fixes lie in the 50 % area, {of['within_90']} in the 90 % area"
    if n < FEWEST_TRACKS:
        said = [f"Tracks: {inside}; too few to judge the areas."]
    elif 2.0 * min(of["within_50_p"], of["within_90_p"]) < AGAINST:
        small = of["within_50"] < 0.5 * n if of["within_50_p"] < of["within_90_p"] else of["within_90"] < 0.9 * n
        said = [f"Tracks: {inside}: the areas are too {'small' if small else 'large'}."]
    else:
        said = [f"Tracks: {inside}: nothing speaks against the areas."]
    for row in of["references"]:
        gain = row["gain_km"]
        if not row["tracks"]:
            said.append(f"Tracks: no fix before the start, so nothing to say of {row['name']}.")
            continue
        if row["tracks"] < 2 or gain["low"] <= 0.0 <= gain["high"]:
            how = "not shown to be better or worse than"
        else:
            how = "better than" if gain["low"] > 0.0 else "worse than"
        said.append(f"Tracks: the boats are {how} {row['name']} (energy score {gain['mean']:+.1f} km).")
    if not of["dated"]:
        said.append("Tracks: the fields are of no particular year, so this shows the method and tests no day.")
    return said


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def write(document: Json, folder: Path, overwrite: bool = False) -> Path:
    """Write ``validation.json``; whole or not at all."""
    file = folder / "validation.json"
    with placing.made(file, overwrite=overwrite, keep=True) as beside:
        beside.write_text(text_files.json_text(document) + "\n", encoding="utf-8", newline="\n")
    return file
