"""From a section of the config to a source of velocities."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ..area.area import Area, default
from ..system.errors import InputError
from . import catalogue
from .files import levels
from .files.axes import Box
from .files.file_source import FileSource
from .files.paths import expand
from .files.series import Period
from .source import Source

if TYPE_CHECKING:
    import xarray as xr

    from ..config.models import CurrentConfig, FieldSection, Mixing
    from ..kernels.shore import Shore


def open_source(
    kind: str,
    section: FieldSection,
    box: Box,
    period: Period,
    *,
    members: int = 1,
    seed: int = 0,
    area: Area | None = None,
    dataset: xr.Dataset | None = None,
) -> Source:
    """Open what a section of the config asks for.

    Parameters
    ----------
    kind : str
        ``"current"``, ``"wind"`` or ``"stokes"``.
    section : config section
        With ``product``, ``files``, ``u``, ``v``, ``scale``, ``fastest_m_s``, ``steady``, ``stamp``,
        ``interval_hours``, ``max_gap_hours``, ``fill_km``, ``land``, ``level``, ``member_dimension`` and
        ``zeros_are_land``.
    box : tuple of float
        West, east, south, north, degrees: where values are needed.
    period : tuple of float
        First and last moment, epoch seconds: when they are needed.
    members, seed : int
        For wind that is drawn from roses.
    area : Area, optional
        Whose climatology; by default that of the default area.
    dataset : xarray.Dataset, optional
        What a name in ``files`` that begins with ``python:`` stands for.

    Returns
    -------
    Source

    Raises
    ------
    InputError
        If the files cannot be read, or do not cover the box or the period; nothing has run by then.
    """
    product = section.product
    if product in catalogue.GENERATED and kind in catalogue.GENERATED[product]:
        return _generated(kind, section, box, period, members, seed, area or default())
    entry = catalogue.find(product, kind)
    if not section.files:
        raise InputError(f"{kind}.files is empty: {kind}.product = {product!r} is read from NetCDF files; name them")
    return FileSource(
        kind,
        entry,
        section.files,
        box,
        period,
        u=section.u,
        v=section.v,
        scale=section.scale,
        fastest_m_s=section.fastest_m_s or None,
        steady=section.steady,
        stamp=section.stamp,
        interval_hours=section.interval_hours,
        max_gap_hours=section.max_gap_hours,
        fill_km=section.fill_km,
        land=section.land,
        level=levels.parse(section.level),
        member_dimension=section.member_dimension,
        zeros_are_land=section.zeros_are_land,
        dataset=dataset,
    )


def open_eddies(
    section: CurrentConfig, box: Box, period: Period, *, members: int, seed: int, shore: Shore | None, area: Area
) -> Source:
    """Draw the eddies that go with the climatology of the currents.

    Parameters
    ----------
    section : config section
        ``[current]``: ``eddy_scale``, ``eddy_km``, ``eddy_days``.
    box, period : tuple of float
        As for `open_source`.
    members, seed : int
        How many fields, and from which seed.
    shore : kernels.shore.Shore or None
        Where they end.
    area : Area
        Whose folder has their speed by place.
    """
    from .climatology import eddies

    design = eddies.Design("eddies", section.eddy_km, section.eddy_days, members, seed)
    return eddies.of_climatology(box, period, design, section.eddy_scale, shore, area)


def open_error(mixing: Mixing, box: Box, period: Period, *, members: int, seed: int, shore: Shore | None) -> Source:
    """Draw the error of a current from files, one for each member; parameters as `open_eddies`.

    Parameters
    ----------
    mixing : config section
        ``[mixing]``: ``current_error_m_s``, ``current_error_hours``, ``current_error_km``.
    """
    from .climatology import eddies

    design = eddies.Design("error", mixing.current_error_km, mixing.current_error_hours / 24.0, members, seed)
    return eddies.of_error(box, period, design, mixing.current_error_m_s, shore)


def _generated(
    kind: str, section: FieldSection, box: Box, period: Period, members: int, seed: int, area: Area
) -> Source:
    fastest = section.fastest_m_s or None
    if section.product in ("constant", "series"):
        from . import uniform

        even: Source = (
            uniform.constant(kind, section, box, period)
            if section.product == "constant"
            else uniform.series(kind, section, box, period, expand(section.files, kind))
        )
        return even
    if kind == "current":
        from .climatology.circulation import CirculationClimatology

        return CirculationClimatology(
            box,
            period,
            area,
            scale=section.scale,
            fill_km=section.fill_km,
            land=section.land,
            fastest_m_s=fastest,
            ekman=cast("CurrentConfig", section).ekman_percent is None,
        )
    from .climatology.atlas import roses_from_atlas
    from .climatology.rose_wind import RoseWind
    from .climatology.roses import area_roses

    if section.product == "climatology":
        roses = area_roses(area)
    else:
        paths = expand(section.files, kind)
        if len(paths) != 1:
            raise InputError(f"{kind}.files: product 'wind_roses' takes one atlas file, not {len(paths)}")
        roses = roses_from_atlas(paths[0])
    wind = RoseWind(roses, box, period, members=members, seed=seed, scale=section.scale, fastest_m_s=fastest)
    wind.info["product"] = section.product
    return wind
