"""The tutorials do what they say, from the first command to the last."""

from __future__ import annotations

from pathlib import Path

import pytest
from tutorials import DOCS, blocks, run_as_it_stands, run_quickly, statements

if not DOCS.is_dir():
    pytest.skip("the texts are in the checkout, not in an installed package", allow_module_level=True)

OFFLINE = ("first-run.md", "own-boat.md")


def test_every_tutorial_is_run_by_a_test() -> None:
    assert {page.name for page in DOCS.glob("*.md")} == {*OFFLINE, "hindcast.md"}


def test_a_here_document_is_one_statement() -> None:
    assert list(statements("a 1\ncat > f <<'END'\n\nx\nEND\nb\n")) == ["a 1", "cat > f <<'END'\n\nx\nEND", "b"]


@pytest.mark.parametrize("name", OFFLINE)
def test_a_tutorial_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(blocks(DOCS / name)) >= 5
    said = run_quickly(DOCS / name, tmp_path, monkeypatch)
    printed = capsys.readouterr().out
    assert "share of the landings in Japan" in said
    if name == "first-run.md":
        assert "Akita: " in printed
        assert (tmp_path / "runs" / "first" / "report.html").exists()
        assert (tmp_path / "runs" / "first" / "landing_map.png").exists()
    else:
        assert "SKIFF-3" in said and "radius_km" in said, "the mistakes were not told"
        assert "boats are ashore by the end" in printed
        assert (tmp_path / "boat.html").exists()
        assert (tmp_path / "runs" / "boat" / "export" / "landings.geojson").exists()


@pytest.mark.long
@pytest.mark.parametrize("name", OFFLINE)
def test_a_tutorial_runs_in_a_shell_with_all_its_boats(name: str, tmp_path: Path) -> None:
    assert "share of the landings in Japan" in run_as_it_stands(DOCS / name, tmp_path)
