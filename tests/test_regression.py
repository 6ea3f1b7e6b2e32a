"""What came out before must come out again.

Each folder of ``regression`` holds a config, the numbers that it gave, and why it is there. Rounding hardly matters:
all random numbers are the same, and in single and double precision not one of these boats came to another end. So the
counts must be equal on the type of processor and with the libraries that they were made with; elsewhere two boats and
a tenth of a standard error are allowed.

A change that is meant: run the tests with ``DRIFTSIM_RENEW=1``, look at what has changed, and say why in the commit.
"""

from __future__ import annotations

import json
import math
import os
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

CASES = sorted(path.parent for path in (Path(__file__).parent / "regression").glob("*/config.toml"))
LIBRARIES = ("numba", "llvmlite", "numpy", "scipy")


def made_on() -> dict[str, str]:
    """What rounding depends on."""
    import llvmlite.binding

    return {"processor": llvmlite.binding.get_host_cpu_name(), **{name: metadata.version(name) for name in LIBRARIES}}


def numbers(case: Path) -> dict[str, Any]:
    """Run a case: boats by outcome, and the mean and spread of where and when they ended."""
    from driftsim import config
    from driftsim.drift import simulation

    result = simulation.run(config.load(case / "config.toml"))
    of = result.arrivals
    final = {
        name: [round(float(np.mean(of[name])), 9), round(float(np.std(of[name])), 9)]
        for name in ("final_lon", "final_lat", "final_time")
    }
    capsized = int(np.isfinite(of["capsize_time"].values).sum())
    outcomes = {name: number for name, number in result.summary["outcomes"].items() if number}
    return {"boats": of.sizes["boat"], "outcomes": outcomes, "capsized": capsized, "final": final}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_the_same_comes_out(case: Path) -> None:
    file = case / "expected.json"
    found = numbers(case)
    assert sum(found["outcomes"].values()) == found["boats"]
    if os.environ.get("DRIFTSIM_RENEW") == "1":
        file.write_text(json.dumps({"made_on": made_on(), **found}, indent=1) + "\n", encoding="utf-8")
        pytest.skip(f"{file.name} renewed")
    expected = json.loads(file.read_text(encoding="utf-8"))
    same = expected["made_on"] == made_on()
    before, now = ({**of["outcomes"], "capsized": of["capsized"]} for of in (expected, found))
    if same:
        assert now == before
    for name in {*before, *now}:
        count = before.get(name, 0)
        room = 2 + 0.1 * math.sqrt(count * (1.0 - count / expected["boats"]))
        assert abs(now.get(name, 0) - count) <= room, f"{name}: {now.get(name, 0)}, not {count}"
    # Between the precisions the means differed by 4e-7 of the spread; one boat more or less makes up to 0.01 of it.
    for name, (mean, spread) in expected["final"].items():
        assert found["final"][name][0] == pytest.approx(mean, abs=(1e-5 if same else 0.02) * spread), name


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_each_case_says_why_it_is_there(case: Path) -> None:
    assert (case / "expected.json").is_file()
    assert len((case / "why.md").read_text(encoding="utf-8").split()) > 20
