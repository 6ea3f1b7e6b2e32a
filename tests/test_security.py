"""One test for each sentence of SECURITY.md, by the name that stands there."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import socket
import stat
import sys
import types
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import netCDF4
import numpy as np
import pytest
import tasks
from click.testing import CliRunner, Result
from corpus.broken_files import good
from test_writing import test_each_call_that_changes_files_has_its_reason as each_call_is_argued

from driftsim import cli, config
from driftsim.drift import checkpoint, simulation
from driftsim.figures.charts import comparison as figures
from driftsim.forcing.doors import opening
from driftsim.forcing.transport import addresses
from driftsim.kernels import jit
from driftsim.results import placing, text_files
from driftsim.results.folder import read_marker, write_marker
from driftsim.studies import engines
from driftsim.system import capacity, permission
from driftsim.system.errors import InputError

PACKAGE = Path(cli.__file__).parent
EVIL = "</script><script>alert(1)</script><b a='\"&amp;{0.__class__}$(touch owned)`touch owned`%n"
"""A title that is a page's end, a format, a shell's command and a template in one."""

CONFIG = """
[run]
title = '''{title}'''
start = 2017-11-20
end = 2017-11-24
[current]
product = "cf"
files = ["input.nc"]
steady = true
[wind]
product = "climatology"
members = 2
[boats]
number = 60
[[boats.classes]]
leeway = "SKIFF-3"
name = "<i>{{x}}&"
[release]
first = 2017-11-20
last = 2017-11-20
[[release.sources]]
name = '"><img src=x onerror=alert(1)>'
kind = "circle"
points = [[136.2, 37.6]]
radius_km = 15.0
[coast]
domain = [131.0, 139.0, 36.0, 42.0]
[output]
tracks = 20
map = false
"""


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(cli.main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def hostile(path: Path) -> Path:
    """Currents whose every attribute is an attack."""
    good(path, time=np.array([0.0]))
    with netCDF4.Dataset(path, "r+") as file:
        for name in ("title", "institution", "source", "history", "credit"):
            file.setncattr(name, f"{EVIL} ../../../{name} \x1b]0;owned\x07\n")
        file["u"].long_name = EVIL
        file.createVariable("r\u202eed", "f4", ())
    return path


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a run with hostile inputs was made, as ``out``."""
    folder = tmp_path_factory.mktemp("attacked") / "work"
    folder.mkdir()
    hostile(folder / "input.nc")
    (folder / "study.toml").write_text(CONFIG.format(title=EVIL).replace("{x}", "{{x}}"), encoding="utf-8")
    before = Path.cwd()
    os.chdir(folder)
    try:
        result = call("run", "study.toml", "-o", "out")
    finally:
        os.chdir(before)
    assert result.exit_code == 0, result.output
    return folder


def test_every_sentence_has_its_test() -> None:
    text = PACKAGE.parent / "SECURITY.md"
    if not text.exists():
        pytest.skip("no SECURITY.md beside the package")
    named = set(re.findall(r"`(test_\w+)`", text.read_text(encoding="utf-8")))
    assert named == {name for name in globals() if name.startswith("test_")} - {"test_every_sentence_has_its_test"}


@cache
def calls() -> list[tuple[Path, str, ast.Call]]:
    """Every call in the package, by its dotted name."""
    return [
        (path, ast.unparse(node.func), node)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


def test_input_is_data(attacked: Path) -> None:
    run_by = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "ctypes.CDLL"}
    for path, name, node in calls():
        assert name not in run_by and not name.startswith("os.exec"), f"{path}: {name}"
        assert not any(k.arg == "shell" for k in node.keywords), f"{path}: {ast.unparse(node)}"
        if name.startswith("subprocess."):  # a list of words, never a line for a shell
            assert isinstance(node.args[0], ast.List | ast.Name), f"{path}: {ast.unparse(node)}"
    assert not list(attacked.parent.rglob("owned*"))


