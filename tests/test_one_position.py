"""The page for a rescue centre's afternoon does what it says, with a forecast of GRIB on this machine."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from tutorials import DOCS, blocks, run_quickly

PAGE = DOCS.parent / "how-to" / "one-position-and-a-forecast.md"

if not PAGE.exists():
    pytest.skip("the texts are in the checkout, not in an installed package", allow_module_level=True)
if importlib.util.find_spec("eccodes") is None:
    pytest.skip("the extra grib is not installed", allow_module_level=True)


@pytest.mark.long
def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DRIFTSIM_GRIB_DIR", str(tmp_path / "copies"))
    script = Path(__file__).parent / "readers" / "write_grib.py"
    subprocess.run([sys.executable, str(script), str(tmp_path), "--forecast"], check=True)
    assert len(blocks(PAGE)) == 4
    said = run_quickly(PAGE, tmp_path, monkeypatch)
    assert "u10, v10" in said and 'product = "gfs"' in said
    assert "off Noto" in said and "The config is good" in said
    assert "beat 4" in (tmp_path / "runs" / "afternoon" / "summary.json").read_text(encoding="utf-8")
    assert "tracks are afloat" in capsys.readouterr().out
    for name in ("tracks.png", "afternoon.html", "layers/density.geojson", "runs/afternoon/summary.json"):
        assert (tmp_path / name).exists(), name
