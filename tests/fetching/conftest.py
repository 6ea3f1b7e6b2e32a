"""Servers on this machine, and a table of addresses that leads to them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "readers"))

import replicas
from local_servers import FAST, HOUR, Opendap, Server


def steps(first: str, last: str, hours: float) -> Any:
    return np.arange(replicas.epoch(first), replicas.epoch(last) + 1.0, hours * HOUR)


@pytest.fixture(scope="session")
def opendap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opendap]:
    """HYCOM's experiments 57.7 (-180..180) and 92.9 (0..360, steps missing) and NCEP R1, around 1 October 2017."""
    folder = tmp_path_factory.mktemp("opendap")
    hycom = folder / "GLBv0.08"
    hycom.mkdir()
    replicas.hycom(hycom / "expt_57.7.nc", steps("2017-09-28", "2017-10-01T09:00", 3.0), "-180..180")
    late = steps("2017-10-01T12:00", "2017-10-07T21:00", 3.0)
    missing = (late > replicas.epoch("2017-10-03T03:00")) & (late < replicas.epoch("2017-10-04T15:00"))
    replicas.hycom(hycom / "expt_92.9.nc", late[~missing])
    ncep = folder / "ncep"
    ncep.mkdir()
    replicas.ncep_r1(ncep, steps("2017-09-01", "2017-10-31T18:00", 6.0))
    espc = folder / "ESPC-D-V02"
    espc.mkdir()
    for path in replicas.espc(folder, steps("2024-08-11T12:00", "2024-08-13T21:00", 3.0)):
        path.rename(espc / path.name.removeprefix("espc_"))
    script = Path(__file__).with_name("opendap_server.py")
    server = subprocess.Popen([sys.executable, str(script), str(folder)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield Opendap(f"http://127.0.0.1:{int(server.stdout.readline())}", folder)
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


@pytest.fixture
def http() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the user's table of addresses."""

    def make(text: str) -> Path:
        path = tmp_path / "addresses.toml"
        path.write_text(FAST + text, encoding="utf-8")
        monkeypatch.setenv("DRIFTSIM_ADDRESSES", str(path))
        return path

    return make


@pytest.fixture
def to_opendap(addresses: Any, opendap: Opendap) -> Opendap:
    """The OPeNDAP server, and the table that leads to it."""
    names = "\n".join(f'{c} = "{opendap.root}/ncep/{c}wnd.10m.gauss.{{year}}"' for c in "uv")
    addresses(f'[hycom]\nroot = "{opendap.root}"\n[espc]\nroot = "{opendap.root}"\n[ncep_r1]\n{names}\n')
    opendap.forget()
    opendap.misbehave()
    return opendap
