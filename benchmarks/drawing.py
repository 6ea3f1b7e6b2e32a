"""How long figures take: all of them for a million landings, and the film of 2,000 tracks.

Usage: python benchmarks/drawing.py RUN_FOLDER [--landings 1000000] [--rounds 3]

The boats of the run are repeated until so many of them have come ashore, each with its own place along the coast, so
that the arrivals have the size of a large run; the run needs tracks. Times are from opened files to a PNG on disk.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def many(run: Any, landings: int) -> Any:
    """The run's boats again and again, moved by up to 3 km along the coast."""
    from driftsim.results.result import Result

    landed = int((run.arrivals["outcome"].values == 1).sum())
    times = -(-landings // landed)
    boats = run.arrivals.sizes["boat"]
    arrivals = run.arrivals.isel(boat=np.tile(np.arange(boats), times)).load()
    arrivals["boat"] = np.arange(boats * times)
    rng = np.random.default_rng(1)
    arrivals["coast_km"] = arrivals["coast_km"] + rng.uniform(0.0, 3.0, boats * times).astype(np.float32)
    density = run.density.load()
    density["boat_days"] = density["boat_days"] * times
    info = {"config": run.config, "seed": run.summary["seed"], "forcing": run.summary["forcing"]}
    made = Result(arrivals, density, run.tracks.load(), run.forcing_mean.load(), info)
    made.summary  # noqa: B018 -- counted once, before any clock runs
    return made


def main() -> None:
    """Measure and print a table."""
    import matplotlib

    from driftsim import open_run
    from driftsim.figures import maps
    from driftsim.figures.maps import animation

    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("run", type=Path)
    parse.add_argument("--landings", type=int, default=1_000_000)
    parse.add_argument("--rounds", type=int, default=3)
    asked = parse.parse_args()
    with open_run(asked.run) as opened, tempfile.TemporaryDirectory() as name:
        run, folder = many(opened, asked.landings), Path(name)
        landed = int((run.arrivals["outcome"].values == 1).sum())
        print(f"{landed:,} landings of {run.arrivals.sizes['boat']:,} boats; {run.tracks.sizes['trajectory']:,} tracks")
        print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, "
              f"matplotlib {matplotlib.__version__}, load {os.getloadavg()[0]:.1f}\n")  # fmt: skip
        print("| figure | median, s | smallest | largest | processor, s |\n|---|---|---|---|---|")
        for figure in (name for name in maps.FILES if name != "variance"):  # of runs that draw assumptions alone
            region = "noto" if figure == "zoom" else None
            # The first round loads libraries and the coast.
            told(figure, [timed(lambda f=figure, r=region: maps.draw(run, folder, figure=f, region=r))
                          for _ in range(asked.rounds + 1)][1:])  # fmt: skip
        told("film (MP4)", [timed(lambda: animation.animate(run, folder / "film.mp4")) for _ in range(asked.rounds)])


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock and of processors, those of the encoder included."""
    begin, used = time.perf_counter(), sum(os.times()[:4])
    work()
    return time.perf_counter() - begin, sum(os.times()[:4]) - used


def told(name: str, spent: list[tuple[float, float]]) -> None:
    """A row of the table."""
    wall, used = ([of[k] for of in spent] for k in (0, 1))
    cells = [statistics.median(wall), min(wall), max(wall), statistics.median(used)]
    print(f"| {name} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
