"""How often the check speaks against right and wrong runs: ``python benchmarks/calibration.py`` writes the rates.

Two hundred seasons of 80 cases, in bursts, are drawn from members of the quickstart and put to the run itself (without
the member that each is from) and to runs with another current or with the two large sources moved by a degree. The
rates go to ``benchmarks/results/calibration.json``, from where ``docs/explanation/validation.md`` has them. A minute.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from driftsim import config
from driftsim.area import shoreline
from driftsim.drift import simulation
from driftsim.results import text_files
from driftsim.system import resources
from driftsim.validation import bins, calibration, landings, records, reference, seasons

RESULTS = Path(__file__).resolve().parent / "results" / "calibration.json"
SEASONS, CASES, SEED = 200, 80, 7
BOATS: int | None = None  # the quickstart's
WRONG: dict[str, dict[str, float]] = {
    "sources 1° north": {"north": 1.0}, "sources 1° south": {"north": -1.0}, "no current at all": {"current": 0.0},
    "half the geostrophic current": {"current": 0.5}, "1.5 times the geostrophic current": {"current": 1.5},
}  # fmt: skip


def mission() -> tuple[bins.Table, np.ndarray]:
    """The bins of the four regions, and the uniform shares."""
    table = bins.of_coast(records.load(), "mission")
    assert table is not None
    return table, bins.uniform_shares(reference.uniform(shoreline.load()), table)


def counts_of(north: float = 0.0, current: float = 1.0) -> np.ndarray:
    """Boats by member and bin of the quickstart, its two large sources moved north, its geostrophic current scaled."""
    tables = tomllib.loads(resources.config("quickstart.toml").read_text(encoding="utf-8"))
    tables["current"]["scale"] = current
    if current == 0.0:
        tables["current"]["ekman_percent"] = 0.0
    tables["boats"]["number"] = BOATS or tables["boats"]["number"]
    tables["output"] = {"tracks": 0, "map": False}
    for source in tables["release"]["sources"]:
        if "points" in source:
            source["points"] = [[lon, lat + north] for lon, lat in source["points"]]
        if "box" in source:
            west, east, south, top = source["box"]
            source["box"] = [west, east, south + north, top + north]
    return landings.from_run(simulation.run(config.parse(tables))).counts(mission()[0].groups)


def rates(wrong: dict[str, dict[str, float]]) -> dict[str, Any]:
    """P-values that a right run's places are uniform, and how wrong runs are told from it."""
    table, uniform = mission()
    right, rng = counts_of(), np.random.default_rng(SEED)
    out: dict[str, Any] = {
        "seasons": SEASONS, "cases": CASES, "bins": [row[1] for row in table.rows], "uniform_p": {}, "wrong": {},
    }  # fmt: skip
    for name, bursts in (("singly", False), ("in bursts", True)):
        drawn = list(seasons.seasons(right, CASES, SEASONS, rng, bursts=bursts))
        place = calibration.places(right, drawn, uniform, seasons.CLUSTERING if bursts else 0.0, rng)
        out["uniform_p"][name] = calibration.uniform_p(place)
    for name, change in wrong.items():
        out["wrong"][name] = calibration.told_apart(right, counts_of(**change), drawn, uniform, seasons.CLUSTERING)
    return out


def main() -> None:
    """Write and print the rates."""
    found = rates(WRONG)
    text_files.write_json(RESULTS, found)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
