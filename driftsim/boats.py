"""Boats as a structure of arrays, and what has become of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import leeway
from .constants import SECONDS_PER_DAY
from .kernels import drive
from .kernels.random import STREAM_FLIGHT, STREAM_LIFE, STREAM_WIND, uniform_pairs
from .release import BoatsReleased

OUTCOMES = ("adrift", "landed", "left", "sunk")
"""Names of the outcome codes 0 to 3."""

FAR_FUTURE = np.int32(2**31 - 1)


def fill_hulls(
    out: NDArray[np.float32],
    seed: int,
    boats: BoatsReleased,
    classes: leeway.Coefficients,
    redraw: int = 0,
    capsized: bool = False,
) -> NDArray[np.int8]:
    """Draw the leeway coefficients of the boats into ``out`` (boats or more rows, 6); returns the orientations."""
    boat_class = np.full_like(boats.boat_class, classes.capsized) if capsized else boats.boat_class
    hulls = leeway.draw_hulls(seed, boats.number, boat_class, classes, redraw)
    out[: len(boats.number)] = hulls.coefficients
    return hulls.orientation


def launch(config: Any, boats: BoatsReleased, classes: leeway.Coefficients, real: Any) -> drive.State:
    """The state of the boats before the run.

    Parameters
    ----------
    config : Config
    boats : BoatsReleased
        n boats.
    classes : leeway.Coefficients
    real : type
        The run's real type.

    Returns
    -------
    State
        n + 1 rows; the last one is the spare that fills up the last block.
    """
    n, seed, mixing = len(boats.number), config.run.seed, config.mixing

    def rows(values: NDArray[Any], spare: Any) -> NDArray[Any]:
        return np.append(values, np.array([spare], values.dtype))

    hull = np.zeros((n + 1, 6), np.float32)
    side = fill_hulls(hull, seed, boats, classes)
    capsizing = config.boats.capsizing is not None
    swamped = np.zeros((n + 1 if capsizing else 1, 6), np.float32)
    if capsizing:
        fill_hulls(swamped, seed, boats, classes, capsized=True)

    def flight(speed: float, stream: Any, word: int) -> NDArray[Any]:
        out = np.zeros((n + 1 if speed > 0.0 else 1, 2), real)
        if speed > 0.0:
            drive.stationary(np.int64(seed), boats.number, stream, word, np.float32(speed), out)
        return out

    return drive.State(
        number=rows(boats.number, -1),
        lon=rows(boats.lon, boats.lon[0]),
        lat=rows(boats.lat, boats.lat[0]),
        release=rows(boats.release_step, FAR_FUTURE),
        status=np.full(n + 1, drive.WAITING, np.int8),
        side=rows(side, 1),
        member=rows(boats.member, 0),
        hull=hull,
        swamped=swamped,
        capsize_time=np.full(n + 1 if capsizing else 1, np.nan),
        sink_time=_sink_times(config, boats),
        flight=flight(mixing.flight_speed_m_s, STREAM_FLIGHT, 0),
        error=flight(mixing.current_error_m_s, STREAM_FLIGHT, 2),
        gust=flight(mixing.wind_error_m_s, STREAM_WIND, 0),
        near=np.zeros(n + 1, np.uint64),
        segment=np.full(n + 1, -1, np.int32),
        land_lon=np.full(n + 1, np.nan),
        land_lat=np.full(n + 1, np.nan),
        land_time=np.full(n + 1, np.nan),
        end_time=np.full(n + 1, np.nan),
        exit=np.full(n + 1, -1, np.int8),
    )


def _sink_times(config: Any, boats: BoatsReleased) -> NDArray[np.float64]:
    """When each boat will sink if it is still afloat, seconds since the run's start: exponential from some age on."""
    sinking = config.boats.sinking
    if sinking is None:
        return np.full(1, np.inf)
    u = np.empty((len(boats.number), 2))
    uniform_pairs(np.int64(config.run.seed), boats.number, np.uint32(0), STREAM_LIFE, u)
    life = sinking.after_days - sinking.mean_life_days * np.log(u[:, 0])
    return np.append(boats.release_step * config.run.step_s + life * SECONDS_PER_DAY, np.inf)


def outcome(state: drive.State) -> NDArray[np.int8]:
    """Outcome code of each boat: its first landing decides, whatever became of it afterwards."""
    status = state.status[:-1]
    code = np.zeros(len(status), np.int8)
    code[status == drive.LEFT] = 2
    code[status == drive.SUNK] = 3
    code[state.segment[:-1] >= 0] = 1
    return code


def physics(config: Any, real: Any) -> drive.Physics:
    """What holds for all boats of a run, in the kernels' terms."""
    run, boats, mixing, coast = config.run, config.boats, config.mixing, config.coast
    seconds = run.step_s
    hours = seconds / 3600.0

    def memory(speed: float, scale_s: float) -> tuple[bool, Any, Any]:
        keep = math.exp(-seconds / scale_s)
        return speed > 0.0, real(keep), real(speed * math.sqrt(1.0 - keep * keep))

    jibe = 1.0 - (1.0 - boats.jibe_percent_per_hour / 100.0) ** hours
    refloat = coast.refloat_half_life_hours
    walk_m = math.sqrt(2.0 * mixing.diffusivity_m2_s * seconds)
    flight = memory(mixing.flight_speed_m_s, mixing.flight_time_days * SECONDS_PER_DAY)
    error = memory(mixing.current_error_m_s, mixing.current_error_hours * 3600.0)
    gust = memory(mixing.wind_error_m_s, mixing.wind_error_hours * 3600.0)
    capsizing = boats.capsizing
    west, east, south, north = coast.domain
    chance = bool(walk_m > 0.0 or mixing.diffusivity_file or jibe > 0.0 or capsizing or refloat > 0.0)
    return drive.Physics(
        np.int64(run.seed), real(-seconds if run.direction == "backward" else seconds), real(math.radians(1.0)),
        hours, seconds, *flight, *error, *gust,
        real(walk_m), chance, real(jibe),
        capsizing is not None, capsizing.wind_m_s if capsizing else 1.0, capsizing.width_m_s if capsizing else 1.0,
        boats.sinking is not None, 1.0 - 0.5 ** (hours / refloat) if refloat > 0.0 else 0.0,
        coast.shoreline != "none", west, east, south, north,
    )  # fmt: skip


def stages(scheme: str, seconds: float, real: Any) -> NDArray[Any]:
    """Row 0: how long a stage's slope is followed to the next stage, s; row 1: how long it counts in the step."""
    rows = {
        "euler": ([0.0], [1.0]),
        "rk2": ([1 / 2, 0.0], [0.0, 1.0]),
        "rk4": ([1 / 2, 1 / 2, 1.0, 0.0], [1 / 6, 1 / 3, 1 / 3, 1 / 6]),
    }[scheme]
    return (np.array(rows) * seconds).astype(real)
