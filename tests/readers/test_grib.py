"""GRIB of three producers' layouts: the known field comes back, as eccodes prints it; copies are kept in bounds."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from replicas import HOUR, epoch, section

from driftsim.forcing.doors import grib
from driftsim.forcing.open import open_source
from driftsim.studies.inspection import inspect
from driftsim.system.errors import InputError

if importlib.util.find_spec("eccodes") is None:  # found, not imported: see `doors.grib`
    pytest.skip("the extra grib is not installed", allow_module_level=True)

DAY = epoch("2017-10-01")
BOX = (130.0, 140.0, 36.5, 43.0)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grib")
    subprocess.run([sys.executable, str(Path(__file__).with_name("write_grib.py")), str(folder)], check=True)
    return folder


@pytest.fixture(autouse=True)
def copies(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One folder for all tests, so that each file is copied once."""
    folder = tmp_path_factory.getbasetemp() / "copies"
    monkeypatch.setenv(grib.FOLDER, str(folder))
    return folder


def truth(lon: Any, lat: Any, hours: float, member: int = 0) -> tuple[Any, Any]:
    """As in `write_grib`, which must not be imported here."""
    x, y = np.asarray(lon) - 135.0, np.asarray(lat) - 40.0
    u = 3.0 + 0.25 * x - 0.125 * y + 0.25 * hours + member
    v = -2.0 + 0.0625 * x + 0.5 * y - 0.125 * hours - 2.0 * member
    return u, v


def known(source: Any, k: int, factor: float = 1.0, member: int = 0) -> Any:
    x, y = np.meshgrid(source.lon, source.lat)
    return np.stack(truth(x, y, (source.times[k] - DAY) / HOUR, member), axis=-1) * factor


def test_forecasts_of_ncep(files: Path) -> None:
    period = DAY + 6 * HOUR, DAY + 18 * HOUR
    source = open_source("wind", section("gfs", files / "gfs.grib2"), BOX, period)
    assert (source.times - DAY).tolist() == [h * HOUR for h in (6, 9, 12, 15, 18)]
    for k in range(5):
        np.testing.assert_allclose(source.level(k)[0], known(source, k), rtol=0.0, atol=2e-6)
    assert source.info["variables"] == ["u10", "v10"] and source.info["level"] == "10 m"
    (about,) = source.info["files"]
    assert about["path"] == str(files / "gfs.grib2") and about["bytes"] == (files / "gfs.grib2").stat().st_size
    # The newest cycle counts where an older one has a forecast for the same moment.
    both = open_source("wind", section("gfs", files / "gfs.grib2", files / "old.grib2"), BOX, period)
    assert both.level(0).tobytes() == source.level(0).tobytes()
    assert "of several forecasts for one moment that of the newest cycle" in both.info["decisions"]
    high = open_source("wind", section("cf", files / "gfs.grib2", u="u100", v="v100", level="100 m"), BOX, period)
    np.testing.assert_allclose(high.level(1)[0], known(high, 1) + 5.0, rtol=0.0, atol=2e-6)
    assert high.info["level"] == "100 m"


def test_an_ensemble_of_ecmwf(files: Path) -> None:
    source = open_source("wind", section("cf", files / "ecmwf.grib1"), BOX, (DAY, DAY + 6 * HOUR))
    assert source.members == 3 and len(source.times) == 2 and source.info["level"] == "10 m"
    for k in range(2):
        for m in range(3):
            np.testing.assert_allclose(source.level(k)[m], known(source, k, member=m + 1), rtol=0.0, atol=2e-6)


def test_currents_of_dwd_to_the_bit(files: Path) -> None:
    span = DAY, DAY + 2 * HOUR
    source = open_source("current", section("cf", files / "icon.grib2", fill_km=1.0), (130.0, 141.0, 34.6, 43.0), span)
    x, y = np.meshgrid(source.lon, source.lat)
    np.testing.assert_array_equal(~source.wet, (x > 139.0) & (y < 36.0))
    for k in range(3):
        here = source.level(k)[0]
        np.testing.assert_array_equal(here[source.wet], known(source, k, 1 / 16).astype(np.float32)[source.wet])


