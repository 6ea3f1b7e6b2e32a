"""One field through every door: the same bits; what becomes of a store that is damaged, changed, leads elsewhere."""

from __future__ import annotations

import base64
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import replicas
import xarray as xr
from replicas import BOX, DAY, ORIGIN, section

sys.path.insert(0, str(Path(__file__).parents[1] / "fetching"))

from local_servers import FAST, Server

import driftsim
from driftsim import config
from driftsim.forcing.doors import buckets, views
from driftsim.forcing.doors.objects import References
from driftsim.forcing.files.file_source import FileSource
from driftsim.forcing.open import open_source
from driftsim.studies import study
from driftsim.system import names, permission
from driftsim.system.errors import InputError, Interrupted

zarr = pytest.importorskip("zarr", reason="the extra stores is not installed")

PERIOD = (ORIGIN + 0.5 * DAY, ORIGIN + 2.5 * DAY)
DAYS = ORIGIN + DAY * np.arange(3)


@pytest.fixture(scope="module")
def netcdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packed integers with two depths, days stamped at noon."""
    return replicas.cmems_classic(tmp_path_factory.mktemp("netcdf") / "classic.nc", DAYS)


@pytest.fixture(scope="module")
def raw(netcdf: Path) -> Iterator[xr.Dataset]:
    """The same, as it is stored."""
    with xr.open_dataset(netcdf, decode_cf=False) as dataset:
        yield dataset.load()


pytestmark = pytest.mark.filterwarnings("ignore:Consolidated metadata")


def opened(path: Any, **more: Any) -> FileSource:
    return open_source("current", section("glorys12", path), BOX, PERIOD, **more)


def bits(source: FileSource) -> list[bytes]:
    """Everything that a run reads."""
    source.level(0)
    return [source.lon.tobytes(), source.lat.tobytes(), source.times.tobytes(), repr(source.covers).encode()] + [
        source.level(k).tobytes() for k in range(len(source.times))
    ]


@pytest.fixture(scope="module")
def wanted(netcdf: Path) -> list[bytes]:
    return bits(opened(netcdf))


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, raw: xr.Dataset) -> dict[str, Path]:
    """The field as Zarr 2 and 3, plain files of numbers with a list of references, and an Icechunk repository."""
    folder = tmp_path_factory.mktemp("stores")
    out = {"zarr2": folder / "two.zarr", "zarr3": folder / "three.zarr", "references": folder / "refs" / "list.json"}
    raw.to_zarr(out["zarr2"], zarr_format=2, consolidated=True)
    raw.to_zarr(out["zarr3"], zarr_format=3, consolidated=True)
    references(raw, out["references"])
    try:
        import icechunk
    except ImportError:
        return out
    repository = icechunk.Repository.create(icechunk.local_filesystem_storage(str(folder / "ice")))
    session = repository.writable_session("main")
    raw.to_zarr(session.store, zarr_format=3, consolidated=False)
    session.commit("the field")
    return out | {"icechunk": folder / "ice"}


def references(dataset: xr.Dataset, path: Path) -> None:
    """Lay the numbers of each variable one after another into one file, and write where they lie."""
    path.parent.mkdir()
    refs: dict[str, Any] = {".zgroup": json.dumps({"zarr_format": 2})}
    refs[".zattrs"] = json.dumps({name: str(value) for name, value in dataset.attrs.items()})
    with open(path.parent / "numbers.bin", "wb") as file:
        file.write(b"something else first")
        for name, variable in dataset.variables.items():
            values = np.asarray(variable.values)
            plain = {k: v.item() if hasattr(v, "item") else v for k, v in variable.attrs.items()}
            fill = plain.pop("_FillValue", None)
            about = {
                "zarr_format": 2, "shape": values.shape, "chunks": values.shape, "dtype": values.dtype.str,
                "fill_value": fill, "order": "C", "filters": None, "compressor": None,
            }  # fmt: skip
            refs[f"{name}/.zarray"] = json.dumps(about)
            refs[f"{name}/.zattrs"] = {**plain, "_ARRAY_DIMENSIONS": variable.dims}
            key = f"{name}/{'.'.join('0' * values.ndim)}"
            if name == "time":
                refs[key] = "base64:" + base64.b64encode(values.tobytes()).decode()
            else:
                refs[key] = ["{{where}}", file.tell(), values.nbytes]
                file.write(values.tobytes())
    path.write_text(json.dumps({"version": 1, "templates": {"where": "numbers.bin"}, "refs": refs}))


@pytest.mark.parametrize("door", ["zarr2", "zarr3", "references", "icechunk"])
def test_the_same_bits_by_every_door(door: str, stores: dict[str, Path], wanted: list[bytes]) -> None:
    if door not in stores:
        pytest.skip("icechunk is not installed")
    source = opened(stores[door])
    assert bits(source) == wanted
    (about,) = source.info["files"]
    assert about["path"] == str(stores[door]) and about["door"] in door
    assert {"snapshot", "sha256", "metadata_sha256"} & about.keys()
    assert source.info["depth_m"] == pytest.approx(0.494, abs=1e-3)


def test_the_same_bits_from_python(netcdf: Path, raw: xr.Dataset, wanted: list[bytes]) -> None:
    assert bits(opened("python:current", dataset=raw)) == wanted
    # Decoded, dates are dates and packed numbers are floats: as xarray unpacks them, to a rounding of single precision.
    with xr.open_dataset(netcdf) as decoded:
        assert np.issubdtype(decoded.time.dtype, np.datetime64) and decoded.uo.dtype.kind == "f"
        source = opened("python:current", dataset=decoded)
        assert bits(source)[:4] == wanted[:4]
        plain = opened(netcdf)
        for k in range(3):
            np.testing.assert_allclose(source.level(k), plain.level(k), rtol=1e-6, atol=1e-7)
        first = source.info["files"][0]["values_sha256"]
        moved = decoded.copy(deep=True)
        moved["uo"][1, 0, 60, 100] += 0.25
        assert opened("python:current", dataset=moved).info["files"][0]["values_sha256"] != first


def test_decoding_loses_no_rule() -> None:
    """Limits are meant for packed numbers, and a calendar for a real one."""
    time = xr.Variable("time", np.array([7.25, 8.25]), {"units": "days since 2017-10-01", "calendar": "365_day"})
    speed = xr.Variable("time", np.array([5, 300], "i2"), {"scale_factor": 0.5, "valid_max": np.int16(200)})
    view = views.of_xarray(xr.decode_cf(xr.Dataset({"time": time, "speed": speed})), "python:current")
    assert view.variables["time"].calendar == "noleap" or view.variables["time"].calendar == "365_day"
    assert float(view.variables["speed"].valid_max) == 100.0
    assert view.variables["speed"][...].tolist() == [2.5, 150.0]


# Servers -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    (tmp_path / "addresses.toml").write_text(FAST.replace("tries = 4", "tries = 2"), encoding="utf-8")
    monkeypatch.setenv("DRIFTSIM_ADDRESSES", str(tmp_path / "addresses.toml"))
    monkeypatch.setenv(permission.VARIABLE, "1")
    server = Server()
    yield server
    server.close()


def serve(server: Server, folder: Path, at: str) -> str:
    for path in folder.rglob("*"):
        if path.is_file():
            server.files[f"{at}/{path.relative_to(folder).as_posix()}"] = path.read_bytes()
    return f"{server.address}{at}"


@pytest.mark.parametrize("door", ["zarr3", pytest.param("zarr2", marks=pytest.mark.long)])
def test_the_same_bits_from_a_server(
    door: str, http: Server, stores: dict[str, Path], wanted: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = serve(http, stores[door], "/a/store")
    source = opened(address)
    assert bits(source) == wanted
    assert source.info["files"][0]["path"] == address and source.info["files"][0]["metadata_sha256"]
    monkeypatch.delenv(permission.VARIABLE)
    with pytest.raises(InputError, match="--allow-network"):
        opened(address)


def test_the_same_bits_from_a_bucket(
    http: Server, stores: dict[str, Path], wanted: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", http.address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-very-secret-word")
    serve(http, stores["zarr3"], "/bucket/a")
    source = opened("s3://bucket/a")
    assert bits(source) == wanted
    assert all(signature and "AKIDEXAMPLE/" in signature for _, signature in http.seen)
    assert "a-very-secret-word" not in str(http.seen) + json.dumps(source.info)
    # Elsewhere the request is not passed on, and what is said holds no secret.
    http.faults["/bucket/a/.zmetadata"] = [("redirect", "https://elsewhere.example/a-very-secret-word")]
    with pytest.raises(InputError, match=r"passes the request on to elsewhere\.example, which is not known"):
        opened("s3://bucket/a")


def test_references_on_a_server(http: Server, stores: dict[str, Path], wanted: list[bytes]) -> None:
    address = serve(http, stores["references"].parent, "/refs")
    assert bits(opened(f"{address}/list.json")) == wanted
    text = http.files["/refs/list.json"].decode()
    http.files["/refs/list.json"] = text.replace('"numbers.bin"', '"https://other.example/numbers.bin"').encode()
    with pytest.raises(InputError, match=r"other\.example.*may lead to that server alone"):
        opened(f"{address}/list.json")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (["stall"] * 9, "the server is silent, 2 times"),
        (["cut"] * 9, "the answer was cut short"),
        ([("status", 503, {})] * 9, "HTTP 503"),
        ([("status", 403, {})], "access refused"),
        ([("body", b"not packed numbers")] * 9, "the store is damaged"),
    ],
)
def test_a_server_that_fails_ends_in_one_message(
    fault: list[Any], said: str, http: Server, stores: dict[str, Path]
) -> None:
    if fault[0] == "stall":
        table = Path(__import__("os").environ["DRIFTSIM_ADDRESSES"])
        table.write_text(table.read_text().replace("timeout_s = 1.5", "timeout_s = 0.3"))
    address = serve(http, stores["zarr3"], "/a")
    chunk = next(path for path in http.files if path.startswith("/a/uo/c/"))
    http.faults[chunk] = fault
    with pytest.raises(InputError) as told:
        bits(opened(address))
    assert said in str(told.value) and "\n" not in str(told.value)


def test_a_dataset_of_copernicus_marine(
    http: Server, netcdf: Path, wanted: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened by the provider's package, which logs in by itself; what it says is cleared of what it knows."""
    (tmp_path / "copernicusmarine.py").write_text(
        f"import os, xarray\n"
        f"def open_dataset(dataset_id):\n"
        f"    if dataset_id == 'refused':\n"
        f"        raise RuntimeError('no access for ' + os.environ['COPERNICUSMARINE_SERVICE_PASSWORD'])\n"
        f"    return xarray.open_dataset({str(netcdf)!r}, mask_and_scale=False, engine='netcdf4')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with open(tmp_path / "addresses.toml", "a") as table:
        table.write(f'[copernicus]\nserver = "{http.address}"\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(InputError, match="needs a free Copernicus Marine account"):
        opened("copernicus:cmems_mod")
    monkeypatch.setenv("COPERNICUSMARINE_SERVICE_USERNAME", "ursula")
    monkeypatch.setenv("COPERNICUSMARINE_SERVICE_PASSWORD", "Pl4nt3d-s3cret!")
    source = opened("copernicus:cmems_mod")
    assert bits(source) == wanted
    assert source.info["files"][0]["door"] == "copernicus" and source.info["files"][0]["metadata_sha256"]
    with pytest.raises(InputError, match=r"RuntimeError: no access for \*\*\*") as told:
        opened("copernicus:refused")
    assert "Pl4nt3d" not in str(told.value) and told.value.__cause__ is None
    monkeypatch.delenv(permission.VARIABLE)
    with pytest.raises(InputError, match="--allow-network"):
        opened("copernicus:cmems_mod")


def test_a_server_without_a_store(http: Server, stores: dict[str, Path]) -> None:
    address = serve(http, stores["zarr3"], "/a")
    with pytest.raises(InputError, match="neither a Zarr store nor an OPeNDAP data set answers there"):
        opened(f"{address}-moved")
    about = json.loads(http.files["/a/zarr.json"])
    del about["consolidated_metadata"]
    http.files["/a/zarr.json"] = json.dumps(about).encode()
    with pytest.raises(InputError, match="no consolidated metadata"):
        opened(address)


def test_signatures_are_those_of_the_provider() -> None:
    """The worked example of AWS for a GET of ten bytes (Signature Version 4, examplebucket)."""
    from datetime import UTC, datetime

    headers = buckets.signed(
        "https://examplebucket.s3.amazonaws.com/test.txt", {"Range": "bytes=0-9", "User-Agent": "x"},
        datetime(2013, 5, 24, tzinfo=UTC), "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "us-east-1",
    )  # fmt: skip
    assert headers["Authorization"].endswith(
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


@pytest.mark.parametrize(
    "bad",
    [
        "http://host.example/a", "ftp://host.example/a", "file:///etc/passwd", "https://", "s3:///a",
        "https://name:w0rd@host.example/a", "https://host.example/a?key=w0rd", "https://host.example:0/a",
    ],
)  # fmt: skip
def test_addresses_that_are_refused(bad: str) -> None:
    assert names.complaint(bad) and "w0rd" not in names.complaint(bad) + names.bare(bad)
    assert not names.complaint("https://host.example/a.zarr") and not names.complaint("s3://bucket/a")


# Damage and change ---------------------------------------------------------------------------------------------------


def test_a_store_cut_short_or_gone_ends_in_one_message(stores: dict[str, Path], tmp_path: Path) -> None:
    store = Path(shutil.copytree(stores["zarr3"], tmp_path / "cut.zarr"))
    chunk = next(path for path in (store / "uo" / "c").rglob("*") if path.is_file())
    chunk.write_bytes(chunk.read_bytes()[:-60])
    with pytest.raises(InputError, match=r"cut\.zarr: variable uo cannot be read: the store is damaged, cut short"):
        bits(opened(store))
    (store / "zarr.json").unlink()
    with pytest.raises(InputError, match=r"cut\.zarr cannot be read"):
        opened(store)
    store.rename(tmp_path / "moved.zarr")
    with pytest.raises(InputError, match=r"cut\.zarr: no such file"):
        opened(store)


def test_a_store_that_changes_is_another_one(stores: dict[str, Path], tmp_path: Path) -> None:
    store = Path(shutil.copytree(stores["zarr3"], tmp_path / "a.zarr"))
    source = opened(store)
    before = source.info["files"]
    assert opened(store).info["files"] == before
    chunk = next(path for path in (store / "vo" / "c").rglob("*") if path.is_file())
    whole = chunk.read_bytes()
    chunk.write_bytes(next(path for path in (store / "uo" / "c").rglob("*") if path.is_file()).read_bytes())
    assert opened(store).info["files"] != before
    chunk.write_bytes(whole)
    assert opened(store).info["files"] == before
    (store / "zarr.json").write_text((store / "zarr.json").read_text() + "\n")
    with pytest.raises(InputError, match=r"a\.zarr was replaced or changed while the run was reading it"):
        source.level(1)


def test_references_lead_to_their_folder_alone(stores: dict[str, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(stores["references"].parent, tmp_path / "refs"))
    text = (folder / "list.json").read_text()
    secret = tmp_path / "secret.bin"
    secret.write_bytes((folder / "numbers.bin").read_bytes())
    (folder / "link.bin").symlink_to(secret)
    for leads in (
        "../secret.bin",
        str(secret),
        f"file://{secret}",
        "https://host.example/x",
        "s3://bucket/x",
        "link.bin",
    ):
        (folder / "list.json").write_text(text.replace('"numbers.bin"', json.dumps(leads)))
        with pytest.raises(InputError, match="outside of its folder"):
            opened(folder / "list.json")
    (folder / "list.json").write_text(text.replace('"numbers.bin"', '"{% for x in y %}"'))
    with pytest.raises(InputError, match="computed by templates, which are not run"):
        References(str(folder / "list.json"))
    (folder / "list.json").write_text(text)
    (folder / "numbers.bin").write_bytes(secret.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"numbers\.bin is cut short"):
        bits(opened(folder / "list.json"))
    (folder / "numbers.bin").unlink()
    with pytest.raises(InputError, match=r"numbers\.bin, which is not there"):
        opened(folder / "list.json")
    store = Path(shutil.copytree(stores["zarr2"], tmp_path / "b.zarr"))
    chunk = next(path for path in (store / "uo").rglob("0*"))
    chunk.unlink()
    chunk.symlink_to(secret)
    with pytest.raises(InputError, match="is a link that leads out of the store"):
        opened(store)


def test_a_store_cut_for_time_series_tells_what_it_costs(
    raw: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from driftsim.forcing.files import cost

    monkeypatch.setattr(cost, "_LITTLE_BYTES", 1e3)
    sizes = dict(zip(raw.uo.dims, raw.uo.shape, strict=True))
    long = {**sizes, "longitude": 47, "latitude": 47}
    raw.to_zarr(
        tmp_path / "long.zarr", zarr_format=3,
        encoding={name: {"chunks": tuple(long[d] for d in raw[name].dims)} for name in ("uo", "vo")},
    )  # fmt: skip
    source = opened(tmp_path / "long.zarr")
    (told,) = [text for text in source.info["decisions"] if "chunks" in text]
    part = source._levels[0][0][0].part
    cells = [-(-(one.index.max() + 1) // 47) * 47 - one.index.min() // 47 * 47 for one in (part.lon, part.lat)]
    unpacked = 3 * sizes["depth"] * int(np.prod(cells)) * 2
    assert f"time 3 x depth {sizes['depth']} x latitude 47 x longitude 47" in told
    view = views.of_xarray(xr.open_zarr(tmp_path / "long.zarr", decode_cf=False, chunks=None), "x")
    assert cost.level_bytes(view.variables["uo"], part) == (unpacked, part.lon.values.size * part.lat.values.size * 2)


def test_a_wrong_unit_is_refused_by_each_door(raw: xr.Dataset, tmp_path: Path) -> None:
    wrong = raw.copy()
    wrong["uo"].attrs["units"] = "furlongs"
    wrong.to_zarr(tmp_path / "w.zarr")
    for path, more in (("python:current", {"dataset": wrong}), (tmp_path / "w.zarr", {})):
        with pytest.raises(InputError, match="has units 'furlongs'"):
            opened(path, **more)


STUDY = """
[run]
start = 2017-10-01T12:00:00
end = 2017-10-03T12:00:00
seed = 5
[current]
product = "glorys12"
files = ["PATH"]
[boats]
number = 300
classes = [{windage_percent = 0.0}]
[release]
first = 2017-10-01T12:00:00
last = 2017-10-02
sources = [{name = "a", kind = "circle", points = [[134.4, 39.3]], radius_km = 40.0}]
[coast]
domain = [132.0, 137.0, 37.0, 42.0]
[output]
map = false
csv = false
"""


def ends(run: Any) -> dict[str, bytes]:
    """Where boats came to, to the bit."""
    kept = ("outcome", "release_lon", "landing_lon", "final_lon", "final_lat")
    return {name: np.asarray(run.arrivals[name].values).tobytes() for name in kept}


def test_a_run_by_each_door(stores: dict[str, Path], netcdf: Path, raw: xr.Dataset, tmp_path: Path) -> None:
    """The same boats, over a break as well; a store that has changed meanwhile stops the resume."""
    store = Path(shutil.copytree(stores["zarr3"], tmp_path / "a.zarr"))
    for name, path in (("file", netcdf), ("store", store)):
        (tmp_path / f"{name}.toml").write_text(STUDY.replace("PATH", str(path)), encoding="utf-8")
    plain = driftsim.run(config.load(tmp_path / "file.toml"))
    given = driftsim.run(config.load(tmp_path / "file.toml"), sources={"current": raw})
    assert ends(given) == ends(plain)
    assert given.info["forcing"]["current"]["files"][0]["path"] == "python:current"
    assert 'files = ["python:current"]' in given.info["config"]
    with pytest.raises(InputError, match=r"there is no table \[wind\] in the config"):
        driftsim.run(config.load(tmp_path / "file.toml"), sources={"wind": raw})
    with pytest.raises(InputError, match="python:current: is given from Python alone"):
        driftsim.run(config.parse_text(given.info["config"], tmp_path, name="again"))
    out = tmp_path / "out"
    with pytest.raises(Interrupted):
        study.run(config.load(tmp_path / "store.toml"), out, stop=lambda: 15)
    chunk = next(path for path in (store / "vo" / "c").rglob("*") if path.is_file())
    whole = chunk.read_bytes()
    chunk.write_bytes(next(path for path in (store / "uo" / "c").rglob("*") if path.is_file()).read_bytes())
    with pytest.raises(InputError, match=r"a\.zarr: not as it was when the run in"):
        study.resume(out)
    chunk.write_bytes(whole)
    with study.resume(out).run as finished:
        assert ends(finished) == ends(plain)
        (about,) = finished.summary["provenance"]["inputs"]["current"]["files"]
        assert about["path"] == str(store) and about["sha256"] and about["times_sha256"]


@pytest.mark.long
def test_references_as_kerchunk_writes_them(tmp_path: Path, wanted: list[bytes], raw: xr.Dataset) -> None:
    kerchunk = pytest.importorskip("kerchunk.netCDF3", reason="kerchunk is not installed")
    raw.to_netcdf(tmp_path / "classic.nc", format="NETCDF3_64BIT", engine="netcdf4")
    made = kerchunk.NetCDF3ToZarr(str(tmp_path / "classic.nc"), inline_threshold=0).translate()
    (tmp_path / "list.json").write_text(json.dumps(made))
    assert bits(opened(tmp_path / "list.json")) == wanted
