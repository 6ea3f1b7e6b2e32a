"""The catalogue of public products: what each is called inside its files, what it holds, and whom to thank.

An entry is data. What a provider's layout asks of the reader (axis order, packing, branch of longitude, direction of
latitude) is read from the file itself. An entry says what the file does not: the variables to take, what a time stamp
means, which parts of the motion are in the numbers, and the credit line. Beside that it says how the provider
publishes the series, for people and for ``driftsim inspect``.
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

GEOSTROPHIC_NAMES = (
    "surface_geostrophic_eastward_sea_water_velocity",
    "surface_geostrophic_eastward_sea_water_velocity_assuming_sea_level_for_geoid",
    "geostrophic_eastward_sea_water_velocity",
)
"""Standard names of an eastward component that is geostrophic only, whatever the product."""

PARTS = ("geostrophic", "ekman", "tide", "stokes")
"""What a current may be made of; the simulation adds no part that a product already holds."""


@dataclass(frozen=True)
class Published:
    """How the provider publishes a series. The reader goes by the file; this is what a file is expected to be.

    Attributes
    ----------
    dataset : str
        The provider's own names.
    grid : str
        Resolution, size, branch of longitude, direction of latitude.
    axes : str
        Order of the dimensions.
    values : str
        Units, packing, fill.
    time : str
        Units of the time axis, calendar, spacing, mean or instantaneous.
    depth : str
        Levels, and which is taken.
    covers : str
        Dates.
    login : str
        What a download asks for.
    unconfirmed : str
        What of this is general knowledge that no page or file confirmed.
    """

    dataset: str
    grid: str
    axes: str
    values: str
    time: str
    depth: str
    covers: str
    login: str
    unconfirmed: str = ""


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
    parts : dict of str to tuple of str
        The same for other variables of the product, by their eastward name in lower case.
    record : str
        ``climatology``, ``reanalysis``, ``analysis`` or ``observation``.
    depth_m : float
        The level of a current taken is the nearest to this depth.
    zero_is_land : bool
        Both components exactly zero mean land.
    calendars : dict of str to str
        Calendar attributes that the provider is known to write wrongly, and what they mean.
    licence, credit, doi, note : str
    published : Published or None
    """

    key: str
    title: str
    names: dict[str, Names]
    credit: str
    stamp: str = "instant"
    step_hours: float = 0.0
    holds: tuple[str, ...] | None = None
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    record: str = "analysis"
    depth_m: float = 0.0
    zero_is_land: bool = False
    calendars: dict[str, str] = field(default_factory=dict)
    licence: str = ""
    doi: str = ""
    note: str = ""
    published: Published | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the product can be."""
        return tuple(self.names)

    def held(self, variable: str, standard_name: str = "") -> tuple[str, ...] | None:
        """Which of `PARTS` a current holds that is read from this (eastward) variable; None: unknown."""
        if variable.lower() in self.parts:
            return self.parts[variable.lower()]
        own = {name.lower() for name, _ in self.names.get("current", ())}
        if own and variable.lower() in own:
            return self.holds
        if standard_name in GEOSTROPHIC_NAMES:
            return ("geostrophic",)
        return None

    def describe(self, kind: str, holds: tuple[str, ...] | None) -> str:
        """What is in the numbers, in one sentence for outputs; ``holds`` as `held` says."""
        if kind == "current" and holds is not None:
            inside = [part for part in PARTS if part in holds]
            outside = [part for part in PARTS if part not in holds]
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
_TOOLBOX = "float32, missing NaN or 9.97e36"
_OPEN = "none"
_MARINE_LOGIN = "Copernicus Marine account"
_EARTHDATA = "Earthdata account"
_TLL = "time, latitude, longitude"
_TDLL = "time, depth, latitude, longitude"


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
        parts={"utotal": (*_ALL, "tide", "stokes"), "utide": ("tide",)},
        licence=_COPERNICUS,
        doi="10.48670/moi-00016",
        published=Published(
            "cmems_mod_glo_phy-cur_anfc_0.083deg_P1D-m, ..._PT6H-i",
            "1/12°, 4320 x 2041, -180..180, latitude ascending",
            _TDLL,
            f"m s-1; {_TOOLBOX}",
            "hours since 1950-01-01, gregorian; daily means stamped within their day, six-hourly moments",
            "50 levels from 0.494 m, the first is taken",
            "2022-06 on, the last two years",
            _MARINE_LOGIN,
        ),
    ),
    Product(
        "smoc",
        "Mercator GLO12 hourly surface current with tide and Stokes drift (SMOC, GLOBAL_ANALYSISFORECAST_PHY_001_024)",
        {"current": (("uo", "vo"), ("utotal", "vtotal")), "stokes": (("vsdx", "vsdy"),)},
        _marine("10.48670/moi-00016"),
        step_hours=1.0,
        holds=_ALL,
        parts={"utotal": (*_ALL, "tide", "stokes"), "utide": ("tide",), "vsdx": ("stokes",)},
        licence=_COPERNICUS,
        doi="10.48670/moi-00016",
        note="uo, vo alone are taken unless utotal, vtotal are named, which hold tide and Stokes drift as well",
        published=Published(
            "cmems_mod_glo_phy_anfc_merged-uv_PT1H-i",
            "1/12°, 4320 x 2041, -180..180, latitude ascending",
            _TDLL,
            f"m s-1; {_TOOLBOX}",
            "hours since 1950-01-01 (float32), gregorian; hourly moments",
            "one level, the surface",
            "2022-06 on, the last two years",
            _MARINE_LOGIN,
            unconfirmed="the names of the parts utide, vtide, vsdx, vsdy; that the stamps are moments",
        ),
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
        published=Published(
            "cmems_mod_glo_phy_my_0.083deg_P1D-m (202311)",
            "1/12°, 4320 x 2041, -180..179.917, latitude ascending",
            _TDLL,
            "m s-1; int16, scale 0.000610370188951492, fill -32767; from the toolbox float32, missing NaN or 9.97e36",
            "hours since 1950-01-01, gregorian; daily means",
            "50 levels from 0.494 m, the first is taken; a dimension of one level stays",
            "1993-01-01 on",
            _MARINE_LOGIN,
            unconfirmed="that toolbox files are stamped 00:00 and older ones 12:00 (both are read as the day)",
        ),
    ),
    Product(
        "duacs",
        "DUACS multi-mission altimetry, level 4",
        {"current": (("ugos", "vgos"),)},
        _marine("10.48670/moi-00148"),
        stamp="middle",
        step_hours=24.0,
        holds=("geostrophic",),
        parts={"ugosa": ("geostrophic",)},
        record="observation",
        licence=_COPERNICUS,
        doi="10.48670/moi-00148",
        note="poor within about 50 km of the coast",
        published=Published(
            "cmems_obs-sl_glo_phy-ssh_my_allsat-l4-duacs-0.125deg_P1D (202411), ...0.25deg_P1D, "
            "c3s_obs-sl_glo_phy-ssh_my_twosat-l4-duacs-0.25deg_P1D, nrt twins",
            "1/8° or 1/4°, -180..180 or 0..360, latitude ascending",
            _TLL,
            "m/s; int32, scale 0.0001, fill -2147483647",
            "days since 1950-01-01, gregorian; a map a day",
            "none",
            "1993 on",
            _MARINE_LOGIN,
            unconfirmed="the packing of each variant; that a map stands at the 00:00 of its stamp",
        ),
    ),
    Product(
        "globcurrent",
        "Copernicus GlobCurrent total velocity 1/4° (MULTIOBS_GLO_PHY_MYNRT_015_003)",
        {"current": (("uo", "vo"), ("eastward_eulerian_current_velocity", "northward_eulerian_current_velocity"))},
        _marine("10.48670/mds-00327"),
        stamp="day",
        step_hours=24.0,
        holds=("geostrophic", "ekman", "tide"),
        parts={
            "eastward_eulerian_current_velocity": _ALL,
            "ugos": ("geostrophic",),
            "ue": ("ekman",),
            "utide": ("tide",),
        },
        record="observation",
        licence=_COPERNICUS,
        doi="10.48670/mds-00327",
        note="releases before November 2024 hold no tide",
        published=Published(
            "cmems_obs-mob_glo_phy-cur_my_0.25deg_P1D-m, ..._PT1H-i, nrt twins",
            "1/4°, 1440 x 720, -180..180, latitude ascending",
            _TDLL,
            "m s-1; float32 or packed",
            "days or hours since 1950-01-01; daily means, hourly moments",
            "0 and 15 m, also written -15: the nearest to 0 is taken",
            "1993 on",
            _MARINE_LOGIN,
            unconfirmed="the names of the parts ue, ve, ugos, vgos, utide, vtide; the packing",
        ),
    ),
    Product(
        "oscar",
        "OSCAR v2 surface currents 1/4°",
        {"current": (("u", "v"),)},
        "OSCAR v2.0, Earth & Space Research, provided by NASA PO.DAAC; https://doi.org/10.5067/OSCAR-25F20",
        stamp="day",
        step_hours=24.0,
        holds=_ALL,
        parts={"ug": ("geostrophic",), "uw": ("ekman",)},
        record="observation",
        # The files tag a Gregorian time axis as Julian, which taken at its word would be 13 days off.
        calendars={"julian": "standard"},
        licence="open",
        doi="10.5067/OSCAR-25F20",
        note="mean over the top 30 m",
        published=Published(
            "OSCAR_L4_OC_FINAL_V2.0, ..._INTERIM_V2.0, ..._NRT_V2.0: oscar_currents_final_YYYYMMDD.nc",
            "1/4°, 1440 x 719, 0..359.75, latitude -89.75..89.75; dimensions latitude, longitude, variables lat, lon",
            "time, longitude, latitude",
            "m s-1; double, fill -999",
            'days since 1990-1-1, calendar written "julian"; a file a day',
            "none: the mean of the top 30 m",
            "1993 on",
            _EARTHDATA,
            unconfirmed="that a file stands at the noon of its day",
        ),
    ),
    Product(
        "hycom",
        "HYCOM + NCODA global analysis and reanalysis (GOFS 3.1)",
        {"current": (("water_u", "water_v"),)},
        "HYCOM + NCODA Global 1/12° fields, HYCOM Consortium and U.S. Navy; https://www.hycom.org",
        step_hours=3.0,
        holds=_ALL,
        licence="public, unrestricted",
        published=Published(
            "GLBv0.08 expt_53.X to 93.0, GLBy0.08 expt_93.0 (driftsim/forcing/hycom.py lists them)",
            "0.08°, on GLBv 0.04° in latitude poleward of 40°, on GLBy throughout; 4500 x 3251 or 4251; "
            "-180..180 or 0..360 by experiment, latitude ascending",
            "time, depth, lat, lon",
            "m/s; int16, scale 0.001, fill and missing -30000",
            'hours since 2000-01-01, gregorian; moments every 3 h, up to 51 h missing; tau in "hours since analysis"',
            "40 levels from 0 m, the first is taken",
            "1994-01-01 to 2024-09-05",
            _OPEN,
        ),
    ),
    Product(
        "espc",
        "HYCOM in the Navy Earth System Prediction Capability (ESPC-D-V02), successor of GOFS 3.1",
        {"current": (("water_u", "water_v"),)},
        "ESPC-D-V02 global fields, HYCOM Consortium and U.S. Navy; https://www.hycom.org",
        step_hours=3.0,
        holds=_ALL,
        licence="public, unrestricted",
        note="whether it holds the tide is not confirmed",
        published=Published(
            "ESPC-D-V02/u3z, v3z: one variable a data set",
            "0.08° by 0.04°, latitude ascending",
            "time, depth, lat, lon",
            "m/s; float, or int16 with scale 0.001 and fill -30000",
            'hours since 2000-01-01, gregorian; moments every 3 h; tau in "hours since analysis"',
            "40 levels from 0 m, the first is taken",
            "2024-08-10 on",
            _OPEN,
            unconfirmed="branch of longitude, grid, and that it holds no tide",
        ),
    ),
    Product(
        "fora",
        "FORA-WNP30, four-dimensional variational ocean reanalysis of the western North Pacific 1/10°",
        {"current": (("uo", "vo"), ("u", "v"))},
        "FORA-WNP30, JAMSTEC and Meteorological Research Institute of JMA (Usui et al. 2017)",
        stamp="day",
        step_hours=24.0,
        holds=_ALL,
        record="reanalysis",
        licence="registration; research use on JAMSTEC's conditions",
        doi="10.1007/s10872-016-0398-5",
        note="ends in 2016",
        published=Published(
            "FORA-WNP30",
            "1/10°, 117 E to 160 W, 15 to 65 N",
            "time, depth, latitude, longitude",
            "cm s-1; int16 with scale and offset",
            "daily means",
            "levels in m, the nearest to the surface is taken",
            "1982 to 2016",
            "registration at JAMSTEC",
            unconfirmed="licence, fill value, time axis, order and direction of the axes",
        ),
    ),
    Product(
        "jcope",
        "JCOPE2M reanalysis of the western North Pacific 1/12° (and JCOPE-T DA 1/36°), as NetCDF",
        {"current": (("u", "v"), ("uo", "vo"), ("water_u", "water_v"))},
        "JCOPE2M, Application Laboratory, JAMSTEC",
        stamp="day",
        step_hours=24.0,
        holds=_ALL,
        record="reanalysis",
        licence="registration; research use on JAMSTEC's conditions",
        note="as JCOPE2M: JCOPE-T holds the tide as well",
        published=Published(
            "JCOPE2M, JCOPE-T DA",
            "1/12° or 1/36°",
            _TDLL,
            "m s-1; float32",
            "daily means (JCOPE-T: hourly)",
            "levels in m, the nearest to the surface is taken",
            "1993 on",
            "registration at JAMSTEC",
            unconfirmed="all of it: names, axes, packing, calendar, stamps and licence come from no file that was seen",
        ),
    ),
    Product(
        "era5",
        "ERA5 hourly data on single levels",
        {"wind": (("u10", "v10"), ("10u", "10v")), "stokes": (("ust", "vst"),)},
        "Generated using Copernicus Climate Change Service information (ERA5, ECMWF); "
        "https://doi.org/10.24381/cds.adbb2d47",
        step_hours=1.0,
        record="reanalysis",
        licence="Copernicus licence: free use with credit",
        doi="10.24381/cds.adbb2d47",
        published=Published(
            "reanalysis-era5-single-levels: 10m_u_component_of_wind, u_component_stokes_drift and their twins",
            "wind 0.25°, waves 0.5°; 0..360 or as asked, latitude descending",
            f"valid_time (old: time), {_TLL[6:]}",
            "m s**-1; float32, missing NaN; old files int16 with scale and offset of their own, fill -32767",
            "seconds since 1970-01-01, proleptic_gregorian; old: hours since 1900-01-01; hourly moments",
            "none; expver tells final from preliminary, number is one member",
            "1940 on",
            "Climate Data Store account and terms",
            unconfirmed="the packing of old files; the grid of the waves; the first year",
        ),
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
        published=Published(
            "ERA-Interim, 10 metre U and V wind component",
            "0.75°, 480 x 241, 0..360, latitude descending",
            _TLL,
            "m s**-1; int16 with scale and offset of each file, fill and missing -32767",
            "hours since 1900-01-01 00:00:0.0, gregorian; six-hourly moments, or monthly means",
            "none",
            "1979 to 2019-08",
            "no longer given out by ECMWF's old server",
        ),
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
        published=Published(
            "Datasets/ncep.reanalysis/surface_gauss/uwnd.10m.gauss.YYYY.nc and vwnd",
            "T62 Gaussian, 192 x 94, about 1.9°, 0..360, latitude descending",
            "time, lat, lon",
            "m/s; float32; older files int16, scale 0.01, offset 202.66",
            "hours since 1800-01-01 00:00:0.0, standard; six-hourly moments (older: hours since 1-1-1)",
            "none, or a level of one",
            "1948 on",
            _OPEN,
        ),
    ),
    Product(
        "ccmp",
        "CCMP 3.1 ocean vector wind analysis 1/4°",
        {"wind": (("uwnd", "vwnd"), ("u", "v"))},
        "CCMP 3.1, Remote Sensing Systems (Mears et al. 2022); https://doi.org/10.3390/rs14174230",
        step_hours=6.0,
        licence="open",
        doi="10.3390/rs14174230",
        published=Published(
            "CCMP_WINDS_10M6HR_L4_V3.1, a file a day",
            "1/4°, ±80°, 0..360, latitude ascending",
            _TLL,
            "m s-1; float32",
            "hours since 1987-01-01; six-hourly moments at 00, 06, 12, 18",
            "none",
            "1993 on",
            f"{_EARTHDATA}, or none at data.remss.com",
            unconfirmed="branch of longitude, time units, first year",
        ),
    ),
    Product(
        "cmems_wind",
        "Copernicus Marine hourly wind from scatterometers and model 1/8° (WIND_GLO_PHY_L4_MY_012_006)",
        {"wind": (("eastward_wind", "northward_wind"),)},
        _marine("10.48670/moi-00185"),
        step_hours=1.0,
        licence=_COPERNICUS,
        doi="10.48670/moi-00185",
        note="ERA5 corrected by scatterometers",
        published=Published(
            "cmems_obs-wind_glo_phy_my_l4_0.125deg_PT1H (2007 on); the 0.25° series ends in October 2009",
            "1/8°, -180..180, latitude ascending",
            _TLL,
            f"m s-1; {_TOOLBOX}, or packed",
            "seconds since 1990-01-01; hourly",
            "none",
            "2007-01 on",
            _MARINE_LOGIN,
            unconfirmed="packing, time units and DOI; that a step is a moment",
        ),
    ),
    Product(
        "msm",
        "JMA Meso-Scale Model, surface wind about 5 km (MSM-S of RISH, Kyoto University)",
        {"wind": (("u", "v"),)},
        "JMA Meso-Scale Model, Japan Meteorological Agency; NetCDF by the Research Institute for Sustainable "
        "Humanosphere, Kyoto University; http://database.rish.kyoto-u.ac.jp/arch/jmadata/",
        step_hours=1.0,
        licence="research and education",
        note="reaches 47.6 N only; every third hour an analysis, between them forecasts of 1 and 2 h",
        published=Published(
            "arch/jmadata/data/gpv/netcdf/MSM-S/YYYY/MMDD.nc, a file a day",
            "0.0625° by 0.05°, 481 x 505, 120..150 E, latitude descending 47.6..22.4 N; twice as coarse to 2006-02",
            "time, lat, lon",
            "m/s; int16 with scale and offset of each variable",
            "hours since the day's 00:00:00+00:00; hourly, 24 a file",
            "none",
            "2002 on",
            _OPEN,
            unconfirmed="scale and fill of u and v, spelling of the time units, first year",
        ),
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
        published=Published(
            "NOMADS, THREDDS",
            "0.25° to 1°, 0..360",
            "time, lat, lon (THREDDS: time, height_above_ground, lat, lon)",
            "m/s; float32",
            "analyses every 6 h, forecasts every 1 to 3 h; moments",
            "heights in m, the nearest to 10 is taken",
            "forecasts of the last days; older ones in archives",
            _OPEN,
            unconfirmed="access and layout",
        ),
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
        published=Published(
            "cmems_mod_glo_wav_my_0.2deg_PT3H-i, ..._myint_..., cmems_mod_glo_wav_anfc_0.083deg_PT3H-i",
            "1/5°, -180..180, latitude ascending",
            _TLL,
            "m s-1; int16 with scale, fill -32767; from the toolbox float32",
            "hours since 1950-01-01; three-hourly moments",
            "none",
            "1980 on",
            _MARINE_LOGIN,
            unconfirmed="scale of the packing, time units, first year",
        ),
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

GENERATED = {"climatology": ("current", "wind"), "wind_roses": ("wind",), "none": ("current",)}
"""Products that are not read level by level, and the kinds they can be; ``none`` is a field that is not there."""


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
