"""The tutorial on HYCOM, against a real OPeNDAP server with made-up fields in the providers' layouts."""

from __future__ import annotations

from pathlib import Path

import pytest
from local_servers import Opendap
from tutorials import DOCS, run_as_it_stands, run_quickly

PAGE = DOCS / "hindcast.md"
if not PAGE.exists():
    pytest.skip("the texts are in the checkout, not in an installed package", allow_module_level=True)


def test_the_hindcast_runs(
    to_opendap: Opendap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    said = run_quickly(PAGE, work, monkeypatch)
    assert "sampling" in said
    assert "sampling only" in capsys.readouterr().out
    assert any("expt_92.9" in asked for asked in to_opendap.asked())
    assert "Hindcast" in (work / "runs" / "hindcast" / "report.html").read_text(encoding="utf-8")


@pytest.mark.long
def test_the_hindcast_runs_in_a_shell_with_all_its_boats(to_opendap: Opendap, tmp_path: Path) -> None:
    assert "sampling" in run_as_it_stands(PAGE, tmp_path)
