"""Runs the fenced blocks of a page in order, in one folder: what a reader would type and see fail."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from driftsim import cli

DOCS = Path(__file__).parents[1] / "docs" / "tutorials"
FEW = (r"--boats \d+", "--boats 600"), (r"^number = \d+", "number = 200"), (r"^driftsim run .*--seed \d+$", "")
"""What a quick pass changes in a page: the numbers of boats; and it does not run a config a second time."""


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of the blocks that are run."""
    found = re.findall(r"^```(bash|python)\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    return [(language, text) for language, text in found]


def statements(text: str) -> Iterator[str]:
    """Lines of a shell block; a here-document is one with its command."""
    lines = iter(text.splitlines())
    for line in lines:
        end = re.search(r"<<'(\w+)'", line)
        if end:
            for more in lines:
                line += "\n" + more
                if more == end[1]:
                    break
        if line.strip():
            yield line


def run_quickly(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page with few boats, its commands called in this process; returns all that was printed by them.

    A command that fails, fails the test, unless the page says ``|| true``.
    """
    monkeypatch.chdir(folder)
    said, names = [], {}
    for language, text in blocks(page):
        for pattern, few in FEW:
            text = re.sub(pattern, few, text, flags=re.M)
        if language == "python":
            exec(compile(text, page.name, "exec"), names)
            continue
        for line in statements(text):
            command, may_fail, _ = line.partition(" || true")
            if line.startswith("driftsim "):
                done = CliRunner().invoke(cli.main, shlex.split(command)[1:])
                assert done.exit_code == 0 or may_fail, f"{line}\n{done.output}"
                assert done.exception is None or isinstance(done.exception, SystemExit), line
                said.append(done.output)
            else:
                subprocess.run(["bash", "-ec", line], cwd=folder, check=True, timeout=60)
    return "\n".join(said)


def run_as_it_stands(page: Path, folder: Path, **environment: str) -> str:
    """The page with all its boats, in a shell of its own."""
    binary = folder / "bin"
    binary.mkdir()
    (binary / "driftsim").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m driftsim "$@"\n', encoding="utf-8")
    (binary / "driftsim").chmod(0o755)
    kept: dict[str, Any] = {**os.environ, **environment, "PATH": f"{binary}:{os.environ['PATH']}"}
    work, said = folder / "work", []
    work.mkdir()
    python = "".join(text for language, text in blocks(page) if language == "python")
    for language, text in blocks(page):
        command = ["bash", "-ec", text]
        if language == "python":  # the blocks of a page are one session; the last one runs them all
            if not python.endswith(text):
                continue
            command = [sys.executable, "-c", python]
        done = subprocess.run(command, cwd=work, env=kept, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        said.append(done.stdout + done.stderr)
    return "\n".join(said)
