"""What is typed, and the exceptions: each is needed, and they only get fewer."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from structure import says

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "driftsim"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE / "kernels")

MOST_MODULES = 42
"""Modules that may write `Any`. Lower it when the list in pyproject.toml gets shorter; never raise it."""

MOST_IGNORED = 21
"""Lines that mypy passes over, likewise."""

MOST_SKIPPED = 12
"""Tables that ruff does not lay out, likewise."""


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def excepted(settings: dict[str, Any]) -> list[str]:
    """The modules whose `Any` mypy does not count."""
    overrides = settings["tool"]["mypy"]["overrides"]
    return next(table["module"] for table in overrides if table.get("disallow_any_explicit") is False)


def named(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_exceptions_are_needed_and_only_get_fewer(settings: dict[str, Any]) -> None:
    listed = excepted(settings)
    assert listed == sorted({named(path) for path in MODULES if says(path, {"Any"})})
    assert len(listed) <= MOST_MODULES


def test_nothing_else_is_excepted(settings: dict[str, Any]) -> None:
    """Strict, in all modules but the kernels; no other flag is turned off for any of them."""
    mypy = settings["tool"]["mypy"]
    assert mypy["strict"] is True
    assert mypy["disallow_any_explicit"] is True
    assert mypy["exclude"] == ["driftsim/kernels/"]
    others = [table for table in mypy["overrides"] if table["module"] != "driftsim.kernels.*"]
    assert [sorted(table) for table in others] == [["disallow_any_explicit", "module"]]
    told = [path for path in MODULES if "# mypy:" in path.read_text(encoding="utf-8")]
    assert told == []


def lines_with(mark: str) -> list[str]:
    return [
        f"{named(path)}:{number}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if mark in line
    ]


def test_few_lines_are_passed_over() -> None:
    assert len(lines_with("# type: ignore")) <= MOST_IGNORED, lines_with("# type: ignore")
    assert len(lines_with("# fmt: skip")) <= MOST_SKIPPED, lines_with("# fmt: skip")
    assert lines_with("# fmt: off") == []


def test_there_is_one_unreleased_section() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[?(\w+)", changes, re.MULTILINE)
    assert headings.count("Unreleased") == 1
    assert headings[0] == "Unreleased"


@pytest.mark.long
def test_what_mypy_says_without_the_exceptions(settings: dict[str, Any], tmp_path: Path) -> None:
    """Nothing but `Any` that is written, and only in the modules that are listed; with them, nothing at all."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "all.toml").write_text(text.replace("disallow_any_explicit = false\n", ""), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache")]
    done = subprocess.run(
        [*command, "--config-file", str(tmp_path / "all.toml")], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    found = re.findall(r"^(driftsim\S+?):\d+: error: .*\[(\S+)\]$", done.stdout, re.MULTILINE)
    assert {kind for _, kind in found} == {"explicit-any"}, done.stdout
    assert sorted({named(ROOT / file) for file, _ in found}) == excepted(settings)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout
