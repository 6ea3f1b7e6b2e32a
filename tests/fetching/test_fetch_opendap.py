"""HYCOM and NCEP R1 from a real OPeNDAP server: the right experiments, stitched, and the known velocity back."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import replicas
from click.testing import CliRunner, Result
from local_servers import BOX, HOUR, Opendap, impatient
from processes import forked
from replicas import epoch, interpolate, known, section
from tutorials import DOCS, run_as_it_stands, run_quickly

from driftsim import cli, config
from driftsim.forcing.download import cut, series
from driftsim.forcing.open import open_source
from driftsim.forcing.transport import dap, transfer
from driftsim.studies import study
from driftsim.system.errors import InputError

PLACES = np.array([[131.91, 37.43], [133.317, 39.993], [134.05, 40.011], [136.731, 41.29], [137.93, 41.913]])
SEA = (131.07, 137.25, 37.11, 42.09)
"""Without the land of the replicas, which is sea on the map."""

RULES = {"timeout_s": 2.0, "tries": 2, "first_wait_s": 0.05, "longest_wait_s": 1.0}
PAGE = DOCS / "hindcast.md"


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(cli.main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def fetch(product: str, folder: Path, start: str, end: str, *more: object) -> Result:
    return call("fetch", product, "--start", start, "--end", end, "--box", *BOX, "-o", folder, *more)


def manifest(folder: Path, product: str) -> Any:
    return json.loads((folder / f"{product}.manifest.json").read_text(encoding="utf-8"))


# --- as a door ------------------------------------------------------------------------------------------------------


def test_a_run_may_read_the_server_itself(to_opendap: Opendap, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bits as from the file behind the server, a part at a time; and one message where the server fails."""
    monkeypatch.setenv("DRIFTSIM_ALLOW_NETWORK", "1")
    path = to_opendap.folder / "GLBv0.08" / "expt_57.7.nc"
    period = epoch("2017-09-28T03:00"), epoch("2017-09-28T06:00")
    address = f"{to_opendap.root}/GLBv0.08/expt_57.7"
    sources = [open_source("current", section("hycom", one), SEA, period) for one in (path, address)]
    for k in range(len(sources[0].times)):
        assert sources[0].level(k).tobytes() == sources[1].level(k).tobytes()
    assert sources[0].lat.tobytes() == sources[1].lat.tobytes() and sources[0].covers == sources[1].covers
    assert sources[1].info["files"][0]["metadata_sha256"] and sources[1].info["files"][0]["path"] == address
    to_opendap.misbehave(cut=9)
    with pytest.raises(InputError, match=r"expt_57\.7.*, 4 times; run the same command again later"):
        sources[1].level(1)


# --- the protocol --------------------------------------------------------------------------------------------------


def test_the_netcdf_library_reads_the_same_from_the_server(to_opendap: Opendap) -> None:
    """An independent client: every attribute and number that is asked for."""
    address = f"{to_opendap.root}/GLBv0.08/expt_57.7"
    remote = dap.Remote(address, transfer.Line(RULES))
    with netCDF4.Dataset(address) as twin:
        twin.set_auto_maskandscale(False)
        for name in ("time", "lat", "lon", "depth"):
            np.testing.assert_array_equal(remote.read(name), twin[name][:])
        mine, theirs = (
            remote.read("water_v", (3, 7), (0, 0), (20, 31), (160, 177)),
            twin["water_v"][3:8, 0:1, 20:32, 160:178],
        )
        np.testing.assert_array_equal(mine, theirs)
        assert mine.dtype == theirs.dtype == np.int16
        told = remote.attributes("water_v")
        assert {key: twin["water_v"].getncattr(key) for key in told} == told
        assert (told["scale_factor"], told["_FillValue"]) == (np.float32(0.001), -30000)
        assert twin["water_v"].dimensions == remote.variable("water_v").dims


