"""Boats as rows of the state: before the run, and what has become of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..kernels import drive
from ..kernels.random import STREAM_FLIGHT, STREAM_LIFE, STREAM_WIND, uniform_pairs
from ..results.outcome import Outcome
from ..system.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR
from ..system.kinds import AnyArray, Real
from . import leeway
from .advection import new_state, plain_physics
from .assumptions import NOTHING, Assumptions
from .release import BoatsReleased

if TYPE_CHECKING:
    from ..config import Config


def set_hulls(
    state: AnyArray,
    seed: int,
    classes: leeway.Coefficients,
    redraw: int = 0,
    ekman: NDArray[np.float64] | None = None,
) -> NDArray[np.int8]:
    """Draw the leeway coefficients of all boats into the state; returns the orientations at release.

    A boat that has capsized gets those of the capsized class. ``ekman``, shape (member, 2), is what carries the hulls
    of each member beside their leeway: fractions of the wind, downwind and to the right, in the south to the left.
    """
    capsized = state["capsize_step"][:-1] >= 0
    boat_class = np.where(capsized, np.int16(classes.capsized), state["boat_class"][:-1])
    hulls = leeway.draw_hulls(seed, state["number"][:-1], boat_class, classes, redraw, state["lat"][:-1] < 0.0)
    for column, name in enumerate(drive.HULL):
        state[name][:-1] = hulls.coefficients[:, column]
    if ekman is not None:
        down, right = ekman.astype(np.float32)[state["member"][:-1] % len(ekman)].T
        right = np.where(state["lat"][:-1] < 0.0, -right, right)
        for name, more in (("down_a", down), ("right_a", right), ("left_a", right)):
            state[name][:-1] += more
    return hulls.orientation


def launch(
    config: Config,
    boats: BoatsReleased,
    classes: leeway.Coefficients,
    real: Real,
    drawn: Assumptions = NOTHING,
    ekman: NDArray[np.float64] | None = None,
) -> AnyArray:
    """The state of the boats before the run.

    Parameters
    ----------
    config : Config
    boats : BoatsReleased
        n boats.
    classes : leeway.Coefficients
    real : type
        The run's real type.
    drawn : Assumptions
        What each member has of its own.
    ekman : ndarray, shape (member, 2), optional
        See `set_hulls`.

    Returns
    -------
    ndarray of ``kernels.drive.state_type``, shape (n + 1,)
        The last row is the spare that fills up the last block.
    """
    seed, mixing = config.run.seed, config.mixing
    state = new_state(boats.lon, boats.lat, real)
    all_but_spare = state[:-1]
    for name, values in (
        ("number", boats.number),
        ("release", boats.release_step),
        ("member", boats.member),
        ("boat_class", boats.boat_class),
        ("sink_time", _sink_times(config, boats, drawn)),
    ):
        all_but_spare[name] = values
    all_but_spare["side"] = set_hulls(state, seed, classes, 0, ekman)
    for name, speed, stream, word in (
        ("flight", drawn.of("mixing.flight_speed_m_s", mixing.flight_speed_m_s), STREAM_FLIGHT, 0),
        ("error", np.array([mixing.boat_error_m_s]), STREAM_FLIGHT, 2),
        ("gust", np.array([mixing.wind_error_m_s]), STREAM_WIND, 0),
    ):
        if speed.max() > 0.0:
            out = np.zeros((len(boats.number), 2), real)
            drive.stationary(np.int64(seed), boats.number, stream, word, np.float32(1.0), out)
            out *= speed.astype(np.float32)[boats.member % len(speed), None]
            all_but_spare[f"{name}_u"], all_but_spare[f"{name}_v"] = out[:, 0], out[:, 1]
    return state


def _sink_times(config: Config, boats: BoatsReleased, drawn: Assumptions = NOTHING) -> NDArray[np.float64]:
    """When each boat will sink if it is still afloat, seconds since the run's start: exponential from some age on."""
    sinking = config.boats.sinking
    if sinking is None:
        return np.full(len(boats.number), np.inf)
    u = np.empty((len(boats.number), 2))
    uniform_pairs(np.int64(config.run.seed), boats.number, np.uint32(0), STREAM_LIFE, u)
    after, mean = (
        drawn.of(f"boats.sinking.{name}", getattr(sinking, name)) for name in ("after_days", "mean_life_days")
    )
    of = boats.member if max(len(after), len(mean)) > 1 else np.zeros(1, np.int32)
    life = after[of % len(after)] - mean[of % len(mean)] * np.log(u[:, 0])
    return boats.release_step * config.run.step_s + life * SECONDS_PER_DAY


