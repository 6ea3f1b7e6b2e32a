"""driftsim beside other programs: the same fields, particles and steps, one after another on this machine.

``python benchmarks/peers/run.py [--quick] [--json FILE] [--only NAME] [--rounds N]``

Each program has a virtual environment of its own and each run a process of its own with one thread. A round runs every
entry once, so that a ratio is of neighbours in time; figures are medians over rounds. After the first round the end
positions of the timed runs are compared with driftsim's, and with a twin that has the peer's known deviation. Where
driftsim itself fails, the run ends with its error and writes nothing; a peer that fails is named below the table.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import environments
import fields
import numpy as np
import table
import twins

from driftsim import bench
from driftsim.drift import leeway
from driftsim.results import text_files

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results" / "peers.json"
THREADS = ("OMP", "NUMBA", "OPENBLAS", "MKL", "RAYON", "POLARS_MAX", "NUMEXPR")
TIMEOUT_S = 900.0
METRES = math.radians(6_371_008.8)

CURRENT: dict[str, Any] = {"particles": "open.npz", "wind": "", "scheme": "rk4", "metric": "nautical"}
WIND: dict[str, Any] = {"particles": "sea.npz", "wind": "wind.nc", "metric": "wgs84"}
LEEWAY: dict[str, Any] = {**WIND, "leeway": "FISHING-VESSEL-5"}
WINDAGE: dict[str, Any] = {**WIND, "windage": 0.02, "coast": True, "scheme": "rk4"}

# By name: case, program, what is computed; "exact": the run of driftsim that end positions are compared with.
ENTRIES: dict[str, dict[str, Any]] = {
    "driftsim": {"case": "currents", "program": "driftsim", **CURRENT, "exact": "driftsim-double"},
    "driftsim-double": {"case": "currents", "program": "driftsim", **CURRENT, "precision": "double"},
    "driftsim-wgs84": {
        "case": "currents", "program": "driftsim", **CURRENT, "metric": "wgs84", "precision": "double",
    },
    "parcels3": {"case": "currents", "program": "parcels3", **CURRENT, "exact": "driftsim-double", "twin": "single"},
    "parcels3-double": {
        "case": "currents", "program": "parcels3", **CURRENT, "precision": "double", "exact": "driftsim-double",
    },
    "parcels4": {
        "case": "currents", "program": "parcels4", **CURRENT, "exact": "driftsim-double",
        "twin": "single",
    },
    "parcels4-double": {
        "case": "currents", "program": "parcels4", **CURRENT, "count": 10_000, "precision": "double",
        "exact": "driftsim-double",
    },
    "oceantracker": {
        "case": "currents", "program": "oceantracker", **CURRENT, "exact": "driftsim-double", "twin": "triangles",
    },
    "opendrift": {
        "case": "currents", "program": "opendrift", **CURRENT, "metric": "wgs84",
        "exact": "driftsim-wgs84", "twin": "opendrift",
    },
    "driftsim-leeway": {"case": "leeway", "program": "driftsim", **LEEWAY, "scheme": "rk4"},
    "driftsim-leeway-euler": {"case": "leeway", "program": "driftsim", **LEEWAY, "scheme": "euler"},
    "opendrift-leeway": {
        "case": "leeway", "program": "opendrift", **LEEWAY, "scheme": "euler",
        "exact": "driftsim-leeway-euler", "twin": "opendrift",
    },
    "driftsim-leeway-coast": {"case": "leeway-coast", "program": "driftsim", **LEEWAY, "scheme": "rk4", "coast": True},
    "driftsim-leeway-coast-euler": {
        "case": "leeway-coast", "program": "driftsim", **LEEWAY, "scheme": "euler", "coast": True,
    },
    "opendrift-leeway-coast": {
        "case": "leeway-coast", "program": "opendrift", **LEEWAY, "scheme": "euler", "coast": True,
        "exact": "driftsim-leeway-coast-euler",
    },
    "driftsim-windage-coast": {"case": "windage-coast", "program": "driftsim", **WINDAGE},
    "opendrift-windage-coast": {
        "case": "windage-coast", "program": "opendrift", **WINDAGE, "exact": "driftsim-windage-coast",
        "twin": "opendrift",
    },
}  # fmt: skip
OURS = {
    "currents": "driftsim", "leeway": "driftsim-leeway", "leeway-coast": "driftsim-leeway-coast",
    "windage-coast": "driftsim-windage-coast",
}  # fmt: skip
"""driftsim's entry that a case's rates are set against: single precision, RK4, as it is used."""


class Failed(Exception):
    """A program could not be run."""


def given(name: str, folder: Path, files: dict[str, str], steps: int, count: int) -> dict[str, Any]:
    """The task of an entry."""
    entry = {"wind": "", "leeway": "", "windage": 0.0, "coast": False, "precision": "single", **ENTRIES[name]}
    hull = list(leeway.find(entry["leeway"]).row) if entry["leeway"] else []
    return {
        **entry, "name": name, "start": fields.START, "steps": steps, "step_s": 3600,
        "count": min(count, entry.get("count", count)), "particles": files[entry["particles"]],
        "current": files["current.nc"], "wind": files["wind.nc"] if entry["wind"] else "",
        "leeway": [hull[0], hull[1], hull[3], hull[4]] if hull else [], "ends": str(folder / f"{name}.npz"),
        "cache": str(environments.folder() / f"{entry['program']}-cache"),
    }  # fmt: skip


def once(task: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run an entry in a process of its own; returns its report."""
    python = environments.python(task["program"])
    file = folder / f"{task['name']}.json"
    file.write_text(json.dumps(task))
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    one = {f"{name}_NUM_THREADS" if name != "POLARS_MAX" else "POLARS_MAX_THREADS": "1" for name in THREADS}
    ran = subprocess.run(
        [str(python), str(HERE / f"with_{task['program']}.py"), str(file)], cwd=folder, capture_output=True, text=True,
        env={**os.environ, **one, "PEERS_BEGAN": repr(time.time())}, timeout=TIMEOUT_S,
    )  # fmt: skip
    lines = [line for line in ran.stdout.splitlines() if line.startswith('{"rate"')]
    if ran.returncode != 0 or not lines:
        raise Failed((ran.stderr.strip() or ran.stdout.strip())[-800:])
    return {**json.loads(lines[-1]), "load_average": load}