def test_a_description_as_thredds_writes_it_is_understood() -> None:
    """Grids with upper-case parts, several sizes, escaped quotes, lists of numbers."""
    dds = (
        "Dataset {\n    Float64 lat[lat = 7];\n    Grid {\n     ARRAY:\n        Int16 w[time = 3][lat = 7];\n"
        "     MAPS:\n        Float64 time[time = 3];\n        Float64 lat[lat = 7];\n    } w;\n    Float64 tau;\n} x;\n"
    )
    assert [(d.kind, d.name, d.dims, d.shape) for d in dap.declarations(dds)] == [
        ("Float64", "lat", ("lat",), (7,)), ("Int16", "w", ("time", "lat"), (3, 7)),
        ("Float64", "time", ("time",), (3,)),
        ("Float64", "lat", ("lat",), (7,)), ("Float64", "tau", (), ()),
    ]  # fmt: skip
    das = (
        'Attributes {\n w {\n  String long_name "a \\"{quoted}; name";\n  Int16 _FillValue -30000;\n'
        '  Float32 valid_range -3.5, 4.25;\n  Float64 x NaN;\n }\n NC_GLOBAL {\n  String t "u";\n }\n}\n'
    )
    told = dap.attributes(das)
    assert told["w"]["long_name"] == 'a "{quoted}; name'
    assert told["w"]["_FillValue"] == -30000 and told["w"]["_FillValue"].dtype == np.int16
    assert list(told["w"]["valid_range"]) == [-3.5, 4.25] and np.isnan(told["w"]["x"])
    assert told["NC_GLOBAL"] == {"t": "u"}


def test_an_answer_is_counted() -> None:
    """Its two counts must be those that it declares, and its numbers as many."""
    head = b"Dataset {\n Int16 w[t = 3];\n} x;\n\nData:\n"
    count, numbers = (3).to_bytes(4, "big"), b"".join(n.to_bytes(4, "big", signed=True) for n in (7, -12, 30_000))
    assert list(dap.decoded(head + 2 * count + numbers, "w")) == [7, -12, 30_000]
    for body in (
        head + 2 * (2).to_bytes(4, "big") + numbers,
        head + count + (4).to_bytes(4, "big") + numbers,
        head + 2 * count + numbers[:-1],
        head + count,
        head.replace(b"w", b"q") + 2 * count + numbers,
        b"Error { code = 500; };",
    ):
        with pytest.raises(transfer.Broken):
            dap.decoded(body, "w")


@pytest.mark.parametrize(
    "values", [np.arange(0.0, 360.0, 0.8), np.arange(-180.0, 180.0, 0.8), np.arange(359.2, -0.1, -0.8)]
)
def test_the_nodes_that_come_enclose_the_box(values: Any) -> None:
    a, b = cut.around_longitude(values, 131.07, 138.13, "x")
    inside = sorted(values[a : b + 1])
    assert inside[0] <= 131.07 < inside[1] and inside[-2] < 138.13 <= inside[-1]


def test_a_box_across_the_seam_is_refused() -> None:
    with pytest.raises(Exception, match="seam"):
        cut.around_longitude(np.arange(-180.0, 180.0, 0.8), 175.0, 185.0, "x")


# --- which experiments ---------------------------------------------------------------------------------------------


def test_experiments_of_the_autumn_of_2017() -> None:
    """57.7 to the end, 92.9 from its first step at 12:00, 93.0 from the New Year."""
    taken = series.experiments(epoch("2017-09-30T21:00"), epoch("2018-03-31T03:00"))
    assert [(one.name, series.iso(a), series.iso(b)) for one, a, b in taken] == [
        ("expt_57.7", "2017-09-30T00:00:00Z", "2017-10-01T09:00:00Z"),
        ("expt_92.9", "2017-10-01T12:00:00Z", "2018-01-01T11:59:59Z"),
        ("expt_93.0", "2018-01-01T12:00:00Z", "2018-03-31T23:59:59Z"),
    ]


def test_one_grid_is_kept_as_far_as_it_goes() -> None:
    """The grid changed in 2018, with an overlap of a year."""
    for start, end, grids in (
        ("2018-11-01", "2019-12-01", {"GLBv0.08"}),
        ("2019-12-01", "2020-12-01", {"GLBy0.08"}),
        ("2018-11-01", "2020-12-01", {"GLBv0.08", "GLBy0.08"}),
    ):
        assert {one.path.partition("/")[0] for one, _, _ in series.experiments(epoch(start), epoch(end))} == grids


# --- from the server to the run -------------------------------------------------------------------------------------


