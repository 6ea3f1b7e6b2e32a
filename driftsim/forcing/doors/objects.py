"""Objects by key, as stores are made of: on a server, or pieces of other files that a list of references names."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

from ...system import names
from ...system.errors import InputError
from ...system.permission import refuse_unless_allowed
from ..transport import addresses
from ..transport.transfer import Line, NotThere
from . import buckets

Part = tuple[int, int] | None
"""Offset (below 0: from the end) and length; None: the whole."""

MOST_BYTES = 1 << 31
"""Of one object: a chunk is far smaller."""

_MOST_REFERENCES = 256 << 20
_TEMPLATE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Server:
    """Objects below an address, over verified TLS; requests may be passed on to its own host alone.

    Parameters
    ----------
    address : str
        As `names.complaint` allows it.

    Raises
    ------
    InputError
        If the run may not use the network, or the address is none.
    """

    def __init__(self, address: str) -> None:
        if wrong := names.complaint(address):
            raise InputError(f"{names.bare(address)}: {wrong}")
        refuse_unless_allowed(address)
        self.address = address.rstrip("/")
        self._own = threading.local()  # a line is one thread's

    def line(self) -> Line:
        """A line to the server, one for each thread."""
        if not hasattr(self._own, "line"):
            _, hosts = buckets.located(self.address)
            rules = addresses.load()["transfer"]
            self._own.line = Line(rules, hosts, sign=buckets.signing(self.address))
        line: Line = self._own.line
        return line

    def get(self, key: str, part: Part = None) -> bytes | None:
        """An object or a part of it; None where there is none.

        Raises
        ------
        InputError
            If the server refuses or is silent.
        """
        address = f"{self.address}/{key}" if key else self.address
        try:
            return self.line().body(buckets.located(address)[0], MOST_BYTES, part)
        except NotThere:
            return None


class References:
    """A list of references (Kerchunk, versions 0 and 1): keys of a Zarr store that lies in pieces of other files.

    A reference leads to a file in the folder of the list, or, where the list came from a server, to that server.
    Templates that compute (Jinja) are code, and are not run.

    Parameters
    ----------
    path : str
        A file, or an address.

    Raises
    ------
    InputError
        If it is no such list, or leads elsewhere.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._server = Server(path) if names.is_address(path) else None
        raw = _whole(path) if self._server is None else self._server.get("") or b""
        self.sha256 = hashlib.sha256(raw).hexdigest()
        try:
            found = json.loads(raw)
            refs = found.get("refs", found)
            templates = found.get("templates", {}) if "refs" in found else {}
            if "gen" in found or any("{{" in str(text) or "{%" in str(text) for text in templates.values()):
                raise InputError(f"{path}: its references are computed by templates, which are not run; write them out")
            self._refs = {str(key): self._reference(value, templates) for key, value in refs.items()}
        except (ValueError, AttributeError, TypeError, RecursionError) as problem:
            raise InputError(f"{path}: cannot be read as references: {str(problem)[:100]}; make it anew") from None
        self.targets = sorted({value[0] for value in self._refs.values() if isinstance(value, tuple)})
        self._targets = {target: self._allowed(target) for target in self.targets}

    def _reference(self, value: Any, templates: dict[str, str]) -> bytes | tuple[str, Part]:
        if isinstance(value, list):
            target = _TEMPLATE.sub(lambda name: str(templates[name[1]]), str(value[0]))
            if "{{" in target or "{%" in target or len(value) not in (1, 3):
                raise ValueError(f"a reference to {names.bare(target)[:80]}")
            return target, (int(value[1]), int(value[2])) if len(value) == 3 else None
        text = value if isinstance(value, str) else json.dumps(value)
        return base64.b64decode(text[7:]) if text.startswith("base64:") else text.encode()

    def _allowed(self, target: str) -> str:
        """Where a reference leads, if it may."""
        elsewhere = f"{self.path}: refers to {names.bare(target)[:200]}"
        if self._server is not None:
            there = urljoin(self.path, target)
            ends = [urlsplit(one) for one in (self.path, there)]
            if (ends[0].scheme, ends[0].netloc) != (ends[1].scheme, ends[1].netloc) or names.complaint(there):
                raise InputError(f"{elsewhere}, and a list of references on a server may lead to that server alone")
            return there
        plain = target.removeprefix("file://")
        folder = os.path.realpath(os.path.dirname(os.path.abspath(self.path)))
        there = os.path.realpath(os.path.join(folder, plain))
        if names.is_address(plain) or os.path.commonpath([folder, there]) != folder:
            raise InputError(f"{elsewhere}, outside of its folder: put the data beside it and make the references anew")
        if not os.path.isfile(there):
            raise InputError(f"{elsewhere}, which is not there: put the file back, or make the references anew")
        return there

    def keys(self) -> list[str]:
        """All keys."""
        return list(self._refs)

    def get(self, key: str, part: Part = None) -> bytes | None:
        """An object or a part of it; None where there is none.

        Raises
        ------
        InputError
            If what it leads to is cut short.
        """
        value = self._refs.get(key)
        if value is None or isinstance(value, bytes):
            return value if part is None or value is None else value[part[0] :][: part[1]]
        target, span = value
        raw = self._piece(self._targets[target], span)
        if span is not None and len(raw) != span[1]:
            raise InputError(
                f"{self.path}: {names.bare(target)} is cut short: {key} should lie {span[0]:,} bytes from its begin, "
                f"{span[1]:,} long; fetch it again"
            )
        return raw if part is None else raw[part[0] :][: part[1]]

    def _piece(self, there: str, span: Part) -> bytes:
        if self._server is not None:
            line = self._server.line()
            try:
                return line.body(buckets.located(there)[0], MOST_BYTES, span)
            except NotThere:
                raise InputError(f"{self.path}: refers to {names.bare(there)}, which is not there") from None
        with open(there, "rb") as file:
            file.seek(span[0] if span else 0)
            return file.read(span[1] if span else -1)

    @property
    def files(self) -> list[str]:
        """The files on this machine that it leads to."""
        return sorted(set(self._targets.values())) if self._server is None else []


def _whole(path: str) -> bytes:
    with open(path, "rb") as file:
        raw = file.read(_MOST_REFERENCES + 1)
    if len(raw) > _MOST_REFERENCES:
        raise InputError(f"{path}: more than {_MOST_REFERENCES >> 20} MB of references; write them out as a Zarr store")
    return raw


Get = Callable[[str, Part], bytes | None]
