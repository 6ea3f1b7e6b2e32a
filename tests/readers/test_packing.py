"""Packed numbers and missing marks: the NetCDF library's own mask-and-scale is the oracle."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import netCDF4
import numpy as np
import pytest
from replicas import BOX, HOUR, ORIGIN, section

from driftsim.forcing.files.packing import decode
from driftsim.forcing.open import open_source
from driftsim.system.errors import InputError

VALUES = {
    "i1": [-128, -127, -3, 0, 5, 100, 127],
    "u1": [0, 3, 5, 100, 127, 200, 255],
    "i2": [-32768, -32767, -30000, -3, 0, 5, 100, 32767],
    "u2": [0, 5, 100, 40000, 65535],
    "i4": [-2147483648, -2147483647, -30000, 0, 5, 100, 2147483647],
    "u4": [0, 5, 100, 4294967295],
    "i8": [-9223372036854775806, -30000, 0, 5, 100],
    "u8": [0, 5, 100, 18446744073709551614],
    "f4": [-1e20, 9.96921e36, -30000, -3, 0, 0.5, 5, 100, 1e20, np.nan],
    "f8": [9.969209968386869e36, -30000, 0.5, 5, 100, 1e20, np.nan],
}
MARKS: list[dict[str, Any]] = [
    {}, {"_FillValue": 5}, {"missing_value": 5}, {"missing_value": [5, 100]}, {"_FillValue": 5, "missing_value": 100},
    {"missing_value": np.nan}, {"missing_value": 1e30}, {"_FillValue": 5, "missing_value": np.nan},
    {"valid_min": 0}, {"valid_max": 50}, {"valid_min": 3, "valid_max": 50}, {"valid_range": [0, 50]},
    {"valid_range": [0, 50], "valid_min": 5}, {"_FillValue": 5, "valid_range": [5, 100]},
    {"valid_range": [0.5, 50.5]}, {"valid_min": -40000}, {"valid_max": 1e6}, {"valid_max": "a lot"},
]  # fmt: skip
UNSIGNED = (None, "true", "True", "false")
PACKINGS: list[dict[str, float]] = [{}, {"scale_factor": 0.01, "add_offset": 1.0}]


def as_stored(value: Any, kind: str) -> Any:
    """An attribute in the type of the variable, where it fits; else as it is given."""
    if isinstance(value, str):
        return value
    with np.errstate(all="ignore"):
        cast = np.asarray(value).astype(kind)
    return cast if np.array_equal(cast.astype(float), np.asarray(value, float), equal_nan=True) else value


def cases() -> Iterator[tuple[str, dict[str, Any], str | None, dict[str, float]]]:
    yield from itertools.product(VALUES, MARKS, UNSIGNED, PACKINGS)


def write_all(path: Any) -> None:
    with netCDF4.Dataset(path, "w") as file:
        for n, (kind, marks, unsigned, packing) in enumerate(cases()):
            values = np.array(VALUES[kind], kind)
            if (kind, n) and f"x{values.size}" not in file.dimensions:
                file.createDimension(f"x{values.size}", values.size)
            rest = dict(marks)
            fill = rest.pop("_FillValue", None)
            fill = None if fill is None else values.dtype.type(fill)
            variable = file.createVariable(f"v{n}", kind, (f"x{values.size}",), fill_value=fill)
            variable.set_auto_maskandscale(False)
            variable[:] = values
            variable.setncatts({name: as_stored(value, kind) for name, value in rest.items()} | packing)
            if unsigned is not None:
                variable.setncattr("_Unsigned", unsigned)


def oracle(variable: Any) -> tuple[Any, bool]:
    """What the library makes of a variable, NaN where it masks; whether it warned that it passed something over."""
    variable.set_auto_maskandscale(True)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        values = np.ma.filled(variable[:].astype("f8"), np.nan)
    variable.set_auto_maskandscale(False)
    return values, any("cannot be safely cast" in " ".join(str(w.message).split()) for w in said)


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.long)])
def test_every_mark_means_what_the_library_makes_of_it(step, tmp_path):
    write_all(tmp_path / "all.nc")
    refused = equal = 0
    with netCDF4.Dataset(tmp_path / "all.nc") as file:
        for n, (kind, marks, unsigned, packing) in itertools.islice(enumerate(cases()), 0, None, step):
            variable = file[f"v{n}"]
            try:
                expected, warned = oracle(variable)
            except (TypeError, OverflowError):  # it cannot name its default fill of a byte without its sign
                assert kind == "i1" and unsigned in ("true", "True")
                continue
            try:
                values = decode(variable[:], variable)
            except InputError as problem:
                assert warned and "does not fit its type" in str(problem), (kind, marks, unsigned)
                refused += 1
                continue
            # What it only warns of may be passed over in silence where another mark stands beside it, or be used where
            # nothing but the precision of the attribute is in the way.
            if warned:
                assert "_FillValue" in marks or kind == "f4", (kind, marks)
                if kind == "f4" and "missing_value" in marks and "_FillValue" not in marks:
                    continue
            # The default fill of floating point is no speed, whatever mark stands beside it.
            default = np.isclose(np.array(VALUES[kind], float), 9.96921e36, rtol=1e-6) & (kind[0] == "f")
            assert np.isnan(values[default]).all()
            expected[default] = np.nan
            np.testing.assert_allclose(values, expected, rtol=1e-6, err_msg=f"{kind} {marks} {unsigned} {packing}")
            equal += 1
    assert refused > 100 // step and equal > 900 // step


@pytest.mark.parametrize(
    ("name", "value"),
    [("valid_range", [-2.0, 2.0]), ("valid_max", 60000), ("valid_min", "none"), ("valid_range", [1, 2, 3])],
)
def test_a_range_that_does_not_fit_is_refused_with_a_remedy(tmp_path, name, value):
    path = packed(tmp_path / "a.nc", {name: value if isinstance(value, str) else np.asarray(value)})
    # A range in units that are not those of the packed numbers fits no integer, or hides what is there.
    words = rf"variable u has {name} = .*(does not fit its type \(int16\).*ncatted -a {name}|not two numbers)"
    if name == "valid_range" and len(value) == 2:
        path = packed(tmp_path / "b.nc", {name: np.array([-2.5, 2.5])})
    with pytest.raises(InputError, match=words):
        open_source("wind", section("cf", path, u="u", v="v"), BOX, (ORIGIN, ORIGIN + HOUR))


def packed(path: Any, attributes: dict[str, Any], kind: str = "i2") -> Any:
    lon, lat = np.arange(129.0, 141.1, 1.5), np.arange(35.0, 44.1, 1.5)
    with netCDF4.Dataset(path, "w") as file:
        for name, axis, units in (
            ("time", [0.0, 1.0], "hours since 2017-10-01"), ("lat", lat, "degrees_north"), ("lon", lon, "degrees_east")
        ):  # fmt: skip
            file.createDimension(name, len(axis))
            file.createVariable(name, "f8", (name,)).units = units
            file[name][:] = axis
        for name, value in (("u", 700), ("v", -300)):
            variable = file.createVariable(name, kind, ("time", "lat", "lon"))
            variable.set_auto_maskandscale(False)
            variable.setncatts({"units": "m s-1", "scale_factor": 0.01, **attributes})
            variable[:] = value
            variable[:, 2, 3] = 1900
    return path


def test_a_range_hides_what_lies_outside_and_axes_have_none(tmp_path):
    path = packed(tmp_path / "a.nc", {"valid_max": np.int16(1800)})
    with netCDF4.Dataset(path, "r+") as file:
        file["lon"].valid_max = 135.0  # what a provider's tool leaves of the global file
        file["time"].setncattr("valid_min", "2020-11-01T00:00:00")
    source = open_source("wind", section("cf", path, u="u", v="v", fill_km=200.0), BOX, (ORIGIN, ORIGIN + HOUR))
    assert (~source.wet).sum() == 1
    np.testing.assert_allclose(source.level(0)[0, ..., 0], 7.0, rtol=1e-6)


def test_unsigned_bytes_hold_a_wind(tmp_path):
    path = packed(tmp_path / "a.nc", {}, "i2")
    with netCDF4.Dataset(tmp_path / "bytes.nc", "w") as new, netCDF4.Dataset(path) as old:
        for name in ("time", "lat", "lon"):
            new.createDimension(name, old[name].size)
            new.createVariable(name, "f8", (name,)).units = old[name].units
            new[name][:] = old[name][:]
        for name, value in (("u", 200), ("v", 30)):
            variable = new.createVariable(name, "i1", ("time", "lat", "lon"), fill_value=np.int8(-1))
            variable.set_auto_maskandscale(False)
            variable.setncatts({"_Unsigned": "true", "scale_factor": 0.1, "add_offset": -10.0, "units": "m s-1"})
            variable[:] = np.array(value, "u1").view("i1")
            variable[:, 0, 0] = -1  # 255, the fill
    source = open_source("wind", section("cf", tmp_path / "bytes.nc", u="u", v="v"), BOX, (ORIGIN, ORIGIN + HOUR))
    assert not source.wet[0, 0] and source.wet.sum() == source.wet.size - 1
    np.testing.assert_allclose(source.level(0)[0, 3, 4], [10.0, -7.0], atol=1e-5)
