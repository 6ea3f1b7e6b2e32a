"""A fact stands once. Where another language, or a kernel, must repeat one, it is held equal here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from driftsim.results.outcome import OUTCOMES, Outcome
from driftsim.system import constants, percent

PACKAGE = Path(__file__).parents[1] / "driftsim"
SCRIPT = "".join(
    part.read_text(encoding="utf-8") for part in sorted((PACKAGE / "figures" / "report" / "script").glob("*.js"))
)

ONCE = {
    r"\b(604_?800|86_?400)(\.0*)?\b": {"system/constants.py", "bench.py", "kernels/jit.py"},
    r"\b6_?37[18]_?\d{3}|\b1_?852(\.0)?\b": {
        "system/constants.py",
    },
    r"\b1\.64\d*": {"results/intervals.py"},
    r'"adrift", "landed"|ADRIFT = 0': {"results/outcome.py"},
    r"0\.0005\b|0\.0095\b": {"system/percent.py"},
}
"""Numbers and the files that may write them: a pattern, and where. The kernels import nothing of ours."""


@pytest.mark.parametrize("pattern", ONCE)
def test_a_number_is_written_in_one_room(pattern: str) -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(pattern, path.read_text(encoding="utf-8"))
    }
    assert found == ONCE[pattern]


def test_outcomes_of_the_page() -> None:
    assert OUTCOMES == ("adrift", "landed", "left", "sunk")
    codes = {int(code) for code in re.findall(r"\boutcome === (\d)", SCRIPT)}
    assert codes == {Outcome.LANDED}


def test_sides_of_the_domain() -> None:
    from driftsim.area.area import SIDES
    from driftsim.kernels import drive

    assert [SIDES[side] for side in (drive.WEST, drive.EAST, drive.SOUTH, drive.NORTH)] == [
        "west", "east", "south", "north",
    ]  # fmt: skip


def test_percent_of_the_page() -> None:
    assert {float(number) for number in re.findall(r"p < (0\.\d+)", SCRIPT)} == {percent.LEAST, percent.WHOLE}


def test_the_day_of_the_page() -> None:
    day = re.search(r"\bDAY = (\d+)", SCRIPT)
    assert day is not None and float(day[1]) == 1000.0 * constants.SECONDS_PER_DAY


def test_words_that_everybody_uses_stand_with_the_maps_alone() -> None:
    from driftsim import words

    for lang, maps in words.WORDS.items():
        assert set(words.SHARED) <= set(maps), lang
        assert len(maps["months"]) == len(maps["short_months"]) == 12
    for part in (words.report.WORDS, words.table.WORDS):
        assert set(part) <= set(words.WORDS)
        for lang, own in part.items():
            assert not set(own) & set(words.SHARED), lang
    found = [path.name for path in PACKAGE.rglob("*.py") if '"February"' in path.read_text(encoding="utf-8")]
    assert found == ["en.py"]


def test_every_colour_stands_in_the_palette() -> None:
    """The style sheet of the report takes its colours by name."""
    from driftsim.figures import palette

    hexes = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}\b(?!\w)")
    files = [path for kind in ("py", "css", "js", "html") for path in (PACKAGE / "figures").rglob(f"*.{kind}")]
    found = {path.name for path in files if hexes.search(path.read_text(encoding="utf-8"))}
    assert found == {"palette.py"}
    sheet = (PACKAGE / "figures" / "report" / "page.css").read_text(encoding="utf-8")
    assert palette.PAGE_LIGHT.keys() == palette.PAGE_DARK.keys()
    asked = set(re.findall(r"var\(--([\w-]+)\)", sheet + SCRIPT))
    assert asked - {"ratio"} <= palette.PAGE_LIGHT.keys()
    assert set(palette.PAGE_PRINT) < palette.PAGE_LIGHT.keys()