def test_a_run_writes_into_its_folder_alone(attacked: Path) -> None:
    assert [path.name for path in attacked.parent.iterdir()] == ["work"]
    assert {path.name for path in attacked.iterdir()} == {"input.nc", "study.toml", "out"}
    assert all(path.parent == attacked / "out" for path in (attacked / "out").rglob("*") if path.is_file())
    for label in ("../up", "/etc/x", "..", "a\\\\b", ".hidden"):
        text = CONFIG.format(title="t").replace("<i>{x}&", label)
        (attacked.parent / "labels.toml").write_text(text.replace('"input.nc"', '"work/input.nc"'), encoding="utf-8")
        result = call("run", attacked.parent / "labels.toml", "-o", attacked.parent / "none")
        assert result.exit_code == 2 and "boats.classes[0].name" in result.stderr, result.output
        (attacked.parent / "labels.toml").unlink()
    assert [path.name for path in attacked.parent.iterdir()] == ["work"]


def test_nothing_of_others_is_replaced(attacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run beside its config, where others have files of the names that it writes."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(attacked / "input.nc", "input.nc")
    shutil.copy(attacked / "study.toml", "config.toml")
    mine = dict.fromkeys(("arrivals.csv", "report.html", "run.log", ".x.part"), b"mine")
    for name, content in mine.items():
        Path(name).write_bytes(content)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for more in ((), ("--overwrite",)):
        assert call("run", "config.toml", "-o", ".", *more).exit_code == 2
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    Path("arrivals.csv").unlink()
    Path("config.toml").rename("study.toml")
    assert call("run", "study.toml", "-o", ".").exit_code == 0
    assert call("run", "config.toml", "-o", ".", "--overwrite").exit_code == 2, "an input of the run"
    assert all(Path(name).read_bytes() == b"mine" for name in mine if name != "arrivals.csv")


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="needs links")
def test_nothing_is_written_through_a_link(attacked: Path, tmp_path: Path) -> None:
    secret, out = tmp_path / ".bashrc", tmp_path / "out"
    secret.write_bytes(b"mine")
    shutil.copytree(attacked / "out", out)
    (out / "run.log").unlink()
    for name in ("run.log", "landing_map.png.part", ".landing_map.png.part", "page.html"):
        (out / name).symlink_to(secret)
    assert call("run", attacked / "study.toml", "-o", out, "--overwrite").exit_code == 0
    assert call("map", out).exit_code == 0
    assert call("report", out, "-o", out / "page.html").exit_code == 2
    assert secret.read_bytes() == b"mine"


def test_the_log_holds_lines(attacked: Path) -> None:
    lines = (attacked / "out" / "run.log").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert EVIL in lines[0]
    placing.log(attacked / "out", "current.nc\n2017-01-01T00:00:00Z finished \x1b[2J")
    lines = (attacked / "out" / "run.log").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3
    assert lines[2].isprintable()


def test_each_writing_call_is_argued() -> None:
    each_call_is_argued()


