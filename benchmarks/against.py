"""The driver of another commit beside this one's, window by window: what a change of the driver is judged by.

``python benchmarks/against.py COMMIT [--only CASE] [--rounds N] [--json FILE]``

COMMIT and the working tree as it stands, changes and new files included, are each put into a git worktree with a
kernel cache of its own; both are removed at the end, however it comes. Two processes then drive the same short windows
in turn, old and new, new and old. A ratio is the old driver's processor time a step over the new one's in one such
pair: above 1 the new one is faster. Where both leave the boats in other places it is said how far apart.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftsim import bench
from driftsim.results import text_files

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
START = "2017-10-01"
EPOCH = float(np.datetime64(START, "s").astype(np.int64))

DRIVER: dict[str, Any] = {"particles": 100_000, "days": 5, "precision": "single", "epoch": EPOCH}
CASES: dict[str, dict[str, Any]] = {
    "currents": {**DRIVER, "current": "daily"},
    "double": {**DRIVER, "current": "daily", "precision": "double"},
    "rectilinear": {**DRIVER, "current": "rectilinear"},
    "hourly": {**DRIVER, "current": "hourly"},
    "members": {**DRIVER, "current": "daily", "wind": 200, "particles": 40_000},
    # The whole physics, from the day after the last release on.
    "boats": {
        "current": "daily", "wind": 50, "begins": 20, "days": 10,
        "changes": {
            "boats.number": 100_000, "run.start": START, "run.end": "2017-10-31", "run.threads": 1,
            "wind.members": 50, "mixing.flight_speed_m_s": 0.0, "mixing.diffusivity_m2_s": 50.0,
            "release.first": START, "release.last": "2017-10-21", "output.tracks": 0,
        },
    },
}  # fmt: skip


class Failed(Exception):
    """One of the two drivers could not be run."""


def git(*words: str, **environment: str) -> str:
    """What git answers, in this checkout."""
    ran = subprocess.run(
        ["git", "-C", str(ROOT), *words], capture_output=True, text=True, env={**os.environ, **environment}
    )  # fmt: skip
    if ran.returncode:
        raise Failed(f"git {' '.join(words)}: {ran.stderr.strip()}")
    return ran.stdout.strip()


def as_it_stands(folder: Path) -> str:
    """A commit, on no branch, of the working tree with its changes and new files."""
    index = str(folder / "index")
    git("read-tree", "HEAD", GIT_INDEX_FILE=index)
    git("add", "--all", GIT_INDEX_FILE=index)
    who = {f"GIT_{role}_{what}": "driftsim" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return git("commit-tree", git("write-tree", GIT_INDEX_FILE=index), "-p", "HEAD", "-m", "the working tree", **who)


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """A worktree of a commit; it is removed however this ends."""
    try:
        git("worktree", "add", "--quiet", "--detach", str(folder), commit)
        yield folder
    finally:
        # Half a worktree, too: git is asked to forget it, whether or not it got as far as knowing it.
        subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(folder)], capture_output=True)


class Side:
    """A process that drives windows with the driftsim of a worktree."""

    def __init__(self, name: str, tree: Path, task: dict[str, Any], folder: Path) -> None:
        self.name, self.folder = name, folder / name
        self.folder.mkdir()
        file = self.folder / "task.json"
        file.write_text(json.dumps({**task, "folder": str(self.folder)}), encoding="utf-8")
        one = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "NUMBA", "OPENBLAS", "MKL")}
        paths = {"PYTHONPATH": str(tree), "DRIFTSIM_CACHE_DIR": str(self.folder / "cache")}
        self._errors = (self.folder / "errors.txt").open("w+", encoding="utf-8")
        # A session of its own: an interruption ends this process, which then ends that one.
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "windows.py"), str(file)], cwd=tree, env={**os.environ, **one, **paths},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, start_new_session=True,
        )  # fmt: skip

    def check(self, tree: Path) -> None:
        """See that it drives what it was given, and not a driftsim that is installed."""
        found = Path(self._answer()["from"])
        if found != tree.resolve() / "driftsim":
            raise Failed(f"{self.name}: drove {found} instead of {tree}")

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            raise Failed(f"{self.name}: {self._errors.read().strip()[-2000:]}")
        return dict(json.loads(line))

    def window(self, case: str) -> dict[str, Any]:
        """Drive a window of a case."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{case}\n")
        self._process.stdin.flush()
        return self._answer()

    def ends(self, case: str) -> NDArray[np.float64]:
        """Where its first window left the boats: longitudes, latitudes, shape (2, boats)."""
        return np.asarray(np.load(self.folder / f"{case}.npy"))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._errors.close()


def write_field(file: Path, which: str | int, days: int) -> str:
    """A current of this name, or a wind of so many members: those of ``driftsim bench``, on other axes, more often."""
    if isinstance(which, int):
        source = bench.six_hourly_wind(days, which, EPOCH)
        count = min(12, len(source.times))  # they are taken up again after so many
    else:
        source = bench.daily_current(days, EPOCH)
        count = len(source.times)
    lon, lat, times = source.lon, source.lat, source.times
    if which == "rectilinear":  # closer in the north, and a little in the west
        lon = 127.0 + 16.0 * np.linspace(0.0, 1.0, len(lon)) ** 1.05
        lat = 33.0 + 15.0 * np.linspace(0.0, 1.0, len(lat)) ** 0.9
    if which == "hourly":
        times = EPOCH + 3600.0 * np.arange(24 * days + 1)
    np.savez(file, lon=lon, lat=lat, times=times, velocity=np.stack([source.level(k) for k in range(count)]))
    return str(file)


