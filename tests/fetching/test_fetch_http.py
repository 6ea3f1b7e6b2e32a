"""Files over HTTP: JMA MSM without a login, OSCAR with one; servers that misbehave; secrets that stay."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import replicas
from click.testing import CliRunner, Result
from local_servers import BOX, Server, impatient
from replicas import DAY, epoch, interpolate, known, section

from driftsim import cli
from driftsim.forcing.download import cut
from driftsim.forcing.open import open_source
from driftsim.forcing.transport import addresses as table_of
from driftsim.forcing.transport import transfer
from driftsim.system.errors import InputError

NAME, PASSWORD = "ursula.kowalski", "Pl4nt3d-s3cret!"
PLACES = np.array([[131.91, 37.43], [133.317, 39.993], [136.731, 41.29], [137.93, 41.913]])
RULES = {"timeout_s": 0.4, "tries": 3, "first_wait_s": 0.02, "longest_wait_s": 2.0}


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(cli.main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def fetch(product: str, folder: Path, start: str, end: str) -> Result:
    return call("fetch", product, "--start", start, "--end", end, "--box", *BOX, "-o", folder)


def cut_from(folder: Path, name: str) -> str:
    """SHA-256 of the whole file that a file was cut from."""
    (path,) = folder.glob("*.manifest.json")
    return str(json.loads(path.read_text())["files"][name]["cut_from_sha256"])


@pytest.fixture
def msm(http: Server, addresses: Any, tmp_path: Path) -> Server:
    """The archive with 30 September to 3 October 2017, without the 2nd."""
    addresses(f'[msm]\nfile = "{http.address}/MSM-S/{{year}}/{{month}}{{day}}.nc"\n')
    for day in ("2017-09-30", "2017-10-01", "2017-10-03"):
        file = replicas.msm(tmp_path / "day.nc", epoch(day))
        http.files[f"/MSM-S/{day[:4]}/{day[5:7]}{day[8:]}.nc"] = file.read_bytes()
    return http


@pytest.fixture
def podaac(
    http: Server, addresses: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Server, Server]]:
    """The archive and the login server: the one passes a request on to the other and gets it back with a cookie."""
    login = Server()
    addresses(
        f'[oscar]\nfile = "{http.address}/o_{{year}}{{month}}{{day}}.nc"\n'
        f'md5 = "{http.address}/o_{{year}}{{month}}{{day}}.md5"\n'
        f'login = "{login.address}"\nhosts = []\n'
    )
    logged_in(tmp_path, monkeypatch)
    for day in ("2017-09-30", "2017-10-01", "2017-10-02"):
        name = f"/o_{day.replace('-', '')}"
        guarded(http, login, f"{name}.nc", replicas.oscar(tmp_path / "day.nc", epoch(day)))
        http.files[name + ".md5"] = hashlib.md5(http.files[name + ".nc"]).hexdigest().encode() + b"  some_file.nc\n"
    yield http, login
    login.close()


def logged_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A netrc of the user's own."""
    (folder / "netrc").write_text(f"machine 127.0.0.1 login {NAME} password {PASSWORD}\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(folder / "netrc"))


def guarded(archive: Server, login: Server, path: str, file: Path) -> None:
    """A file that the archive gives only to those who come back from the login server."""
    archive.files[path] = file.read_bytes()
    archive.faults[path] = [("redirect", f"{login.address}/oauth?to={path}")]
    login.faults["/oauth"].append(("redirect", f"{archive.address}{path}?signature=q"))


# --- as it should be ------------------------------------------------------------------------------------------------


def test_msm_comes_and_its_velocity_is_right(msm: Server, tmp_path: Path) -> None:
    result = fetch("msm", tmp_path / "f", "2017-10-01T00:00", "2017-10-01T19:00")
    assert result.exit_code == 0, result.output
    assert sorted(p.name for p in (tmp_path / "f").iterdir()) == [
        "msm.manifest.json",
        "msm_20170930.nc",
        "msm_20171001.nc",
    ]
    entry = json.loads((tmp_path / "f" / "msm.manifest.json").read_text())["files"]["msm_20171001.nc"]
    body = msm.files["/MSM-S/2017/1001.nc"]
    kept = (tmp_path / "f" / "msm_20171001.nc").read_bytes()
    assert (entry["sha256"], entry["bytes"]) == (hashlib.sha256(kept).hexdigest(), len(kept))
    assert (entry["cut_from_sha256"], entry["cut_from_bytes"]) == (hashlib.sha256(body).hexdigest(), len(body))
    with netCDF4.Dataset(tmp_path / "f" / "msm_20171001.nc") as file:
        lon, lat = file["lon"][:], file["lat"][:]
        assert lon[0] <= BOX[0] < lon[1] and lon[-2] < BOX[1] <= lon[-1]
        assert lat[-1] <= BOX[2] < lat[-2] and lat[1] < BOX[3] <= lat[0]
        assert set(file.variables) == {"lon", "lat", "time", "u", "v"} and file["u"].dtype == np.int16
    assert entry["source"] == f"{msm.address}/MSM-S/2017/1001.nc"
    assert (entry["levels"], entry["first"], entry["last"]) == (24, "2017-10-01T00:00:00Z", "2017-10-01T23:00:00Z")
    period = (epoch("2017-10-01"), epoch("2017-10-01T19:00"))
    source = open_source("wind", section("msm", tmp_path / "f" / "msm_*.nc"), BOX, period)
    times = np.array([*period, epoch("2017-10-01T07:24"), epoch("2017-10-01T16:41")])
    assert interpolate(source, PLACES, times) == pytest.approx(known(PLACES, times), abs=0.0062)


def test_a_file_that_the_server_lacks_is_said_and_the_rest_comes(msm: Server, tmp_path: Path) -> None:
    result = fetch("msm", tmp_path / "f", "2017-10-01T12:00", "2017-10-03T12:00")
    assert result.exit_code == 2 and "1002.nc" in result.output and "1 files" in result.output
    assert sorted(p.name for p in (tmp_path / "f").glob("*.nc")) == ["msm_20171001.nc", "msm_20171003.nc"]


# --- a network that misbehaves ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("stall", "silent"),
        ("reset", "connection failed"),
        ("cut", "cut short"),
        (("status", 503, {}), "HTTP 503"),
        (("status", 429, {"Retry-After": "1"}), "HTTP 429"),
        (("body", b"<html>please wait</html>"), "not NetCDF"),
        (("body", b"CDF\x01"), "its header cannot be followed"),
    ],
)
def test_it_is_asked_again_until_the_file_is_whole(
    msm: Server, tmp_path: Path, fault: Any, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/MSM-S/2017/1001.nc"
    impatient(tmp_path, 0.4)
    msm.faults[path] = [fault, fault]
    waited: list[float] = []
    if "429" in told:
        monkeypatch.setattr(transfer.time, "sleep", waited.append)
    result = fetch("msm", tmp_path / "f", "2017-10-01T02:00", "2017-10-01T19:00")
    assert result.exit_code == 0, result.output
    assert msm.asked[path] == 3 and result.output.count(told) == 2
    assert cut_from(tmp_path / "f", "msm_20171001.nc") == hashlib.sha256(msm.files[path]).hexdigest()
    if "429" in told:
        assert waited == [1.0, 1.0], "the server asked for a second, twice"


def test_what_others_have_in_the_folder_stays(msm: Server, tmp_path: Path) -> None:
    folder, dates = tmp_path / "f", ("2017-10-01T02:00", "2017-10-01T19:00")
    mine = {".msm.part": b"mine", ".driftsim-msm-notes.part": b"mine", "msm_20171001.nc": b"mine"}
    folder.mkdir()
    for name, content in mine.items():
        if name.startswith("."):
            (folder / name).mkdir()
        (folder / name / "a" if name.startswith(".") else folder / name).write_bytes(content)
    left = folder / ".driftsim-msm-0123456789abcdef.part"
    left.mkdir()
    (left / "msm_20171001.nc").write_bytes(b"half, of a fetch that was killed")
    result = fetch("msm", folder, *dates)
    assert result.exit_code == 2
    assert "msm_20171001.nc: is there and was not fetched into this folder" in result.stderr
    assert (folder / "msm_20171001.nc").read_bytes() == b"mine"
    assert not left.exists()
    (folder / "msm_20171001.nc").unlink()
    assert fetch("msm", folder, *dates).exit_code == 0
    assert all((folder / name / "a").read_bytes() == b"mine" for name in mine if name.startswith("."))
    assert not [path.name for path in folder.iterdir() if path.name.endswith(".part") and path.name not in mine]


def test_a_fetch_killed_before_its_file_is_moved_goes_on(
    msm: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is noted before it is moved, so that it is never taken for somebody else's."""
    folder, dates, moved = tmp_path / "f", ("2017-10-01T02:00", "2017-10-01T19:00"), os.replace

    def killed(half: Any, place: Any) -> None:
        if Path(place).name == "msm_20171001.nc":
            raise KeyboardInterrupt
        moved(half, place)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        assert fetch("msm", folder, *dates).exit_code == 130
    assert not (folder / "msm_20171001.nc").exists()
    result = fetch("msm", folder, *dates)
    assert result.exit_code == 0, result.output
    assert "msm_20171001.nc is gone: fetched again" in result.stderr


def test_a_classic_file_cut_short_without_a_word_is_found_out(tmp_path: Path) -> None:
    """A server that tells no length: the NetCDF library would read zeros."""
    whole = replicas.cmems_classic(tmp_path / "a.nc", [epoch("2017-10-01"), epoch("2017-10-02")])
    assert cut.levels(whole, ("uo", "vo")).steps == 2
    whole.write_bytes(whole.read_bytes()[:-2000])
    with pytest.raises(transfer.Broken, match=r"shorter|cut short"):
        cut.levels(whole, ("uo", "vo"))


def test_patience_ends(http: Server) -> None:
    line = transfer.Line({**RULES, "timeout_s": 0.25})
    http.files["/a"] = b"0123456789" * 300
    for fault, told in (("stall", "silent, 3 times"), ("trickle", "trickles in"), (("status", 500, {}), "HTTP 500")):
        http.faults["/a"] = [fault] * 3
        with pytest.raises(InputError, match=told):
            line.body("/a".join((http.address, "")), 10_000)
    http.faults["/a"] = [("status", 503, {"Retry-After": "7200"})]
    with pytest.raises(InputError, match="asks to wait 7200 s"):
        line.body(f"{http.address}/a", 10_000)
    http.faults["/a"] = [("status", 403, {})]
    with pytest.raises(InputError, match="access refused"):
        line.body(f"{http.address}/a", 10_000)
    with pytest.raises(transfer.NotThere):
        line.body(f"{http.address}/b", 10_000)


def test_more_than_expected_is_refused(http: Server) -> None:
    http.files["/a"] = bytes(50_000)
    with pytest.raises(InputError, match=r"more than the 0\.0 MB expected"):
        transfer.Line(RULES).body(f"{http.address}/a", 40_000)
    assert len(transfer.Line(RULES).body(f"{http.address}/a", 50_000)) == 50_000


def test_a_retry_date_is_understood() -> None:
    then = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 90))
    assert 80.0 < (transfer._retry_after(then) or 0.0) <= 90.0
    assert transfer._retry_after("17") == 17.0
    assert transfer._retry_after("soon") is None


