"""What must hold between the keys of a config. Each check yields findings; none raises."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import timedelta
from typing import NamedTuple

from ..area.area import Area
from ..system.errors import InputError
from . import products, uncertain, values
from .models import (
    CONSTANT_KEYS,
    DRAWN,
    EDDY_KEYS,
    EKMAN_KEYS,
    KEYS_OF_KIND,
    LAND_KEYS,
    NO_CURRENT,
    Config,
    FieldSection,
    ReleaseSource,
    Section,
    WindConfig,
)
from .toml_text import Path, literal

MAX_STEPS = 10_000_000
SMALLEST_ERROR_KM, SMALLEST_ERROR_HOURS = 40.0, 12.0
MAX_DENSITY_CELLS = 50_000_000


class Finding(NamedTuple):
    """One thing that is wrong between keys.

    ``needs`` names the other keys that it rests on: where one of those is wrong itself, the finding is not told.
    """

    at: Path
    allowed: str
    needs: tuple[Path, ...] = ()
    nearest: str | None = None


AREA = ("area", "name")
START, END, STEP = ("run", "start"), ("run", "end"), ("run", "step_minutes")
DOMAIN = ("coast", "domain")
MUCH_RESTS_ON = (START, END, STEP, DOMAIN, AREA)
"""Where one of these is wrong, what follows from it is not told."""


def findings(config: Config) -> Iterator[Finding]:
    """Everything that is wrong between the keys of a config whose single values are right."""
    yield from _run(config)
    for name in ("current", "wind", "stokes"):
        section = getattr(config, name)
        if section is not None:
            yield from _field(name, section)
    yield from _boats(config)
    yield from _one_way(config)
    yield from _needs_wind(config)
    yield from _mixing(config)
    area = area_of(config)
    if isinstance(area, str):
        yield Finding(AREA, area)
    yield from _coast(config, area)
    yield from _release(config)
    yield from _output(config)
    yield from (Finding(*wrong) for wrong in uncertain.findings(config))


def area_of(config: Config) -> Area | str:
    """The area of a config, or what is wrong with its name."""
    try:
        return Area.load(config.area.name)
    except InputError as problem:
        return f"cannot be used: {problem}"


def _one_way(config: Config) -> Iterator[Finding]:
    """What cannot be undone has no meaning where time runs backward."""
    direction, allowed = ("run", "direction"), 'not with run.direction = "backward": leave this table out'
    if config.run.direction == "backward":
        for name in ("capsizing", "sinking"):
            if getattr(config.boats, name) is not None:
                yield Finding(("boats", name), allowed, (direction,))


def _run(config: Config) -> Iterator[Finding]:
    run = config.run
    parts = 1440.0 / run.step_minutes
    if abs(parts - round(parts)) > 1e-9 * parts:
        yield Finding(STEP, "must divide 24 h, such as 60, 30 or 20")
        return
    if run.end <= run.start:
        yield Finding(END, f"must be later than run.start ({run.start.isoformat()})", (START,))
        return
    steps = (run.end_epoch - run.start_epoch) / run.step_s
    if abs(steps - round(steps)) > 1e-6:
        yield Finding(END, f"must be a whole number of steps ({run.step_minutes:g} min) after run.start", (START, STEP))
    elif steps > MAX_STEPS:
        yield Finding(END, f"makes {steps:.9g} steps; at most {MAX_STEPS} are allowed", (START, STEP))


def _field(name: str, section: FieldSection) -> Iterator[Finding]:
    product = (name, "product")
    known = products.names(name)
    if section.product not in known:
        close = values.nearest(section.product, known, 0.5)
        listed = "" if close else f": {', '.join(known)}"
        yield Finding(product, f"is not a product for [{name}]{listed}", nearest=close and literal(close))
        return
    for key in _not_default(section, section.idle()):
        refused = f"does not go with {section.described}"
        if section.product == NO_CURRENT:
            refused += "; leave it out"
        elif key in (*EDDY_KEYS, "members"):
            refused += ", to which no eddies are added; leave it out"
            if section.product == "climatology":
                refused = "does not go with eddy_scale = 0; leave it out"
        elif key in EKMAN_KEYS:
            refused += " unless ekman_percent stands beside it"
        elif key in CONSTANT_KEYS:
            refused += '; it goes with product = "constant"'
        elif key in LAND_KEYS:
            refused += ", which has a wind everywhere; leave it out"
        else:
            refused += "" if section.product == "wind_roses" else '; name the product of the files, or "cf"'
        yield Finding((name, key), refused, (product,))
    if section.product == "constant":
        yield from _constant(name, section)
    if section.product not in ("climatology", "constant", NO_CURRENT) and not section.files:
        yield Finding((name, "files"), f"must name a file or glob for {section.described}", (product,))
    if bool(section.u) != bool(section.v):
        lacking = "v" if section.u else "u"
        yield Finding((name, "u" if section.u else "v"), f"must come with {name}.{lacking}", ((name, lacking),))
    if section.stamp == "instant" and section.interval_hours:
        yield Finding((name, "interval_hours"), 'does not go with stamp = "instant"', ((name, "stamp"),))
    if isinstance(section, WindConfig) and section.members != 1 and section.product not in DRAWN:
        yield Finding((name, "members"), 'is for product = "climatology" and "wind_roses" only', (product,))


def _constant(name: str, section: FieldSection) -> Iterator[Finding]:
    """One velocity is two components, or a speed and a direction."""
    direction = "from_deg" if name == "wind" else "to_deg"
    pairs = (("east_m_s", "north_m_s"), ("speed_m_s", direction))
    given = [key for pair in pairs for key in pair if getattr(section, key, None) is not None]
    if tuple(given) not in pairs:
        yield Finding(
            (name, given[0] if len(given) == 1 else "product"),
            f"needs east_m_s and north_m_s, or speed_m_s and {direction}: give one pair, and not the other",
            tuple((name, key) for pair in pairs for key in pair),
        )


def _not_default(section: Section, names: Container[str]) -> list[str]:
    """Those keys whose value is not the default, which may be written: it says nothing."""
    fields = type(section).model_fields
    return [name for name in fields if name in names and getattr(section, name) != fields[name].default]


def _boats(config: Config) -> Iterator[Finding]:
    boats = config.boats
    at: Path = ("boats", "classes")
    for i, kind in enumerate(boats.classes):
        leeway, windage = (*at, i, "leeway"), (*at, i, "windage_percent")
        if kind.leeway and kind.windage_percent is not None:
            yield Finding(windage, "must not stand beside leeway: one of the two", (leeway,))
        elif not kind.leeway and kind.windage_percent is None:
            yield Finding((*at, i), "must have leeway or windage_percent", (leeway, windage))
        for name in _not_default(kind, kind.idle()):
            yield Finding((*at, i, name), "goes with windage_percent, not with leeway", (leeway, windage))
    total = sum(kind.share for kind in boats.classes)
    if abs(total - 1.0) > 1e-6:
        yield Finding(at, f"must have shares that add up to 1; they add up to {total:.9g}")
    yield from _twins(at, [kind.name for kind in boats.classes])
    if boats.capsizing is not None:
        taken = values.label_token(boats.capsizing.name)
        for i, kind in enumerate(boats.classes):
            if values.label_token(kind.name) == taken:
                allowed = "is too like the label of the boats that have capsized: give another"
                yield Finding((*at, i, "name"), allowed, ((*at, i), ("boats", "capsizing")))
    if boats.perturbation == "kept" and boats.perturbation_hours != 24.0:
        yield Finding(
            ("boats", "perturbation_hours"), 'goes with perturbation = "redrawn"', (("boats", "perturbation"),)
        )
    table = any(kind.leeway for kind in boats.classes) or boats.capsizing is not None
    if config.stokes is not None and table and not config.stokes.with_leeway:
        yield Finding(
            ("stokes",),
            "table leeway holds the push of the waves already; if Stokes drift on top of it is meant, "
            "say with_leeway = true, else use windage_percent or leave [stokes] out",
            (at, ("stokes", "with_leeway")),
        )


def _twins(at: Path, names: list[str]) -> Iterator[Finding]:
    """Labels that come twice, or differ in blanks and signs only."""
    seen: dict[str, int] = {}
    for i, name in enumerate(names):
        first = seen.setdefault(values.label_token(name), i)
        if name and first != i:
            there = f"{'.'.join(map(str, at))}[{first}]"
            yield Finding((*at, i, "name"), f"is too like the label of {there}: give another", ((*at, i), (*at, first)))


def _needs_wind(config: Config) -> Iterator[Finding]:
    if config.wind is not None:
        return
    without = "needs wind: add a table [wind]"
    wind: Path = ("wind",)
    table = values.leeway_table()
    for i, kind in enumerate(config.boats.classes):
        at = ("boats", "classes", i)
        if kind.leeway and table[kind.leeway].moves:
            yield Finding((*at, "leeway"), without, (wind, (*at, "leeway")))
        elif kind.windage_percent:
            yield Finding((*at, "windage_percent"), without, (wind,))
    if config.boats.capsizing is not None:
        yield Finding(("boats", "capsizing"), without, (wind,))
    if config.current.ekman_percent:
        yield Finding(("current", "ekman_percent"), without, (wind,))
    if config.mixing.wind_error_m_s:
        yield Finding(("mixing", "wind_error_m_s"), without, (wind,))
    if config.release.hazard_wind != "none":
        yield Finding(("release", "hazard_wind"), without, (wind,))


def _mixing(config: Config) -> Iterator[Finding]:
    mixing = config.mixing
    length, product = ("mixing", "current_error_km"), ("current", "product")
    if 0.0 < mixing.current_error_km < SMALLEST_ERROR_KM:
        yield Finding(length, f"must be 0, or {SMALLEST_ERROR_KM:g} or more: its grid is a quarter of a degree")
    if mixing.current_error_km and mixing.current_error_hours < SMALLEST_ERROR_HOURS:
        least = f"must be {SMALLEST_ERROR_HOURS:g} or more beside current_error_km"
        yield Finding(("mixing", "current_error_hours"), least, (length,))
    if mixing.current_error_km and config.current.product in ("climatology", NO_CURRENT):
        other = "; use current.eddy_scale" if config.current.product == "climatology" else "; leave it out"
        yield Finding(length, f"does not go with {config.current.described}{other}", (product,))
    if mixing.diffusivity_file and mixing.diffusivity_m2_s:
        yield Finding(
            ("mixing", "diffusivity_file"),
            "must not stand beside diffusivity_m2_s: one of the two",
            (("mixing", "diffusivity_m2_s"),),
        )


def _box(box: tuple[float, float, float, float]) -> str | None:
    west, east, south, north = box
    if not all(-89.0 <= lat <= 89.0 for lat in (south, north)):
        return "must be [west, east, south, north] with latitudes between -89 and 89"
    if not all(-180.0 <= lon <= 360.0 for lon in (west, east)):
        return "must be [west, east, south, north] with longitudes between -180 and 360"
    if west >= east or south >= north:
        return "must be [west, east, south, north] with west < east and south < north"
    if east - west > 360.0:
        return "must be at most 360 degrees wide"
    return None


def _within(box: tuple[float, float, float, float], outer: tuple[float, float, float, float]) -> bool:
    return outer[0] <= box[0] and box[1] <= outer[1] and outer[2] <= box[2] and box[3] <= outer[3]


def _coast(config: Config, area: Area | str) -> Iterator[Finding]:
    wrong = _box(config.coast.domain)
    if wrong:
        yield Finding(DOMAIN, wrong)
    if isinstance(area, str):
        return
    yield from _regions(config)
    own = list(_own_keys(config))
    from_files = any(region.file for region in config.area.regions)
    for n, region in enumerate(config.area.lead):
        if region not in area.regions and region not in own and not from_files:
            near = values.nearest(region, area.regions)
            yield Finding(("area", "lead", n), f"is no region of the area {area.key}", (AREA,), near and literal(near))
    if config.coast.shoreline == "none" or wrong:
        return
    if area.path("shoreline.npz") is None:
        yield Finding(("coast", "shoreline"), f'must be "none": the area {area.key} has no shoreline', (AREA,))
    elif not _within(config.coast.domain, area.box):
        yield Finding(
            DOMAIN,
            f'must lie within {_text(area.box)}, where there is a shoreline (or shoreline = "none")',
            (("coast", "shoreline"), AREA),
        )


def _own_keys(config: Config) -> Iterator[str]:
    """Keys that own regions get from their names; those of files are known once they are read."""
    if config.area.regions:
        from ..area.own_regions import key_of

        yield from (key_of(region.name) for region in config.area.regions if region.name)


def _regions(config: Config) -> Iterator[Finding]:
    for n, region in enumerate(config.area.regions):
        at: Path = ("area", "regions", n)
        given = [name for name in ("file", "points", "line") if getattr(region, name)]
        if len(given) != 1:
            yield Finding(at, "needs one of file, points and line" + f", not {' and '.join(given)}" * bool(given))
        elif not region.name and not region.file:
            yield Finding((*at, "name"), "must be given, as there is no file with names")
        if region.points and len(region.points) < 3:
            yield Finding((*at, "points"), "needs 3 or more points, each [longitude, latitude]")
        if bool(region.line) != (region.km is not None):
            yield Finding((*at, "km"), "must be given with line, as [from, to] in kilometres, and only then")
        if region.km is not None and not all(0.0 <= end <= 1e6 for end in region.km):
            yield Finding((*at, "km"), "must be two kilometres, 0 or more")


def _release(config: Config) -> Iterator[Finding]:
    sources = config.release.sources
    at: Path = ("release", "sources")
    if sum(source.weight for source in sources) <= 0.0:
        yield Finding(at, "must have one weight above 0 at least", tuple((*at, i) for i in range(len(sources))))
    for name in _not_default(config.release, config.release.idle()):
        yield Finding(("release", name), 'goes with hazard_wind = "above" only', (("release", "hazard_wind"),))
    yield from _twins(at, [source.name for source in sources])
    good_domain = _box(config.coast.domain) is None
    for i, source in enumerate(sources):
        here = (*at, i)
        yield from _keys_of_kind(here, source)
        if good_domain:
            yield from _place(here, source, config)
        yield from _dates(here, source, config)


def _keys_of_kind(at: Path, source: ReleaseSource) -> Iterator[Finding]:
    kind = (*at, "kind")
    mine = KEYS_OF_KIND[source.kind]
    for name in _not_default(source, source.idle()):
        refused = f'does not go with kind = "{source.kind}", which takes {", ".join(mine)}'
        yield Finding((*at, name), refused, (kind,))
    if source.kind == "track":
        yield from _track(at, source)
    elif not getattr(source, mine[0]):
        yield Finding((*at, mine[0]), f'must be given with kind = "{source.kind}"', (kind,))
    if source.kind == "circle" and not source.radius_km:
        yield Finding((*at, "radius_km"), 'must be above 0 with kind = "circle"', (kind,))
    if source.kind == "port" and source.min_offshore_km >= source.max_offshore_km:
        yield Finding((*at, "max_offshore_km"), "must be above min_offshore_km", ((*at, "min_offshore_km"),))


def _track(at: Path, source: ReleaseSource) -> Iterator[Finding]:
    """The way of a vessel stands in a file, or in points and their times."""
    keys = tuple((*at, name) for name in ("file", "points", "times"))
    if bool(source.file) == bool(source.points):
        yield Finding((*at, "file"), 'must be given with kind = "track", or points and times instead', keys)
    elif source.points and (len(source.points) < 2 or len(source.times) != len(source.points)):
        told = f"must be one for each of 2 or more points; there are {len(source.times)} for {len(source.points)}"
        yield Finding((*at, "times"), told, keys)
    elif source.file and source.times:
        yield Finding((*at, "times"), "must not stand beside a file, which holds the times", keys)


def _place(at: Path, source: ReleaseSource, config: Config) -> Iterator[Finding]:
    domain = config.coast.domain
    needs = (DOMAIN, (*at, "kind"), (*at, "points"))
    if source.kind == "box" and source.box:
        wrong = _box(source.box)
        if wrong is None and not _within(source.box, domain):
            wrong = f"must lie in the domain {_text(domain)}"
        if wrong:
            yield Finding((*at, "box"), wrong, needs)
    elif source.kind == "port" and source.port:
        area = area_of(config)
        place = None if isinstance(area, str) else area.port(source.port)
        if place and not _inside((place.lon, place.lat), domain):
            yield Finding((*at, "port"), f"lies outside the domain {_text(domain)}", needs)
    elif source.kind in ("point", "circle", "line", "polygon", "track") and source.points:
        bad = [n for n, point in enumerate(source.points) if not _inside(point, domain)]
        if bad:
            yield _outside((*at, "points", bad[0]), source.points[bad[0]], len(bad) - 1, domain)
        if source.kind != "track":
            yield from (finding._replace(needs=(*finding.needs, *needs)) for finding in _shape((*at, "points"), source))


def _inside(point: tuple[float, float], domain: tuple[float, float, float, float]) -> bool:
    return domain[0] <= point[0] <= domain[1] and domain[2] <= point[1] <= domain[3]


def _outside(at: Path, point: tuple[float, float], more: int, domain: tuple[float, float, float, float]) -> Finding:
    lon, lat = point
    others = [(lat, lon), (lon + 360.0, lat), (lon - 360.0, lat)]
    meant = next((other for other in others if _inside(other, domain)), None)
    text = f"must lie in the domain {_text(domain)}"
    if meant == others[0]:
        text += ", longitude first"
    if more:
        text += f" ({more} more of these points do not)"
    return Finding(at, text, (DOMAIN, at[:-1]), f"[{meant[0]:g}, {meant[1]:g}]" if meant else None)


def _text(box: tuple[float, float, float, float]) -> str:
    return f"{box[0]:g} to {box[1]:g} E, {box[2]:g} to {box[3]:g} N"


def _shape(at: Path, source: ReleaseSource) -> Iterator[Finding]:
    points, radius = list(source.points), (*at[:-1], "radius_km")
    if source.kind in ("point", "circle"):
        if len(points) > 1 and (source.kind == "circle" or source.radius_km):
            yield Finding(at, f"must be one point where there is a radius; there are {len(points)}", (radius,))
        return
    if source.kind == "line":
        if len(set(points)) < 2:
            yield Finding(at, "must be 2 or more different points for a line")
        return
    ring = points[:-1] if points[0] == points[-1] else points
    if len(set(ring)) < 3:
        yield Finding(at, "must be 3 or more different points for a polygon")
        return
    import shapely

    polygon = shapely.Polygon(ring)
    if not polygon.is_valid:
        # shapely says, for instance, Self-intersection[133.5 39.25]
        reason, _, place = shapely.is_valid_reason(polygon).rstrip("]").partition("[")
        where = " at [" + ", ".join(f"{float(x):g}" for x in place.split()) + "]" if place else ""
        what = "crosses or touches itself" if "ntersection" in reason else f"is no polygon ({reason.lower()})"
        yield Finding(at, f"{what}{where}; give its corners in order, once around")
    elif polygon.area <= 0.0:
        yield Finding(at, "must enclose an area")


def _dates(at: Path, source: ReleaseSource, config: Config) -> Iterator[Finding]:
    release, run = config.release, config.run
    if source.kind in ("positions", "track"):
        refused = ("dates", "daily_weights") + (("first", "last") if source.kind == "positions" else ())
        for name in refused:
            if getattr(source, name):
                yield Finding(
                    (*at, name), f'does not go with kind = "{source.kind}", whose places have their own times'
                )
        return
    span = (START, END, ("release", "first"), ("release", "last"))
    if source.dates:
        for name in ("first", "last", "daily_weights"):
            if getattr(source, name):
                yield Finding((*at, name), "must not stand beside dates: one of the two", ((*at, "dates"),))
        for n, date in enumerate(source.dates):
            if not run.start <= date <= run.end:
                yield Finding((*at, "dates", n), _in_run(config), span)
                return
        return
    first, last = release.span_of(source)
    if source.daily_weights:
        if source.last:
            yield Finding((*at, "last"), "must not stand beside daily_weights, whose number says how many days")
        if min(source.daily_weights) < 0.0 or sum(source.daily_weights) <= 0.0:
            yield Finding((*at, "daily_weights"), "must be 0 or more each, and not all 0")
        last = first + timedelta(days=len(source.daily_weights)) if first else None
        names = ("first", "daily_weights")
    else:
        names = ("first", "last")
    if first is None or last is None:
        lacking = "first" if first is None else "last"
        yield Finding((*at, lacking), "is missing: give it here or in [release], or give dates", span)
        return
    if last < first:
        yield Finding(_where(at, source, "last"), f"must not be earlier than first ({first.isoformat()})", span[2:])
        return
    outside = [name for name, date in zip(names, (first, last), strict=True) if not run.start <= date <= run.end]
    if outside:
        yield Finding(_where(at, source, outside[0]), _in_run(config), span)


def _where(at: Path, source: ReleaseSource, name: str) -> Path:
    """The key that holds a date: that of the source, or that of all sources."""
    return (*at, name) if getattr(source, name) else ("release", name)


def _in_run(config: Config) -> str:
    return f"must lie within the run, {config.run.start.isoformat()} to {config.run.end.isoformat()}"


def _output(config: Config) -> Iterator[Finding]:
    output, run = config.output, config.run
    ratio = output.track_every_hours * 60.0 / run.step_minutes
    if ratio < 1.0 - 1e-9 or abs(ratio - round(ratio)) > 1e-9 * ratio:
        length = f"{output.track_every_hours:g} h"
        yield Finding(
            ("output", "track_every_hours"),
            f"({length}) must be a multiple of the step ({run.step_minutes:g} min)",
            (STEP,),
        )
    if _box(config.coast.domain) is None and run.end > run.start:
        west, east, south, north = config.coast.domain
        cells = (east - west) * (north - south) / output.density_grid_deg**2
        weeks = (run.end - run.start) / timedelta(weeks=1) + 1.0
        total = cells * weeks * len(config.boats.classes)
        if total > MAX_DENSITY_CELLS:
            yield Finding(
                ("output", "density_grid_deg"),
                f"makes {total:.2g} cells (domain x weeks x classes); {MAX_DENSITY_CELLS:.2g} are allowed",
                (START, END, DOMAIN, ("boats", "classes")),
            )
