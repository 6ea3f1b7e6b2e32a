"""HTTP with patience: time-outs, repeats, sizes that are checked, and redirects that lead nowhere unknown."""

from __future__ import annotations

import hashlib
import logging
import netrc
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

from ...system import resources
from ...system.errors import InputError
from ...system.kinds import Json
from ...system.version import __version__
from .addresses import refuse_unsafe

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Answers that mean: not now."""

_CHUNK = 1 << 16
_UNREACHED_S = 20.0
"""How long a server is tried before the first answer of any: without a network none will come."""
_FIRST_CONNECTION_S = 8.0
"""Longest wait for the first connection."""
_REACHED_S = 10.0
"""The same, together with looking up the server's name."""
_MOST_REDIRECTS = 10
_SLOWEST_BYTES_S = 200.0  # a line that trickles more slowly than a modem is as good as silent


class NotThere(Exception):
    """The server has no such file."""


class Broken(Exception):
    """What came is not what was asked for; it is worth another try."""


class _Wait(Exception):
    """The server asks to come again after some seconds."""

    def __init__(self, reason: str, seconds: float | None) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True)
class Login:
    """A name and password from the user's netrc, for one server alone; they show nowhere."""

    server: str
    name: str = field(repr=False)
    password: str = field(repr=False)


class Came(NamedTuple):
    """A file as it came: its size and checksums."""

    nbytes: int
    sha256: str
    md5: str