# --- redirects and TLS -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "there", ["http://example.com/x", "https://example.com/x", "ftp://127.0.0.1/x", "file:///etc/passwd"]
)
def test_a_redirect_to_elsewhere_is_not_followed(msm: Server, tmp_path: Path, there: str) -> None:
    msm.faults["/MSM-S/2017/1001.nc"] = [("redirect", there)]
    result = fetch("msm", tmp_path / "f", "2017-10-01T02:00", "2017-10-01T19:00")
    assert result.exit_code == 2 and "passes the request on" in result.output
    assert msm.asked["/MSM-S/2017/1001.nc"] == 1


def test_a_redirect_on_the_same_server_is_followed_but_not_for_ever(http: Server) -> None:
    http.files["/b"] = b"here"
    http.faults["/a"] = [("redirect", "/b")]
    line = transfer.Line(RULES)
    assert line.body(f"{http.address}/a", 100) == b"here"
    http.faults["/a"] = [("redirect", "/a")] * 30
    with pytest.raises(InputError, match="more than 10 times"):
        line.body(f"{http.address}/a", 100)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    key, cert = tmp_path / "k.pem", tmp_path / "c.pem"
    make = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -keyout {key} -out {cert}"
    subprocess.run([*make.split(), "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    server = Server((str(cert), str(key)))
    server.files["/a"] = b"secret"
    try:
        with pytest.raises(InputError, match="certificate cannot be verified"):
            transfer.Line(RULES).body(f"{server.address}/a", 100)
        assert server.asked["/a"] == 0
    finally:
        server.close()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[msm]\nfile = "http://example.com/{year}"', "https://"),
        ('[msm]\nfile = "https://me:pw@example.com/{year}"', "must not hold a name"),
        ('[msm]\nfile = "https://example.com/{hour}"', "{year}, {month} and {day}"),
        ('[msm]\nfiles = "https://example.com"', "did you mean 'file'"),
        ('[mms]\nfile = "https://example.com"', "did you mean 'msm'"),
        ("[transfer]\ntries = 2.5", "whole number"),
        ("[transfer]\ntimeout_s = 0", "above 0"),
        ("[transfer]\ntimeout_s = true", "above 0"),
        ("[msm]\nfile = 3", "must be text"),
        ('[oscar]\nhosts = "a"', "list of hosts"),
        ("msm = 3", "no such table"),
        ("[msm", "cannot be read"),
    ],
)
def test_a_table_that_is_wrong_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    (tmp_path / "t.toml").write_text(text)
    monkeypatch.setenv(table_of.VARIABLE, str(tmp_path / "t.toml"))
    result = fetch("msm", tmp_path / "f", "2017-10-01", "2017-10-02")
    assert result.exit_code == 2 and told in result.output and "t.toml" in result.output
    assert not (tmp_path / "f").exists()


