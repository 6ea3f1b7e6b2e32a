"""The table of addresses: the one that comes with driftsim, and the user's over it, key by key."""

from __future__ import annotations

import os
import tomllib
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...system import resources
from ...system.errors import InputError
from ...system.kinds import Json
from ...system.names import THIS_MACHINE

VARIABLE = "DRIFTSIM_ADDRESSES"
"""Environment variable with the name of the user's table."""

Table = dict[str, Json]


def load() -> Table:
    """The table of addresses, checked.

    Raises
    ------
    InputError
        If the user's table cannot be read, or has an unknown key, a value of another type, an address without TLS.
    """
    table = tomllib.loads(resources.data("addresses.toml").read_text(encoding="utf-8"))
    name = os.environ.get(VARIABLE, "")
    if name:
        _lay_over(table, name)
    return table


def _lay_over(table: Table, name: str) -> None:
    try:
        given = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise InputError(f"{name} (from {VARIABLE}): cannot be read ({problem})") from problem
    for section, keys in given.items():
        if section not in table or not isinstance(keys, dict):
            raise InputError(f"{name}: [{section}]: no such table{_near(section, table)}")
        for key, value in keys.items():
            if key not in table[section]:
                raise InputError(f"{name}: {section}.{key}: no such key{_near(key, table[section])}")
            table[section][key] = _checked(value, table[section][key], f"{name}: {section}.{key} = {value!r}")


def _near(wrong: str, known: Json) -> str:
    near = get_close_matches(wrong, known, 1, 0.5)
    return (f"; did you mean {near[0]!r}" if near else "") + f"; allowed: {', '.join(known)}"


def _checked(value: Any, shipped: Any, where: str) -> Any:
    number = isinstance(shipped, int | float)
    if number and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1e6):
        raise InputError(f"{where}: must be a number above 0")
    if isinstance(shipped, int) and value != int(value):
        raise InputError(f"{where}: must be a whole number")
    if not number and type(value) is not type(shipped):
        raise InputError(f"{where}: must be {'a list of hosts' if isinstance(shipped, list) else 'text'}")
    if isinstance(shipped, str) and shipped.startswith("https://"):
        refuse_unsafe(dated(value, date(2000, 1, 1), where), where)
    return value


def dated(address: str, day: date, where: str = "") -> str:
    """An address with its date put in."""
    try:
        return address.format(year=f"{day.year:04}", month=f"{day.month:02}", day=f"{day.day:02}")
    except (KeyError, IndexError, ValueError) as problem:
        raise InputError(f"{where or address}: may hold {{year}}, {{month}} and {{day}} in braces") from problem


def refuse_unsafe(address: str, where: str = "") -> None:
    """See that an address is one of a server over TLS, or on this machine.

    Raises
    ------
    InputError
    """
    try:
        parts = urlsplit(address)
        host, safe = parts.hostname or "", parts.scheme == "https"
        named = parts.username is not None or parts.password is not None or parts.port == 0
    except ValueError:
        host, safe, named = "", False, False
    if named:
        raise InputError(f"{where or host}: an address must not hold a name or password")
    if not host or not (safe or (parts.scheme == "http" and host in THIS_MACHINE)):
        raise InputError(f"{where or address}: must be an address that begins with https://")
