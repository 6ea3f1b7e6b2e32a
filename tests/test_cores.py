"""Threads follow what a process may use, not what the machine has."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from driftsim import config
from driftsim.system import cores as counted
from driftsim.system.cores import cores


def machine(root: Path, groups: str, files: dict[str, str]) -> Path:
    for name, text in {"proc/self/cgroup": groups, **{f"sys/fs/cgroup/{k}": v for k, v in files.items()}}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(128)), raising=False)


TWO = "0::/pod/box\n"
ONE = "4:memory:/x\n3:cpuset:/x\n2:cpu,cpuacct:/job/7\n"


@pytest.mark.usefixtures("_many")
@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        (TWO, {"pod/box/cpu.max": "200000 100000\n"}, 2),
        (TWO, {"pod/box/cpu.max": "max 100000\n", "pod/cpu.max": "350000 100000\n"}, 4),
        (TWO, {"pod/box/cpu.max": "30000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "500000 100000\n"}, 5),
        (ONE, {"cpu/job/7/cpu.cfs_quota_us": "600000\n", "cpu/job/7/cpu.cfs_period_us": "100000\n"}, 6),
        (ONE, {"cpu/job/7/cpu.cfs_quota_us": "-1\n", "cpu/job/7/cpu.cfs_period_us": "100000\n"}, 128),
        (TWO, {"pod/box/cpu.max": "nonsense"}, 128),
        (TWO, {"pod/box/cpu.max": "99900000 100000\n"}, 128),
        ("", {}, 128),
    ],
)
def test_a_quota_of_processor_time_counts(tmp_path: Path, groups: str, files: dict[str, str], expected: int) -> None:
    assert cores(machine(tmp_path, groups, files)) == expected


def test_without_control_groups_those_that_are_allowed_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 11}, raising=False)
    assert cores(tmp_path) == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert cores(tmp_path) == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores(tmp_path) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are pinned on Linux alone")
def test_a_run_takes_as_many_threads(tiny_config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from driftsim.drift import simulation

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    monkeypatch.setattr(counted, "_quotas", lambda root: [])
    cfg = config.load(tiny_config, {"boats.number": 10, "run.threads": 0})
    assert simulation.Simulation(cfg).advection.threads == 3