def metres(a: Any, b: Any) -> Any:
    """Distance between end positions, m: good to a percent, for differences of up to some kilometres."""
    east = (a["lon"] - b["lon"]) * np.cos(np.radians(a["lat"]))
    return METRES * np.hypot(east, a["lat"] - b["lat"])


def spread(values: Any) -> dict[str, float]:
    """Median, 95th percentile and maximum, m."""
    if not len(values):
        return {}
    return {
        "median_m": float(np.median(values)),
        "p95_m": float(np.percentile(values, 95)),
        "max_m": float(max(values)),
    }


def compared(task: dict[str, Any], folder: Path) -> dict[str, Any]:
    """How far end positions lie from driftsim's, and from the twin with the peer's known deviation."""
    ends, exact = (dict(np.load(folder / f"{name}.npz")) for name in (task["name"], task["exact"]))
    count = min(len(ends["lon"]), len(exact["lon"]))
    ends, exact = ({key: values[:count] for key, values in both.items()} for both in (ends, exact))
    both = ~ends["ashore"] & ~exact["ashore"]
    found: dict[str, Any] = {"with": task["exact"], "particles": count, "lost": int(np.isnan(ends["lon"]).sum())}
    found |= spread(metres(ends, exact)[both])
    if task["coast"]:
        ashore = ends["ashore"] & exact["ashore"]
        found["ashore"] = {"peer": float(ends["ashore"].mean()), "driftsim": float(exact["ashore"].mean())}
        found["same_fate"] = float((ends["ashore"] == exact["ashore"]).mean())
        found["landing"] = spread(metres(ends, exact)[ashore])
    if "twin" in task:
        few = slice(0, min(count, 5_000))
        with np.load(task["particles"]) as particles:
            lon, lat = twins.TWINS[task["twin"]](task, particles["lon"][few], particles["lat"][few])
        twin = {"lon": lon, "lat": lat}
        part = {key: values[few] for key, values in ends.items()}
        off = metres(part, twin)[both[few]]
        found["twin"] = {"of": task["twin"], **spread(off)}
    return found


