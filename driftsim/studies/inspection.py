"""What a set of files is taken for, and what a run would make of it: the answer to "why does it not read my file"."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..area.area import default
from ..figures import canvas
from ..forcing.catalogue import CATALOGUE, STANDARD_NAMES, Product
from ..forcing.files import levels
from ..forcing.files.axes import Box, cut_latitude, cut_longitude
from ..forcing.files.component import complaints, extent, scan
from ..forcing.files.file_source import FileSource
from ..forcing.files.library import Datasets, reading
from ..forcing.files.paths import expand
from ..forcing.files.request import Request
from ..forcing.files.roles import Header, attribute, find_pair
from ..forcing.files.units import written_units
from ..forcing.grid import Axis
from ..results import placing
from ..system.constants import SECONDS_PER_HOUR
from ..system.errors import InputError
from ..system.formats import identify
from ..system.kinds import StoredVariable

if TYPE_CHECKING:
    import netCDF4

"""West, east, south, north of the domain that a run has by default, degrees."""

_LEVELS = 12  # of which the speed is told
_MAP = (64, 26)
_WIDTH = 100


@dataclass
class _Group:
    """Files that are one field."""

    kind: str
    product: Product
    why: str
    names: tuple[str, ...] = ()
    level: levels.Level | None = None
    member_dimension: str = ""
    files: list[str] = field(default_factory=list)

    @property
    def request(self) -> Request:
        """What is looked for in them."""
        u, v = self.names or ("", "")
        return Request(self.kind, self.product, u, v, self.level, self.member_dimension)

    def pair(self, dataset: netCDF4.Dataset, path: str) -> tuple[str | None, str | None]:
        """The components in a file."""
        ask = self.request
        return find_pair(dataset, ask.product, ask.kind, ask.u, ask.v, path)


@dataclass
class Report:
    """What was found.

    Attributes
    ----------
    text : str
    readable : bool
        Whether every file can be used.
    sources : list of FileSource
        The fields that could be opened.
    """

    text: str
    readable: bool
    sources: list[FileSource]


def inspect(
    files: Iterable[str | os.PathLike[str]],
    *,
    product: str = "",
    kind: str = "",
    box: tuple[float, float, float, float] | None = None,
    u: str = "",
    v: str = "",
    level: str = "",
    member_dimension: str = "",
) -> Report:
    """Look at files as a run would, and tell all that is wrong with them.

    Parameters
    ----------
    files : iterable of path
        Files and globs.
    product, kind : str
        A product of the catalogue, and current, wind or stokes; guessed where they are empty.
    box : tuple of float, optional
        West, east, south, north, degrees; by default the default domain where the files cover it, else all of them.
    u, v : str
        Names of the variables, where they are not the product's.
    level : str
        The level that is meant, such as ``850 hPa``, where it is not near the surface.
    member_dimension : str
        The dimension along which members stand, where the file does not say so.

    Raises
    ------
    InputError
        Unknown product or kind, a level or a box that is none. What is wrong with a file is told in the report.
    """
    if kind and kind not in STANDARD_NAMES:
        raise InputError(f"kind {kind!r}: allowed: {', '.join(STANDARD_NAMES)}")
    if product and product not in CATALOGUE:
        raise InputError(f"product {product!r} is not read from files; allowed: {', '.join(CATALOGUE)}")
    if bool(u) != bool(v):
        raise InputError("give both u and v, or neither")
    if box is not None and not (box[0] < box[1] and box[2] < box[3]):
        raise InputError(f"box {box}: must be west, east, south, north with west < east and south < north")
    if level and levels.parse(level) is None:
        raise InputError(f"level {level!r}: must be a number and m or hPa, such as '100 m' or '850 hPa'")
    lines: list[str] = []
    wrong = atlases = 0
    paths: list[str] = []
    for given in files:
        try:
            paths += expand([given], "FILES")
        except InputError as problem:
            wrong += 1
            lines += _problem(str(given), [str(problem).removeprefix("FILES.files: ")])
    groups: dict[tuple[str, str], _Group] = {}
    datasets = Datasets()
    for path in dict.fromkeys(paths):
        found, problems = _look(datasets, path, product, kind, u, v, levels.parse(level), member_dimension)
        if problems and _is_atlas(path, product, kind):
            lines += [f"{path}: an atlas of wind roses, from which winds are drawn", *_row("in a config", "[wind]")]
            lines += [*_row("", 'product = "wind_roses"'), *_row("", f'files = ["{os.path.abspath(path)}"]'), ""]
            atlases += 1
            continue
        wrong += bool(problems)
        lines += _problem(path, problems) if problems else []
        for one in found if not problems else []:
            groups.setdefault((one.kind, one.product.key), one).files.append(path)
    datasets.close()
    sources = []
    for group in groups.values():
        text, source = _tell(group, box)
        lines += text
        wrong += source is None
        sources += [source] if source is not None else []
    return Report("\n".join(lines).strip("\n"), not wrong and bool(sources or atlases), sources)


# What a file is ------------------------------------------------------------------------------------------------------


def _look(
    datasets: Datasets,
    path: str,
    product: str,
    kind: str,
    u: str,
    v: str,
    level: levels.Level | None,
    member_dimension: str,
) -> tuple[list[_Group], list[str]]:
    """The fields in a file, or all that is wrong with it."""
    try:
        with reading(path):
            dataset = datasets.get(path)
            groups = _guess(dataset, path, product, kind, u, v)
            if not groups:
                return [], [_nothing(dataset, product, kind)]
            if len(groups) > 1 and all(group.why.startswith(_VAGUE) for group in groups):
                kinds = " or ".join(f"--kind {group.kind}" for group in groups)
                return [], [f"nothing in it says what its velocity is: say {kinds}, or name the --product"]
            problems: list[str] = []
            for group in groups:
                group.level, group.member_dimension = level, member_dimension
                for text in _problems(dataset, group, path):
                    plain = text.removeprefix(f"{path}: ")
                    problems += [plain] if plain not in problems else []
            return groups, problems
    except InputError as problem:
        return [], [identify(path) or str(problem).removeprefix(f"{path}: ").removeprefix(path).strip()]


def _is_atlas(path: str, product: str, kind: str) -> bool:
    """Whether winds can be drawn from the file."""
    if product or kind not in ("", "wind") or identify(path):
        return False
    from ..forcing.climatology.atlas import roses_from_atlas

    try:
        roses_from_atlas(path)
    except (InputError, OSError):
        return False
    return True


def _guess(dataset: netCDF4.Dataset, path: str, product: str, kind: str, u: str, v: str) -> list[_Group]:
    """For each kind of field in the file, the product that it looks like."""
    names = ("title", "id", "source", "institution", "product_version", "references", "comment", "history", "summary")
    said = " ".join([os.path.basename(path), *(attribute(dataset, name) for name in names)]).lower()
    found = []
    for one in [kind] if kind else STANDARD_NAMES:
        entries = [CATALOGUE[product]] if product else [e for e in CATALOGUE.values() if e.key != "cf"]
        fits = [e for e in entries if one in e.names and (u or _has(dataset, e, one))]
        hinted = [e for e in fits if any(hint in said for hint in e.hints)]
        if product and fits:
            found.append(_Group(one, fits[0], "as you say"))
        elif hinted:
            found.append(_Group(one, hinted[0], "by its variables and what it says of itself"))
        elif len(fits) == 1 and not _has(dataset, CATALOGUE["cf"], one):
            found.append(_Group(one, fits[0], _VAGUE))
        elif fits or u or _standard(dataset, one):
            others = f"; it may be {' or '.join(e.key for e in fits)}: say so with --product" if fits else ""
            if fits and not (u or _standard(dataset, one)):
                # Names that several share credit nobody: a plain file, with the names that it has.
                own = () if _has(dataset, CATALOGUE["cf"], one) else _has(dataset, fits[0], one)
                found.append(_Group(one, CATALOGUE["cf"], f"{_VAGUE}{others}", own))
            elif one != "current" or not u or kind or not found:
                found.append(_Group(one, CATALOGUE["cf"], f"by {'the names given' if u else 'standard names'}{others}"))
    if u and not kind and not product:
        found = found[:1]
    if u:
        for group in found:
            group.names = (u, v)
    # Variables called u and v may be of any kind: where one of them is sure, the others are none.
    sure = [g for g in found if not g.why.startswith(_VAGUE)]
    return sure or found


_VAGUE = "by its variables alone"
"""How a product was found that nothing but common names speaks for."""


def _has(dataset: netCDF4.Dataset, entry: Product, kind: str) -> tuple[str, ...]:
    """The product's names of which a component is there, and not by its standard name of another kind."""
    for pair in entry.names[kind]:
        for wanted in pair:
            name = next((n for n in dataset.variables if n.lower() == wanted.lower()), None)
            if name is not None:
                standard = attribute(dataset.variables[name], "standard_name")
                kinds = [k for k, pairs in STANDARD_NAMES.items() if any(standard in p for p in pairs)]
                return pair if not kinds or kind in kinds else ()
    return ()


def _standard(dataset: netCDF4.Dataset, kind: str) -> bool:
    known = {name for pair in STANDARD_NAMES[kind] for name in pair}
    return any(attribute(variable, "standard_name") in known for variable in dataset.variables.values())


def _nothing(dataset: netCDF4.Dataset, product: str, kind: str) -> str:
    has = [
        f"{name}({', '.join(v.dimensions)})"
        + (f" = {attribute(v, 'standard_name')}" if attribute(v, "standard_name") else "")
        for name, v in dataset.variables.items()
    ]
    what = kind or "current, wind or Stokes drift"
    asked = f" as {product}" if product else ""
    return (
        f"no {what} found in it{asked}, by the names of the products or by standard name. It holds "
        f'{", ".join(has) or "no variable"}. If two of these are the velocity, name them: product = "cf", u = ..., '
        "v = ... (here --u and --v)"
    )


def _problems(dataset: netCDF4.Dataset, group: _Group, path: str) -> Iterator[str]:
    """Everything that the reader would refuse in the header of a file, not only the first of it."""
    try:
        pair = group.pair(dataset, path)
    except InputError as problem:
        yield str(problem)
        return
    if not any(pair):
        yield f"no variable {' or '.join(group.names)} in it; it holds {', '.join(dataset.variables)}"
    for name in pair:
        if name is not None:
            yield from complaints(Header(dataset), name, group.request, path)