def test_the_table_that_is_shipped_is_good_and_covers_every_product() -> None:
    from datetime import date

    from driftsim.forcing.download import series

    table = table_of.load()
    # Beside the products: how transfers wait, and the servers of the clients that fetch for us.
    assert table.keys() - {"transfer", "copernicus", "cds"} == series.SERIES.keys()
    for keys in table.values():
        for value in keys.values():
            if isinstance(value, str) and "://" in value:
                table_of.refuse_unsafe(table_of.dated(value, date(2017, 10, 1)))


# --- logins ----------------------------------------------------------------------------------------------------------


def everything_in(folder: Path) -> str:
    return "".join(p.read_bytes().decode("latin-1") + p.name for p in folder.rglob("*") if p.is_file())


def test_oscar_comes_with_the_user_s_own_login(
    podaac: tuple[Server, Server], tmp_path: Path, capfd: Any, caplog: Any
) -> None:
    """Name and password go to the login server and nowhere else; nor into files, messages, logs."""
    data, login = podaac
    caplog.set_level(0)
    result = fetch("oscar", tmp_path / "f", "2017-10-01T02:00", "2017-10-01T07:00")
    assert result.exit_code == 0, result.output
    assert [header for _, header in data.seen if header] == []
    assert {path for path, header in login.seen if header and header.startswith("Basic ")} == {"/oauth"}
    assert len(login.seen) == 3
    printed = capfd.readouterr()
    told = result.output + printed.out + printed.err + caplog.text + everything_in(tmp_path / "f")
    assert PASSWORD not in told and NAME not in told and "signature" not in told
    period = (epoch("2017-10-01T02:00"), epoch("2017-10-01T07:00"))
    source = open_source("current", section("oscar", tmp_path / "f" / "oscar_*.nc"), BOX, period)
    assert interpolate(source, PLACES, period) == pytest.approx(known(PLACES, period), abs=1e-5)


