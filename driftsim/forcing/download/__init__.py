"""Fetching products into a folder: file by file, each whole or not at all, none of them twice."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ...system.constants import SECONDS_PER_DAY
from ...system.disk import hold, let_go, make_folder, sync
from ...system.errors import InputError
from ..doors import grib
from ..transport import addresses
from ..transport.dap import Remote
from ..transport.transfer import Broken, Came, Line, NotThere, earthdata
from . import clients, cut, series
from .cut import Box, Levels
from .manifest import Manifest
from .series import Item, Series

SLACK = 2.0
"""How much more than expected a file may hold before it is refused."""

_GRIB_BYTES = 1 << 14
"""Of a file of GRIB beside its numbers."""

_MORE_DAYS = (1, 2, 3)  # HYCOM's outages are up to 51 h


class Progress(NamedTuple):
    """How far a fetch has come.

    Attributes
    ----------
    files, of : int
        Files that are there, of all.
    nbytes, most : int
        Bytes that have come, and what is expected at most.
    seconds : float
        Since it began.
    name : str
        Of the file that is coming.
    """

    files: int
    of: int
    nbytes: int
    most: int
    seconds: float
    name: str


@dataclass(frozen=True)
class Plan:
    """What a fetch would bring.

    Attributes
    ----------
    series : Series
    start, end : float
        The period asked for, epoch seconds.
    box : tuple of float
        West, east, south, north: what of the box the product covers.
    items : tuple of Item
        All files of the period.
    have : frozenset of str
        Names of those that are there already, whole.
    faults : dict of str to str
        Names of those that are there but wrong, and in what.
    """

    series: Series
    start: float
    end: float
    box: Box
    items: tuple[Item, ...]
    have: frozenset[str] = frozenset()
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def coming(self) -> list[Item]:
        """The files that are not there."""
        return [item for item in self.items if item.name not in self.have]

    @property
    def nbytes(self) -> int:
        """How much that is, at most."""
        return sum(item.nbytes for item in self.coming)


def plan(key: str, start: float, end: float, box: Box, folder: Path) -> Plan:
    """What `fetch` would bring; nothing is asked of any server, and nothing is written.

    Parameters
    ----------
    key : str
        One of `series.SERIES`.
    start, end : float
        Epoch seconds.
    box : tuple of float
        West, east, south, north, degrees; the grid nodes that enclose it will come.
    folder : Path

    Raises
    ------
    InputError
        If the product does not cover period or box, or the folder holds another box.
    """
    one = series.find(key)
    if not start < end:
        raise InputError(f"--start {series.iso(start)} must lie before --end {series.iso(end)}")
    inner = series.within(one, box)
    items = series.items(one, start, end, inner, addresses.load())
    held = Manifest(folder, one, inner)
    states = {item.name: held.has(item) for item in items}
    return Plan(
        one,
        start,
        end,
        inner,
        tuple(items),
        frozenset(name for name, (there, _) in states.items() if there),
        {name: fault for name, (_, fault) in states.items() if fault},
    )


def fetch(
    key: str,
    start: float,
    end: float,
    box: Box,
    folder: Path,
    *,
    most_bytes: float = float("inf"),
    report: Callable[[Progress], None] = lambda progress: None,
    say: Callable[[str], None] = lambda text: None,
) -> Plan:
    """Bring what is missing of a period into a folder.

    Parameters
    ----------
    key, start, end, box, folder
        As in `plan`.
    most_bytes : float
        Refuse to begin if more than this would come.
    report, say : callable
        Called while files come, and with a line of text for what is worth knowing.

    Raises
    ------
    InputError
        If something did not come; what has come stays, and the same call goes on from there.
    """
    table = addresses.load()
    clients.require(series.find(key))
    make_folder(folder)
    lock = folder / f".{key}.lock"
    handle = hold(lock, f"another fetch of {key} writes into this folder; wait for it, or choose another folder")
    work = folder / f".driftsim-{key}-{secrets.token_hex(8)}.part"
    try:
        for left in folder.glob(f".driftsim-{key}-*.part"):  # of an interrupted fetch
            if re.fullmatch(rf"\.driftsim-{key}-[0-9a-f]{{16}}\.part", left.name) and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
        work.mkdir(mode=0o700)
        planned = plan(key, start, end, box, folder)
        _refuse_too_much(planned, folder, most_bytes)
        for name, fault in planned.faults.items():
            say(f"{folder / name} {fault}: fetched again")
        _Fetch(planned, folder, work, table, report, say).run()
        return planned
    except OSError as problem:
        raise InputError(f"{folder}: cannot be written to ({problem.strerror or problem})") from problem
    finally:
        shutil.rmtree(work, ignore_errors=True)
        let_go(lock, handle)


def _refuse_too_much(planned: Plan, folder: Path, most_bytes: float) -> None:
    free = shutil.disk_usage(folder).free
    if planned.nbytes > most_bytes:
        raise InputError(
            f"{planned.nbytes / 1e9:.1f} GB would come, more than the limit of {most_bytes / 1e9:g} GB: "
            "take a shorter period or a smaller --box, or raise --max-gb"
        )
    if (kept := sum(item.kept for item in planned.coming)) > free:
        raise InputError(f"{folder}: {kept / 1e9:.1f} GB would be kept, the disk has {free / 1e9:.1f} GB left")


class _Fetch:
    """One fetch under way."""

    def __init__(
        self,
        planned: Plan,
        folder: Path,
        work: Path,
        table: addresses.Table,
        report: Callable[[Progress], None],
        say: Callable[[str], None],
    ) -> None:
        self._plan, self._folder, self._work = planned, folder, work
        self._report, self._say = report, say
        self._table, self._own = table, table[planned.series.key]
        self._held = Manifest(folder, planned.series, planned.box)
        self._began, self._nbytes, self._name = time.monotonic(), 0, ""
        self._files = len(planned.have)
        self._of, self._most = len(planned.items), planned.nbytes
        self._seen: dict[str, tuple[Remote, cut.Window]] = {}
        self._missing: list[str] = []
        login = earthdata(self._own["login"]) if "login" in self._own else None
        self._line = Line(table["transfer"], tuple(self._own.get("hosts", ())), login, say, self._count)

    def run(self) -> None:
        """All files, then as many more days as it takes to reach a level on both sides of the period."""
        one, start, end = self._plan.series, self._plan.start, self._plan.end
        names = [item.name for item in self._plan.items]
        if one.way in ("copernicus", "cds") and self._plan.coming:
            self._say(f"{one.key}: asked for through its provider's own client, which may wait in a queue for long")
        for item in self._plan.coming:
            self._one(item)
        for days in _MORE_DAYS if one.way == "opendap" else ():
            low, high = self._held.span(names)
            if low <= start and end <= high:
                break
            wider = (start - (low > start) * days * SECONDS_PER_DAY, end + (high < end) * days * SECONDS_PER_DAY)
            names += [item.name for item in self._more(*wider) if item.name not in names]
        self._refuse_uncovered(names)
        self._held.asked(start, end)

    def _more(self, start: float, end: float) -> list[Item]:
        try:
            more = series.items(self._plan.series, start, end, self._plan.box, self._table)
        except InputError:  # beyond the provider's record
            return []
        for item in more:
            if not self._held.has(item)[0]:
                self._of += 1
                self._one(item)
        return more

    def _refuse_uncovered(self, names: list[str]) -> None:
        if self._missing:
            raise InputError(
                f"{len(self._missing)} files are not on the server, the first {self._missing[0]}, the last "
                f"{self._missing[-1]}; the others have come: change the dates, or try again later"
            )
        low, high = self._held.span(names)
        if low > self._plan.start or high < self._plan.end:
            has = f"it has {series.iso(low)} to {series.iso(high)} of" if low < high else "it has nothing of"
            raise InputError(
                f"the server of {self._plan.series.key} does not hold the period: {has} "
                f"{series.iso(self._plan.start)} to {series.iso(self._plan.end)}; change the dates"
            )

    def _one(self, item: Item) -> None:
        """Bring one file, and note it; again if what came is broken."""
        self._name = item.name
        if item.name not in self._held.files and os.path.lexists(self._folder / item.name):
            raise InputError(
                f"{self._folder / item.name}: is there and was not fetched into this folder; move it away, or choose "
                "another folder with -o"
            )
        self._count(0)
        rules = self._table["transfer"]
        tries, wait = int(rules["tries"]), float(rules["first_wait_s"])
        for n in range(1, tries + 1):
            target = self._work / item.name
            try:
                levels, came = self._bring(item, target)
                break
            except Broken as problem:
                target.unlink(missing_ok=True)
                if n == tries:
                    raise InputError(f"{' '.join(item.sources)}: {problem}, {tries} times") from problem
                self._say(f"{item.name}: {problem}; fetched again")
                time.sleep(min(wait * 2.0 ** (n - 1), float(rules["longest_wait_s"])))
            except NotThere as problem:
                self._missing.append(item.name if self._plan.series.way == "grib" else str(problem))
                return
        # Noted before it is moved: a file that is there and not noted is somebody else's.
        self._held.add(item, target, levels, came, time.time())
        if levels is not None:
            sync(target)
            os.replace(target, self._folder / item.name)
            sync(self._folder)
        self._files += 1
        self._count(0)

    def _bring(self, item: Item, target: Path) -> tuple[Levels | None, Came | None]:
        """One file by its product's way, and the whole one it was cut from; no levels if there are none."""
        one, box, came = self._plan.series, self._plan.box, None
        if one.way == "opendap":
            if not self._from_opendap(item, target):
                return None, None
        elif one.way == "http":
            came = self._from_http(item, target)
        elif one.way == "grib":
            came = self._from_filter(item, target)
        else:
            ask = {"copernicus": clients.copernicus, "cds": clients.cds}[one.way]
            ask(one, item, box, self._work, self._table[one.way]["server"])
            self._count(target.stat().st_size if target.exists() else 0)
        return cut.levels(target, one.inside), came

    def _from_opendap(self, item: Item, target: Path) -> bool:
        seen = []
        for n, name in enumerate(self._plan.series.names):
            address = item.sources[min(n, len(item.sources) - 1)]
            if address not in self._seen:
                remote = Remote(address, self._line)
                try:
                    self._seen[address] = remote, cut.window(remote, name, self._plan.box)
                except KeyError as problem:
                    raise InputError(f"{address}: holds no variable {problem}; is the address right?") from problem
            seen.append(self._seen[address])
        remotes, windows = [remote for remote, _ in seen], [window for _, window in seen]
        return cut.write(target, remotes, self._plan.series.names, windows, item.begin, item.end)

    def _from_http(self, item: Item, target: Path) -> Came:
        whole = target.with_suffix(".whole")
        came = self._line.file(item.sources[0], whole, int(SLACK * item.nbytes))
        if "md5" in self._own:
            day = series.day_of(item.begin)
            told = self._line.body(addresses.dated(self._own["md5"], day), 1 << 12).decode("utf-8", "replace").split()
            if not told or told[0].lower() != came.md5:
                raise Broken("the file does not have the checksum that the provider gives")
        names = self._plan.series.inside
        cut.levels(whole, names)  # before it is cut, so that one that has come in part is found out
        cut.keep(whole, target, names, self._plan.box)
        whole.unlink()
        return came

    def _from_filter(self, item: Item, target: Path) -> Came:
        """GRIB as the server cuts it out, kept as NetCDF; what is none, or not whole, is asked for again."""
        whole = target.with_suffix(".grib2")
        came = self._line.file(item.sources[0], whole, int(SLACK * item.nbytes) + _GRIB_BYTES)
        with open(whole, "rb") as file:
            if file.read(4) != b"GRIB":
                raise Broken("the answer is no GRIB")
        try:
            grib.convert(str(whole), target)
        except InputError as problem:
            raise Broken(str(problem).removeprefix(f"{whole}: ").removeprefix(str(whole)).strip()) from problem
        whole.unlink()
        return came

    def _count(self, nbytes: int) -> None:
        self._nbytes += nbytes
        spent = time.monotonic() - self._began
        self._report(Progress(self._files, self._of, self._nbytes, self._most, spent, self._name))


__all__ = ["Plan", "Progress", "fetch", "plan"]
