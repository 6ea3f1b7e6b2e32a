"""GFS by the GRIB filter of its server: the right cycles, the known wind, and a server that misbehaves."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from click.testing import CliRunner, Result
from local_servers import HOUR, Server
from replicas import epoch, section

from driftsim import cli, config
from driftsim.forcing.download import series
from driftsim.forcing.open import open_source

if importlib.util.find_spec("eccodes") is None:  # found, not imported
    pytest.skip("the extra grib is not installed", allow_module_level=True)

BOX = (130.1, 139.8, 36.6, 42.9)
DAY = epoch("2017-10-01")


class Filter(Server):
    """Answers `/filter?dir=...&file=...` with the file of that name, and notes what was asked for beside it."""

    def answer(self, request: Any) -> None:
        asked = {key: values[0] for key, values in parse_qs(urlsplit(request.path).query, True).items()}
        self.queries.append(asked)
        request.path = f"{asked.pop('dir')}/{asked.pop('file')}"
        super().answer(request)

    queries: list[dict[str, str]]


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nomads")
    script = Path(__file__).parents[1] / "readers" / "write_grib.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True)
    return folder


@pytest.fixture
def nomads(steps: Path, addresses: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Filter]:
    """The server at 18 h of 1 October 2017, when the cycle of 12 h has just come out."""
    server = Filter()
    server.queries = []
    for path in steps.glob("gfs.2*/*/atmos/*"):
        server.files[f"/{path.relative_to(steps).as_posix()}"] = path.read_bytes()
    addresses(f'[gfs]\nfilter = "{server.address}/filter"\n')
    monkeypatch.setattr(series, "now", lambda: DAY + 18 * HOUR)
    yield server
    server.close()


def fetch(folder: Path, start: str = "2017-10-01T12:00", end: str = "2017-10-01T15:00") -> Result:
    arguments = ["fetch", "gfs", "--start", start, "--end", end, "--box", *map(str, BOX), "-o", str(folder)]
    result = CliRunner().invoke(cli.main, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_forecast_comes_and_its_wind_is_right(nomads: Filter, tmp_path: Path) -> None:
    """Though none of the four files comes at the first try."""
    cycle, other = "/gfs.20171001/12/atmos/gfs.t12z.pgrb2.0p25.f0", "/gfs.20171001/06/atmos/gfs.t06z.pgrb2.0p25.f0"
    faults: dict[str, tuple[Any, str]] = {
        f"{cycle}00": (("body", b"<html>too many requests</html>"), "the answer is no GRIB"),
        f"{cycle}03": ("cut", "cut short"),
        f"{cycle}06": (("status", 429, {"Retry-After": "0"}), "HTTP 429"),
        f"{other}03": (("body", b"GRIB" + b"\0" * 60), "damaged or cut short"),
    }
    for path, (fault, _) in faults.items():
        nomads.faults[path] = [fault]
    result = fetch(tmp_path / "f")
    assert result.exit_code == 0, result.output
    assert all(told in result.output for _, told in faults.values()), result.output
    assert all(nomads.asked[path] == 2 for path in faults)
    names = ["gfs.manifest.json", *(f"gfs_20171001{n}.nc" for n in (
        "06_f003", "12_f000", "12_f003", "12_f006",
    ))]  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "f").iterdir()) == names
    assert nomads.queries[0] == {
        "var_UGRD": "on", "var_VGRD": "on", "lev_10_m_above_ground": "on", "subregion": "",
        "leftlon": "130", "rightlon": "140", "toplat": "43", "bottomlat": "36.5",
    }  # fmt: skip
    entry = json.loads((tmp_path / "f" / "gfs.manifest.json").read_text())["files"][names[4]]
    assert entry["levels"] == 1 and entry["first"] == "2017-10-01T18:00:00Z" and entry["cut_from_bytes"] > 1000
    source = open_source(
        "wind",
        section("gfs", tmp_path / "f" / "gfs_*.nc"),
        (130.5, 139.0, 37.0, 42.0),
        (DAY + 12 * HOUR, DAY + 15 * HOUR),
    )
    x, y = np.meshgrid(source.lon - 135.0, source.lat - 40.0)
    assert (source.times - DAY).tolist() == [h * HOUR for h in (12, 15)]
    for k, hours in enumerate((12, 15)):
        u = 3.0 + 0.25 * x - 0.125 * y + 0.25 * hours
        v = -2.0 + 0.0625 * x + 0.5 * y - 0.125 * hours
        np.testing.assert_allclose(source.level(k)[0], np.stack([u, v], axis=-1), rtol=0.0, atol=2e-6)
    # A second time nothing is asked for, and a config is made of what is there.
    asked = len(nomads.queries)
    assert fetch(tmp_path / "f").exit_code == 0 and len(nomads.queries) == asked
    made = CliRunner().invoke(cli.main, ["init", "--from", str(tmp_path / "f"), str(tmp_path / "study.toml")])
    assert made.exit_code == 0, made.output
    assert config.load(tmp_path / "study.toml").wind.product == "gfs"


def test_what_the_server_does_not_hold(nomads: Filter, tmp_path: Path) -> None:
    nomads.files.clear()
    result = fetch(tmp_path / "f", "2017-10-01T12:00", "2017-10-01T15:00")
    assert result.exit_code == 2 and "the first gfs_2017100106_f003.nc" in result.output, result.output
    for start, end in (("2017-09-01", "2017-09-03"), ("2017-10-15", "2017-10-20")):
        result = fetch(tmp_path / "g", start, end)
        assert result.exit_code == 2 and "for 16: 2017-09-21T18:00:00Z to 2017-10-17T12:00:00Z" in result.output
    nomads.faults["/gfs.20171001/06/atmos/gfs.t06z.pgrb2.0p25.f003"] = [("redirect", "https://abuse.example/")]
    result = fetch(tmp_path / "h")
    assert result.exit_code == 2 and "abuse.example, which is not known" in result.output