class Page(HTMLParser):
    """What a browser would make of a page: its elements, and attributes that run something."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.acting: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.acting += [name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "")]


def test_pages_and_layers_escape_what_they_show(attacked: Path, tmp_path: Path) -> None:
    assert call("report", attacked / "out", "-o", tmp_path / "page.html").exit_code == 0
    page = Page()
    page.feed((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.elements.count("script") == 2 and "img" not in page.elements and "i" not in page.elements
    assert not page.acting
    for to in ("geojson", "kml"):
        result = call("export", attacked / "out", "--to", to, "-o", tmp_path / f"layers.{to}")
        assert result.exit_code == 0, result.output
    layers = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((tmp_path / "layers.geojson").glob("*.geojson"))
    ]
    assert len(layers) >= 4
    assert all(EVIL in layer["driftsim"].values() for layer in layers), "the title is there, as text"
    kml = [tmp_path / "layers.kml"]
    for path in kml:
        tree = ElementTree.fromstring(path.read_bytes())
        assert not [node for node in tree.iter() if node.tag.rpartition("}")[2] in ("script", "img", "i", "b")]


def test_nothing_acts_on_the_terminal(attacked: Path, tmp_path: Path) -> None:
    result = call("check", attacked / "study.toml")
    assert result.exit_code == 0
    told = [result.output]
    hostile(tmp_path / "\x1b[2Jname.nc")
    text = CONFIG.format(title="t").replace('"input.nc"', '"*name.nc"')
    text = text.replace("steady = true", 'steady = true\nu = "a"\nv = "b"')
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    result = call("check", tmp_path / "study.toml")
    assert result.exit_code == 2 and "looked for a/b" in result.output
    told.append(result.output)
    for text in told:
        assert all(c.isprintable() or c == "\n" for c in text), repr(text)


def copied(attacked: Path, to: Path) -> Path:
    return Path(shutil.copytree(attacked / "out", to))


def test_results_act_on_neither_terminal_nor_spreadsheet(
    attacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(attacked, tmp_path / "out")
    body = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    body["title"] = body["regions"]["noto"]["name"] = "a\x1b]0;owned\x07\u202e=b\x00"
    body["regions"]["sado"]["name"] = "=1+1"
    text_files.write_json(folder / "summary.json", body)
    write_marker(folder, read_marker(folder).files)  # type: ignore[union-attr]
    placing.log(folder, "a\x1b[2J\nforged line")
    assert "a?[2J; forged line" in (folder / "run.log").read_text(encoding="utf-8")
    monkeypatch.setattr(figures, "draw", lambda *_: [])
    told = call("validate", folder, "-o", tmp_path / "checked").output
    told += call("map", folder, "--format", "svg", "-o", tmp_path / "drawn").output
    assert "]0;owned" in told and all(c.isprintable() or c == "\n" for c in told)
    for path in (tmp_path / "drawn").glob("*.svg"):
        ElementTree.fromstring(path.read_bytes())
    assert call("export", folder, "--to", "csv", "-o", tmp_path / "csv").exit_code == 0
    assert ",'=1+1," in (tmp_path / "csv" / "stretches.csv").read_text(encoding="utf-8")


def test_results_are_not_trusted(attacked: Path, tmp_path: Path) -> None:
    for name, change in {
        "summary.json": lambda file: file.write_text(file.read_text().replace('"noto"', '"note"')),
        "arrivals.nc": lambda file: file.write_bytes(file.read_bytes()[:-1] + b"x"),
        "tracks.nc": lambda file: (file.unlink(), os.mkfifo(file)),
        "config.toml": lambda file: (file.rename(tmp_path / "moved"), file.symlink_to(tmp_path / "moved")),
    }.items():
        folder = copied(attacked, tmp_path / "out")
        change(folder / name)
        for command in (("report", folder), ("animate", folder, "-o", tmp_path / "a.gif"), ("verify", folder)):
            result = call(*command)
            assert result.exit_code == 2 and name in result.output, (command, result.output)
        shutil.rmtree(folder)


def test_a_checkpoint_is_not_trusted(attacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(attacked)
    cfg = config.load("study.toml")
    simulated = simulation.Simulation(cfg)
    simulated.advance(24)
    checkpoint.save(tmp_path, cfg, simulated)
    with np.load(tmp_path / "checkpoint.npz") as found:
        arrays = {name: found[name].copy() for name in found.files}
    for name, value in {"lon": np.nan, "lat": 1e300, "down_a": np.inf, "segment": 2**31 - 1, "boat_class": 999}.items():
        state = arrays["state"].copy()
        state[name][7] = value
        np.savez(tmp_path / "checkpoint.npz", **{**arrays, "state": state})
        result = call("resume", tmp_path)
        assert result.exit_code == 2 and f"checkpoint.npz: boat 7: {name} is" in result.output, result.output
        assert {path.name for path in tmp_path.iterdir()} <= {"checkpoint.npz", "run.log"}


def test_compiled_code_is_kept_in_a_private_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, _, node in calls():
        module = path.relative_to(PACKAGE).as_posix()
        assert not any(k.arg == "allow_pickle" and ast.unparse(k.value) != "False" for k in node.keywords), (
            f"{module}: {ast.unparse(node)}"
        )
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        imported = re.findall(r"^\s*(?:from|import) (pickle|marshal|shelve|dill|cloudpickle|joblib)\b", text, re.M)
        assert not imported or path.name == "jit.py", path
    monkeypatch.setenv("DRIFTSIM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "umask", os.umask)
    before = os.umask(0)
    try:
        made, _ = jit.cache_directory()
    finally:
        os.umask(before)
    assert made is not None
    if hasattr(os, "getuid"):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
        for mode in (0o770, 0o707, 0o777):
            made.chmod(mode)
            assert jit.cache_directory()[0] != made, oct(mode)
        made.chmod(0o700)
        assert jit.cache_directory() == (made, "")
        if os.getuid() == 0:
            os.chown(made, 12345, 12345)
            assert jit.cache_directory()[0] != made


def test_a_run_uses_no_network(attacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was used")

    for name in ("connect", "connect_ex", "sendto", "bind"):
        monkeypatch.setattr(socket.socket, name, refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    text = (attacked / "study.toml").read_text(encoding="utf-8").replace('"input.nc"', f'"{attacked / "input.nc"}"')
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    assert call("run", tmp_path / "study.toml", "-o", tmp_path / "out").exit_code == 0


def on_a_server(folder: Path, address: str) -> Path:
    """A config whose current lies at an address."""
    text = CONFIG.format(title="t").replace('"input.nc"', json.dumps(address))
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


def test_addresses_need_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def refused(*arguments: Any, **_: Any) -> None:
        asked.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.delenv(permission.VARIABLE, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setenv("DRIFTSIM_ADDRESSES", str(tmp_path / "addresses.toml"))
    (tmp_path / "addresses.toml").write_text("[transfer]\ntries = 1\n", encoding="utf-8")
    for address in ("https://host.example/a.zarr", "s3://bucket/a.zarr", "gs://bucket/a.json", "copernicus:cmems_mod"):
        study_ = on_a_server(tmp_path, address)
        for command in (("check", study_), ("run", study_, "-o", tmp_path / "out"), ("inspect", address)):
            result = call(*command)
            assert result.exit_code == 2 and "--allow-network" in result.output and not asked, result.output
    result = call("check", on_a_server(tmp_path, "https://host.example/a.zarr"), "--allow-network")
    assert result.exit_code == 2 and asked[0][0] == "host.example"
    assert permission.VARIABLE not in os.environ, "it is given to one command"


def test_a_store_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\0" * 4000)
    (tmp_path / "store").mkdir()
    listed = tmp_path / "store" / "list.json"
    for leads in ("../secret", str(tmp_path / "secret"), "https://host.example/a", "{{x}}"):
        refs = {".zgroup": '{"zarr_format": 2}', "u/0": [leads, 0, 100]}
        listed.write_text(json.dumps({"version": 1, "templates": {"x": "{% x %}"}, "refs": refs}), encoding="utf-8")
        result = call("inspect", listed)
        assert result.exit_code == 2 and re.search(r"outside of its\s+folder|are not\s+run", result.output), (
            result.output
        )
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "a.zarr" / ".zgroup").write_text('{"zarr_format": 2}', encoding="utf-8")
    (tmp_path / "a.zarr" / "u").symlink_to(tmp_path)
    result = call("inspect", tmp_path / "a.zarr")
    assert result.exit_code == 2 and "leads out of the" in result.output, result.output


def test_credentials_are_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "Pl4nt3d-s3cret!"
    for address in (f"https://name:{secret}@host.example/a", f"https://host.example/a?token={secret}"):
        result = call("check", on_a_server(tmp_path, address), "--allow-network")
        assert result.exit_code == 2 and "must not hold" in result.output and secret not in result.output
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    assert secret not in opening.reason(RuntimeError(f"refused for {secret}"))


def test_grib_is_read_elsewhere() -> None:
    for path, name, node in calls():
        if name.rpartition(".")[2] in ("open_dataset", "open_zarr", "open_mfdataset") and "package" not in name:
            engine = [k for k in node.keywords if k.arg == "engine"]
            assert engine and not isinstance(engine[0].value, ast.Constant), f"{path}: {name}: an engine by its class"
    for path in PACKAGE.rglob("*.py"):
        imported = re.findall(r"^\s*(?:from|import) (eccodes|cfgrib|gribapi)\b", path.read_text(encoding="utf-8"), re.M)
        assert not imported or path.name == "messages.py", path


def test_a_scheduler_is_spoken_to_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Local processes need no port, and a scheduler that does not answer ends in a message."""

    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was used")

    for name in ("connect", "connect_ex", "sendto", "bind"):
        monkeypatch.setattr(socket.socket, name, refused)
    (done,) = engines.engine("local:1").run([engines.Task("one", tasks.double, (4,))])
    assert done.value[0] == 8
    monkeypatch.setitem(sys.modules, "distributed", types.SimpleNamespace(Client=refused))
    with pytest.raises(InputError, match="--scheduler tls://nobody:1: no scheduler answers"):
        engines.engine("tls://nobody:1")


