"""Fuzz every parser for some time: ``python tests/fuzz/run.py [SECONDS]`` (in all; 60 by default), or ``make fuzz``."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from targets import ROOT, TARGETS, seeds, words

FOUND = ROOT / "fuzz-findings"


def fuzz(name: str, seconds: int) -> tuple[int, int]:
    """Run one target; the number of inputs tried, and the exit code."""
    FOUND.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        grown, given, names = (Path(folder) / part for part in ("grown", "given", "words"))
        grown.mkdir(), given.mkdir()
        for number, seed in enumerate(seeds(name)):
            (given / f"{number:04d}").write_bytes(seed)
        names.write_text("\n".join(f'"{word}"'.replace('""""', '"\\"\\"\\"') for word in words()), encoding="ascii")
        options = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=3000", "-max_len=6000", f"-dict={names}"]
        command = [sys.executable, str(Path(__file__).with_name("targets.py")), name, *options]
        command += [f"-artifact_prefix={FOUND}/{name}-", "-print_final_stats=1", str(grown), str(given)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=ROOT, check=False)
    tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    if done.returncode:
        print("\n".join(done.stderr.splitlines()[-60:]))
    return int(tried[1]) if tried else 0, done.returncode


def main() -> int:
    """All targets, an equal share of the time for each."""
    if importlib.util.find_spec("atheris") is None:
        print("nothing is fuzzed: atheris is not installed (pip install 'driftsim[fuzz]', on Linux or macOS)")
        return 0
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    worst = 0
    for name in TARGETS:
        tried, code = fuzz(name, max(seconds // len(TARGETS), 1))
        print(f"{name:<10} {tried:>12,} inputs  {'ok' if code == 0 else f'FOUND: see {FOUND}'}", flush=True)
        worst = max(worst, code)
    return min(worst, 1)


if __name__ == "__main__":
    sys.exit(main())