def tasked(names: Iterable[str], folder: Path, config: Path) -> dict[str, Any]:
    """What both sides are given: the cases, with their fields in files, and the config of the whole physics."""
    cases = {}
    for name in names:
        case = cases[name] = dict(CASES[name])
        days = case.get("begins", 0) + case["days"]
        for kind in ("current", "wind"):
            if kind in case:
                case[kind] = write_field(folder / f"{name}-{kind}.npz", case[kind], days)
        if "changes" in case:
            case["config"] = str(_certain(config, folder))
            case["changes"] = {"run.start": "2017-10-01", **case["changes"]}
    return {"cases": cases}


def _certain(config: Path, folder: Path) -> Path:
    """A copy of a config without its table of what members draw, which older drivers do not read."""
    copy, text = folder / "certain.toml", config.read_text(encoding="utf-8")
    copy.write_text(re.sub(r"(?ms)^\[uncertain\].*?(?=^\[|\Z)", "", text), encoding="utf-8")
    return copy


def apart(old: NDArray[np.float64], new: NDArray[np.float64]) -> float:
    """Largest distance between end positions, m, good to a percent; 0 only where they are the same bits."""
    if old.tobytes() == new.tobytes():
        return 0.0
    east, north = (new - old) * 111_195.0
    return max(float(np.nanmax(np.hypot(east * np.cos(np.radians(old[1])), north))), 1e-9)


def summary(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    """A case's figures: ns a step of each side, their ratios pair by pair, processor time over that by the clock."""

    def ns(side: int, clock: str) -> list[float]:
        return [1e9 * pair[side][clock] / pair[side]["particle_steps"] for pair in pairs]

    def ratios(clock: str) -> dict[str, float]:
        all_ = [a / b for a, b in zip(ns(0, clock), ns(1, clock), strict=True)]
        return {"median": statistics.median(all_), "lowest": min(all_), "highest": max(all_)}

    return {
        **{
            name: {"best_ns": min(ns(side, "cpu_s")), "median_ns": statistics.median(ns(side, "cpu_s"))}
            for side, name in enumerate(("old", "new"))
        },
        "ratio": ratios("cpu_s"), "ratio_by_wall": ratios("wall_s"), "pairs": len(pairs),
        "particle_steps": pairs[0][1]["particle_steps"],
        "cpu_share": sum(w["cpu_s"] for pair in pairs for w in pair) / sum(w["wall_s"] for pair in pairs for w in pair),
    }  # fmt: skip


def compare(sides: tuple[Side, Side], names: list[str], rounds: int) -> dict[str, Any]:
    """Drive the windows of each case in turn, and print its line."""
    found = {}
    for name in names:
        pairs = []
        for number in range(rounds):
            turn = sides if number % 2 == 0 else sides[::-1]
            ran = {side.name: side.window(name) for side in turn}
            pairs.append((ran["old"], ran["new"]))
        found[name] = {**summary(pairs), "apart_m": apart(*(side.ends(name) for side in sides))}
        print(row(name, found[name]), flush=True)
    return found


HEADER = (
    "| case | old, ns a step, best (median) | new | old / new | by the clock | pairs | end positions |\n"
    "|---|---|---|---|---|---|---|"
)


def row(name: str, case: dict[str, Any]) -> str:
    """A case's line of the table."""
    old, new = (f"{case[side]['best_ns']:.1f} ({case[side]['median_ns']:.1f})" for side in ("old", "new"))
    cpu, wall = case["ratio"], case["ratio_by_wall"]
    ends = f"up to {case['apart_m']:.2g} m apart" if case["apart_m"] else "the same bits"
    return (
        f"| `{name}` | {old} | {new} | **{cpu['median']:.2f}** ({cpu['lowest']:.2f}–{cpu['highest']:.2f}) | "
        f"{wall['median']:.2f} | {case['pairs']}{bench.disturbed(case)} | {ends} |"
    )


def _stop(number: int, frame: Any) -> None:
    sys.exit(128 + number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit", help="the old driver")
    parser.add_argument("--only", action="append", choices=CASES, help="this case, and others named so [all]")
    parser.add_argument("--rounds", type=int, default=15, help="pairs of windows a case [15]")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    asked = parser.parse_args()
    if asked.rounds < 1:
        parser.error("--rounds: at least 1")
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    names = asked.only or list(CASES)
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="driftsim-against-")))
            commits = git("rev-parse", "--verify", f"{asked.commit}^{{commit}}"), as_it_stands(folder)
            trees = [
                stack.enter_context(checked_out(commit, folder / f"{name}-tree"))
                for name, commit in zip(("old", "new"), commits, strict=True)
            ]
            # Both are given the old one's config: a new driver reads it, the other way round is not promised.
            task = tasked(names, folder, trees[0] / "configs" / "quickstart.toml")
            print(f"old: {commits[0]}; new: the working tree on {git('rev-parse', 'HEAD')}\n\n{HEADER}", flush=True)
            sides = []
            for name, tree in zip(("old", "new"), trees, strict=True):
                sides.append(Side(name, tree, task, folder))
                stack.callback(sides[-1].close)
                sides[-1].check(tree)
            found = compare((sides[0], sides[1]), names, asked.rounds)
    except Failed as why:
        sys.exit(f"{why}")
    if asked.json:
        text_files.write_json(asked.json, {"machine": bench.machine(), "old": commits[0], "cases": found})


if __name__ == "__main__":
    main()
