"""Every config of the corpus is refused at the command line: exit code 2, a short message, nothing written."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from corpus.broken_configs import GOOD, Broken, configs

from driftsim import cli

CORPUS = list(configs())
INPUT_ERROR = 2
LONGEST_S = 5.0
"""Nothing in the corpus may take longer, on the slowest machine: most take milliseconds."""


def check_message(message: str, path: object, says: tuple[str, ...] = (), problems: int = 0) -> None:
    """It names the file, says what it must, and is short and printable."""
    lines = message.splitlines()
    assert lines[0].startswith(f"driftsim: {path}: "), message
    assert len(lines) <= 22 and all(len(line) < 700 and line.isprintable() for line in lines), message
    for part in says:
        assert part in message, f"{part!r} is not in {message}"
    if problems:
        assert len(lines) == problems, message


def refuse(path: Path, says: tuple[str, ...] = (), problems: int = 0) -> None:
    """Run a config in this process, and see it refused."""
    began = time.process_time()
    result = CliRunner().invoke(cli.main, ["run", str(path), "-o", str(path.parent / "out")])
    assert time.process_time() - began < LONGEST_S
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == INPUT_ERROR, result.output
    assert result.stdout == ""
    check_message(result.stderr, path, says, problems)
    assert not (path.parent / "out").exists()


def test_the_corpus_is_what_the_pages_say() -> None:
    assert len(CORPUS) >= 300
    assert len({case.content for case in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: ascii(case.name[:50]))
def test_a_broken_config_is_refused_with_a_message(case: Broken, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(case.content)
    refuse(path, case.says, case.problems)
    assert [entry.name for entry in tmp_path.iterdir()] == ["study.toml"], "nothing else was touched"


@pytest.mark.long
@pytest.mark.parametrize("case", CORPUS[::9], ids=lambda case: ascii(case.name[:50]))
def test_the_same_in_a_process_of_its_own(case: Broken, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(case.content)
    command = [sys.executable, "-m", "driftsim", "run", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)
    assert done.returncode == INPUT_ERROR, done.stderr
    check_message(done.stderr, path, case.says, case.problems)
    assert done.stdout == ""
    assert [entry.name for entry in tmp_path.iterdir()] == ["study.toml"]


# What may stand in a file's place


def folder(path: Path) -> str:
    path.mkdir()
    return "is a folder"


def pipe(path: Path) -> str:
    os.mkfifo(path)  # reading it would wait for ever
    return "is not a regular file"


def loop(path: Path) -> str:
    path.symlink_to(path)
    return "" if sys.version_info < (3, 13) else "no such file"


def dangling(path: Path) -> str:
    path.symlink_to(path.with_name("gone"))
    return "no such file"


def device(path: Path) -> str:
    path.symlink_to("/dev/zero")
    return "is not a regular file"


def listener(path: Path) -> str:
    place = os.getcwd()
    os.chdir(path.parent)  # the path of a socket may have 107 characters
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(place)
    return "is not a regular file"


def unreadable(path: Path) -> str:
    path.write_text(GOOD, encoding="utf-8")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    return "cannot be read"


PLACES = [folder, pipe, loop, dangling, device, listener, unreadable]


@pytest.mark.skipif(sys.platform == "win32", reason="made of what Unix has")
@pytest.mark.parametrize("make", PLACES, ids=lambda make: make.__name__)
def test_what_is_no_file_is_refused_as_config_and_as_input(make, tmp_path: Path) -> None:
    words = make(tmp_path / "study.toml")
    refuse(tmp_path / "study.toml", (words,))
    (tmp_path / "study.toml").rename(tmp_path / "input")
    text = (
        GOOD
        + '[[release.sources]]\nname = "two"\nkind = "geojson"\nfile = "input"\n[mixing]\ndiffusivity_file = "input"\n'
    )
    text = text.replace('product = "climatology"', 'product = "cf"\nfiles = ["input"]')
    path = tmp_path / "names_it.toml"
    path.write_text(text, encoding="utf-8")
    if make is unreadable:  # found when it is opened
        refuse(path, ("input",))
    else:
        refuse(path, ("current.files[0]", "release.sources[1].file", "mixing.diffusivity_file"), 4)
    assert {entry.name for entry in tmp_path.iterdir()} <= {"input", "names_it.toml"}
