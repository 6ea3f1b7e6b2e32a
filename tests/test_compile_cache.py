"""Compiled code on disk: shared by processes that do not know of each other, and never run where it is damaged."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from processes import forked

from driftsim.kernels import jit, random

KINDS = ("f8", "i8", "u8")
Call = Callable[[str], tuple[int, int]]


def new_process(kind: str) -> tuple[int, int]:
    """Call a kernel as a new process would: its result, and whether it was loaded from the cache."""
    compiled = jit.jit(random.low32.py_func)
    return compiled(np.dtype(kind).type(2**33 + 77)), sum(compiled.stats.cache_hits.values())


@pytest.fixture
def low32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The same, from a cache in ``tmp_path``."""
    monkeypatch.setattr(jit, "_CACHE", tmp_path)
    return new_process


def test_processes_that_compile_at_once_do_not_disturb_each_other(tmp_path: Path, low32: Call) -> None:
    """Each for another type, and two for the same; numba's own files would lose an entry, or give one to another."""
    low32("f4")  # the compiler itself is made ready once, not in each of them
    kinds = (*KINDS, KINDS[0])
    found, all_there = multiprocessing.get_context("fork").Queue(), multiprocessing.get_context("fork").Barrier(4)

    def compile_one(kind: str) -> None:
        replace = os.replace

        def slowly(*files: Any) -> None:  # a slow disk: all have looked before one has written
            all_there.wait(60.0)
            replace(*files)

        jit.os.replace = slowly  # type: ignore[assignment]
        found.put((kind, *low32(kind)))

    processes = [forked(partial(compile_one, kind)) for kind in kinds]
    cold = [found.get(timeout=60.0) for _ in kinds]
    for process in processes:
        process.join()
    assert sorted(cold) == sorted((kind, 77, 0) for kind in kinds)
    assert [low32(kind) for kind in KINDS] == [(77, 1)] * 3
    assert len(list(tmp_path.rglob("*.nbc"))) == 1 + len(KINDS)
    assert not list(tmp_path.rglob("*.part"))


# --- damage ---------------------------------------------------------------------------------------------------------


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda raw: raw[: len(raw) // 2],
    "cut within the checksum": lambda raw: raw[:20],
    "empty": lambda raw: b"",
    "one bit": lambda raw: raw[:5000] + bytes([raw[5000] ^ 4]) + raw[5001:],
    "zeros": lambda raw: raw[:4096] + bytes(len(raw) - 4096),  # what a crash of the machine may leave
    "text": lambda raw: b"no compiled code\n" * 400,
}


def test_a_damaged_entry_is_compiled_anew(tmp_path: Path, low32: Call) -> None:
    assert low32("u8") == (77, 0)
    assert low32("u8") == (77, 1)
    (file,) = tmp_path.rglob("*.nbc")
    whole = file.read_bytes()
    for name, damaged in DAMAGE.items():
        file.write_bytes(damaged(whole))
        assert low32("u8") == (77, 0), name
        assert low32("u8") == (77, 1), f"after {name}"
    assert list(tmp_path.rglob("*.nbc")) == [file]


def test_an_entry_under_another_s_name_is_not_taken(tmp_path: Path, low32: Call) -> None:
    low32("u8")
    (first,) = tmp_path.rglob("*.nbc")
    low32("i8")
    (second,) = set(tmp_path.rglob("*.nbc")) - {first}
    second.write_bytes(first.read_bytes())
    assert low32("i8") == (77, 0)
    assert low32("i8") == (77, 1)


def test_a_cache_that_cannot_be_written_to_is_done_without(
    tmp_path: Path, low32: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk must not end a run."""

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(jit.os, "replace", full)
        assert low32("u8") == (77, 0)
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".nbc", ".part")]
    assert low32("u8") == (77, 0)


# --- whole runs -----------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_two_runs_at_once_from_an_empty_cache(tiny_config: Path, tiny_run: Any, tmp_path: Path) -> None:
    """One in single precision, one in double, and a third that is killed while it compiles."""
    environment = {**os.environ, "DRIFTSIM_CACHE_DIR": str(tmp_path / "cache")}
    double = tmp_path / "double.toml"
    double.write_text(tiny_config.read_text().replace("seed = 7", 'seed = 7\nprecision = "double"'), encoding="utf-8")

    def start(config: Path, folder: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "driftsim", "run", str(config), "-o", str(tmp_path / folder)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)

    runs = [start(tiny_config, "single"), start(double, "double"), start(tiny_config, "killed")]
    with pytest.raises(subprocess.TimeoutExpired):
        runs[2].wait(12)
    runs[2].kill()
    told = [process.communicate(timeout=500)[1] for process in runs]
    assert [process.returncode for process in runs] == [0, 0, -9], told
    warm = start(double, "double again")
    told_again = warm.communicate(timeout=100)[1]
    assert warm.returncode == 0, told_again
    assert "Compiling" in told[0]
    assert "Compiling" not in told_again
    for found, expected in ((tmp_path / "single", tiny_run.folder), (tmp_path / "double again", tmp_path / "double")):
        for path in expected.iterdir():
            if path.suffix in (".nc", ".csv"):
                assert (found / path.name).read_bytes() == path.read_bytes(), path.name