# What a run makes of it ----------------------------------------------------------------------------------------------


def _tell(group: _Group, box: tuple[float, ...] | None) -> tuple[list[str], FileSource | None]:
    """Files of one field as a run would read them."""
    product, kind = group.product, group.kind
    head = [f"{kind}: {product.title}", *_row("taken for", f'product = "{product.key}", {group.why}')]
    head += _row("files", f"{len(group.files)}: " + _some([os.path.basename(path) for path in group.files]))
    try:
        first, stamps, here = _headers(group, box)
        steady = stamps is None or np.unique(stamps).size == 1
        period = (0.0, 0.0) if stamps is None else (float(stamps.min()), float(stamps.max()))
        source = FileSource(
            kind,
            product,
            group.files,
            here,
            period,
            u=group.request.u,
            v=group.request.v,
            level=group.level,
            member_dimension=group.member_dimension,
            steady=steady and len(group.files) <= 2,
            max_gap_hours=1e9,
        )
        speeds, fastest = _speeds(source)
    except InputError as problem:
        return [*head, *_problem("", [str(problem)])], None
    info = source.info
    lines = [
        *head,
        *_row("variables", f"{', '.join(info['variables'])}: {first}"),
        *_row("grid", _grid(source, here)),
        *_row("period", _period(source, stamps)),
        *(line for gap in _gaps(source) for line in _row("gap", gap)),
        *_row("land", _land(source)),
        *_row("speed", _statistics(speeds, fastest)),
        *_row("a run has", _note(source)),
        *(line for text in info["decisions"] for line in _row("decided", text)),
        *_row("licence", info["licence"] or "not known"),
        *_row("credit", info["credit"]),
        "",
        *_map(source),
        "",
        "  In a config:",
        "",
        *(f"    {line}" for line in _config(group, source, stamps)),
        "",
    ]
    return lines, source


