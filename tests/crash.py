"""A crash simulator: what a power cut may leave of a folder, after each call that changed it.

The calls are recorded as they happen. A call that changes names is certain to be on the disk once the folder it is in
has been synced, and before that may or may not be; what is in a file is certain once the file has been synced, and
before that is taken to be lost. A state of the disk is a beginning of the calls, and a choice of those not yet certain.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

LOST = b"\0lost"
"""What is in a file that was never synced."""

Tree = dict[str, Any]
"""A folder: name to bytes, or to a folder."""


class Call(NamedTuple):
    """A call that changed the folder: what it did, to which names, and what a synced file holds."""

    what: str
    paths: tuple[str, ...]
    content: bytes | None = None


@contextmanager
def recorded(root: Path, fail_at: int | None = None) -> Iterator[list[Call]]:
    """The calls that change names or contents below a folder, while something runs.

    With ``fail_at`` the call of that number fails instead, as on a full disk.
    """
    calls: list[Call] = []
    patch = pytest.MonkeyPatch()

    def inside(*paths: Any) -> tuple[str, ...] | None:
        found = tuple(os.path.relpath(path, root) for path in paths)
        return None if any(path.startswith("..") for path in found) else found

    def note(what: str, real: Callable[..., Any], *paths: Any) -> Any:
        names = inside(*paths)
        if names is None:
            return real()
        if fail_at is not None and len(calls) == fail_at:
            calls.append(Call("fail", names))
            raise OSError(28, "No space left on device", str(paths[0]))
        out = real()
        content = None
        if what == "sync" and os.path.isfile(paths[0]):
            content = Path(paths[0]).read_bytes()
        calls.append(Call(what, names, content))
        return out

    def names_call(name: str, what: str, count: int) -> None:
        real = getattr(os, name)
        patch.setattr(os, name, lambda *a, **k: note(what, lambda: real(*a, **k), *a[:count]))

    for name, what, count in (
        ("rename", "move", 2), ("replace", "move", 2), ("link", "link", 2), ("unlink", "remove", 1),
        ("remove", "remove", 1), ("rmdir", "remove", 1), ("mkdir", "mkdir", 1),
    ):  # fmt: skip
        names_call(name, what, count)
    real_open, real_sync = os.open, os.fsync

    def opened(path: Any, flags: int, *more: Any, **named: Any) -> int:
        def go() -> int:
            return real_open(path, flags, *more, **named)

        return note("create", go, path) if flags & os.O_CREAT and not os.path.lexists(path) else go()

    patch.setattr(os, "open", opened)
    patch.setattr(
        os,
        "fsync",
        lambda handle: note("sync", lambda: real_sync(handle), os.readlink(f"/proc/self/fd/{handle}")),
    )
    try:
        yield calls
    finally:
        patch.undo()


def tree_of(folder: Path) -> Tree:
    """What is in a folder."""
    return {path.name: tree_of(path) if path.is_dir() else path.read_bytes() for path in folder.iterdir()}


def put(tree: Tree, folder: Path) -> Path:
    """Make a folder with that in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in tree.items():
        if isinstance(content, dict):
            put(content, folder / name)
        else:
            (folder / name).write_bytes(content)
    return folder


def states(before: Tree, calls: list[Call]) -> Iterator[tuple[int, Tree]]:
    """Every state that a power cut may leave, each once, with the number of calls that had been made."""
    seen = set()
    for made in range(len(calls) + 1):
        certain = [n for n in range(made) if calls[n].what != "sync" and _synced(calls[n], calls[n + 1 : made])]
        open_ = [n for n in range(made) if calls[n].what != "sync" and n not in certain]
        syncs = [n for n in range(made) if calls[n].what == "sync"]
        choices = [open_[:k] for k in range(len(open_) + 1)]
        choices += [[n] for n in open_] + [[n for n in open_ if n != left] for left in open_]
        for choice in choices:
            tree = _copy(before)
            for n in sorted({*certain, *choice, *syncs}):
                _apply(tree, calls[n])
            if (key := repr(_sorted(tree))) not in seen:
                seen.add(key)
                yield made, tree


def _synced(call: Call, later: list[Call]) -> bool:
    """Whether the folder that a call put a name into, or took one from, has been synced since."""
    folder = os.path.dirname(call.paths[-1]) or "."
    return any(other.what == "sync" and other.paths[0] == folder for other in later)


def _apply(tree: Tree, call: Call) -> None:
    """Do to a tree what a call did; nothing where what it was done to is not there."""
    at = [_at(tree, path) for path in call.paths]
    folder, name = at[-1]
    if folder is None or at[0][0] is None:
        return
    if call.what in ("create", "mkdir"):
        folder.setdefault(name, {} if call.what == "mkdir" else LOST)
    elif call.what == "remove":
        folder.pop(name, None)
    elif call.what == "sync":
        if call.content is not None and name in folder:
            folder[name] = call.content
    elif at[0][1] in at[0][0]:
        folder[name] = at[0][0][at[0][1]]
        if call.what == "move":
            del at[0][0][at[0][1]]


def _at(tree: Tree, path: str) -> tuple[Tree | None, str]:
    *folders, name = path.split("/")
    for folder in folders:
        inner = tree.get(folder)
        if not isinstance(inner, dict):
            return None, name
        tree = inner
    return tree, name


def _copy(tree: Tree) -> Tree:
    return {name: _copy(content) if isinstance(content, dict) else content for name, content in tree.items()}


def _sorted(tree: Tree) -> Any:
    return [(name, _sorted(of) if isinstance(of, dict) else hash(of)) for name, of in sorted(tree.items())]
