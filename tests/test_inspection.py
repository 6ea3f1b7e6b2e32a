"""`driftsim inspect`: what files are taken for, what is in them, and all that is wrong with them."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from click.testing import CliRunner

from driftsim.cli import main
from driftsim.studies.inspection import inspect
from driftsim.system.errors import InputError

sys.path.insert(0, str(Path(__file__).parent / "readers"))
import replicas
from replicas import BOX, DAY, HOUR, ORIGIN

DAYS = ORIGIN + DAY * np.arange(4)


def made(folder: Path) -> dict[str, tuple[list[Path], str, str]]:
    """Replicas with what each should be taken for: files, kind, product."""
    hours = ORIGIN + 6 * HOUR * np.arange(6)
    return {
        "glorys12": ([replicas.cmems_toolbox(folder / "cmems_phy_my_0.083deg.nc", DAYS)], "current", "glorys12"),
        "hycom": ([replicas.hycom(folder / "hycom_929.nc", hours)], "current", "hycom"),
        "duacs": ([replicas.duacs(folder / "allsat.nc", DAYS)], "current", "duacs"),
        "oscar": ([replicas.oscar(folder / f"oscar_final_{k}.nc", DAYS[k]) for k in (0, 1)], "current", "oscar"),
        "ncep_r1": (replicas.ncep_r1(folder, hours), "wind", "ncep_r1"),
        "era5": ([replicas.era5(folder / "era5_new.nc", hours, new=True)], "wind", "era5"),
        "msm": ([replicas.msm(folder / "msm_1001.nc", ORIGIN)], "wind", "msm"),
        "cf": ([replicas.plain(folder / "plain.nc", hours)], "current", "cf"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[Path], str, str]]:
    return made(tmp_path_factory.mktemp("inspect"))


@pytest.mark.parametrize("name", ["glorys12", "hycom", "duacs", "oscar", "ncep_r1", "era5", "msm", "cf"])
def test_each_layout_is_taken_for_what_it_is(files, name):
    paths, kind, product = files[name]
    report = inspect(paths, box=BOX)
    assert report.readable, report.text
    assert [(s.kind, s.info["product"]) for s in report.sources] == [(kind, product)]
    assert f'product = "{product}"' in report.text and f"[{kind}]" in report.text


def test_the_numbers_are_those_of_the_file(files):
    paths, _, _ = files["glorys12"]
    report = inspect(paths, box=BOX)
    source = report.sources[0]
    text = " ".join(report.text.split())
    assert "2017-10-01 00:00 to 2017-10-05 00:00, 4 steps of 24 h, means that stand at 2017-10-01 12:00" in text
    assert f"{100 * (~source.wet).mean():.1f} % of the nodes have no value" in text
    speed = np.hypot(*np.moveaxis(np.stack([source.level(k)[0] for k in range(4)]), -1, 0))[:, source.wet]
    assert f"mean {speed.mean():.3g} m/s" in text and f"greatest {speed.max():.3g} at" in text
    assert f"{source.lon.size} x {source.lat.size} nodes of 0.25° by 0.25°" in text
    assert "holds: geostrophic, ekman" in text and "Copernicus Marine" in text
    # The map: the land in the south-east corner at its right end, the sea at the left.
    rows = re.findall(r"^  (?: {9}|[\s\d.-]+ N )([#+\d]{64})$", report.text, re.MULTILINE)
    assert len(rows) > 10 and rows[-1][0].isdigit() and rows[-1][-1] in "#+" and rows[0][-1].isdigit()
    assert set("".join(rows)) >= set("+09")


def test_a_geostrophic_current_is_told_what_it_will_get(files):
    assert "1 % of it, 45° to its right, is added" in " ".join(inspect(files["duacs"][0], box=BOX).text.split())


def test_gaps_repeats_and_change_of_step_are_told(tmp_path):
    said = np.concatenate((np.arange(9), np.arange(5, 9), np.arange(25, 30)))
    path = replicas.hycom(tmp_path / "hycom.nc", ORIGIN + 3 * HOUR * said)
    report = inspect([path], box=BOX)
    text = " ".join(report.text.split())
    assert report.readable
    assert "51 h without a step from 2017-10-02 00:00 to 2017-10-04 03:00" in text and "max_gap_hours = 51" in text
    assert "4 steps come twice" in text and "0.04 to 0.08° (refined in memory)" in text


def test_all_that_is_wrong_is_told_and_of_every_file(tmp_path):
    bad = replicas.plain(tmp_path / "bad.nc", DAYS, units="furlongs")
    with netCDF4.Dataset(bad, "r+") as dataset:
        dataset["time"].calendar = "360_day"
        dataset["lat"][5] = dataset["lat"][2]
    (tmp_path / "page.nc").write_text("<html>503</html>")
    (tmp_path / "a.grib").write_bytes(b"GRIB\x00\x00")
    (tmp_path / "empty.nc").write_bytes(b"")
    good = replicas.plain(tmp_path / "good.nc", DAYS)
    report = inspect([tmp_path / "*.nc", tmp_path / "a.grib", tmp_path / "absent.nc", good], box=BOX)
    assert not report.readable and len(report.sources) == 1
    text = " ".join(report.text.split())
    for wanted in (
        "bad.nc: cannot be used", "variable east has units 'furlongs'", "calendar '360_day'",
        "latitude is not monotonic",
        "page.nc: cannot be used", "it is a web page", "it is GRIB, ", "the download was cut off at once",
        "absent.nc: no such file", "good.nc",
    ):  # fmt: skip
        assert wanted in text, wanted


def test_a_curvilinear_grid_is_told_how_to_regrid(tmp_path):
    y, x = np.meshgrid(np.linspace(34, 45, 12), np.linspace(128, 142, 15), indexing="ij")
    text = {"units": "m s-1", "coordinates": "nav_lon nav_lat"}
    path = replicas.write(tmp_path / "nemo.nc", {"time": 1, "y": 12, "x": 15}, {
        "time": (("time",), [ORIGIN], {"units": "seconds since 1970-01-01"}),
        "nav_lat": (("y", "x"), y + 0.1 * x, {"units": "degrees_north"}),
        "nav_lon": (("y", "x"), x, {"units": "degrees_east"}),
        "uo": (("time", "y", "x"), np.zeros((1, 12, 15)), text),
        "vo": (("time", "y", "x"), np.zeros((1, 12, 15)), text),
    })  # fmt: skip
    report = inspect([path])
    assert not report.readable and "curvilinear" in report.text and "cdo remapbil" in " ".join(report.text.split())


def test_a_file_without_velocity_says_what_it_holds(tmp_path):
    path = replicas.write(tmp_path / "mask.nc", {"lat": 3}, {"mask": (("lat",), [1, 0, 1], {})})
    report = inspect([path])
    assert not report.readable and "It holds mask(lat)" in report.text


def test_common_names_alone_are_no_answer(tmp_path):
    path = replicas.msm(tmp_path / "x.nc", ORIGIN)
    report = inspect([path])
    assert not report.readable and "--kind current or --kind wind" in " ".join(report.text.split())
    assert inspect([path], product="msm", box=BOX).sources[0].kind == "wind"


def test_names_and_product_can_be_said(tmp_path):
    path = replicas.plain(tmp_path / "a.nc", DAYS, names=("b", "c"), standard=("what", "ever"))
    assert not inspect([path]).readable
    report = inspect([path], u="b", v="c", kind="current", box=BOX)
    assert report.readable and report.sources[0].info["variables"] == ["b", "c"]
    for wrong in ({"product": "glory12"}, {"kind": "ice"}, {"u": "b"}, {"box": (5.0, 4.0, 1.0, 2.0)}):
        with pytest.raises(InputError):
            inspect([path], **wrong)


def test_the_command(files, tmp_path):
    run = CliRunner().invoke(main, ["inspect", *map(str, files["msm"][0]), "--png", str(tmp_path / "map.png")])
    assert run.exit_code == 0, run.output
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert "taken for" in run.output
    (tmp_path / "no.nc").write_text("nothing")
    run = CliRunner().invoke(main, ["inspect", str(tmp_path / "no.nc")])
    assert run.exit_code == 2 and "no.nc: cannot be used" in run.output and "Traceback" not in run.output


def stacked(path: Path, dim: str, values: list[float], units: str = "") -> Path:
    """A wind at 3 times on the values of a further dimension: 0.01 m/s times the value to the east."""
    with netCDF4.Dataset(path, "w") as file:
        axes = {"time": np.arange(3.0), dim: values, "lat": np.arange(36.0, 42.1), "lon": np.arange(131.0, 139.1)}
        words = {"time": "hours since 2017-11-01", dim: units, "lat": "degrees_north", "lon": "degrees_east"}
        for name, here in axes.items():
            file.createDimension(name, len(here))
            if words[name]:
                variable = file.createVariable(name, "f8", (name,))
                variable.units = words[name]
                variable[:] = here
        for name, standard, factor in (("ua", "eastward_wind", 0.01), ("va", "northward_wind", 0.0)):
            variable = file.createVariable(name, "f4", tuple(axes))
            variable.units, variable.standard_name = "m s-1", standard
            variable[:] = factor * np.array(values)[:, None, None]
    return path


def test_a_level_and_the_dimension_of_members_can_be_said(tmp_path):
    box = (132.0, 138.0, 37.0, 41.0)
    aloft, members = stacked(tmp_path / "a.nc", "lev", [850.0, 700.0], "hPa"), stacked(tmp_path / "m.nc", "run", [3, 5])
    for path, option in ((aloft, "--level"), (members, "--member-dimension")):
        report = inspect([path], box=box)
        assert not report.readable and f"(here {option})" in " ".join(report.text.split()), report.text
    report = inspect([aloft], box=box, level="700 hPa")
    assert report.readable and "at 700 hPa" in report.text and 'level = "700 hPa"' in report.text
    assert report.sources[0].level(0)[0, 2, 2, 0] == pytest.approx(7.0)
    told = CliRunner().invoke(
        main, ["inspect", str(members), "--box", *["132", "138", "37", "41"], "--member-dimension", "run"]
    )
    assert told.exit_code == 0 and "2 members" in told.output and 'member_dimension = "run"' in told.output
    report = inspect([aloft], box=box, level="33 m")
    assert not report.readable and "is none of these" in " ".join(report.text.split())
    with pytest.raises(InputError, match="level '10': must be a number and m or hPa"):
        inspect([aloft], level="10")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes in the file system")
def test_what_stands_in_a_file_s_place_is_called_by_its_name(tmp_path):
    os.mkfifo(tmp_path / "pipe.nc")
    (tmp_path / "folder.nc").mkdir()
    text = " ".join(inspect([tmp_path / name for name in ("pipe.nc", "folder.nc", "absent.nc")]).text.split())
    for name, what in (("pipe", "is no regular file but a pipe"), ("folder", "is a folder"), ("absent", "no such")):
        assert re.search(rf"{name}\.nc: {what}\b", text), text
