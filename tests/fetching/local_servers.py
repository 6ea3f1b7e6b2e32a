"""Servers on this machine: a plain one that does to bytes what networks do, and the handle of the OPeNDAP one."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import struct
import threading
import time
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOUR = 3600.0
BOX = (131.07, 138.13, 37.11, 42.09)
"""Off the nodes of every replica, and inside of them."""

FAST = "[transfer]\ntimeout_s = 1.5\ntries = 4\nfirst_wait_s = 0.05\nlongest_wait_s = 2.0\n"


def impatient(folder: Path, timeout_s: float) -> None:
    """Shorten the time-out of a test's table of addresses, for servers that are to be silent."""
    table = folder / "addresses.toml"
    text = table.read_text(encoding="utf-8").replace("timeout_s = 1.5", f"timeout_s = {timeout_s}")
    table.write_text(text, encoding="utf-8")


class Opendap:
    """The OPeNDAP server: its root, its folder, what it has been asked for."""

    def __init__(self, root: str, folder: Path) -> None:
        self.root, self.folder = root, folder

    def misbehave(self, **faults: int) -> None:
        """See `opendap_server`."""
        (self.folder / "faults.json").write_text(json.dumps(faults))

    def asked(self) -> list[str]:
        """Every request since `forget`."""
        log = self.folder / "requests.txt"
        return log.read_text().splitlines() if log.exists() else []

    def forget(self) -> None:
        """Begin anew."""
        (self.folder / "requests.txt").unlink(missing_ok=True)


Fault = str | tuple[Any, ...]


class Server:
    """Serves ``files`` by path. ``faults[path]`` is a list of what happens to the next requests, one each:

    ``"stall"``, ``"trickle"``, ``"reset"``, ``"cut"`` (in the middle of a body whose length is told),
    ``("status", code, headers)``, ``("redirect", address)``, ``("body", bytes)``.

    Attributes
    ----------
    asked : Counter
        Requests by path.
    seen : list of tuple
        Path and Authorization header of each.
    """

    def __init__(self, tls: tuple[str, str] | None = None) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.asked: Counter[str] = Counter()
        self.seen: list[tuple[str, str | None]] = []
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        self.httpd.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.httpd.socket = context.wrap_socket(self.httpd.socket, server_side=True)
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{self.httpd.server_address[1]}"
        threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self.over.set()
        self.httpd.shutdown()
        self.httpd.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        path = request.path.partition("?")[0]
        self.asked[path] += 1
        self.seen.append((path, request.headers.get("Authorization")))
        fault = self.faults[path].pop(0) if self.faults[path] else ""
        body = self.files.get(path)
        if fault == "stall":
            self.over.wait(20.0)
            return
        if fault == "reset":
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(request.connection.detach())
            request.close_connection = True
            return
        if isinstance(fault, tuple) and fault[0] == "status":
            self._send(request, fault[1], b"", fault[2])
        elif isinstance(fault, tuple) and fault[0] == "redirect":
            self._send(request, 302, b"", {"Location": fault[1]})
        elif isinstance(fault, tuple):
            self._send(request, 200, fault[1], {})
        elif body is None:
            self._send(request, 404, b"", {})
        elif (asked := re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))) is not None:
            first, last = asked.groups()
            part = body[int(first) :][: int(last) - int(first) + 1] if first else body[-int(last) :]
            self._send(request, 206, part, {}, str(fault))
        else:
            self._send(request, 200, body, {}, str(fault))

    def _send(self, request: Any, status: int, body: bytes, headers: dict[str, str], fault: str = "") -> None:
        request.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        if fault == "cut":
            request.wfile.write(body[: len(body) // 2])
            request.close_connection = True
        elif fault == "trickle":
            for n in range(len(body)):
                if self.over.is_set():
                    return
                request.wfile.write(body[n : n + 1])
                time.sleep(0.05)
        else:
            request.wfile.write(body)