def test_ccmp_comes_with_the_same_login(
    http: Server, addresses: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six-hourly wind on 0 to 360 degrees, no checksums of the provider."""
    login = Server()
    addresses(f'[ccmp]\nfile = "{http.address}/c_{{year}}{{month}}{{day}}.nc"\nlogin = "{login.address}"\nhosts = []\n')
    logged_in(tmp_path, monkeypatch)
    for day in ("2017-09-30", "2017-10-01", "2017-10-02"):
        file = replicas.latlon(
            tmp_path / "day.nc", epoch(day) + 0.25 * DAY * np.arange(4), ("uwnd", "vwnd"),
            np.arange(0.125, 360.0, 0.25), np.arange(30.125, 48.0, 0.25),
            since=("hours since 1987-01-01", 3600.0, "f8"), dry=False,
        )  # fmt: skip
        guarded(http, login, f"/c_{day.replace('-', '')}.nc", file)
    try:
        result = fetch("ccmp", tmp_path / "f", "2017-10-01T02:00", "2017-10-01T20:00")
    finally:
        login.close()
    assert result.exit_code == 0, result.output
    assert [header for _, header in http.seen if header] == []
    period = (epoch("2017-10-01T02:00"), epoch("2017-10-01T20:00"))
    source = open_source("wind", section("ccmp", tmp_path / "f" / "ccmp_*.nc"), BOX, period)
    assert interpolate(source, PLACES, period) == pytest.approx(known(PLACES, period), abs=1e-5)


def test_a_wrong_checksum_is_found_out(podaac: tuple[Server, Server], tmp_path: Path) -> None:
    """The provider's own MD5: a file that is whole by its length, but not the one that was meant, comes again."""
    data, _ = podaac
    path = "/o_20171001.nc"
    other = replicas.oscar(tmp_path / "other.nc", epoch("2017-10-01") + 5 * DAY)
    with netCDF4.Dataset(other, "r+") as file:
        file["time"][:] = file["time"][:] - 5
    data.faults[path] = [("body", other.read_bytes())]
    result = fetch("oscar", tmp_path / "f", "2017-10-01T02:00", "2017-10-01T07:00")
    assert result.exit_code == 0 and "checksum" in result.output
    assert cut_from(tmp_path / "f", "oscar_20171001.nc") == hashlib.sha256(data.files[path]).hexdigest()


def test_a_refused_login_is_said_without_it(podaac: tuple[Server, Server], tmp_path: Path) -> None:
    _, login = podaac
    login.faults["/oauth"] = [("status", 401, {"WWW-Authenticate": "Basic"})]
    result = fetch("oscar", tmp_path / "f", "2017-10-01T02:00", "2017-10-01T07:00")
    assert result.exit_code == 2 and "access refused with the name and password in your netrc" in result.output
    assert PASSWORD not in result.output and NAME not in result.output and login.asked["/oauth"] == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "needs a free Earthdata login"),
        ("machine elsewhere login a password b\n", "no entry for 127.0.0.1"),
        (f"machine 127.0.0.1 login {NAME} password {PASSWORD} {PASSWORD}\n", "line "),
    ],
)
def test_a_missing_login_is_said_before_anything_is_asked(
    podaac: tuple[Server, Server], tmp_path: Path, text: str | None, told: str
) -> None:
    (tmp_path / "netrc").unlink()
    if text is not None:
        (tmp_path / "netrc").write_text(text)
    result = fetch("oscar", tmp_path / "f", "2017-10-01T02:00", "2017-10-01T07:00")
    assert result.exit_code == 2 and told in result.output and PASSWORD not in result.output
    assert podaac[0].seen == [] and podaac[1].seen == []