def outcome(state: AnyArray) -> NDArray[np.int8]:
    """Outcome code of each row of a state: its first landing decides, whatever became of it afterwards."""
    status = state["status"]
    code = np.full(len(status), Outcome.ADRIFT, np.int8)
    code[status == drive.LEFT] = Outcome.LEFT
    code[status == drive.SUNK] = Outcome.SUNK
    code[state["segment"] >= 0] = Outcome.LANDED
    return code


def physics(
    config: Config,
    classes: leeway.Coefficients,
    real: Real,
    drawn: Assumptions = NOTHING,
    ekman: NDArray[np.float64] | None = None,
) -> drive.Physics:
    """What holds for all boats of a run, or for those of a member, in the kernels' terms."""
    run, boats, mixing, coast = config.run, config.boats, config.mixing, config.coast
    seconds = run.step_s
    hours = seconds / SECONDS_PER_HOUR

    def memory(speed: float, scale_s: float) -> tuple[bool, Any, Any]:
        keep = math.exp(-seconds / scale_s)
        return speed > 0.0, real(keep), real(speed * math.sqrt(1.0 - keep * keep))

    flight_m_s = drawn.of("mixing.flight_speed_m_s", mixing.flight_speed_m_s)
    jibes = 1.0 - (1.0 - drawn.of("boats.jibe_percent_per_hour", boats.jibe_percent_per_hour) / 100.0) ** hours
    jibe = float(jibes.max())
    refloat = coast.refloat_half_life_hours
    walk_m = math.sqrt(2.0 * mixing.diffusivity_m2_s * seconds)
    flight = memory(float(flight_m_s.max()), mixing.flight_time_days * SECONDS_PER_DAY)
    error = memory(mixing.boat_error_m_s, mixing.current_error_hours * SECONDS_PER_HOUR)
    gust = memory(mixing.wind_error_m_s, mixing.wind_error_hours * SECONDS_PER_HOUR)
    own = np.zeros((0, drive.OWN), real)
    if drawn:
        kick = math.sqrt(1.0 - math.exp(-seconds / (mixing.flight_time_days * SECONDS_PER_DAY)) ** 2)
        down, right = (0.0, 0.0) if ekman is None else ekman.T
        own = np.stack(np.broadcast_arrays(jibes, flight_m_s * kick, down, right), axis=-1).astype(real)
    capsizing = boats.capsizing
    west, east, south, north = coast.domain
    chance = bool(walk_m > 0.0 or mixing.diffusivity_file or jibe > 0.0 or capsizing or refloat > 0.0)
    return plain_physics(seconds, real, seed=run.seed, backward=run.direction == "backward")._replace(
        flight=flight[0],
        flight_keep=flight[1],
        flight_kick=flight[2],
        error=error[0],
        error_keep=error[1],
        error_kick=error[2],
        gust=gust[0],
        gust_keep=gust[1],
        gust_kick=gust[2],
        walk_m=real(walk_m),
        draws=chance,
        jibe=real(jibe),
        capsizing=capsizing is not None,
        capsize_wind=capsizing.wind_m_s if capsizing else 30.0,
        capsize_width=capsizing.width_m_s if capsizing else 5.0,
        capsized_class=np.int64(classes.capsized),
        own=own,
        sinking=boats.sinking is not None,
        refloat=1.0 - 0.5 ** (hours / refloat) if refloat > 0.0 else 0.0,
        coast=coast.shoreline != "none",
        west=west,
        east=east,
        south=south,
        north=north,
    )
