"""Clients of providers with a login: how they are called, and what must not be told of what they know.

The clients find the user's own credentials by themselves. Here they are looked up for two things alone: to stop before
a client would ask for them, and to strike them out of whatever a client says.
"""

from __future__ import annotations

import base64
import configparser
import contextlib
import importlib
import io
import netrc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ...system import resources
from ...system.errors import InputError

T = TypeVar("T")

_SHORTEST = 4  # characters of a secret; to strike out less would garble the text


def client(module: str, extra: str) -> Any:
    """The client of a provider; `InputError` names the extra where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as problem:
        raise InputError(f"the package {module} is not installed: pip install 'driftsim[{extra}]'") from problem


def ask(name: str, secrets: set[str], call: Callable[[], T]) -> T:
    """Call a client without letting it speak, and turn what goes wrong into one clear line."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            return call()
    except KeyboardInterrupt:
        raise
    except (Exception, SystemExit) as problem:
        text = " ".join(str(problem).split()) or "no reason given"
        for secret in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        # No chain: the client's own exception may hold what must not be told.
        raise InputError(f"{name}: {type(problem).__name__}: {text[:400]}") from None


def copernicus_secrets() -> set[str]:
    """Name and password where the client will find them: environment, its own file, netrc."""
    given = {os.environ.get(f"COPERNICUSMARINE_SERVICE_{what}", "") for what in ("USERNAME", "PASSWORD")}
    if all(given):
        return worth_striking(given)
    home = Path(os.environ.get("COPERNICUSMARINE_CREDENTIALS_DIRECTORY") or resources.home())
    file = home / ".copernicusmarine" / ".copernicusmarine-credentials"
    try:
        stored = configparser.RawConfigParser()
        stored.read_string(base64.standard_b64decode(file.read_bytes()).decode("utf-8"))
        return worth_striking(set(stored["credentials"].values()))
    except (OSError, ValueError, KeyError, configparser.Error):
        pass
    try:
        entry = netrc.netrc(resources.home() / ("_netrc" if os.name == "nt" else ".netrc")).authenticators(
            "auth.marine.copernicus.eu"
        )
        return worth_striking({part for part in entry or () if part})
    except (OSError, netrc.NetrcParseError):
        return set()


def worth_striking(secrets: set[str]) -> set[str]:
    """Those that are long enough to be struck out."""
    return {secret for secret in secrets if len(secret) >= _SHORTEST}