def test_hycom_is_stitched_and_its_velocity_is_right(to_opendap: Opendap, tmp_path: Path) -> None:
    """Across the change of experiment, of branch of longitude and of the step of latitude, and across the gap."""
    result = fetch("hycom", tmp_path, "2017-09-30T12:00", "2017-10-05")
    assert result.exit_code == 0, result.output
    files = sorted(path.name for path in tmp_path.glob("*.nc"))
    assert files == [
        "hycom_20170930_GLBv_expt_57.7.nc",
        "hycom_20171001_GLBv_expt_57.7.nc",
        *(f"hycom_201710{day:02}_GLBv_expt_92.9.nc" for day in range(1, 6)),
    ]
    with netCDF4.Dataset(tmp_path / files[0]) as one, netCDF4.Dataset(tmp_path / files[2]) as other:
        assert one["lon"][0] <= BOX[0] < one["lon"][1] and one["lon"][-2] < BOX[1] <= one["lon"][-1]
        assert one["lat"][0] <= BOX[2] < one["lat"][1] and one["lat"][-2] < BOX[3] <= one["lat"][-1]
        np.testing.assert_allclose(one["lon"][:], other["lon"][:], atol=1e-9)
        assert "expt_92.9" in other.source and "tau" not in other.variables
        assert (one["time"].size, other["time"].size) == (8, 4)
    period = (epoch("2017-09-30T12:00"), epoch("2017-10-05"))
    source = open_source("current", section("hycom", tmp_path / "hycom_*.nc", max_gap_hours=36.0), BOX, period)
    times = np.concatenate((period, period[0] + HOUR * np.array([7.3, 22.0, 40.1, 57.9])))
    assert interpolate(source, PLACES, times) == pytest.approx(known(PLACES, times), abs=0.0012)


def test_the_wind_s_velocity_is_right(to_opendap: Opendap, tmp_path: Path) -> None:
    result = fetch("ncep_r1", tmp_path, "2017-10-01", "2017-10-31T12:00")
    assert result.exit_code == 0, result.output
    assert [p.name for p in sorted(tmp_path.glob("*.nc"))] == [
        "ncep_r1_20170930-20170930.nc", "ncep_r1_20171001-20171031.nc"
    ]  # fmt: skip
    period = (epoch("2017-10-01"), epoch("2017-10-31T12:00"))
    source = open_source("wind", section("ncep_r1", tmp_path / "ncep_r1_*.nc"), BOX, period)
    times = np.array([*period, epoch("2017-10-11T04:48"), epoch("2017-10-23T20:13")])
    assert interpolate(source, PLACES, times) == pytest.approx(known(PLACES, times), abs=3e-6)
    assert source.times[0] <= period[0] and source.times[-1] >= period[1]


def test_components_in_data_sets_of_their_own_come_together(to_opendap: Opendap, tmp_path: Path) -> None:
    """ESPC-D: u and v apart; one file a day with both."""
    result = fetch("espc", tmp_path, "2024-08-12T03:00", "2024-08-12T21:00")
    assert result.exit_code == 0, result.output
    assert [p.name for p in sorted(tmp_path.glob("*.nc"))] == ["espc_20240812.nc", "espc_20240813.nc"]
    with netCDF4.Dataset(tmp_path / "espc_20240812.nc") as file:
        k, j, i = 5, 17, 23
        t = epoch("2000-01-01") + HOUR * float(file["time"][k])
        assert t == epoch("2024-08-12T15:00")
        u, v = replicas.truth(float(file["lon"][i]), float(file["lat"][j]), t)
        got = [float(file[name][:].reshape(8, file["lat"].size, -1)[k, j, i]) for name in ("water_u", "water_v")]
        assert got == pytest.approx([u, v], rel=1e-6)


def test_a_level_beyond_each_end_is_found_across_a_gap(to_opendap: Opendap, tmp_path: Path) -> None:
    """4 October begins at 15:00: the level before lies on the 3rd."""
    result = fetch("hycom", tmp_path, "2017-10-04T06:00", "2017-10-04T18:00")
    assert result.exit_code == 0, result.output
    held = manifest(tmp_path, "hycom")
    assert held["files"]["hycom_20171003_GLBv_expt_92.9.nc"]["last"] == "2017-10-03T03:00:00Z"
    assert held["files"]["hycom_20171004_GLBv_expt_92.9.nc"]["levels"] == 3
    assert held["period"] == ["2017-10-04T06:00:00Z", "2017-10-04T18:00:00Z"]


