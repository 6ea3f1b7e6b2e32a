"""Every broken file of records is refused at the command line: exit code 2, a short message, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from corpus.broken_records import CASES, GOOD, BrokenRecords

from driftsim.cli import main
from driftsim.validation import records

LONGEST = 3000
"""Letters of a line: of a file every problem is told at once, up to twelve."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_broken_records_are_refused_with_a_message(case: BrokenRecords, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_bytes(case.content)
    done = CliRunner().invoke(main, ["records", str(tmp_path / "mine.csv"), "-o", str(tmp_path / "out")])
    assert done.exit_code == 2, (done.output, done.exception)
    lines = done.stderr.splitlines()
    assert len(lines) <= 2 and all(line.isprintable() and len(line) < LONGEST for line in lines), done.stderr
    assert "mine.csv" in done.stderr and case.says in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", GOOD, ids=range(len(GOOD)))
def test_the_files_that_they_begin_with_are_right(content: bytes, tmp_path: Path) -> None:
    """Or the others would say nothing."""
    (tmp_path / "mine.csv").write_bytes(content)
    assert records.load(tmp_path / "mine.csv").totals
