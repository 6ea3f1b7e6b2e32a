"""What would come, what the providers' clients are asked, and the configs and texts that speak of it."""

from __future__ import annotations

import json
import re
import shlex
import socket
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import replicas
from click.testing import CliRunner, Result
from local_servers import BOX

from driftsim import cli, config
from driftsim.forcing.download import series
from driftsim.forcing.open import open_source
from driftsim.forcing.transport import addresses as table_of
from driftsim.forcing.transport import transfer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "fetch.md").read_text(encoding="utf-8")
AUTUMN = ("--start", "2017-10-01", "--end", "2018-03-31")
SECRET = "Pl4nt3d-s3cret!"

STAND_IN = """
import json, os, pathlib, sys

HERE = pathlib.Path(__file__).parent

def _note(entry):
    with open(HERE / "asked.json", "a") as file:
        file.write(json.dumps(entry, default=str) + "\\n")
    if (HERE / "fail").exists():
        print("logged in with", os.environ.get("COPERNICUSMARINE_SERVICE_PASSWORD"), os.environ.get("CDSAPI_KEY"))
        print("again", os.environ.get("CDSAPI_KEY"), file=sys.stderr)
        raise RuntimeError(f"refused: password={os.environ.get('COPERNICUSMARINE_SERVICE_PASSWORD')} "
                           f"key={os.environ.get('CDSAPI_KEY')} required licences not accepted")

def subset(**more):
    _note(more)
    pathlib.Path(more["output_directory"], more["output_filename"]).write_bytes((HERE / "answer.nc").read_bytes())

class Client:
    def __init__(self, **more):
        self.more = more
    def retrieve(self, name, request, target):
        _note({"client": self.more, "name": name, "request": request})
        pathlib.Path(target).write_bytes((HERE / "answer.nc").read_bytes())
"""


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(cli.main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def server() -> Any:
    """Takes connections, and never says a word; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def client(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a stand-in for a provider's package on the path, and its server on this machine; the package's folder."""
    servers_at(server, tmp_path, monkeypatch)

    def make(name: str) -> Path:
        folder = tmp_path / "packages"
        folder.mkdir()
        (folder / f"{name}.py").write_text(STAND_IN)
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return folder

    yield make
    for name in ("copernicusmarine", "cdsapi"):
        sys.modules.pop(name, None)


def servers_at(address: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = folder / "servers.toml"
    table.write_text(f'[copernicus]\nserver = "{address}"\n[cds]\nserver = "{address}"\n')
    monkeypatch.setenv(table_of.VARIABLE, str(table))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def no_logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COPERNICUSMARINE_SERVICE_USERNAME", "COPERNICUSMARINE_SERVICE_PASSWORD", "CDSAPI_KEY", "CDSAPI_RC",
                 "CDSAPI_URL"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()


# --- the clients of the providers ------------------------------------------------------------------------------------


def test_copernicus_marine_is_asked_for_the_right_thing(
    client: Any, no_logins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = client("copernicusmarine")
    days = replicas.epoch("2017-09-30") + 86_400.0 * np.arange(3)
    replicas.cmems_toolbox(folder / "answer.nc", days)
    monkeypatch.setenv("COPERNICUSMARINE_SERVICE_USERNAME", "ursula.kowalski")
    monkeypatch.setenv("COPERNICUSMARINE_SERVICE_PASSWORD", SECRET)
    done = call(
        "fetch", "glorys12", "--start", "2017-09-30T12:00", "--end", "2017-10-01", "--box", *BOX, "-o", tmp_path / "f"
    )
    assert done.exit_code == 0, done.output
    asked = [json.loads(line) for line in (folder / "asked.json").read_text().splitlines()]
    assert [one["output_filename"] for one in asked] == [
        "glorys12_20170929-20170930.nc", "glorys12_20171001-20171002.nc"
    ]  # fmt: skip
    first = asked[0]
    assert first["dataset_id"] == "cmems_mod_glo_phy_my_0.083deg_P1D-m" and first["variables"] == ["uo", "vo"]
    assert (first["start_datetime"], first["end_datetime"]) == ("2017-09-29T00:00:00", "2017-09-30T23:59:59")
    assert (first["minimum_depth"], first["maximum_depth"]) == (0.0, 1.0)
    bounds = [first[f"{end}_{axis}"] for axis in ("longitude", "latitude") for end in ("minimum", "maximum")]
    cell = 1 / 12
    assert bounds == pytest.approx([BOX[0] - cell, BOX[1] + cell, BOX[2] - cell, BOX[3] + cell])
    assert "username" not in first and "password" not in first
    assert Path(first["output_directory"]).parent == tmp_path / "f"
    assert sorted(path.suffix for path in (tmp_path / "f").iterdir()) == [".json", ".nc", ".nc"]
    again = call(
        "fetch", "glorys12", "--start", "2017-09-30T12:00", "--end", "2017-10-01", "--box", *BOX, "-o", tmp_path / "f"
    )
    assert again.exit_code == 0 and len((folder / "asked.json").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("key", "dataset", "names", "hours"),
    [
        ("globcurrent", "cmems_obs-mob_glo_phy-cur_my_0.25deg_P1D-m", ("uo", "vo"), 24),
        ("duacs", "cmems_obs-sl_glo_phy-ssh_my_allsat-l4-duacs-0.125deg_P1D", ("ugos", "vgos"), 24),
        ("cmems_wind", "cmems_obs-wind_glo_phy_my_l4_0.125deg_PT1H", ("eastward_wind", "northward_wind"), 1),
        ("waverys", "cmems_mod_glo_wav_my_0.2deg_PT3H-i", ("VSDX", "VSDY"), 3),
    ],
)
def test_each_product_of_copernicus_comes_and_its_velocity_is_right(
    client: Any, no_logins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    key: str, dataset: str, names: tuple[str, str], hours: int,
) -> None:  # fmt: skip
    folder = client("copernicusmarine")
    times = replicas.epoch("2017-09-30") + 3600.0 * np.arange(0, 72, hours)
    mean = key == "globcurrent"  # of a day, stamped with its beginning
    replicas.latlon(
        folder / "answer.nc", times + 43_200.0 * mean, names, np.arange(128.0, 142.1, 0.25),
        np.arange(34.0, 45.1, 0.25), axes=replicas.CMEMS_AXES, dry=False, level=("depth", 0.0) if mean else None,
        stamps=times,
    )  # fmt: skip
    monkeypatch.setenv("COPERNICUSMARINE_SERVICE_USERNAME", "ursula.kowalski")
    monkeypatch.setenv("COPERNICUSMARINE_SERVICE_PASSWORD", SECRET)
    asked_for = ("--start", "2017-10-01T01:00", "--end", "2017-10-01T20:00", "--box", 132.0, 138.0, 37.0, 42.0)
    done = call("fetch", key, *asked_for, "-o", tmp_path / "f")
    assert done.exit_code == 0, done.output
    asked = [json.loads(line) for line in (folder / "asked.json").read_text().splitlines()]
    assert {(one["dataset_id"], *one["variables"]) for one in asked} == {(dataset, *names)}
    assert all(("minimum_depth" in one) == (key == "globcurrent") for one in asked)
    assert asked[0]["start_datetime"] <= "2017-10-01T00:00:00" and asked[-1]["end_datetime"] >= "2017-10-01T21:00:00"
    period = (replicas.epoch("2017-10-01T01:00"), replicas.epoch("2017-10-01T20:00"))
    kind = series.find(key).kind
    source = open_source(
        kind, replicas.section(key, tmp_path / "f" / f"{key}_*.nc"), (132.0, 138.0, 37.0, 42.0), period
    )
    places = np.array([[132.317, 37.43], [136.731, 41.29]])
    assert replicas.interpolate(source, places, period) == pytest.approx(replicas.known(places, period), abs=1e-5)


def test_the_climate_data_store_is_asked_for_the_right_thing(
    client: Any, server: str, no_logins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = client("cdsapi")
    times = replicas.epoch("2017-09-30") + 3600.0 * np.arange(96)
    replicas.era5(folder / "answer.nc", times, new=True)
    (tmp_path / "home" / ".cdsapirc").write_text(f"url: {server}/api\nkey: {SECRET}\n")
    done = call(
        "fetch", "era5", "--start", "2017-10-01", "--end", "2017-10-02T05:00", "--box", *BOX, "-o", tmp_path / "f"
    )
    assert done.exit_code == 0, done.output
    asked = [json.loads(line) for line in (folder / "asked.json").read_text().splitlines()]
    assert [one["request"]["day"] for one in asked] == [["30"], ["01", "02"]]
    request = asked[1]["request"]
    assert asked[1]["name"] == "reanalysis-era5-single-levels" and asked[1]["client"] == {
        "quiet": True,
        "progress": False,
    }
    assert request["variable"] == ["10m_u_component_of_wind", "10m_v_component_of_wind"]
    assert (request["year"], request["month"], len(request["time"])) == (["2017"], ["10"], 24)
    assert request["area"] == [42.25, 131.0, 37.0, 138.25]  # north, west, south, east, outward to the grid
    assert SECRET not in (tmp_path / "f" / "era5.manifest.json").read_text()


@pytest.mark.parametrize(
    ("product", "package", "variables"),
    [
        ("glorys12", "copernicusmarine", ("COPERNICUSMARINE_SERVICE_USERNAME", "COPERNICUSMARINE_SERVICE_PASSWORD")),
        ("era5", "cdsapi", ("CDSAPI_KEY",)),
    ],
)
def test_what_a_client_says_is_cleared_of_secrets(
    client: Any, no_logins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any, caplog: Any,
    product: str, package: str, variables: tuple[str, ...],
) -> None:  # fmt: skip
    folder = client(package)
    (folder / "fail").touch()
    for name in variables:
        monkeypatch.setenv(name, SECRET if "USERNAME" not in name else "ursula.kowalski")
    caplog.set_level(0)
    done = call("fetch", product, "--start", "2017-10-01", "--end", "2017-10-02", "--box", *BOX, "-o", tmp_path / "f")
    printed = capfd.readouterr()
    assert done.exit_code == 2 and "licences not accepted" in done.output and "***" in done.output
    told = done.output + printed.out + printed.err + caplog.text
    told += "".join(path.read_text() for path in (tmp_path / "f").rglob("*") if path.is_file())
    assert SECRET not in told and "ursula" not in told


@pytest.mark.parametrize(
    ("product", "package", "remedy"),
    [("waverys", "copernicusmarine", "copernicusmarine login"), ("era5", "cdsapi", "~/.cdsapirc")],
)
def test_without_a_login_nothing_is_asked(
    client: Any, no_logins: None, tmp_path: Path, product: str, package: str, remedy: str
) -> None:
    folder = client(package)
    done = call("fetch", product, "--start", "2017-10-01", "--end", "2017-10-02", "--box", *BOX, "-o", tmp_path / "f")
    assert done.exit_code == 2 and remedy in done.output and not (folder / "asked.json").exists()


@pytest.mark.parametrize("how", ["refused", "silent", "no name", "no proxy"])
@pytest.mark.parametrize(("product", "package"), [("glorys12", "copernicusmarine"), ("era5", "cdsapi")])
def test_without_a_network_no_client_is_called(
    client: Any, no_logins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, product: str, package: str, how: str
) -> None:
    """A client by itself may try for hours. The longest waits are shortened here: a second stands for ten."""
    assert transfer._FIRST_CONNECTION_S < transfer._REACHED_S <= 10.0
    monkeypatch.setattr(transfer, "_FIRST_CONNECTION_S", 0.2)
    monkeypatch.setattr(transfer, "_REACHED_S", 0.4)
    folder, ended = client(package), threading.Event()
    for name in ("COPERNICUSMARINE_SERVICE_USERNAME", "COPERNICUSMARINE_SERVICE_PASSWORD", "CDSAPI_KEY"):
        monkeypatch.setenv(name, SECRET)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as other, socket.socket() as more:
        where = full.getsockname()
        servers_at(f"http://127.0.0.1:{where[1]}", tmp_path, monkeypatch)
        if how == "silent":  # its queue is full: a packet to it is not answered
            for one in (other, more):
                one.setblocking(False)
                one.connect_ex(where)
        elif how == "no name":  # the look-up never ends
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(30.0) and [])
        else:
            full.close()
        if how == "no proxy":
            servers_at("https://example.invalid", tmp_path, monkeypatch)
            before = "" if product == "era5" else f"http://me:{SECRET}@"  # a proxy is also written without http://
            monkeypatch.setenv("HTTPS_PROXY", f"{before}127.0.0.1:{where[1]}")
        failed = "the server is silent" if how in ("silent", "no name") else "the connection failed (ConnectionRefused"
        began = time.monotonic()
        done = call(
            "fetch", product, "--start", "2017-10-01", "--end", "2017-10-02", "--box", *BOX, "-o", tmp_path / "f"
        )
        took = time.monotonic() - began
    ended.set()
    assert done.exit_code == 2 and f"127.0.0.1, port {where[1]}: {failed}" in done.output, done.output
    assert "is there a network?" in done.output and took < 3.0
    assert SECRET not in done.output and not (folder / "asked.json").exists()


@pytest.mark.parametrize(("product", "extra"), [("glorys12", "copernicus"), ("era5", "era5")])
def test_a_missing_extra_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, product: str, extra: str
) -> None:
    for name in ("copernicusmarine", "cdsapi"):
        monkeypatch.setitem(sys.modules, name, None)
    done = call("fetch", product, *AUTUMN, "-o", tmp_path / "f")
    assert done.exit_code == 2 and f"pip install 'driftsim[{extra}]'" in done.output
    assert len(done.output.splitlines()) == 1 and not (tmp_path / "f").exists()


# --- plans -----------------------------------------------------------------------------------------------------------


def test_a_dry_run_asks_nobody_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", None)
    done = call("fetch", "hycom", *AUTUMN, "-o", tmp_path / "f", "--dry-run")
    assert done.exit_code == 0 and "185 would come, at most 728 MB; 0 are there" in done.output
    assert "expt_57.7" in done.output and not (tmp_path / "f").exists()


def test_the_sizes_in_the_page_are_those_of_the_dry_run(tmp_path: Path) -> None:
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([\d,]+) \| ([\d,.]+) \|$", PAGE, flags=re.M)
    assert {key for key, _, _ in rows} == series.SERIES.keys() - {"espc", "gfs"}
    for key, files, megabytes in rows:
        told = call("fetch", key, *AUTUMN, "-o", tmp_path, "--dry-run").output
        assert f"{int(files.replace(',', ''))} would come, at most {megabytes} MB" in told, told


def test_the_list_names_every_product_and_its_login() -> None:
    told = call("fetch", "--list").output
    for key, one in series.SERIES.items():
        assert re.search(rf"^{key} +{one.kind} +{re.escape(series.LOGINS[one.login])}", told, flags=re.M), key


@pytest.mark.parametrize("key", ["hycom", "ncep_r1", "msm", "glorys12", "era5", "oscar"])
def test_the_files_of_a_period_cover_it_and_a_level_beyond(key: str) -> None:
    one = series.find(key)
    start, end = replicas.epoch("2017-10-31T18:00"), replicas.epoch("2018-01-02T06:00")
    items = series.items(one, start, end, series.within(one, (127.0, 143.0, 33.0, 48.0)), table_of.load())
    step = one.step_hours * 3600.0
    assert items[0].begin <= start - step and items[-1].end >= end + step
    for a, b in pairwise(items):
        assert 0.0 < b.begin - a.end <= step, "neither a hole nor an overlap"
    assert len({item.name for item in items}) == len(items)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("hicom", *AUTUMN), "did you mean hycom"),
        (("hycom", "--start", "2018-03-31", "--end", "2017-10-01"), "must lie before"),
        (("hycom", "--start", "autumn", "--end", "2017-10-01"), "--start autumn"),
        (("hycom", "--start", "2017-10-01"), "--end"),
        (("hycom", "--start", "2024-10-01", "--end", "2025-01-01"), "hycom holds 1994-01-01"),
        (("msm", *AUTUMN, "--box", "10", "20", "40", "50"), "covers 120.1"),
        (("hycom", *AUTUMN, "--box", "140", "130", "40", "50"), "west, east, south, north"),
        (("hycom", *AUTUMN, "--box", "130", "140", "50", "40"), "west, east, south, north"),
        (("hycom", *AUTUMN, "--box", "nan", "140", "30", "40"), "west, east, south, north"),
        (("msm", *AUTUMN, "--max-gb", "3"), "25.6 GB would come, more than the limit of 3 GB"),
    ],
)
def test_a_bad_request_is_refused_in_one_line(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    done = call("fetch", *arguments, "-o", tmp_path / "f")
    assert done.exit_code == 2 and told in done.output and "Traceback" not in done.output
    assert list(tmp_path.rglob("*.nc")) == []


def test_a_manifest_that_is_none_is_refused(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"format": 2}', '{"format": 1, "files": {"a": 3}}', "\x00"):
        (tmp_path / "hycom.manifest.json").write_text(text)
        done = call("fetch", "hycom", *AUTUMN, "-o", tmp_path, "--dry-run")
        assert done.exit_code == 2 and "hycom.manifest.json" in done.output, text


# --- the hindcasts of 2017 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["hindcast_2017_hycom", "hindcast_2017_glorys"])
def test_a_hindcast_reads_what_the_documented_commands_write(name: str, tmp_path: Path) -> None:
    """The commands in page and config are planned, and empty files of those names satisfy the config."""
    text = (ROOT / "configs" / f"{name}.toml").read_text(encoding="utf-8")
    commands = re.findall(r"driftsim fetch (\w+ .*)$", text, flags=re.M)
    assert len(commands) == 2
    for command in commands:
        assert re.search(rf"^driftsim fetch {re.escape(command)}$", PAGE, flags=re.M), command
        key, _, start, _, end, _, folder = shlex.split(command)
        one = series.find(key)
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        box = (126.75, 143.25, 32.75, 48.25)
        for item in series.items(one, series.epoch(start), series.epoch(end), box, table_of.load()):
            (tmp_path / folder / item.name).touch()
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "study.toml").write_text(text)
    made, quick = config.load(tmp_path / "configs" / "study.toml"), config.load(ROOT / "configs" / "quickstart.toml")
    assert {Path(file).name.partition("_2")[0] for file in made.current.files + made.wind.files} == {
        made.current.product, made.wind.product
    }  # fmt: skip
    assert len(list(tmp_path.rglob("*.nc"))) == len(made.current.files) + len(made.wind.files)
    assert (made.release, made.boats.classes, made.coast) == (quick.release, quick.boats.classes, quick.coast)
    assert quick.run.start <= made.run.start < made.run.end <= quick.run.end and made.run.seed == quick.run.seed
    assert (made.mixing.diffusivity_m2_s, made.mixing.flight_speed_m_s) == (50.0, 0.0)


def test_what_is_fetched_is_what_the_catalogue_reads() -> None:
    from driftsim.forcing import catalogue

    for key, one in series.SERIES.items():
        entry = catalogue.CATALOGUE[key]
        assert {name.lower() for name in one.inside} in [{n.lower() for n in pair} for pair in entry.names[one.kind]], (
            key
        )
        # Of a forecast every other analysis comes beside steps between them.
        assert one.step_hours == entry.step_hours / (2.0 if key == "gfs" else 1.0), key
