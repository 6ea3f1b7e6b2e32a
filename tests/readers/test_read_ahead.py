"""Levels are read while the driver runs: the same bits, little memory, and errors when their time comes."""

from __future__ import annotations

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import replicas
from replicas import BOX, DAY, HOUR, ORIGIN, section

from driftsim.drift.advection import advect
from driftsim.forcing import window
from driftsim.forcing.files import file_source
from driftsim.forcing.memory import MemorySource
from driftsim.forcing.open import open_source
from driftsim.forcing.window import Window
from driftsim.system.errors import InputError


class Slow(MemorySource):
    """Daily levels that notes who reads what, and waits where it is told to."""

    slow = True

    def __init__(self, count: int = 9) -> None:
        values = np.random.default_rng(4).normal(size=(count, 5, 7, 2))
        times = ORIGIN + DAY * (np.arange(count) - 0.5)
        super().__init__("current", np.linspace(130, 140, 7), np.linspace(36, 43, 5), times, values)
        self.read: list[tuple[int, str]] = []
        self.started, self.go_on = threading.Event(), threading.Event()
        self.wait_at = -1

    def level(self, k: int):
        self.read.append((k, threading.current_thread().name))
        if k == self.wait_at:
            self.started.set()
            assert self.go_on.wait(30)
        return super().level(k)


def day(n: int, way: int = 1) -> np.ndarray:
    """Stage times of a day in steps of three hours."""
    return ORIGIN + DAY * n + way * HOUR * 3 * (np.arange(8)[:, None] + np.array([0.0, 0.5, 1.0]))


def test_the_next_level_is_read_while_the_driver_runs():
    source = Slow()
    source.wait_at = 4
    w = Window(source, np.float32)
    w.view(day(1))  # the levels of noon before, of the day itself and after; level 4 is the next day's
    assert source.started.wait(30), "the next level was not read ahead"
    assert [k for k, _ in source.read] == [1, 2, 3, 4]  # and the view came back although it is not there yet
    source.go_on.set()
    before = w._data
    for n in range(2, 7):
        w.view(day(n))
        a, b, _ = w._levels_at(day(n))
        for k in np.union1d(a, b):
            expected = source._levels[int(k)].reshape(-1).astype(np.float32)
            np.testing.assert_array_equal(w._data[w._slots[int(k)]], expected)
    assert w._data is before and len(w._data) <= 4  # room for all from the first, and no more than is needed
    assert [k for k, _ in source.read] == list(range(1, 9)), "each level once"
    assert len({name for k, name in source.read if k > 3}) == 1


@pytest.mark.parametrize("way", [1, -1])
def test_reading_ahead_changes_no_bit(monkeypatch, way):
    ends = []
    for ahead in (True, False):
        monkeypatch.setattr(window, "READ_AHEAD", ahead)
        source = Slow()
        start = ORIGIN + DAY * (1.3 if way > 0 else 6.7)
        x, y = np.linspace(133.1, 136.9, 40), np.linspace(38.2, 41.4, 40)
        ends.append(advect(x, y, current=source, start=start, step_s=way * 3600.0, steps=120, window=7))
        assert ("read current_0" in {name for _, name in source.read}) == ahead
        assert sorted(k for k, _ in source.read) == sorted({k for k, _ in source.read}), "a level was read twice"
    assert ends[0].tobytes() == ends[1].tobytes()
    assert np.ptp(ends[0]["lon"] - x) > 0.1


def test_what_is_wrong_with_a_level_is_told_when_it_is_needed(tmp_path):
    for n in range(5):
        replicas.plain(tmp_path / f"{n}.nc", [ORIGIN + DAY * n])
    source = open_source("current", section("cf", tmp_path / "*.nc"), BOX, (ORIGIN, ORIGIN + 4 * DAY))
    (tmp_path / "2.nc").write_bytes(b"not any more")
    w = Window(source, np.float32)
    w.view(day(0))
    w.view(day(0))
    with pytest.raises(InputError, match=r"2\.nc was replaced or changed"):
        w.view(day(1))


def test_levels_that_nobody_wants_any_more_make_room():
    source = Slow()
    w = Window(source, np.float32)
    for n in (1, 2, 5, 1, 6):  # a restart, or another order
        w.view(day(n))
        a, b, _ = w._levels_at(day(n))
        for k in np.union1d(a, b):
            np.testing.assert_array_equal(w._data[w._slots[int(k)]], source._levels[int(k)].reshape(-1))
    assert len(w._data) <= 4