@pytest.mark.parametrize(
    "name", ["gfs.grib2", *(pytest.param(name, marks=pytest.mark.long) for name in ("ecmwf.grib1", "icon.grib2"))]
)
def test_as_the_library_of_ecmwf_prints_it(name: str, files: Path) -> None:
    """`grib_get_data` of ECMWF, on the first message of each component at the last step."""
    package = importlib.util.find_spec("eccodeslib")
    tool = Path(str(package.origin)).parent / "bin" / "grib_get_data" if package is not None else Path("none")
    if not tool.exists():
        pytest.skip("this build of eccodes comes without its programs")
    kind, hours = ("current", 2) if name == "icon.grib2" else ("wind", {"gfs.grib2": 18, "ecmwf.grib1": 6}[name])
    box = (128.0, 142.0, 34.0, 45.0) if kind == "wind" else (128.0, 138.0, 36.5, 45.0)
    source = open_source(kind, section("cf", files / name), box, (DAY + hours * HOUR,) * 2)
    for c, word in enumerate("uv"):
        if kind == "current":
            chosen = f"parameterNumber={2 + c},validityTime={hours}00"
        else:
            chosen = f"shortName=10{word},validityTime={hours}00" + (",number=2" if name == "ecmwf.grib1" else "")
        done = subprocess.run(
            [tool, "-w", chosen, "-F", "%.9g", "-L", "%.4f%10.4f", files / name],
            capture_output=True,
            text=True,
            check=True,
        )
        rows = np.array([line.split() for line in done.stdout.splitlines() if line[:1] in " -0123456789"], float)
        assert len(rows) > 500
        table = {(round(lat, 3), round(lon % 360.0, 3)): value for lat, lon, value in rows}
        member = 1 if name == "ecmwf.grib1" else 0
        values = source.level(int(np.searchsorted(source.times, DAY + hours * HOUR)))[member]
        for j in range(0, source.lat.size, 3):
            for i in range(0, source.lon.size, 4):
                there = table[(round(float(source.lat[j]), 3), round(float(source.lon[i]), 3))]
                assert values[j, i, c] == pytest.approx(there, abs=1e-6)


def test_what_cannot_be_used_ends_in_one_message(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = (files / "gfs.grib2").read_bytes()
    (tmp_path / "cut.grib2").write_bytes(whole[: len(whole) // 2 - 100])
    (tmp_path / "none.grib2").write_bytes(b"GRIB" + b"\0" * 500)
    for path, said in (
        (files / "lambert.grib2", "lies on a grid of the type lambert; regrid it"),
        (tmp_path / "cut.grib2", r"cut\.grib2.*(damaged or cut short|lacks)"),
        (tmp_path / "none.grib2", "damaged or cut short"),
        (files / "icon.grib2", "no wind found in it"),
    ):
        with pytest.raises(InputError, match=said) as told:
            open_source("wind", section("cf", path), BOX, (DAY + 6 * HOUR, DAY + 9 * HOUR))
        assert "\n" not in str(told.value) and "Traceback" not in str(told.value)
    assert "u10, v10" in inspect([files / "gfs.grib2"]).text
    # A module that lies in the folder one is in is not taken for the library.
    (tmp_path / "eccodes.py").write_text("open('owned', 'w')\nraise SystemExit(0)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(grib.FOLDER, str(tmp_path / "other"))
    open_source("current", section("cf", files / "icon.grib2"), BOX, (DAY, DAY))
    assert not (tmp_path / "owned").exists()


def test_copies_are_kept_in_bounds(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = tmp_path / "copies"
    monkeypatch.setenv(grib.FOLDER, str(where))
    monkeypatch.setattr(grib, "_known", {})
    sizes = [Path(grib.converted(str(files / name))).stat().st_size for name in ("gfs.grib2", "icon.grib2")]
    made = {path.name for path in where.iterdir()}
    assert len(made) == 2 and (where.stat().st_mode & 0o777) == 0o700
    (where / "mine.nc").write_text("not a copy")
    before = {path: path.stat().st_mtime_ns for path in where.iterdir()}
    os.utime(grib.converted(str(files / "gfs.grib2")), (1e9, 1e9))
    grib._known.clear()
    grib.converted(str(files / "gfs.grib2"))  # found again by its content, and noted as used
    assert all(path.exists() for path in before)
    # Beyond the limit the one goes that was used longest ago, and nothing that is no copy.
    os.utime(next(path for path in before if path.stat().st_size == sizes[1]), (1e9, 1e9))
    grib._known.clear()
    monkeypatch.setenv(grib.MOST_GB, str(sum(sizes) / 1e9))
    grib.converted(str(files / "old.grib2"))
    left = {path.name: path.stat().st_size for path in where.iterdir()}
    assert sizes[1] not in left.values() and "mine.nc" in left
    monkeypatch.setenv(grib.MOST_GB, str(1e-9))
    grib._known.clear()
    with pytest.raises(InputError, match="raise DRIFTSIM_GRIB_GB"):
        grib.converted(str(files / "ecmwf.grib1"))
    assert {path.name for path in where.iterdir()} == set(left)
    monkeypatch.setenv(grib.MOST_GB, "none")
    with pytest.raises(InputError, match="DRIFTSIM_GRIB_GB = none: must be a number above 0"):
        grib.converted(str(files / "ecmwf.grib1"))
    where.chmod(0o777)
    with pytest.raises(InputError, match="others may write to it"):
        grib.converted(str(files / "ecmwf.grib1"))
