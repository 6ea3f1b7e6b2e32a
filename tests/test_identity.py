"""Which program made a result: its sources, its commit and none of another repository, every part's version."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from driftsim.results import identity, provenance

ROOT = Path(identity.__file__).parents[2]


def asked(root: Path, what: str) -> str:
    done = subprocess.run(
        [sys.executable, "-B", "-c", f"from driftsim.results import identity; print(identity.{what}())"], cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.mark.skipif(not (ROOT / "data").is_dir(), reason="is not a checkout")
def test_any_change_of_a_source_or_of_the_data_is_another_program(tmp_path: Path) -> None:
    for room in ("driftsim", "data"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    own = asked(tmp_path, "sources")
    assert own == identity.sources.__wrapped__()  # not what this process began with
    (tmp_path / "driftsim" / "kernels" / "__pycache__").mkdir(exist_ok=True)
    (tmp_path / "driftsim" / "kernels" / "__pycache__" / "x.pyc").write_bytes(b"compiled")
    assert asked(tmp_path, "sources") == own
    shutil.copytree(tmp_path / "data", tmp_path / "driftsim" / "_data")
    assert asked(tmp_path, "sources") == own, "in a wheel the data lie elsewhere"
    shutil.rmtree(tmp_path / "driftsim" / "_data")
    seen = {own}
    for name in ("driftsim/kernels/walk.py", "data/leeway_classes.csv", "driftsim/figures/report/page.css"):
        with open(tmp_path / name, "a") as file:
            file.write("\n")
        seen.add(asked(tmp_path, "sources"))
    shutil.move(
        tmp_path / "data" / "areas/sea_of_japan/ports.csv", tmp_path / "data" / "areas/sea_of_japan/harbours.csv"
    )
    seen.add(asked(tmp_path, "sources"))
    assert len(seen) == 5


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_the_commit_of_another_repository_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = identity.git_commit.__wrapped__()
    other = tmp_path / "other"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C", str(other)]
    subprocess.run(["git", "init", "-q", str(other)], check=True, env=plain)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True, env=plain)
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True, env=plain)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert identity.git_commit.__wrapped__() == own != head.stdout.strip()
    # Installed into a folder that lies in somebody's repository, with a .git of its own or without.
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_WORK_TREE")
    inside = other / "vendor"
    (inside / "driftsim").mkdir(parents=True)
    monkeypatch.setattr(identity, "__file__", str(inside / "driftsim" / "results" / "identity.py"))
    assert identity.git_commit.__wrapped__() == ""
    (inside / ".git").mkdir()  # an empty one: git goes on upwards
    assert identity.git_commit.__wrapped__() == ""


def test_provenance_lists_every_part() -> None:
    origin = provenance.provenance("", 1, {})
    parts = origin["libraries"]
    if (ROOT / "pyproject.toml").exists():
        declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
        assert {re.split(r"[<>=;\[ ]", one)[0] for one in declared} <= parts.keys()
    assert {"python", "llvmlite", "cftime", "HDF5", "netCDF-C", "GEOS", "PROJ"} <= parts.keys()
    assert all(parts.values()), parts
    assert origin["processor"] and origin["sources_sha256"] == identity.sources()