class Line:
    """One line to a provider: requests one after another, each repeated until it is answered whole.

    Parameters
    ----------
    rules : dict
        ``timeout_s``, ``tries``, ``first_wait_s``, ``longest_wait_s``.
    hosts : tuple of str
        Patterns of the hosts to which a request may be passed on, beside the one that was asked.
    login : Login, optional
        Told to its own server alone, when a request is passed on to it.
    say : callable, optional
        Called with a line of text when a request has to be repeated.
    count : callable, optional
        Called with the number of bytes of each piece that has come.
    sign : callable, optional
        Signs a request before it goes, instead of the login; it sees to which server.
    """

    def __init__(
        self,
        rules: Json,
        hosts: tuple[str, ...] = (),
        login: Login | None = None,
        say: Callable[[str], None] = lambda text: None,
        count: Callable[[int], None] = lambda nbytes: None,
        sign: Callable[[requests.PreparedRequest], requests.PreparedRequest] | None = None,
    ) -> None:
        import requests

        self._rules, self._hosts, self._login = rules, hosts, login
        self._say, self._count, self._signing = say, count, sign
        self._answered = False
        # At its lowest level the log of the library under us holds whole addresses, and a signed one is a key.
        logging.getLogger("urllib3").setLevel(logging.INFO)
        self._session = requests.Session()
        # Whole numbers of bytes as the server counts them; a packed body could not be checked against its length.
        self._session.headers.update({"User-Agent": f"driftsim/{__version__}", "Accept-Encoding": "identity"})

    def body(self, address: str, most: int, part: tuple[int, int] | None = None) -> bytes:
        """The body of an answer, of at most ``most`` bytes; or a part of it, from an offset, so many bytes long.

        An offset below 0 counts from the end. A server that gives no parts is refused.
        """
        if part is None:
            return self.read(address, most, b"".join)
        offset, length = part
        ask = f"bytes={offset}-{offset + length - 1}" if offset >= 0 else f"bytes={offset}"
        return self.read(address, most, b"".join, {"Range": ask})

    def file(self, address: str, path: Path, most: int) -> Came:
        """Write the body of an answer to a file."""

        def into(pieces: Iterator[bytes]) -> Came:
            sha256, md5, nbytes = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
            with open(path, "wb") as handle:
                for piece in pieces:
                    sha256.update(piece)
                    md5.update(piece)
                    nbytes += handle.write(piece)
            return Came(nbytes, sha256.hexdigest(), md5.hexdigest())

        return self.read(address, most, into)

    def read(
        self, address: str, most: int, take: Callable[[Iterator[bytes]], T], headers: dict[str, str] | None = None
    ) -> T:
        """What ``take`` makes of the pieces of an answer; it is called again from the start for each try.

        Raises
        ------
        NotThere
            If the server has no such file.
        InputError
            If there was no whole answer in the number of tries, or the server refuses.
        """
        import requests
        from urllib3.exceptions import HTTPError

        wait = float(self._rules["first_wait_s"])
        tries, longest = int(self._rules["tries"]), float(self._rules["longest_wait_s"])
        began = time.monotonic()
        for n in range(1, tries + 1):
            asked: float | None = None
            try:
                with self._open(address, headers or {}) as response:
                    return take(self._pieces(response, most))
            except requests.exceptions.SSLError as problem:
                raise InputError(
                    f"{address}: the server's certificate cannot be verified; nothing was fetched"
                ) from problem
            except _Wait as problem:
                reason, asked = str(problem), problem.seconds
            except (
                requests.RequestException,
                HTTPError,
                HTTPException,
                ConnectionError,
                TimeoutError,
                Broken,
            ) as problem:
                reason = _in_words(problem)
                waited = time.monotonic() - began
                if not self._answered and _unreached(problem) and waited + min(wait, longest) > _UNREACHED_S:
                    raise InputError(
                        f"{address}: {reason}, and no server was reached in {waited:.0f} s: is there a network? "
                        "Run the same command again when there is"
                    ) from problem
            if asked is not None and asked > longest:
                raise InputError(
                    f"{address}: the server asks to wait {asked:.0f} s ({reason}); run the same command then"
                )
            if n < tries:
                pause = min(wait, longest) if asked is None else asked
                self._say(f"{reason}; try {n + 1} of {tries} in {pause:.3g} s")
                time.sleep(pause)
                wait *= 2.0
        raise InputError(f"{address}: {reason}, {tries} times; run the same command again later: it goes on from here")

    @contextmanager
    def _open(self, address: str, headers: dict[str, str]) -> Iterator[requests.Response]:
        """The answer to a request, redirects followed to known hosts alone."""
        origin, here = urlsplit(address).hostname or "", address
        for _ in range(_MOST_REDIRECTS):
            timeout = float(self._rules["timeout_s"])
            # An `auth` of our own keeps the library from looking up every host in the user's netrc.
            response = self._session.get(
                here,
                stream=True,
                allow_redirects=False,
                auth=self._sign,
                headers=headers,
                timeout=(min(timeout, 30.0 if self._answered else _FIRST_CONNECTION_S), timeout),
            )
            self._answered = True
            with response:
                if response.is_redirect:
                    here = self._next(here, response.headers["Location"], origin)
                    continue
                self._refuse(response, here)
                yield response
                return
        raise InputError(f"{address}: passed on more than {_MOST_REDIRECTS} times; nothing was fetched")

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._signing is not None:
            return self._signing(request)
        login, parts = self._login, urlsplit(request.url or "")
        if login is not None and f"{parts.scheme}://{parts.netloc}" == login.server:
            from requests.auth import HTTPBasicAuth

            return HTTPBasicAuth(login.name, login.password)(request)
        return request

    def _next(self, here: str, location: str, origin: str) -> str:
        there = urljoin(here, location)
        parts, login = urlsplit(there), self._login
        host = parts.hostname or ""
        known = host == origin or any(fnmatchcase(host, pattern) for pattern in self._hosts)
        if not known and not (login is not None and f"{parts.scheme}://{parts.netloc}" == login.server):
            raise InputError(
                f"{_bare(here)}: passes the request on to {host or 'nowhere'}, which is not known; not followed"
            )
        refuse_unsafe(there, f"{_bare(here)}: passes the request on to {_bare(there)}, which")
        return there

    def _refuse(self, response: requests.Response, here: str) -> None:
        status, where = response.status_code, _bare(here)
        if status in (404, 410):
            raise NotThere(where)
        if status in (401, 403):
            told = f" with the name and password in your netrc for {self._login.server}" if self._login else ""
            raise InputError(
                f"{where}: access refused{told} (HTTP {status}); see the page on fetching for the login it needs"
            )
        if status in AGAIN:
            raise _Wait(
                f"HTTP {status} from {urlsplit(here).hostname}", _retry_after(response.headers.get("Retry-After"))
            )
        part = "Range" in response.request.headers
        if part and status == 200:
            raise InputError(
                f"{where}: the server gives whole files alone, and a part of one is needed; fetch the data"
            )
        if status != (206 if part else 200):
            raise InputError(f"{where}: HTTP {status}; nothing was fetched")

    def _pieces(self, response: requests.Response, most: int) -> Iterator[bytes]:
        length = response.headers.get("Content-Length", "")
        whole = int(length) if length.isdigit() else None
        if whole is not None and whole > most:
            raise InputError(
                f"{_bare(response.url)}: {whole / 1e6:,.1f} MB, more than the {most / 1e6:,.1f} MB expected"
            )
        got, began = 0, time.monotonic()
        while piece := response.raw.read1(_CHUNK):
            got += len(piece)
            if got > most:
                raise InputError(f"{_bare(response.url)}: more than the {most / 1e6:,.1f} MB expected; given up")
            self._count(len(piece))
            yield piece
            spent = time.monotonic() - began
            if spent > float(self._rules["timeout_s"]) and got < _SLOWEST_BYTES_S * spent:
                raise Broken(f"the answer trickles in at {got / spent:.0f} bytes a second")
        if whole is not None and got != whole:
            raise Broken(f"the answer was cut short at {got:,} of {whole:,} bytes")