def test_fetch_speaks_tls_only() -> None:
    addresses.refuse_unsafe("https://host.example/a.nc")
    for bad in (
        "http://host.example/a.nc", "ftp://host.example/a.nc", "file:///etc/passwd", "//host.example/a", "a.nc", "",
        "https://", "https://name:word@host.example/a.nc", "javascript:alert(1)", "https:///a.nc", "http://127.0.0.1.x/a",
    ):  # fmt: skip
        with pytest.raises(InputError):
            addresses.refuse_unsafe(bad)
    for path, name, node in calls():
        weak = [k for k in node.keywords if k.arg in ("verify", "cafile", "check_hostname", "assert_hostname")]
        assert not weak and "_create_unverified" not in name and "CERT_NONE" not in ast.unparse(node), f"{path}: {name}"


def test_memory_is_limited_and_told(attacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = call("check", attacked / "study.toml").output
    estimate = re.search(r"memory +about ([\d,]+) MB", told)
    assert estimate
    there = float(estimate[1].replace(",", "")) * 1e6
    monkeypatch.setattr(capacity, "memory_bytes", lambda: int(there * 1.01))
    assert call("check", attacked / "study.toml").exit_code == 0
    monkeypatch.setattr(capacity, "memory_bytes", lambda: int(there * 0.98))
    refused = r"boats\.number = 60: the run takes about \d+ MB of memory, and there are \d+ MB"
    for command in (("check",), ("run", "-o", tmp_path / "out")):
        result = call(command[0], attacked / "study.toml", *command[1:])
        assert result.exit_code == 2 and re.search(refused, result.stderr), result.output
    monkeypatch.undo()
    # Not even a list of their numbers is made: a billion would take 8 GB
    result = call("check", attacked / "study.toml", "--boats", 1_000_000_000)
    assert result.exit_code == 2 and "boats.number = 1,000,000,000" in result.stderr
    assert capacity.memory_bytes() is None or capacity.memory_bytes() > 5e8


def test_bad_input_ends_in_a_message(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(CONFIG.format(title="t"), encoding="utf-8")
    (tmp_path / "input.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 3000)
    result = call("run", tmp_path / "study.toml", "-o", tmp_path / "out")
    assert result.exit_code == 2
    told = result.stderr.splitlines()  # a notice that kernels are compiled may stand first
    assert told[-1].startswith("driftsim: ") and len(told) <= 2
    assert "input.nc cannot be read" in result.stderr and "fetch it again" in result.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} <= {"run.log"}
