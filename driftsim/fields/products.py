"""The catalogue of public products: what each is called inside its files, what it holds, and whom to thank.

An entry is data. What a provider's layout asks of the reader (axis order, packing, branch of longitude, direction of
latitude) is read from the file itself; an entry says only what the file does not: the variables to take, what a time
stamp means, which parts of the motion are in the numbers, and the credit line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches

from ..errors import InputError

Names = tuple[tuple[str, str], ...]

STANDARD_NAMES: dict[str, Names] = {
    "current": (
        ("eastward_sea_water_velocity", "northward_sea_water_velocity"),
        ("surface_eastward_sea_water_velocity", "surface_northward_sea_water_velocity"),
        ("surface_geostrophic_eastward_sea_water_velocity", "surface_geostrophic_northward_sea_water_velocity"),
        ("sea_water_x_velocity", "sea_water_y_velocity"),
    ),
    "wind": (("eastward_wind", "northward_wind"), ("x_wind", "y_wind")),
    "stokes": (
        ("sea_surface_wave_stokes_drift_eastward_velocity", "sea_surface_wave_stokes_drift_northward_velocity"),
        ("sea_surface_wave_stokes_drift_x_velocity", "sea_surface_wave_stokes_drift_y_velocity"),
        ("eastward_surface_stokes_drift", "northward_surface_stokes_drift"),
    ),
}
"""CF standard names by kind, most wanted first (CF table 86; the last pair of ``stokes`` is ECMWF's)."""

PARTS = ("geostrophic", "ekman", "tide", "stokes")
"""What a current may be made of; the simulation adds no part that a product already holds."""


@dataclass(frozen=True)
class Product:
    """One provider's series.

    Attributes
    ----------
    key, title : str
    names : dict of str to tuple of (str, str)
        For each kind the product can be, its pairs of variables, most wanted first; matched without regard to case.
    stamp : str
        What a time stamp means where the file has no time bounds: ``instant``; ``middle``, ``start`` or ``end`` of the
        interval of a mean; ``day``, a mean stamped anywhere within the middle day of its interval (toolbox files say
        00:00, older ones 12:00, both mean the day); ``cell_methods``, as the variable's attribute says.
    step_hours : float
        The usual spacing, hours; 0 unknown.
    holds : tuple of str or None
        Which of `PARTS` a current holds; None: unknown.
    record : str
        ``climatology``, ``reanalysis``, ``analysis`` or ``observation``.
    depth_m : float
        The level of a current taken is the nearest to this depth.
    zero_is_land : bool
        Both components exactly zero mean land.
    calendars : dict of str to str
        Calendar attributes that the provider is known to write wrongly, and what they mean.
    licence, credit, doi, note : str
    """

    key: str
    title: str
    names: dict[str, Names]
    credit: str
    stamp: str = "instant"
    step_hours: float = 0.0
    holds: tuple[str, ...] | None = None
    record: str = "analysis"
    depth_m: float = 0.0
    zero_is_land: bool = False
    calendars: dict[str, str] = field(default_factory=dict)
    licence: str = ""
    doi: str = ""
    note: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the product can be."""
        return tuple(self.names)

    def describe(self, kind: str) -> str:
        """What is in the numbers, in one sentence for outputs."""
        if kind == "current" and self.holds is not None:
            inside = [part for part in PARTS if part in self.holds]
            outside = [part for part in PARTS if part not in self.holds]
            text = (
                "holds: "
                + (", ".join(inside) or "none of the parts")
                + (f"; without: {', '.join(outside)}" if outside else "")
            )
        elif kind == "current":
            text = "what the current holds (Ekman drift, tide, Stokes drift) is not known"
        else:
            text = {"wind": "wind at 10 m", "stokes": "surface Stokes drift"}[kind]
        return f"{text}; {self.note}" if self.note else text


_COPERNICUS = "Copernicus Marine Service licence: free use with credit"
_ALL = ("geostrophic", "ekman")


def _marine(doi: str) -> str:
    return f"Generated using E.U. Copernicus Marine Service Information; https://doi.org/{doi}"


_ENTRIES = (
    Product(
        "glo12",
        "Mercator GLO12 global analysis and forecast 1/12° (GLOBAL_ANALYSISFORECAST_PHY_001_024)",
        {"current": (("uo", "vo"), ("utotal", "vtotal")), "stokes": (("vsdx", "vsdy"),)},
        _marine("10.48670/moi-00016"),
        stamp="day",
        step_hours=24.0,
        holds=_ALL,
        licence=_COPERNICUS,
        doi="10.48670/moi-00016",
    ),
    Product(
        "glorys12",
        "Mercator GLORYS12V1 global reanalysis 1/12° (GLOBAL_MULTIYEAR_PHY_001_030)",
        {"current": (("uo", "vo"),)},
        _marine("10.48670/moi-00021"),
        stamp="day",
        step_hours=24.0,
        holds=_ALL,
        record="reanalysis",
        licence=_COPERNICUS,
        doi="10.48670/moi-00021",
    ),
    Product(
        "duacs",
        "DUACS multi-mission altimetry, level 4",
        {"current": (("ugos", "vgos"),)},
        _marine("10.48670/moi-00148"),
        stamp="middle",
        step_hours=24.0,
        holds=("geostrophic",),
        record="observation",
        licence=_COPERNICUS,
        doi="10.48670/moi-00148",
        note="poor within about 50 km of the coast",
    ),
    Product(
        "globcurrent",
        "Copernicus GlobCurrent total velocity 1/4° (MULTIOBS_GLO_PHY_MYNRT_015_003)",
        {"current": (("uo", "vo"), ("eastward_eulerian_current_velocity", "northward_eulerian_current_velocity"))},
        _marine("10.48670/mds-00327"),
        stamp="day",
        step_hours=24.0,
        holds=("geostrophic", "ekman", "tide"),
        record="observation",
        licence=_COPERNICUS,
        doi="10.48670/mds-00327",
        note="releases before November 2024 hold no tide",
    ),
    Product(
        "oscar",
        "OSCAR v2 surface currents 1/4°",
        {"current": (("u", "v"),)},
        "OSCAR v2.0, Earth & Space Research, provided by NASA PO.DAAC; https://doi.org/10.5067/OSCAR-25F20",
        stamp="day",
        step_hours=24.0,
        holds=_ALL,
        record="observation",
        # The files tag a Gregorian time axis as Julian, which taken at its word would be 13 days off.
        calendars={"julian": "standard"},
        licence="open",
        doi="10.5067/OSCAR-25F20",
        note="mean over the top 30 m",
    ),
    Product(
        "hycom",
        "HYCOM + NCODA global analysis and reanalysis (GOFS 3.1)",
        {"current": (("water_u", "water_v"),)},
        "HYCOM + NCODA Global 1/12° fields, HYCOM Consortium and U.S. Navy; https://www.hycom.org",
        step_hours=3.0,
        holds=_ALL,
        licence="public, unrestricted",
    ),
    Product(
        "era5",
        "ERA5 hourly data on single levels",
        {"wind": (("u10", "v10"), ("10u", "10v")), "stokes": (("ust", "vst"),)},
        "Generated using Copernicus Climate Change Service information (ERA5, ECMWF); https://doi.org/10.24381/cds.adbb2d47",
        step_hours=1.0,
        record="reanalysis",
        licence="Copernicus licence: free use with credit",
        doi="10.24381/cds.adbb2d47",
    ),
    Product(
        "era_interim",
        "ERA-Interim",
        {"wind": (("u10", "v10"), ("10u", "10v"))},
        "ERA-Interim, ECMWF (Dee et al. 2011); https://doi.org/10.1002/qj.828",
        step_hours=6.0,
        record="reanalysis",
        licence="free use with credit to ECMWF",
        doi="10.1002/qj.828",
    ),
    Product(
        "gfs",
        "NCEP Global Forecast System, 10 m wind",
        {
            "wind": (
                ("ugrd10m", "vgrd10m"),
                ("u10", "v10"),
                ("u-component_of_wind_height_above_ground", "v-component_of_wind_height_above_ground"),
            )
        },
        "Global Forecast System, NOAA National Centers for Environmental Prediction",
        step_hours=6.0,
        licence="public domain",
    ),
    Product(
        "ncep_r1",
        "NCEP/NCAR Reanalysis 1, 10 m wind on the T62 Gaussian grid",
        {"wind": (("uwnd", "vwnd"),)},
        "NCEP/NCAR Reanalysis 1 (Kalnay et al. 1996), NOAA PSL, Boulder; https://psl.noaa.gov",
        step_hours=6.0,
        record="reanalysis",
        licence="public, unrestricted",
        doi="10.1175/1520-0477(1996)077<0437:TNYRP>2.0.CO;2",
        note="too coarse (1.9°) for the lee of the Changbai mountains",
    ),
    Product(
        "ccmp",
        "CCMP 3.1 ocean vector wind analysis 1/4°",
        {"wind": (("uwnd", "vwnd"), ("u", "v"))},
        "CCMP 3.1, Remote Sensing Systems (Mears et al. 2022); https://doi.org/10.3390/rs14174230",
        step_hours=6.0,
        licence="open",
        doi="10.3390/rs14174230",
    ),
    Product(
        "waverys",
        "WAVERYS global wave reanalysis 1/5° (GLOBAL_MULTIYEAR_WAV_001_032)",
        {"stokes": (("VSDX", "VSDY"),)},
        _marine("10.48670/moi-00022"),
        step_hours=3.0,
        record="reanalysis",
        licence=_COPERNICUS,
        doi="10.48670/moi-00022",
    ),
    Product(
        "cf",
        "plain CF file",
        {"current": (), "wind": (), "stokes": ()},
        "",
        stamp="cell_methods",
        note="a plain file: its variables were found by standard name, or named in the config",
    ),
)

CATALOGUE: dict[str, Product] = {entry.key: entry for entry in _ENTRIES}
"""Every product that is read from files, by key."""

GENERATED = {"climatology": ("current", "wind"), "wind_roses": ("wind",)}
"""Products that are not read level by level, and the kinds they can be."""


def names(kind: str) -> list[str]:
    """Every product that can be a ``kind``, the generated ones first."""
    made = [key for key, kinds in GENERATED.items() if kind in kinds]
    return made + [key for key, entry in CATALOGUE.items() if kind in entry.names]


def find(key: str, kind: str) -> Product:
    """The catalogue entry for a kind.

    Raises
    ------
    InputError
        If there is no such product, or it is of another kind.
    """
    entry = CATALOGUE.get(key)
    if entry is not None and kind in entry.names:
        return entry
    allowed = names(kind)
    known = key in CATALOGUE or key in GENERATED
    near = [] if known else get_close_matches(key, allowed, 1, 0.5)
    raise InputError(
        f"{kind}.product = {key!r}: "
        + (f"this product has no {kind}" if known else "no such product")
        + (f"; did you mean {near[0]!r}?" if near else "")
        + f"; allowed: {', '.join(allowed)}"
    )