def _headers(group: _Group, box: tuple[float, ...] | None) -> tuple[str, NDArray[np.float64] | None, Box]:
    """The variable in words, the stamps of the eastward component, and the box to look at."""
    datasets, stamps, told, here = Datasets(), [], "", None
    request = group.request
    for path in group.files:
        with reading(path):
            dataset = datasets.get(path)
            pair = group.pair(dataset, path)
            name = pair[0] or pair[1]
            assert name is not None
            variable = dataset.variables[name]
            if here is None:
                here = _box(dataset, name, request, path, box)
                told = _stored(variable)
            if pair[0] is not None:
                stamps += [part.stamps for part in scan(Header(dataset), name, request, here, path)]
    datasets.close()
    assert here is not None
    known = [s for s in stamps if s is not None]
    return told, np.concatenate(known) if known else None, here


def _box(dataset: netCDF4.Dataset, name: str, request: Request, path: str, box: tuple[float, ...] | None) -> Box:
    whole, lon, lat = extent(Header(dataset), name, request, path)
    if box is not None:
        return (box[0], box[1], box[2], box[3])
    where = "inspect"
    usual = default().domain
    inside = cut_longitude(lon, usual, where) and cut_latitude(lat, usual, where)
    return usual if inside is not None else whole


def _stored(variable: StoredVariable) -> str:
    """How a variable is kept: units, type, packing, dimensions."""
    packing = ", ".join(
        f"{word} {getattr(variable, name):.12g}"
        for name, word in (("scale_factor", "scale"), ("add_offset", "offset"), ("_FillValue", "fill"))
        if hasattr(variable, name)
    )
    packed = f" ({packing})" if packing else ""
    return f"{written_units(variable) or 'no units'}, {variable.dtype}{packed}, ({', '.join(variable.dimensions)})"


def _grid(source: FileSource, here: Box) -> str:
    def axis(values: NDArray[np.float64]) -> str:
        one = Axis(values)
        if one.uniform:
            return f"{one.step:.6g}°"
        steps = np.diff(values)
        how = "refined in memory" if one.ratios() is not None else "kept as it is"
        return f"{steps.min():.4g} to {steps.max():.4g}° ({how})"

    level = source.info["level"]
    return (
        f"{source.lon.size} x {source.lat.size} nodes of {axis(source.lon)} by {axis(source.lat)} in "
        f"{here[0]:g} to {here[1]:g} E, {here[2]:g} to {here[3]:g} N"
        + ("" if here != default().domain else ", the domain that a run has by default")
        + (f"; at {level}" if level is not None else "")
        + (f"; {source.members} members" if source.members > 1 else "")
    )


def _period(source: FileSource, stamps: NDArray[np.float64] | None) -> str:
    if stamps is None:
        return "no time: one field for all times"
    low, high = source.covers if np.isfinite(source.covers[0]) else (stamps.min(), stamps.max())
    count = np.unique(stamps).size
    text = (f"{_date(low)} to {_date(high)}" if high > low else _date(low)) + f", {count} step{'s'[: count > 1]}"
    if count > 1:
        text += f" of {np.median(np.diff(np.unique(stamps))) / SECONDS_PER_HOUR:g} h"
    if count > 1 and source.covers[0] < source.times[0]:
        text += f", means that stand at {_date(source.times[0])} and so on"
    return text


