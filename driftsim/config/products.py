"""What ``product`` can be in a table of a field. The catalogue knows more of each product; a test holds both equal."""

from __future__ import annotations

GENERATED = {"climatology": ("current", "wind"), "wind_roses": ("wind",), "none": ("current",)}
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


def names(kind: str) -> list[str]:
    """What ``product`` can be for a current, a wind or a Stokes drift; the generated ones first."""
    return [key for key, kinds in PRODUCTS.items() if kind in kinds]