def measure(names: list[str], folder: Path, steps: int, count: int, rounds: int) -> dict[str, Any]:
    """All rounds of the named entries.

    Raises
    ------
    Failed
        If driftsim could not be run: there is nothing to set the others against.
    """
    files = fields.write(folder, -(-steps // 24), count)
    tasks = {name: given(name, folder, files, steps, count) for name in names}
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    failed: dict[str, str] = {}
    agreement: dict[str, Any] = {}
    for number in range(rounds):
        for name in names:
            if name in failed:
                continue
            try:
                report = once(tasks[name], folder)
            except (Failed, RuntimeError, subprocess.TimeoutExpired) as error:
                if tasks[name]["program"] == "driftsim":
                    raise Failed(f"{name} failed: {error}") from error
                failed[name] = str(error)
                print(f"{name:<28} failed: {failed[name][-200:]}", flush=True)
                continue
            runs[name].append(report)
            print(
                f"{name:<28} {report['rate'] / 1e6:8.2f} million/s, load {report['load_average'] or 0:.2f}", flush=True
            )
        if number == 0:
            for name in names:
                exact = tasks[name].get("exact")
                if name not in failed and exact in tasks and exact not in failed:
                    agreement[name] = compared(tasks[name], folder)
                    print(f"{name:<28} {json.dumps(agreement[name])}", flush=True)
    cases = {name: summary(name, tasks[name], runs) for name in names if name not in failed}
    for name, found in agreement.items():
        if name in cases:
            cases[name]["agreement"] = found
    return {"rounds": rounds, "entries": cases, "failed": failed}


def middle(values: list[float]) -> dict[str, float]:
    """Median, smallest and largest."""
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def summary(name: str, task: dict[str, Any], runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """An entry's medians, and driftsim's rate over its own in the same rounds."""
    mine, rate = runs[name], middle([run["rate"] for run in runs[name]])
    found = {
        "case": task["case"], "program": task["program"], "scheme": task["scheme"], "precision": task["precision"],
        "metric": task["metric"], "coast": task["coast"], "particles": task["count"], "steps": task["steps"],
        "particle_steps_per_core_s": rate["median"], "lowest": rate["lowest"], "highest": rate["highest"],
        "threads": 1, "rounds": len(mine),
        "cpu_share": statistics.median(run["cpu_seconds"] / run["seconds"] for run in mine),
        "first_step_s": middle([run["first_step_s"] for run in mine]),
        "peak_memory_mb": (
            statistics.median(run["peak_memory_mb"] for run in mine) if mine[0]["peak_memory_mb"] else None
        ),
        "load_average": middle([run["load_average"] for run in mine]) if mine[0]["load_average"] is not None else None,
        "versions": mine[-1]["versions"], "note": mine[-1]["note"],
    }  # fmt: skip
    ours = runs.get(OURS[task["case"]], [])
    if ours and task["program"] != "driftsim":
        found["driftsim_is_faster_by"] = middle(
            [a["rate"] / b["rate"] for a, b in zip(ours, mine, strict=False)]
        )  # fmt: skip
    return found


def chosen(only: str | None) -> list[str]:
    """The entries of the programs or cases asked for, and those of driftsim that they are set against."""
    if not only:
        return list(ENTRIES)
    asked = [n for n, e in ENTRIES.items() if only in (n, e["program"], e["case"])]
    if not asked:
        known = sorted({*ENTRIES, *(e[k] for e in ENTRIES.values() for k in ("program", "case"))})
        sys.exit(f"--only {only}: there is {', '.join(known)}")
    needed = {*asked, *(ENTRIES[n].get("exact", n) for n in asked), *(OURS[ENTRIES[n]["case"]] for n in asked)}
    return [name for name in ENTRIES if name in needed]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round of fewer particles, for a look")
    parser.add_argument("--json", type=Path, default=None, help=f"where to write (whole runs: {RESULTS.name})")
    parser.add_argument("--only", help="one program, case or entry")
    parser.add_argument("--rounds", type=int, default=0, help="default 3, quick 1")
    asked = parser.parse_args()
    environments.folder().mkdir(parents=True, exist_ok=True)
    rounds = asked.rounds or (1 if asked.quick else 3)
    steps, count = (48, 10_000) if asked.quick else (72, 100_000)
    before = bench.machine()
    file = asked.json or (None if asked.quick or asked.only else RESULTS)
    about = {"machine": before, "quick": asked.quick, "requirements": environments.REQUIREMENTS}
    with tempfile.TemporaryDirectory(prefix="run-", dir=environments.folder()) as folder:
        try:
            found = {**about, **measure(chosen(asked.only), Path(folder), steps, count, rounds)}
        except Failed as why:
            sys.exit(f"{why}\nnothing was written")
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        text_files.write_json(file, found)
    print(table.markdown(found))


if __name__ == "__main__":
    main()
