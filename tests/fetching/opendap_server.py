"""A real OPeNDAP server, run as a process of its own: every NetCDF file below a folder, at its path without ending.

    python opendap_server.py FOLDER

prints its port. A file FOLDER/faults.json, read anew for each request, makes it misbehave: {"pass": n, "stall": n,
"busy": n, "cut": n} say how many of the next data requests are answered, left without an answer, answered 503, or cut
short in the middle, in this order.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
import xarray as xr
import xpublish
from xpublish_opendap import OpenDapPlugin


def application(folder: Path) -> Any:
    """Routes as THREDDS has them, /expt.dods, onto those of xpublish; faults on the way."""
    found = {str(path.relative_to(folder).with_suffix("")): path for path in sorted(folder.rglob("*.nc"))}
    ids = {path: str(n) for n, path in enumerate(found)}
    opened = {ids[path]: xr.open_dataset(file, decode_cf=False).load() for path, file in found.items()}
    inner = xpublish.Rest(opened, plugins={"opendap": OpenDapPlugin()}).app

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            path, _, ending = scope["path"].lstrip("/").rpartition(".")
            if path in ids:
                scope = {**scope, "path": f"/datasets/{ids[path]}/opendap.{ending}"}
            with open(folder / "requests.txt", "a") as log:
                log.write(f"{path}.{ending} {scope['query_string'].decode()}\n")
            if ending == "dods" and b"[" in scope["query_string"] + scope["query_string"].replace(b"%5B", b"["):
                fault = take(folder / "faults.json")
                if fault == "stall":
                    await asyncio.sleep(60.0)
                if fault == "busy":
                    await send({"type": "http.response.start", "status": 503, "headers": [(b"retry-after", b"0")]})
                    return await send({"type": "http.response.body", "body": b"busy"})
                if fault == "cut":
                    send = cutting(send)
        return await inner(scope, receive, send)

    return app


def cutting(send: Any) -> Any:
    """Ends an answer in the middle, in good order as HTTP goes."""
    ended = False

    async def cut(message: Any) -> None:
        nonlocal ended
        if message["type"] == "http.response.body" and not ended:
            body = message.get("body", b"")
            ended = len(body) > 2000
            message = {**message, "body": body[: len(body) // 2] if ended else body, "more_body": not ended}
            await send(message)
        elif not ended:
            await send(message)

    return cut


def take(faults: Path) -> str:
    """The next fault, counted down."""
    if not faults.exists():
        return ""
    left = json.loads(faults.read_text())
    for name, n in left.items():
        if n > 0:
            faults.write_text(json.dumps({**left, name: n - 1}))
            return str(name)
    return ""


def main() -> None:
    folder = Path(sys.argv[1])
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        print(listening.getsockname()[1], flush=True)
        os.set_inheritable(listening.fileno(), True)
        uvicorn.run(application(folder), fd=listening.fileno(), log_level="error")


if __name__ == "__main__":
    main()
