"""CONTRIBUTING names every file that a product, a figure, a stretch of coast and a process touch; held to the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EVERYWHERE = ("driftsim", "data", "docs", "tests", "configs", "benchmarks")
LOOK = {
    "msm": (r"\bmsm\b", EVERYWHERE),
    "zoom": (r"[\"`]zoom[\"`]", EVERYWHERE),  # a word of the language as well
    "tobishima": (r"\btobishima\b", EVERYWHERE),
    "stokes": (r"(?i)\bstokes", ("driftsim", "configs")),
}
"""How each example is found, and where."""

TEXTS = {".py", ".md", ".toml", ".csv", ".js", ".html", ".css"}
NOT_WRITTEN_BY_HAND = ("docs/results", "tests/regression", "tests/test_contributing.py")


def listed() -> dict[str, list[str]]:
    """The files under each example's heading."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = text.split("## Every file that an addition touches", 1)[1].split("\n## ", 1)[0]
    return {
        re.findall(r"`(\w+)`", section)[0]: re.findall(r"^- `([^`]+)`", section, re.MULTILINE)
        for section in part.split("\n### ")[1:]
    }


@pytest.mark.parametrize("key", LOOK)
def test_the_files_of_an_example_are_those_that_name_it(key: str) -> None:
    pattern, folders = re.compile(LOOK[key][0]), LOOK[key][1]
    found = set()
    for folder in folders:
        for file in (ROOT / folder).rglob("*"):
            name = file.relative_to(ROOT).as_posix()
            if file.suffix not in TEXTS or not file.is_file() or name.startswith(NOT_WRITTEN_BY_HAND):
                continue
            if pattern.search(file.read_text(encoding="utf-8")):
                found.add(name)
    assert sorted(found) == sorted(listed()[key])


def test_every_example_is_looked_for() -> None:
    assert set(listed()) == set(LOOK)


def test_paths_in_the_pages_for_contributors_exist() -> None:
    for page in ("CONTRIBUTING.md", "docs/how-to/add-a-process.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for name in re.findall(r"`([\w/.-]+\.(?:py|toml|md|csv|json))`", text):
            places = [ROOT / name, *(ROOT / "driftsim" / part / name for part in ("", "drift", "figures/report"))]
            places += [ROOT / "tests" / "kernels" / name]
            told_as_results = name in ("config.toml", "summary.json", "run.json")
            assert told_as_results or any(place.exists() for place in places), f"{page}: {name}"