def reach(address: str) -> None:
    """See that there is a way to a server, before a client that may try for hours is sent there.

    A connection is opened and closed, to the proxy where the environment names one; nothing is asked.

    Raises
    ------
    InputError
        If its name is not known, or it does not take the connection, within ten seconds.
    """
    from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy

    proxy = select_proxy(address, get_environ_proxies(address))
    there = urlsplit(prepend_scheme_if_needed(proxy, "http") if proxy else address)
    host, port = there.hostname, there.port or (80 if there.scheme == "http" else 443)
    problems: list[str] = ["the server is silent"]

    def connect() -> None:
        try:
            socket.create_connection((host, port), _FIRST_CONNECTION_S).close()
            problems.clear()
        except (OSError, UnicodeError) as problem:
            problems[:] = [_in_words(problem)]

    # A name is looked up without a limit of time: a thread can be left to it.
    attempt = threading.Thread(target=connect, daemon=True)
    attempt.start()
    attempt.join(_REACHED_S)
    if problems:
        raise InputError(
            f"{host}, port {port}: {problems[0]}: is there a network? Run the same command again when there is"
        )


def _unreached(problem: BaseException) -> bool:
    """Whether a request failed because there was no connection to the server at all."""
    from requests.exceptions import ConnectionError as NoConnection
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    if not isinstance(problem, NoConnection):
        return False
    inner = problem.args[0] if problem.args else None
    return isinstance(getattr(inner, "reason", inner), (NewConnectionError, ConnectTimeoutError))


def earthdata(server: str) -> Login:
    """The user's own name and password for a login server, from netrc.

    Raises
    ------
    InputError
        If there is none; what the file holds is never repeated.
    """
    host = urlsplit(server).hostname or ""
    usual = resources.home() / ("_netrc" if os.name == "nt" else ".netrc")
    file = Path(os.environ.get("NETRC") or usual)
    remedy = f"put one line into it: machine {host} login YOUR_NAME password YOUR_PASSWORD, readable by you alone"
    try:
        found = netrc.netrc(file).authenticators(host)
    except FileNotFoundError as problem:
        raise InputError(f"{file}: not there; this product needs a free Earthdata login: {remedy}") from problem
    except netrc.NetrcParseError as problem:
        raise InputError(f"{file}: line {problem.lineno} cannot be read as netrc") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"{file}: cannot be read ({getattr(problem, 'strerror', None) or 'not text'})") from None
    if found is None or not found[0] or not found[2]:
        raise InputError(f"{file}: no entry for {host}; this product needs a free Earthdata login: {remedy}")
    return Login(server, found[0], found[2])


def _retry_after(text: str | None) -> float | None:
    """Seconds that a server asks to wait: a number, or a date."""
    if not text:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def _bare(address: str) -> str:
    """An address without its query, which on signed links is a key."""
    return address.partition("?")[0]


def _in_words(problem: Exception) -> str:
    if isinstance(problem, Broken):
        return str(problem)
    name = type(problem).__name__
    if "Timeout" in name or isinstance(problem, TimeoutError):
        return "the server is silent"
    return "the answer was cut short" if "IncompleteRead" in repr(problem) else f"the connection failed ({name})"
