"""How fields are read: memory and time of a year of global 1/12 degree files, and what reading ahead brings.

``python benchmarks/reading.py`` writes a year of daily files (about 10 GB in the temporary folder, or ``--folder``),
runs each case in a process of its own and writes ``benchmarks/results/reading.json``; ``--quick`` takes eight days and
writes nothing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results" / "reading.json"
NX, NY = 4320, 2041
PATTERNS = 4
"""Different fields: the days take turns, and only their time differs."""

CONFIG = """
[run]
start = 2017-01-01
end = {end}
seed = 4
threads = {threads}
[current]
product = "glorys12"
files = ["{folder}/glorys12_*.nc"]
[boats]
number = {boats}
classes = [{{ windage_percent = 0.0 }}]
[[release.sources]]
name = "everywhere"
kind = "box"
box = {box}
first = 2017-01-01
last = 2017-01-01
[coast]
shoreline = "{shoreline}"
domain = {domain}
[release]
on_land = "move"
[output]
tracks = 0
density_grid_deg = 1.0
"""
SEAS: dict[str, dict[str, Any]] = {
    "global": {"domain": [-180.0, 180.0, -79.5, 88.5], "box": [-170.0, 170.0, -60.0, 60.0], "shoreline": "none"},
    "Sea of Japan": {"domain": [127.0, 143.0, 33.0, 48.0], "box": [132.0, 137.0, 38.0, 41.0], "shoreline": "gshhg"},
}


def write_year(folder: Path, days: int) -> float:
    """Daily means as GLORYS12V1 comes: packed, compressed, a file a day; returns their size in MB."""
    import netCDF4

    rng = np.random.default_rng(12)
    lon, lat = np.linspace(-180.0, 180.0 - 1.0 / 12.0, NX), np.linspace(-80.0, 90.0, NY)
    x, y = np.radians(lon)[None, :], np.radians(lat)[:, None]

    def waves(lowest: int, highest: int, count: int) -> Any:
        out = np.zeros((NY, NX), np.float32)
        for _ in range(count):
            k, m = rng.integers(lowest, highest, 2)
            out += np.sin(k * x + rng.uniform(0, 7)) * np.sin(m * y + rng.uniform(0, 7))
        return out / np.sqrt(count / 4.0)

    land = waves(2, 9, 12) > 0.55  # about a third, with coasts of all directions
    size = 0
    for day in range(min(days, PATTERNS)):
        path = folder / f"pattern_{day}.nc"
        with netCDF4.Dataset(path, "w") as out:
            for name, length in (("time", 1), ("depth", 1), ("latitude", NY), ("longitude", NX)):
                out.createDimension(name, length)
            for name, values, units in (
                ("time", [0.0], "hours since 1950-01-01"), ("depth", [0.494], "m"),
                ("latitude", lat, "degrees_north"), ("longitude", lon, "degrees_east"),
            ):  # fmt: skip
                axis = out.createVariable(name, "f8" if name == "time" else "f4", (name,))
                axis.units = units
                axis[:] = values
            for name in ("uo", "vo"):
                speed = 0.12 * waves(40, 200, 8) + 0.01 * rng.standard_normal((NY, NX), np.float32)
                packed = np.where(land, -32767, np.rint(speed / 0.000610370188951492)).astype("i2")
                variable = out.createVariable(
                    name, "i2", ("time", "depth", "latitude", "longitude"), zlib=True, complevel=1,
                    chunksizes=(1, 1, -(-NY // 3), NX // 3), fill_value=-32767,
                )  # fmt: skip
                variable.setncatts({"scale_factor": 0.000610370188951492, "add_offset": 0.0, "units": "m s-1"})
                variable.set_auto_maskandscale(False)
                variable[0, 0] = packed
    first = (np.datetime64("2017-01-01") - np.datetime64("1950-01-01")) / np.timedelta64(1, "h")
    for day in range(-1, days + 1):
        path = folder / f"glorys12_{np.datetime64('2017-01-01') + day}.nc"
        shutil.copyfile(folder / f"pattern_{day % min(days, PATTERNS)}.nc", path)
        with netCDF4.Dataset(path, "r+") as out:
            out["time"][:] = first + 24.0 * day + 12.0
        size += path.stat().st_size
    return size / 1e6


def drive(case: dict[str, Any]) -> dict[str, Any]:
    """Run one case in this process."""
    import resource

    from driftsim import config
    from driftsim.drift import simulation
    from driftsim.forcing import window

    window.READ_AHEAD = case["ahead"]
    folder = Path(case["folder"])
    end = np.datetime64("2017-01-01") + case["days"]
    text = CONFIG.format(**{**case, **SEAS[case["sea"]]}, end=end)
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    began = time.perf_counter()
    result = simulation.run(config.load(path))
    timings = result.info["timings"]
    ends = result.arrivals[["final_lon", "final_lat"]].to_array().values
    return {
        **{key: case[key] for key in ("sea", "days", "boats", "threads", "ahead")},
        "wall_s": round(time.perf_counter() - began, 1),
        **{key: round(timings[key], 1) for key in ("prepare_s", "compile_s", "drive_s")},
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "ends": float(np.nansum(ends * np.arange(1, ends.size + 1).reshape(ends.shape))),
    }


def read_levels(folder: Path, count: int) -> float:
    """Seconds to read, unpack and fill one global level, the median of several."""
    from driftsim.forcing.catalogue import CATALOGUE
    from driftsim.forcing.files.file_source import FileSource

    west, east, south, north = SEAS["global"]["domain"]
    start = float(np.datetime64("2017-01-01", "s").astype(np.int64))
    source = FileSource(
        "current", CATALOGUE["glorys12"], [str(folder / "glorys12_*.nc")], (west, east, south, north),
        (start, start + 86_400.0 * count),
    )  # fmt: skip
    took = []
    for k in range(len(source.times)):
        began = time.perf_counter()
        source.level(k)
        took.append(time.perf_counter() - began)
    return float(np.median(took))


def cases(days: int, short: int) -> list[dict[str, Any]]:
    """The year in both seas, and shorter runs in which reading and driving take about as long."""
    long = [{"sea": sea, "days": days, "boats": 20_000, "threads": 0, "ahead": True} for sea in SEAS]
    pairs = [
        {"sea": "global", "days": short, "boats": boats, "threads": 1, "ahead": ahead}
        for boats in (20_000, 150_000) for ahead in (True, False)
    ]  # fmt: skip
    return long + pairs


def main() -> None:
    """Write the files, run the cases, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the files are written [a temporary folder]")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--quick", action="store_true", help="eight days, nothing kept")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.case:
        print(json.dumps(drive(json.loads(given.case))))
        return
    from driftsim.bench import machine

    days, short = (8, 4) if given.quick else (given.days, 30)
    folder = given.folder or Path(tempfile.mkdtemp(prefix="driftsim-reading-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        figures: dict[str, Any] = {"machine": machine(), "files_mb": round(write_year(folder, days))}
        print(f"{days + 2} files of {NX} x {NY} nodes, {figures['files_mb']} MB in {folder}")
        figures["level_s"] = round(read_levels(folder, min(days, 8)), 2)
        print(f"a global level: {figures['level_s']} s")
        figures["cases"] = []
        for case in cases(days, min(short, days)):
            command = [sys.executable, __file__, "--case", json.dumps({**case, "folder": str(folder)})]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(done.stderr)
            figures["cases"].append(json.loads(done.stdout.splitlines()[-1]))
            print(figures["cases"][-1], flush=True)
        for a, b in zip(figures["cases"][2::2], figures["cases"][3::2], strict=True):
            if a["ends"] != b["ends"]:
                raise SystemExit(f"reading ahead changed the result: {a} {b}")
    finally:
        if given.folder is None:
            shutil.rmtree(folder)
    if not given.quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(f"written: {RESULTS}")


if __name__ == "__main__":
    main()
