"""The kernels as Python runs them, and compiled with a look at every index, make of boats what the compiled ones do.

A wrong index, an integer that wraps round, or a type that only the compiler knows shows here and nowhere else. Each way
is a process of its own (`other_ways.py`): how functions are compiled is settled when they are imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

Columns = dict[str, np.ndarray]
PROGRAM = Path(__file__).with_name("other_ways.py")
CLOSE = {"lon": 1e-7, "lat": 1e-7, "land_lon": 1e-7, "land_lat": 1e-7, "land_time": 1e-2, "end_time": 1e-2}
"""Degrees and seconds: a centimetre, and what it takes at the speed of a boat. The compiler multiplies and adds in one
instruction, Python in two."""


def driven(way: str, folder: Path) -> Columns:
    file = folder / f"{way}.npz"
    # Code with a look at each index is kept apart from the code that everybody uses.
    cache = {"DRIFTSIM_CACHE_DIR": str(folder / "cache")} if way == "checked" else {}
    subprocess.run([sys.executable, str(PROGRAM), way, str(file)], check=True, env={**os.environ, **cache})
    with np.load(file) as columns:
        return {name: columns[name] for name in columns.files}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Columns:
    found = driven("compiled", tmp_path_factory.mktemp("compiled"))
    assert set(found["status"]) == {1, 3, 4, 5}, "afloat, left, sunk and stranded: all branches are taken"
    assert 3 < np.count_nonzero(found["capsize_step"] >= 0) < 50
    return found


@pytest.mark.long
def test_kernels_that_are_not_compiled(compiled: Columns, tmp_path: Path) -> None:
    for name, values in driven("plain", tmp_path).items():
        far = CLOSE.get(name, 1e-6 if values.dtype.kind == "f" else 0.0)
        np.testing.assert_allclose(values, compiled[name], rtol=0.0, atol=far, err_msg=name)


@pytest.mark.long
def test_kernels_that_look_at_every_index(compiled: Columns, tmp_path: Path) -> None:
    for name, values in driven("checked", tmp_path).items():
        np.testing.assert_array_equal(values, compiled[name], err_msg=name)