def test_the_mean_is_that_of_the_level_at_places():
    source = Slow()
    w = Window(source, np.float32)
    w.view(day(1))
    lon, lat = np.array([130.0, 133.7, 139.9]), np.array([36.0, 40.2, 41.1])
    places = w.places(lon, lat)
    from scipy.interpolate import RegularGridInterpolator

    grid = RegularGridInterpolator((source.lat, source.lon), source._levels[:, 0].transpose(1, 2, 0, 3))
    at = grid((lat, lon))  # place, level, component
    expected = at[:, 1] * 0.25 + at[:, 2] * 0.75
    np.testing.assert_allclose(w.mean_at(ORIGIN + DAY * 1.25, places), expected, rtol=1e-6)


def two_fields(path: Any, days: int) -> dict[str, Any]:
    """A file with a current and a wind of random numbers, packed in small chunks; the numbers by kind."""
    import netCDF4

    lon, lat = np.arange(129.0, 141.1, 1.0), np.arange(35.0, 44.1, 1.0)
    random = np.random.default_rng(8)
    made = {}
    with netCDF4.Dataset(path, "w") as file:
        for name, axis, units in (
            ("time", np.arange(days), "days since 2017-10-01"),
            ("lat", lat, "degrees_north"),
            ("lon", lon, "degrees_east"),
        ):  # fmt: skip
            file.createDimension(name, len(axis))
            file.createVariable(name, "f8", (name,)).units = units
            file[name][:] = axis
        for kind, names, scale in (("current", ("uo", "vo"), 1.0), ("wind", ("u10", "v10"), 9.0)):
            made[kind] = scale * random.uniform(-1.0, 1.0, (days, lat.size, lon.size, 2)).astype("f4")
            for c, name in enumerate(names):
                variable = file.createVariable(name, "f4", ("time", "lat", "lon"), zlib=True, chunksizes=(1, 5, 7))
                variable.units = "m s-1"
                variable[:] = made[kind][..., c]
    return made


def test_two_fields_of_one_file_are_read_by_one_thread_at_a_time(tmp_path, monkeypatch):
    """HDF5 is not safe to enter twice: two windows read ahead, others open and leave the same file meanwhile."""
    days = 12
    made = two_fields(tmp_path / "both.nc", days)
    inside, most, readers = [0], [0], set()
    really = file_source.read

    def watched(*arguments: Any) -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        readers.add(threading.current_thread().name)
        time.sleep(2e-4)  # whoever could come in comes in now
        really(*arguments)
        inside[0] -= 1

    monkeypatch.setattr(file_source, "read", watched)
    period = (ORIGIN, ORIGIN + (days - 1) * DAY)
    keys = {"current": {"u": "uo", "v": "vo"}, "wind": {}}

    def opened(kind: str) -> Any:
        return open_source(kind, section("cf", tmp_path / "both.nc", **keys[kind]), BOX, period)

    first = opened("wind")
    rows, columns = (
        slice(int(axis[0] - begin), int(axis[0] - begin) + axis.size)
        for axis, begin in ((first.lat, 35.0), (first.lon, 129.0))
    )
    windows = {kind: Window(opened(kind), np.float32) for kind in made}
    done = threading.Event()

    def passers_by() -> int:
        count = 0
        while not done.is_set():
            source = opened("wind" if count % 2 else "current")
            source.level(count % days)
            source.close()
            del source
            gc.collect()
            count += 1
        return count

    with ThreadPoolExecutor(2) as pool:
        others = [pool.submit(passers_by) for _ in range(2)]
        try:
            for n in range(days - 1):
                for kind, w in windows.items():
                    w.view(day(n))
                    for k in (n, n + 1):
                        cut = w._data[w._slots[k]].reshape(w.ny, w.nx, 2)
                        np.testing.assert_array_equal(cut, made[kind][k][rows, columns])
        finally:
            done.set()
        assert min(other.result() for other in others) > 1
    assert most[0] == 1
    assert len([name for name in readers if name.startswith("read ")]) == 2  # each window read ahead in its own thread