def _gaps(source: FileSource) -> list[str]:
    """Times between steps that a run would not cross by itself."""
    limit = 2.0 * source.usual_s / SECONDS_PER_HOUR
    gaps = np.diff(source.times) / SECONDS_PER_HOUR
    wide = np.flatnonzero(gaps > limit * (1.0 + 1e-9)) if limit > 0.0 else np.empty(0, int)
    out = [
        f"{gaps[k]:g} h without a step from {_date(source.times[k])} to {_date(source.times[k + 1])}: a run "
        f"across it stops, unless {source.kind}.max_gap_hours = {np.ceil(gaps[k]):g}"
        for k in wide[:5]
    ]
    return out + ([f"and {wide.size - 5} more such gaps"] if wide.size > 5 else [])


def _land(source: FileSource) -> str:
    if source.wet is None or source.filled is None:
        return "a value everywhere: nothing is filled"
    dry = ~source.wet
    return (
        f"{100.0 * dry.mean():.1f} % of the nodes have no value; {100.0 * source.filled.sum() / dry.sum():.0f} % of "
        f"these are filled from the sea, as far as {source.info['fill_km']:g} km"
    )


def _speeds(source: FileSource) -> tuple[NDArray[np.float64], str]:
    """Speeds at wet nodes of some levels, and where the greatest is."""
    chosen = np.unique(np.linspace(0, len(source.times) - 1, min(_LEVELS, len(source.times))).astype(int))
    speeds, greatest, place = [], -1.0, ""
    for k in chosen:
        level = source.level(int(k))
        speed = np.hypot(level[..., 0], level[..., 1])
        inside = speed if source.wet is None else speed[:, source.wet]
        speeds.append(inside.ravel().astype(np.float64))
        shown = speed if source.wet is None else np.where(source.wet, speed, -1.0)
        _, j, i = np.unravel_index(int(shown.argmax()), shown.shape)
        if shown.max() > greatest:
            greatest = float(shown.max())
            place = f"{source.lon[i]:.2f} E, {source.lat[j]:.2f} N, {_date(source.times[k])}"
    return np.concatenate(speeds), f"{place} ({len(chosen)} of {len(source.times)} levels looked at)"


def _statistics(speeds: NDArray[np.float64], fastest: str) -> str:
    median, high = np.percentile(speeds, (50.0, 95.0))
    return (
        f"mean {speeds.mean():.3g} m/s, median {median:.3g}, 95 % below {high:.3g}, greatest {speeds.max():.3g} "
        f"at {fastest}"
    )


def _note(source: FileSource) -> str:
    note = str(source.info["note"])
    holds = source.info["holds"] or ()
    if source.kind == "current" and "geostrophic" in holds and "ekman" not in holds:
        note += "; where there is a wind, 1 % of it, 45° to its right, is added as Ekman drift"
    return note


def _map(source: FileSource) -> list[str]:
    """Mean speed of the first level in characters."""
    level = source.level(0).mean(axis=0)
    speed = np.hypot(level[..., 0], level[..., 1])
    nx = _MAP[0]
    ratio = (source.lat[-1] - source.lat[0]) / (source.lon[-1] - source.lon[0])
    stretch = 1.0 / np.cos(np.radians(0.5 * (source.lat[0] + source.lat[-1])))
    ny = max(2, min(_MAP[1], round(0.5 * nx * ratio * stretch)))
    i = np.linspace(0, source.lon.size - 1, nx).round().astype(int)
    j = np.linspace(source.lat.size - 1, 0, ny).round().astype(int)
    speed = speed[np.ix_(j, i)]
    wet = np.ones_like(speed, bool) if source.wet is None else source.wet[np.ix_(j, i)]
    filled = np.zeros_like(wet) if source.filled is None else source.filled[np.ix_(j, i)]
    top = float(np.percentile(speed[wet], 98.0)) if wet.any() else 0.0
    digit = np.clip(speed / (top / 9.5) if top > 0.0 else 0.0 * speed, 0, 9).astype(int)
    rows = [
        "".join("#" if not (w or f) else "+" if not w else str(d) for w, f, d in zip(*row, strict=True))
        for row in zip(wet, filled, digit, strict=True)
    ]
    left = [f"{source.lat[row]:6.1f} N " if n % 5 == 0 else " " * 9 for n, row in enumerate(j)]
    foot = f"{source.lon[0]:.1f} E".ljust(nx - 8) + f"{source.lon[-1]:.1f} E".rjust(8)
    return [
        *(f"  {a}{b}" for a, b in zip(left, rows, strict=True)),
        " " * 11 + foot,
        f"  Speed at {_date(source.times[0])}: 0 to 9 are 0 to {top:.2g} m/s; # no value, + filled from the sea.",
    ]