@pytest.fixture(scope="module")
def both(opendap: Opendap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both products, fetched; and the config made from it beside."""
    folder = tmp_path_factory.mktemp("both")
    table = folder / "addresses.toml"
    period = ("--start", "2017-09-30T12:00", "--end", "2017-10-05")
    names = "\n".join(f'{c} = "{opendap.root}/ncep/{c}wnd.10m.gauss.{{year}}"' for c in "uv")
    table.write_text(f'[hycom]\nroot = "{opendap.root}"\n[ncep_r1]\n{names}\n', encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DRIFTSIM_ADDRESSES", str(table))
        for product in ("hycom", "ncep_r1"):
            made = call("fetch", product, *period, "--box", *SEA, "-o", folder / "fields")
            assert made.exit_code == 0, made.output
    assert call("init", "--from", folder / "fields", folder / "study.toml").exit_code == 0
    return folder


def test_the_config_that_is_made_is_good_and_runs(both: Path) -> None:
    checked = call("check", both / "study.toml")
    assert checked.exit_code == 0, checked.output
    made = config.load(both / "study.toml")
    assert (made.current.product, made.wind.product, made.current.max_gap_hours) == ("hycom", "ncep_r1", 36.0)
    assert made.coast.domain == SEA
    assert (made.run.start_epoch, made.run.end_epoch) == (epoch("2017-09-30T12:00"), epoch("2017-10-05"))
    assert made.release.sources[0].name == "Yamato Bank"
    text = (both / "study.toml").read_text(encoding="utf-8")
    assert 'files = ["fields/hycom_*.nc"]' in text
    assert "no level for 36 h between 2017-10-03T03:00:00 and 2017-10-04T15:00:00" in text
    done = study.run(config.load(both / "study.toml", {"boats.number": 130, "output.map": False}), both / "out")
    assert sum(done.run.summary["outcomes"].values()) == 130
    info = json.loads((both / "out" / "summary.json").read_text(encoding="utf-8"))
    assert "HYCOM" in json.dumps(info)


def test_a_config_is_never_written_over_another(both: Path) -> None:
    before = (both / "study.toml").read_bytes()
    refused = call("init", "--from", both / "fields", both / "study.toml")
    assert refused.exit_code == 2 and "exists already" in refused.output
    assert (both / "study.toml").read_bytes() == before


def test_a_folder_without_anything_fetched_makes_no_config(tmp_path: Path) -> None:
    refused = call("init", "--from", tmp_path, tmp_path / "x.toml")
    assert refused.exit_code == 2 and "fetch" in refused.output and not (tmp_path / "x.toml").exists()


# --- once and no more ----------------------------------------------------------------------------------------------


def test_what_is_whole_is_not_fetched_again(to_opendap: Opendap, tmp_path: Path) -> None:
    assert fetch("hycom", tmp_path, "2017-10-05T03:00", "2017-10-06").exit_code == 0
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.nc")}
    to_opendap.forget()
    assert fetch("hycom", tmp_path, "2017-10-05T03:00", "2017-10-06").exit_code == 0
    assert to_opendap.asked() == []
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.nc")} == before
    # A file that has been changed, and one that is gone, are found out by the manifest and come again: these two alone.
    names = sorted(before)
    damaged = bytearray((tmp_path / names[0]).read_bytes())
    damaged[-7] ^= 0x55
    (tmp_path / names[0]).write_bytes(damaged)
    (tmp_path / names[1]).unlink()
    again = fetch("hycom", tmp_path, "2017-10-05T03:00", "2017-10-06")
    assert again.exit_code == 0 and f"{names[0]} is not what was fetched" in again.output
    assert f"{names[1]} is gone" in again.output
    data = [line for line in to_opendap.asked() if "dods water" in line]
    assert len(data) == 4
    # A longer period fetches what is new.
    to_opendap.forget()
    assert fetch("hycom", tmp_path, "2017-10-04T18:00", "2017-10-06").exit_code == 0
    assert len([line for line in to_opendap.asked() if "dods water" in line]) == 2
    assert manifest(tmp_path, "hycom")["period"] == ["2017-10-04T18:00:00Z", "2017-10-06T00:00:00Z"]


def test_another_box_is_refused(to_opendap: Opendap, tmp_path: Path) -> None:
    assert fetch("ncep_r1", tmp_path, "2017-10-05", "2017-10-06").exit_code == 0
    refused = call(
        "fetch", "ncep_r1", "--start", "2017-10-05", "--end", "2017-10-06", "--box", 131, 137, 37, 42, "-o", tmp_path
    )
    assert refused.exit_code == 2 and "--box" in refused.output and "131.07" in refused.output


def test_a_killed_fetch_goes_on_where_it_stopped(to_opendap: Opendap, tmp_path: Path) -> None:
    """SIGKILL in the middle; the next one fetches the rest and no more, and leaves the same bytes as one in a go."""
    to_opendap.misbehave(**{"pass": 2, "stall": 9})  # the first file comes, the second does not
    start = ["fetch", "hycom", "--start", "2017-10-05T03:00", "--end", "2017-10-07", "--box", *map(str, BOX), "-o"]
    victim = forked(lambda: cli.main([*start, str(tmp_path / "a")], prog_name="driftsim"), tmp_path / "told")
    first = tmp_path / "a" / "hycom_20171005_GLBv_expt_92.9.nc"
    kept = tmp_path / "a" / "hycom.manifest.json"
    while not kept.exists():
        assert victim.is_alive(), (tmp_path / "told").read_text()
        time.sleep(0.005)
    time.sleep(0.2)
    victim.kill()
    victim.join()
    to_opendap.misbehave()
    whole = set(manifest(tmp_path / "a", "hycom")["files"])
    assert first.name in whole and len(whole) == 1
    before = first.stat().st_mtime_ns
    to_opendap.forget()
    again = call(*start, tmp_path / "a")
    assert again.exit_code == 0, again.output
    assert f"3 files in {tmp_path / 'a'}, {len(whole)} of them" in again.output
    assert len([line for line in to_opendap.asked() if "dods water" in line]) == 2 * (3 - len(whole))
    assert first.stat().st_mtime_ns == before
    assert call(*start, tmp_path / "b").exit_code == 0
    for path in (tmp_path / "b").glob("*.nc"):
        assert (tmp_path / "a" / path.name).read_bytes() == path.read_bytes()
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == sorted(p.name for p in (tmp_path / "b").iterdir())


@pytest.mark.parametrize("fault", ["stall", *(pytest.param(of, marks=pytest.mark.long) for of in ("busy", "cut"))])
def test_a_server_in_trouble_is_asked_again(to_opendap: Opendap, tmp_path: Path, fault: str) -> None:
    impatient(tmp_path, 0.6)
    to_opendap.misbehave(**{fault: 2})
    began = time.monotonic()
    result = fetch("hycom", tmp_path, "2017-10-06T06:00", "2017-10-06T12:00")
    assert result.exit_code == 0, result.output
    assert time.monotonic() - began < 30.0
    told = {"stall": "silent", "busy": "HTTP 503", "cut": "ends early"}[fault]
    assert result.output.count(told) >= 2
    period = (epoch("2017-10-06T06:00"), epoch("2017-10-06T12:00"))
    source = open_source("current", section("hycom", tmp_path / "hycom_*.nc"), BOX, period)
    assert interpolate(source, PLACES, period) == pytest.approx(known(PLACES, period), abs=0.0012)


@pytest.mark.long  # of a plain server: test_patience_ends in test_fetch_http.py
def test_a_server_that_stays_silent_ends_in_one_line(to_opendap: Opendap, tmp_path: Path) -> None:
    impatient(tmp_path, 0.3)
    to_opendap.misbehave(stall=99)
    result = fetch("hycom", tmp_path, "2017-10-06T06:00", "2017-10-06T12:00")
    to_opendap.misbehave()
    assert result.exit_code == 2 and "silent, 4 times" in result.output and "Traceback" not in result.output
    assert list(tmp_path.rglob("*.nc")) == [] and list(tmp_path.glob(".*.part")) == []


def test_a_period_that_the_server_lacks_is_said(to_opendap: Opendap, tmp_path: Path) -> None:
    result = fetch("hycom", tmp_path, "2017-10-07", "2017-10-12")
    assert result.exit_code == 2 and "2017-10-07T21:00:00Z" in result.output and "change the dates" in result.output
    refused = call("init", "--from", tmp_path, tmp_path / "x.toml")
    assert refused.exit_code == 2 and "interrupted" in refused.output


def test_two_fetches_of_a_product_do_not_share_a_folder(to_opendap: Opendap, tmp_path: Path) -> None:
    from driftsim.system.disk import hold

    handle = hold(tmp_path / ".hycom.lock", "held")
    refused = fetch("hycom", tmp_path, "2017-10-06T06:00", "2017-10-06T12:00")
    os.close(handle)
    assert refused.exit_code == 2 and "another fetch of hycom" in refused.output


# --- the tutorial --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not PAGE.exists(), reason="the texts are in the checkout, not in an installed package")
def test_the_tutorial_on_hycom_runs(
    to_opendap: Opendap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    said = run_quickly(PAGE, work, monkeypatch)
    assert "its error" in said
    assert capsys.readouterr().out.startswith("members {")  # the current errs, each member its own way
    assert any("expt_92.9" in asked for asked in to_opendap.asked())
    assert "Hindcast" in (work / "runs" / "hindcast" / "report.html").read_text(encoding="utf-8")


@pytest.mark.long
@pytest.mark.skipif(not PAGE.exists(), reason="the texts are in the checkout, not in an installed package")
def test_the_tutorial_on_hycom_runs_in_a_shell_with_all_its_boats(to_opendap: Opendap, tmp_path: Path) -> None:
    assert "its error" in run_as_it_stands(PAGE, tmp_path)