def test_names_and_passwords_for_other_hosts_stay_in_netrc(http: Server, tmp_path: Path, monkeypatch: Any) -> None:
    """The library under us would send those of any host that netrc knows."""
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login {NAME} password {PASSWORD}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    http.files["/a"] = b"x"
    transfer.Line(RULES).body(f"{http.address}/a", 10)
    assert http.seen == [("/a", None)]


def test_a_login_shows_nowhere() -> None:
    assert PASSWORD not in repr(transfer.Login("https://x", NAME, PASSWORD))


def test_without_a_network_a_fetch_gives_up_within_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the rules as shipped eight tries would take four minutes. The clock goes as fast as the line waits."""
    now = [0.0]
    monkeypatch.setattr(transfer.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr(transfer.time, "monotonic", lambda: now[0])
    rules = table_of.load()["transfer"]
    assert rules["tries"] == 8

    def given_up(address: str) -> None:
        now[0] = 0.0
        with pytest.raises(InputError, match=r"no server was reached in \d+ s: is there a network"):
            transfer.Line(rules).body(address, 10)
        assert 5.0 < now[0] < 30.0

    given_up("http://127.0.0.1:9/nothing")  # nobody listens there

    def nowhere(*arguments: Any, **keys: Any) -> None:
        now[0] += 3.0
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    given_up("http://example.invalid/nothing")