def _config(group: _Group, source: FileSource, stamps: NDArray[np.float64] | None) -> list[str]:
    folder = os.path.commonpath([os.path.dirname(os.path.abspath(path)) for path in group.files])
    names = [os.path.relpath(os.path.abspath(path), folder) for path in group.files]
    files = [os.path.join(folder, name) for name in names]
    shown = ", ".join(f'"{path}"' for path in files[:3]) + (", ..." if len(files) > 3 else "")
    lines = [f"[{group.kind}]", f'product = "{group.product.key}"', f"files = [{shown}]"]
    lines += [f'{key} = "{name}"' for key, name in zip("uv", group.names, strict=False)]
    lines += [f'level = "{group.level}"'] if group.level is not None else []
    lines += [f'member_dimension = "{group.member_dimension}"'] if group.member_dimension else []
    lines += ["steady = true  # one level, used at all times"] if stamps is None or np.unique(stamps).size == 1 else []
    return lines


# Words ---------------------------------------------------------------------------------------------------------------


def _row(name: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"  {name:<10} ",
        subsequent_indent=" " * 13,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _problem(path: str, problems: list[str]) -> list[str]:
    head = [f"{path}: cannot be used"] if path else []
    return [*head, *(line for text in problems for line in _row("problem", text + _here(text))), ""]


def _here(text: str) -> str:
    """The option of this command that stands for a key of a config that a text offers."""
    options = (("level", "--level"), ("member_dimension", "--member-dimension"))
    said = [option for key, option in options if f"say {key} = " in text or f".{key} = " in text]
    return f" (here {said[0]})" if said else ""


def _some(names: list[str], most: int = 4) -> str:
    return ", ".join(names) if len(names) <= most else f"{names[0]}, {names[1]}, ..., {names[-1]}"


def _date(t: float) -> str:
    return str(np.datetime64(round(float(t)), "s").astype("datetime64[m]")).replace("T", " ")


# Picture -------------------------------------------------------------------------------------------------------------


def draw(sources: list[FileSource], path: Path, overwrite: bool = False) -> None:
    """Mean speed of the levels looked at, a panel for each field, as a PNG."""
    with canvas.style({}):
        import cmocean
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6.4 * len(sources), 5.6), layout="constrained")
        for n, source in enumerate(sources):
            axes = figure.add_subplot(1, len(sources), n + 1)
            level = source.level(0).mean(axis=0)
            speed = np.hypot(level[..., 0], level[..., 1])
            speed = speed if source.wet is None else np.where(source.wet, speed, np.nan)
            mesh = axes.pcolormesh(source.lon, source.lat, speed, cmap=cmocean.cm.speed, vmin=0.0, shading="nearest")
            if source.filled is not None:
                filled = np.where(source.filled, 1.0, np.nan)
                axes.pcolormesh(source.lon, source.lat, filled, cmap="Greys", vmin=0.0, vmax=4.0, shading="nearest")
            axes.set_facecolor("0.55")
            axes.set_aspect(1.0 / np.cos(np.radians(0.5 * (source.lat[0] + source.lat[-1]))))
            axes.set_xlabel("longitude, °E")
            axes.set_ylabel("latitude, °N")
            axes.set_title(f"{source.kind}: {source.info['product']}, {_date(source.times[0])}", fontsize=10)
            figure.colorbar(mesh, ax=axes, label="speed, m/s", shrink=0.85)
        figure.text(0.01, 0.005, "Grey: no value; light grey: filled from the sea.", fontsize=8, color="0.3")
        with placing.made(path, overwrite=overwrite) as beside:
            figure.savefig(beside, format="png", dpi=130)
