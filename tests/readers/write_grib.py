"""Write GRIB files of three producers' layouts, with the known field inside: ``python write_grib.py FOLDER``.

A process of its own, since the library for GRIB and those for NetCDF do not live together in one.

gfs.grib2: NCEP, 0..360, north to south, forecasts of one cycle every 3 h, and a wind at 100 m and a temperature beside.
ecmwf.grib1: edition 1, -180..180, three members, two steps.
icon.grib2: DWD, south to north, single precision, missing values, currents in another file's place.
With --forecast it is one file alone: gfs.grib2 over two and a half days.

old.grib2: a forecast for the same moments as gfs.grib2 from six hours before, with other numbers.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import eccodes as ec
import numpy as np

LON, LAT = np.arange(128.0, 142.01, 0.5), np.arange(34.0, 45.01, 0.5)
TEN_METRES = {"typeOfFirstFixedSurface": 103, "scaleFactorOfFirstFixedSurface": 0, "scaledValueOfFirstFixedSurface": 10}


def truth(lon: Any, lat: Any, hours: float, member: int = 0) -> tuple[Any, Any]:
    """Multiples of 1/64 m/s, which every packing here holds to the bit or to its last digit."""
    x, y = np.asarray(lon) - 135.0, np.asarray(lat) - 40.0
    u = 3.0 + 0.25 * x - 0.125 * y + 0.25 * hours + member
    v = -2.0 + 0.0625 * x + 0.5 * y - 0.125 * hours - 2.0 * member
    return u, v


def message(file: Any, sample: str, keys: dict[str, Any], values: Any, missing: Any = None) -> None:
    """One message; values as (rows, columns) in the order of the keys."""
    handle = ec.codes_grib_new_from_samples(sample)
    for name, value in keys.items():
        ec.codes_set(handle, name, value)
    flat = np.array(values, np.float64).ravel()
    if missing is not None:
        ec.codes_set(handle, "bitmapPresent", 1)
        ec.codes_set(handle, "missingValue", 9999.0)
        flat[np.asarray(missing).ravel()] = 9999.0
    ec.codes_set_values(handle, flat)
    ec.codes_write(handle, file)
    ec.codes_release(handle)


def grid(lat: Any, lon: Any, up: bool) -> dict[str, Any]:
    return {
        "Ni": len(lon), "Nj": len(lat), "iScansNegatively": 0, "jScansPositively": int(up),
        "latitudeOfFirstGridPointInDegrees": float(lat[0]), "latitudeOfLastGridPointInDegrees": float(lat[-1]),
        "longitudeOfFirstGridPointInDegrees": float(lon[0]), "longitudeOfLastGridPointInDegrees": float(lon[-1]),
        "iDirectionIncrementInDegrees": 0.5, "jDirectionIncrementInDegrees": 0.5,
    }  # fmt: skip


def gfs(path: Path, cycle: int, leads: range, off: float = 0.0) -> None:
    """As NOMADS cuts it out: messages of one lead after another."""
    lat = LAT[::-1]
    x, y = np.meshgrid(LON, lat)
    with open(path, "wb") as file:
        for lead in leads:
            u, v = truth(x, y, cycle + lead)
            for height, add in ((10, off), (100, 5.0)):
                for number, values in ((2, u + add), (3, v + add), *(((0, u),) if height == 10 else ())):
                    keys = {
                        "centre": "kwbc", "dataDate": 20171001, "dataTime": cycle * 100, **grid(lat, LON, False),
                        "discipline": 0, "parameterCategory": 2 if number else 0, "parameterNumber": number,
                        **TEN_METRES, "scaledValueOfFirstFixedSurface": height, "indicatorOfUnitOfTimeRange": 1,
                        "forecastTime": lead, "packingType": "grid_simple", "bitsPerValue": 24,
                    }  # fmt: skip
                    message(file, "GRIB2", keys, values)


def ecmwf(path: Path) -> None:
    """An ensemble of edition 1; the three members of a step together."""
    lat = LAT[::-1]
    x, y = np.meshgrid(LON, lat)
    with open(path, "wb") as file:
        for lead in (0, 6):
            for member in (1, 2, 3):
                for name, values in zip(("10u", "10v"), truth(x, y, lead, member), strict=True):
                    keys = {
                        "centre": 98, "stream": "enfo", "type": "pf", "shortName": name, "dataDate": 20171001,
                        "dataTime": 0, "stepUnits": 1, "step": lead, "typeOfLevel": "surface", "level": 0,
                        "perturbationNumber": member, "numberOfForecastsInEnsemble": 3, **grid(lat, LON, False),
                        "bitsPerValue": 24,
                    }  # fmt: skip
                    message(file, "GRIB1", keys, values)


def icon(path: Path) -> None:
    """From south to north, with a corner missing, hourly."""
    x, y = np.meshgrid(LON, LAT)
    with open(path, "wb") as file:
        for hour in (0, 1, 2):
            for number, values in zip((2, 3), truth(x, y, hour), strict=True):
                keys = {
                    "centre": "edzw", "dataDate": 20171001, "dataTime": hour * 100, **grid(LAT, LON, True),
                    "discipline": 10, "parameterCategory": 1, "parameterNumber": number, "typeOfFirstFixedSurface": 160,
                    "scaleFactorOfFirstFixedSurface": 0, "scaledValueOfFirstFixedSurface": 0,
                    "packingType": "grid_ieee", "precision": 1,
                }  # fmt: skip
                message(file, "GRIB2", keys, values / 16.0, (x > 139.0) & (y < 36.0))


def nomads(folder: Path) -> None:
    """One file a step, as the server of GFS names them: the cycles of 6 and 12 h of 1 October 2017."""
    for cycle, leads in ((6, (0, 3)), (12, (0, 3, 6, 9, 12))):
        where = folder / "gfs.20171001" / f"{cycle:02}" / "atmos"
        where.mkdir(parents=True)
        for lead in leads:
            gfs(where / f"gfs.t{cycle:02}z.pgrb2.0p25.f{lead:03}", cycle, range(lead, lead + 1))


def main(folder: Path) -> None:
    nomads(folder)
    gfs(folder / "gfs.grib2", 6, range(0, 13, 3))
    gfs(folder / "old.grib2", 0, range(6, 19, 3), off=7.0)
    ecmwf(folder / "ecmwf.grib1")
    icon(folder / "icon.grib2")
    with open(folder / "lambert.grib2", "wb") as file:
        handle = ec.codes_grib_new_from_samples("GRIB2")
        ec.codes_set(handle, "gridType", "lambert")
        for name, value in {"discipline": 0, "parameterCategory": 2, "parameterNumber": 2}.items():
            ec.codes_set(handle, name, value)
        ec.codes_write(handle, file)
        ec.codes_release(handle)


if __name__ == "__main__":
    if sys.argv[2:]:
        gfs(Path(sys.argv[1]) / "gfs.grib2", 6, range(0, 61, 3))
    else:
        main(Path(sys.argv[1]))
