"""What must hold between the distributions of ``[uncertain]`` and the keys that they are of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from .distributions import CUT, Distribution
from .models import NO_CURRENT, Config, Section
from .toml_text import Path

Wrong = tuple[Path, str, tuple[Path, ...]]

FARTHEST_KM, LONGEST_DAYS = 1000.0, 366.0
"""Of a shift."""

OWN: dict[Path, tuple[float, float]] = {
    ("release", "shift_east_km"): (-FARTHEST_KM, FARTHEST_KM),
    ("release", "shift_north_km"): (-FARTHEST_KM, FARTHEST_KM),
    ("release", "shift_days"): (-LONGEST_DAYS, LONGEST_DAYS),
}
"""Keys that stand in ``[uncertain]`` alone, with their limits."""

SHARES: tuple[Path, ...] = (("release", "weights"), ("boats", "shares"))
SHIFTED = ("box", "polygon")
"""Kinds of sources that a shift moves."""


def findings(config: Config) -> Iterator[Wrong]:
    """What is wrong with distributions whose single values are right: path, what must be, what it rests on."""
    if config.uncertain is None:
        return
    drawn = config.uncertain.distributions()
    if not drawn:
        yield ("uncertain",), "holds no distribution: leave the table out, or give one", ()
    for key, of in drawn.items():
        at = ("uncertain", *key)
        why = _nothing_to_draw(config, key)
        if why is not None:
            yield at, why, (key, key[:1])
        elif key not in SHARES:
            beyond = _beyond_limits(config, key, of)
            if beyond:
                yield at, beyond, (key,)
            elif key == ("release", "shift_days"):
                yield from _dates(config, at, of)


def _nothing_to_draw(config: Config, key: Path) -> str | None:
    """Why a key cannot be drawn in this config."""
    table = _value(config, key[:-1])
    if table is None:
        return f"needs the table [{'.'.join(map(str, key[:-1]))}], which this config does not have"
    if key == ("boats", "shares") and sum(kind.share > 0.0 for kind in config.boats.classes) < 2:
        return "needs two classes of boats at least with a share above 0"
    if key == ("release", "weights") and sum(source.weight > 0.0 for source in config.release.sources) < 2:
        return "needs two sources at least with a weight above 0"
    if key[-1] in ("shift_east_km", "shift_north_km") and not any(
        source.kind in SHIFTED for source in config.release.sources
    ):
        return f"moves sources of kind {' and '.join(SHIFTED)}, and there is none"
    if key[-1] == "shift_days" and config.release.hazard_wind != "none":
        return "does not go with release.hazard_wind, which draws the dates again"
    if key[0] == "current":
        return _of_the_current(config, key)
    if key[-1] == "scale" and getattr(table, "scale", 1.0) == 0.0:
        return f"does not go with {key[0]}.scale = 0"
    return None


def _of_the_current(config: Config, key: Path) -> str | None:
    current = config.current
    if current.product == NO_CURRENT:
        return f"does not go with {current.described}"
    own = current.product == "climatology" and current.ekman_percent is None
    if key[-1] == "scale":
        if current.scale == 0.0:
            return "does not go with current.scale = 0"
        if own:
            return "needs current.ekman_percent: what the climatology holds of Ekman drift is wind, and is not scaled"
    if key[-1] == "eddy_scale" and not current.draws_eddies:
        return "needs eddies, which the climatology has with current.eddy_scale above 0"
    if key[-1] in ("ekman_percent", "ekman_angle_deg"):
        if config.wind is None:
            return "needs wind: add a table [wind]"
        if own:
            return "needs current.ekman_percent, the drift without a draw, in place of that of the climatology"
    return None


def _value(config: Config, path: Path) -> object:
    value: object = config
    for name in path:
        value = getattr(value, str(name), None)
    return value


def _beyond_limits(config: Config, key: Path, of: Distribution) -> str:
    """What a draw must be where the distribution reaches farther; empty where it does not."""
    least, most, open_low, open_high = _limits(config, key)
    low, high = of.reach
    if not (low < least or high > most or (open_low and low <= least) or (open_high and high >= most)):
        return ""
    cut = f" ({CUT:g} sd)" if of.kind in ("normal", "lognormal") else ""
    words = f"{'above' if open_low else 'at least'} {least:g} and {'below' if open_high else 'at most'} {most:g}"
    return f"must be {words}; draws reach {low:g} to {high:g}{cut}"


def _limits(config: Config, key: Path) -> tuple[float, float, bool, bool]:
    """Least and greatest value of a key, and whether each is itself too far."""
    if key in OWN:
        return (*OWN[key], False, False)
    table = _value(config, key[:-1])
    assert isinstance(table, Section)
    field = type(table).model_fields[str(key[-1])]
    found = {name: value for limit in field.metadata for name, value in vars_of(limit).items()}
    low, high = found.get("gt", found.get("ge")), found.get("lt", found.get("le"))
    assert low is not None and high is not None  # every key that can be drawn has both limits
    return float(low), float(high), "gt" in found, "lt" in found


def vars_of(limit: object) -> dict[str, float]:
    """The limits that one piece of a key's metadata sets."""
    return {name: getattr(limit, name) for name in ("gt", "ge", "lt", "le") if getattr(limit, name, None) is not None}


def _dates(config: Config, at: Path, of: Distribution) -> Iterator[Wrong]:
    """Shifted dates must lie within the run."""
    run, needs = config.run, tuple(("run", name) for name in ("start", "end"))
    low, high = (timedelta(days=days) for days in of.reach)
    for source in config.release.sources:
        first, last = config.release.span_of(source)
        dates = source.dates or tuple(date for date in (first, last) if date is not None)
        if source.daily_weights and first is not None:
            dates = (first, first + timedelta(days=len(source.daily_weights)))
        if dates and not (run.start <= min(dates) + low and max(dates) + high <= run.end):
            span = f"{(min(dates) + low).isoformat()} to {(max(dates) + high).isoformat()}"
            yield (
                at,
                f"leads out of the run: dates of {source.name} reach {span}; lengthen the run",
                (*needs, ("release",)),
            )
            return
