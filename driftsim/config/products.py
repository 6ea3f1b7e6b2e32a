"""What ``product`` can be in a table of a field. The catalogue knows more of each product; a test holds both equal."""

from __future__ import annotations

from typing import NamedTuple

GENERATED = {
    "climatology": ("current", "wind"),
    "wind_roses": ("wind",),
    "none": ("current",),
    "constant": ("current", "wind"),
    "series": ("current", "wind"),
}
"""Products that are not read level by level, and the kinds they can be; ``none`` is a field that is not there."""

FROM_FILES: dict[str, tuple[str, ...]] = {
    "smoc": ("current", "stokes"),
    "glo12": ("current", "stokes"),
    "glorys12": ("current",),
    "globcurrent": ("current",),
    "duacs": ("current",),
    "cmems_wind": ("wind",),
    "waverys": ("stokes",),
    "oscar": ("current",),
    "espc": ("current",),
    "hycom": ("current",),
    "fora": ("current",),
    "jcope": ("current",),
    "era5": ("wind", "stokes"),
    "era_interim": ("wind",),
    "gfs": ("wind",),
    "ncep_r1": ("wind",),
    "ccmp": ("wind",),
    "msm": ("wind",),
    "cf": ("current", "wind", "stokes"),
}
"""Products that are read from files, by the key of their catalogue entry, and the kinds that each holds."""

PRODUCTS = GENERATED | FROM_FILES


class Error(NamedTuple):
    """How wrong a current is taken to be where the config does not say: rms of a component, memory and length."""

    speed_m_s: float
    hours: float
    km: float


ERRORS = {
    # With 0.1 m/s and 72 h the 90 % area held 82-98 % of the fixes of drifters in altimetry after 1 to 5 days, without
    # an error 6-20 %.
    "altimetry": Error(0.10, 72.0, 60.0),
    # A model whose eddies stand elsewhere is wrong by the root of two of their speed, 0.085 m/s over the built-in area.
    "model": Error(0.12, 72.0, 60.0),
}
"""A tide that a product lacks needs none of its own off shore: 0.05 m/s to and fro is a path of 0.4 km."""

KINDS_OF_CURRENT = {
    **dict.fromkeys(("globcurrent", "duacs", "oscar"), "altimetry"),
    **dict.fromkeys(("smoc", "glo12", "glorys12", "espc", "hycom", "fora", "jcope"), "model"),
}
"""What each current of the catalogue is; of plain files nobody knows."""


def usual_error(product: object) -> dict[str, float]:
    """The keys of ``[mixing]`` for the usual error of a current from files; empty where nobody knows it."""
    kind = KINDS_OF_CURRENT.get(product) if isinstance(product, str) else None
    if kind is None:
        return {}
    error = ERRORS[kind]
    return {
        "current_error_m_s": error.speed_m_s,
        "current_error_hours": error.hours,
        "current_error_km": error.km,
    }


def names(kind: str) -> list[str]:
    """What ``product`` can be for a current, a wind or a Stokes drift; the generated ones first."""
    return [key for key, kinds in PRODUCTS.items() if kind in kinds]
