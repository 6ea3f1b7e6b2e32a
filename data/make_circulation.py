"""Makes circulation.nc: a diagnostic surface circulation of the Sea of Japan, month by month.

    python data/make_circulation.py [OUTPUT] [--step 0.0833]

The stream function is set between the coasts by the published transports through the straits; in the interior it obeys
a linear vorticity balance (beta, wind-stress curl, linear friction, restoring of the warm layer to its climatological
fronts). A surface Ekman part from the monthly mean of the rose wind is added. The equations, the
origin of every number and a comparison with two real fields stand in docs/explanation/current_climatology.md.
The same script and inputs give the same arrays.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse.linalg import splu

HERE = Path(__file__).resolve().parent
AREA = HERE / "areas" / "sea_of_japan"
F8 = NDArray[np.float64]
BOOL = NDArray[np.bool_]

RADIUS_M = 6_371_008.8
OMEGA = 7.292_115e-5  # rotation of the Earth, 1/s
RHO_SEA, RHO_AIR = 1025.0, 1.25  # kg/m3
SVERDRUP = 1.0e6  # m3/s

# Transports by month, Sv. What is published: means 1.20 and 1.45 Sv through the east and west channels; the east one is
# the larger from February to April only, grows fast into spring and falls slowly; the west one grows until autumn and
# falls fast (Fukudome et al. 2010); its October maximum is 1.75 times its February minimum (the same ferry record,
# Oceanology, 'Variability of the volume transport ... in 1997-2007').
# The twelve numbers are ours: smooth, and true to each of these statements.
EAST_CHANNEL_SV = np.array([1.05, 1.10, 1.26, 1.33, 1.32, 1.29, 1.26, 1.24, 1.21, 1.17, 1.12, 1.05])
WEST_CHANNEL_SV = np.array([1.22, 1.07, 1.10, 1.20, 1.35, 1.45, 1.53, 1.62, 1.76, 1.87, 1.72, 1.51])
INFLOW_SV = EAST_CHANNEL_SV + WEST_CHANNEL_SV
# Of the inflow, Tsugaru takes 79 % in winter and 65 % in summer, Soya the rest (Cho et al. 2009).
TSUGARU_SHARE = 0.72 + 0.07 * np.cos(2 * np.pi * (np.arange(1, 13) - 1.5) / 12)
TSUGARU_SV = INFLOW_SV * TSUGARU_SHARE
SOYA_SV = INFLOW_SV - TSUGARU_SV

# A point on each land mass whose stream function is prescribed; every other island takes the value that its own
# circulation integral gives.
ASIA, JAPAN, HOKKAIDO, SAKHALIN, TSUSHIMA = "asia", "japan", "hokkaido", "sakhalin", "tsushima"
LANDMARKS = [
    (ASIA, 128.0, 36.5), (ASIA, 134.0, 46.0), (ASIA, 127.0, 40.0),
    (JAPAN, 138.5, 36.2), (JAPAN, 130.9, 33.0), (JAPAN, 133.5, 33.75),
    (HOKKAIDO, 142.8, 43.4), (SAKHALIN, 142.7, 47.2), (TSUSHIMA, 129.32, 34.35),
]  # fmt: skip


# The Sea of Japan between its straits; the warm layer is restored here and nowhere else. Vertices run through the land.
SEA_OF_JAPAN = [
    (129.2, 35.4), (130.9, 34.3), (131.2, 34.0), (133.5, 34.95), (136.2, 35.2), (138.0, 36.3), (140.3, 38.5),
    (140.55, 40.5), (140.3, 41.2), (140.2, 41.45), (140.5, 42.2), (141.2, 43.0), (142.5, 44.3), (141.95, 45.3),
    (141.95, 46.0), (142.6, 47.0), (142.3, 52.5), (138.0, 52.5), (129.0, 43.5), (126.5, 39.5), (128.3, 37.0),
]  # fmt: skip


@dataclass(frozen=True)
class Parameters:
    """What was chosen, not measured. The documentation says what each one does."""

    depth_m: float = 80.0  # surface velocity = transport / width / this: sets the mean speed
    friction_s: float = 2.0e-6  # linear friction, 1/s
    restoring_km: float = 50.0  # sqrt(friction / restoring rate): width of the currents along the coast
    branch_lat: tuple[float, float, float] = (37.2, 38.3, 40.1)  # second branch, at 129, 134.5 and 140 E
    front_lat: tuple[float, float, float] = (38.3, 40.3, 40.6)  # subpolar front, at the same longitudes
    front_width_km: float = 45.0  # half width of their hyperbolic tangents
    warm: float = 0.65  # target stream function south of both, in units of the through-flow (inflow / depth),
    middle: float = 0.33  # between them
    cold: float = -0.2  # and north of both: below the coast's 0, hence cyclonic
    ulleung: float = 0.5  # warm eddy of the Ulleung Basin (130.9 E, 37.2 N), same units
    ulleung_km: float = 70.0  # its radius
    drag: float = 1.3e-3  # drag coefficient of the wind stress
    gustiness: float = 0.5  # coefficient of variation of the speed within an octant (0.4-0.7 at the Ulsan buoy)
    ekman_share: float = 0.01  # surface Ekman part: share of the 10 m wind ...
    ekman_angle_deg: float = 45.0  # ... and its angle to the right


class Grid(NamedTuple):
    """Cells in longitude and latitude; stream functions stand on the corners, velocities in the middle."""

    lon_edge: F8
    lat_edge: F8
    lon: F8
    lat: F8
    step: float


def make_grid(step: float = 1 / 12, box: tuple[float, float, float, float] = (126.5, 143.5, 32.5, 52.0)) -> Grid:
    """Cells of `step` degrees that fill `box` (west, east, south, north)."""
    west, east, south, north = box
    lon_edge = np.linspace(west, east, round((east - west) / step) + 1)
    lat_edge = np.linspace(south, north, round((north - south) / step) + 1)
    return Grid(lon_edge, lat_edge, (lon_edge[1:] + lon_edge[:-1]) / 2, (lat_edge[1:] + lat_edge[:-1]) / 2, step)


def sea_mask(grid: Grid, is_land: Any = None, samples: int = 5) -> BOOL:
    """Cells of which half or more is sea, shape (ny, nx); ponds that do not touch another sea cell are dropped.

    `is_land(lon, lat)` answers for 1-D arrays of points; the default is the project's own coastline.
    """
    if is_land is None:
        from driftsim.area import shoreline

        is_land = shoreline.load().is_land
    offset = ((np.arange(samples) + 0.5) / samples - 0.5) * grid.step
    lon = (grid.lon[:, None] + offset).ravel()
    lat = (grid.lat[:, None] + offset).ravel()
    points = np.meshgrid(lon, lat)
    land = np.asarray(is_land(points[0].ravel(), points[1].ravel()), dtype=float)
    land = land.reshape(grid.lat.size, samples, grid.lon.size, samples).mean(axis=(1, 3))
    wet = land < 0.5
    parts, n = ndimage.label(wet)
    size = ndimage.sum_labels(wet, parts, np.arange(1, n + 1))
    return np.isin(parts, 1 + np.flatnonzero(size >= 4))


class Land(NamedTuple):
    """Which corners belong to which land mass."""

    corner: NDArray[np.int32]  # (ny+1, nx+1): 0 at sea, else the number of the land mass
    names: dict[int, str]  # the prescribed ones


def label_land(grid: Grid, wet: BOOL) -> Land:
    """Numbers the land masses; two that share a corner are one, for nothing can pass between them."""
    parts, _ = ndimage.label(~wet, structure=np.ones((3, 3)))
    corner = np.zeros((wet.shape[0] + 1, wet.shape[1] + 1), dtype=np.int32)
    for rows in (slice(None, -1), slice(1, None)):
        for cols in (slice(None, -1), slice(1, None)):
            np.maximum(corner[rows, cols], parts, out=corner[rows, cols])
    names: dict[int, str] = {}
    for name, lon, lat in LANDMARKS:
        j, i = int((lat - grid.lat_edge[0]) / grid.step), int((lon - grid.lon_edge[0]) / grid.step)
        here = int(parts[j, i])
        if here == 0:
            raise ValueError(f"landmark {name} ({lon} E, {lat} N) is at sea on this grid")
        if names.setdefault(here, name) != name:
            raise ValueError(f"{name} and {names[here]} are one on this grid: a strait is closed, take a finer step")
    return Land(corner, names)


def straits_psi(month: int) -> dict[str, float]:
    """Transport stream function (Sv; 0 on Asia, more to the right of the flow) on the land masses in `month` 1-12."""
    m = month - 1
    return {
        ASIA: 0.0,
        TSUSHIMA: WEST_CHANNEL_SV[m],
        JAPAN: INFLOW_SV[m],
        HOKKAIDO: INFLOW_SV[m] - TSUGARU_SV[m],
        SAKHALIN: 0.0,  # nothing leaves through the shallow Tatar Strait
    }


def edge_psi(grid: Grid, month: int) -> F8:
    """Transport stream function (Sv) on the rim of the grid, NaN inside, shape (ny+1, nx+1).

    The inflow crosses the East China Sea rim, a fifth of it north of Cheju; the outflow spreads over the Pacific rim
    at 38-42 N and the Okhotsk rim south of 45.5 N. There is no Kuroshio and no Oyashio.
    """
    value = straits_psi(month)
    psi = np.full((grid.lat_edge.size, grid.lon_edge.size), np.nan)
    total, hokkaido = value[JAPAN], value[HOKKAIDO]
    psi[:, 0] = total * np.interp(grid.lat_edge, [32.5, 33.2, 33.6, 34.3], [0.35, 0.2, 0.2, 0.0])
    psi[0, :] = total * np.interp(grid.lon_edge, [126.5, 129.5], [0.35, 1.0])
    east = np.interp(grid.lat_edge, [38.0, 42.0, 44.2, 45.5], [total, hokkaido, hokkaido, 0.0])
    psi[:, -1] = east
    psi[-1, :] = 0.0
    return psi


# ---- wind ----------------------------------------------------------------------------------------------------------

OCTANTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


class Wind(NamedTuple):
    """Mean wind (m/s, to where it blows) and stress (N/m2) as complex numbers on the rose points, shape (12, n)."""

    lon: F8
    lat: F8
    mean: NDArray[np.complex128]
    stress: NDArray[np.complex128]


def read_roses(path: Path, p: Parameters) -> Wind:
    """Mean wind and mean stress of each rose; the stress uses the mean square of the speed within each octant."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    places = sorted({(float(r["lat"]), float(r["lon"])) for r in rows})
    mean = np.full((12, len(places)), np.nan, dtype=complex)
    stress = mean.copy()
    for r in rows:
        k = int(r["month"]) - 1, places.index((float(r["lat"]), float(r["lon"])))
        share = np.array([float(r[f"share_{d}"]) for d in OCTANTS])
        speed = np.array([float(r[f"speed_{d}_m_s"]) for d in OCTANTS])
        towards = -np.exp(1j * (np.pi / 2 - np.pi / 4 * np.arange(8)))
        mean[k] = np.sum(share * speed * towards)
        stress[k] = RHO_AIR * p.drag * (1 + p.gustiness**2) * np.sum(share * speed**2 * towards)
    lat, lon = np.array(places).T
    for field in (mean, stress):  # a rose that is missing in a month takes the mean of that month's neighbours
        for month in field:
            gap = np.isnan(month)
            for i in np.flatnonzero(gap):
                near = ~gap & (np.hypot((lon - lon[i]) * 0.77, lat - lat[i]) < 2.6)
                month[i] = month[near].mean()
    return Wind(lon, lat, mean, stress)


def smooth_weights(wind: Wind, lon: F8, lat: F8, reach_km: float = 150.0) -> F8:
    """Gaussian weights (ny, nx, n) that carry the roses to a grid; far from all roses the nearest one rules."""
    y = (lat[:, None, None] - wind.lat) * 111.2
    x = (lon[None, :, None] - wind.lon) * 111.2 * np.cos(np.radians(lat))[:, None, None]
    square = (x * x + y * y) / (2 * reach_km**2)
    weight = np.exp(-(square - square.min(axis=2, keepdims=True)))
    return weight / weight.sum(axis=2, keepdims=True)


def curl(grid: Grid, stress: NDArray[np.complex128]) -> F8:
    """Vertical curl (N/m3) of a stress on the corners, shape (ny+1, nx+1)."""
    cos = np.cos(np.radians(grid.lat_edge))[:, None]
    dx = np.gradient(stress.imag, np.radians(grid.lon_edge), axis=1)
    dy = np.gradient(stress.real * cos, np.radians(grid.lat_edge), axis=0)
    return (dx - dy) / (RADIUS_M * cos)


# ---- vorticity balance ---------------------------------------------------------------------------------------------


class Balance(NamedTuple):
    """``friction*L + J - restoring*area`` on all corners, each row integrated over the corner's dual cell."""

    laplacian: sparse.csr_matrix
    jacobian: sparse.csr_matrix
    area: F8  # (n,), m2


def neighbour(n_y: int, n_x: int, dy: int, dx: int) -> sparse.csr_matrix:
    """Matrix that picks the corner `dy` rows north and `dx` columns east (clamped on the rim)."""
    j, i = np.meshgrid(np.arange(n_y), np.arange(n_x), indexing="ij")
    column = np.clip(j + dy, 0, n_y - 1) * n_x + np.clip(i + dx, 0, n_x - 1)
    n = n_y * n_x
    return sparse.csr_matrix((np.ones(n), (np.arange(n), column.ravel())), shape=(n, n))


def make_balance(grid: Grid) -> Balance:
    """Operators on the corners of a grid.

    The Jacobian is the flux of planetary vorticity out of the dual cell: what one cell loses its neighbour gains, so
    merged rows (an island) are the balance around the whole island.
    """
    n_y, n_x = grid.lat_edge.size, grid.lon_edge.size
    d = np.radians(grid.step)
    lat = np.radians(grid.lat_edge)
    full = np.repeat(np.cos(lat), n_x)
    north, south = np.repeat(np.cos(lat + d / 2), n_x), np.repeat(np.cos(lat - d / 2), n_x)
    pick = {(dy, dx): neighbour(n_y, n_x, dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)}
    own = pick[0, 0]
    laplacian = (
        sparse.diags(1 / full) @ (pick[0, 1] + pick[0, -1] - 2 * own)
        + sparse.diags(north) @ (pick[1, 0] - own)
        + sparse.diags(south) @ (pick[-1, 0] - own)
    )
    q = np.repeat(2 * OMEGA * np.sin(lat), n_x)

    def middle(dy: int, dx: int) -> sparse.csr_matrix:
        return (own + pick[dy, 0] + pick[0, dx] + pick[dy, dx]) / 4

    ne, nw, se, sw = middle(1, 1), middle(1, -1), middle(-1, 1), middle(-1, -1)
    out = {(0, 1): se - ne, (0, -1): nw - sw, (1, 0): ne - nw, (-1, 0): sw - se}  # flux through each face, m2/s
    jacobian = sum(sparse.diags((q + pick[k] @ q) / 2) @ flux for k, flux in out.items())
    return Balance(laplacian.tocsr(), jacobian.tocsr(), full * (RADIUS_M * d) ** 2)


def front_target(grid: Grid, p: Parameters) -> F8:
    """Stream function that the warm layer is restored to, in units of the through-flow, shape (ny+1, nx+1)."""
    target = np.full((grid.lat_edge.size, grid.lon_edge.size), p.warm)
    for path, step in ((p.branch_lat, p.middle - p.warm), (p.front_lat, p.cold - p.middle)):
        front = np.interp(grid.lon_edge, [129.0, 134.5, 140.0], path)
        target += step * (1 + np.tanh((grid.lat_edge[:, None] - front) * 111.2 / p.front_width_km)) / 2
    x, y = (grid.lon_edge - 130.9) * 111.2 * np.cos(np.radians(37.2)), (grid.lat_edge[:, None] - 37.2) * 111.2
    return target + p.ulleung * np.exp(-(x**2 + y**2) / (2 * p.ulleung_km**2))


class Model:
    """The balance on one grid: factorised once, solved for each month."""

    def __init__(self, grid: Grid, wet: BOOL, wind: Wind, p: Parameters) -> None:
        self.grid, self.wet, self.wind, self.p = grid, wet, wind, p
        self.land = label_land(grid, wet)
        self.target = front_target(grid, p).ravel()
        self.corner_weights = smooth_weights(wind, grid.lon_edge, grid.lat_edge)
        self._build()

    def _build(self) -> None:
        p, land = self.p, self.land.corner.ravel()
        balance = make_balance(self.grid)
        points = np.meshgrid(self.grid.lon_edge, self.grid.lat_edge)
        inside = shapely.contains_xy(shapely.Polygon(SEA_OF_JAPAN), points[0].ravel(), points[1].ravel())
        self.restoring = inside * p.friction_s / (p.restoring_km * 1e3) ** 2
        matrix = p.friction_s * balance.laplacian + balance.jacobian - sparse.diags(self.restoring * balance.area)
        self.area = balance.area
        rim = np.isfinite(edge_psi(self.grid, 1)).ravel()
        prescribed = np.isin(land, list(self.land.names))
        touching = np.setdiff1d(np.unique(land[rim & (land > 0)]), list(self.land.names))
        self.rim_islands = {int(k): np.flatnonzero(rim & (land == k)) for k in touching}
        self.fixed = rim | prescribed | np.isin(land, touching)
        # unknowns: one for each free corner at sea, one for each free island
        island, column = np.unique(land[~self.fixed & (land > 0)], return_inverse=True)
        sea = ~self.fixed & (land == 0)
        unknown = np.full(land.size, -1)
        unknown[sea] = np.arange(sea.sum())
        unknown[~self.fixed & (land > 0)] = sea.sum() + column
        rows = np.flatnonzero(unknown >= 0)
        shape = (land.size, int(sea.sum()) + island.size)
        self.spread = sparse.csr_matrix((np.ones(rows.size), (rows, unknown[rows])), shape=shape)
        self.matrix = matrix
        self.solver = splu((self.spread.T @ matrix @ self.spread).tocsc())

    def _boundary(self, month: int) -> F8:
        """Stream function (m2/s) where it is prescribed, 0 elsewhere, shape (n,)."""
        psi = np.nan_to_num(edge_psi(self.grid, month)).ravel()
        land, value = self.land.corner.ravel(), straits_psi(month)
        for key, name in self.land.names.items():
            psi[land == key] = value[name]
        for key, corners in self.rim_islands.items():
            psi[land == key] = psi[corners].mean()
        return np.where(self.fixed, psi, 0.0) * SVERDRUP / self.p.depth_m

    def psi(self, month: int) -> F8:
        """Surface stream function (m2/s) on the corners in `month` 1-12, shape (ny+1, nx+1)."""
        boundary = self._boundary(month)
        stress = self.corner_weights @ self.wind.stress[month - 1]
        force = curl(self.grid, stress).ravel() / (RHO_SEA * self.p.depth_m)
        through = INFLOW_SV[month - 1] * SVERDRUP / self.p.depth_m
        right = (force - self.restoring * self.target * through) * self.area - self.matrix @ boundary
        x = self.solver.solve(self.spread.T @ right)
        return (boundary + self.spread @ x).reshape(self.grid.lat_edge.size, self.grid.lon_edge.size)

    def ekman(self, month: int) -> NDArray[np.complex128]:
        """Surface Ekman velocity (m/s) in the cells in `month`, shape (ny, nx)."""
        turn = self.p.ekman_share * np.exp(-1j * np.radians(self.p.ekman_angle_deg))
        return turn * (smooth_weights(self.wind, self.grid.lon, self.grid.lat) @ self.wind.mean[month - 1])


def velocity(grid: Grid, psi: F8) -> NDArray[np.complex128]:
    """Velocity u + iv (m/s) in the cells from the stream function on their corners, shape (ny, nx).

    The field that is bilinear between cell middles has no net flux out of any box of four of them.
    """
    d = np.radians(grid.step)
    north_south = (psi[1:, 1:] + psi[1:, :-1] - psi[:-1, 1:] - psi[:-1, :-1]) / 2
    east_west = (psi[1:, 1:] + psi[:-1, 1:] - psi[1:, :-1] - psi[:-1, :-1]) / 2
    cos = np.cos(np.radians(grid.lat))[:, None]
    return -north_south / (RADIUS_M * d) + 1j * east_west / (RADIUS_M * d * cos)


# ---- the file ------------------------------------------------------------------------------------------------------

SOURCE = "diagnostic model: linear vorticity balance between coasts, transports prescribed, and a surface Ekman part"
COMMENT = (
    "A climatology of the mean circulation, not observations of any year; it has no eddies, tides or waves. "
    "Geostrophic part: uo - u_ekman, vo - v_ekman; its transports are velocity * width * depth_m of the parameters. "
    "Outside the Sea of Japan (Pacific, Sea of Okhotsk, East China Sea, Inland Sea) it holds the through-flow, a weak "
    "wind-driven part and the Ekman part only: no Kuroshio, no Oyashio."
)
REFERENCES = (
    "Fukudome et al. 2010, J. Oceanogr. 66, 539-551; "
    "Cho et al. 2009, J. Geophys. Res. 114, C06018, doi:10.1029/2008JC005218"
)
PACKING_M_S = 1e-4
STANDARD_NAMES = {
    "uo": "eastward_sea_water_velocity",
    "vo": "northward_sea_water_velocity",
    "u_ekman": "eastward_sea_water_velocity_due_to_ekman_drift",
    "v_ekman": "northward_sea_water_velocity_due_to_ekman_drift",
}


def write(path: Path, model: Model) -> None:
    """Solve all months and write them as CF NetCDF, land missing, packed to 0.1 mm/s."""
    import netCDF4

    months = range(1, 13)
    ekman = np.stack([model.ekman(m) for m in months])
    total = np.stack([velocity(model.grid, model.psi(m)) for m in months]) + ekman
    fields = {"uo": total.real, "vo": total.imag, "u_ekman": ekman.real, "v_ekman": ekman.imag}
    part = path.with_name(path.name + ".part")  # whole or not at all, and a reader keeps the old one
    with netCDF4.Dataset(part, "w", format="NETCDF4") as file:
        file.setncatts(
            {
                "Conventions": "CF-1.10",
                "title": "Climatology of the surface circulation of the Sea of Japan by month",
                "source": SOURCE,
                "comment": COMMENT,
                "references": REFERENCES,
                "institution": "driftsim",
                "license": "MIT",
                "history": "made by data/make_circulation.py from data/wind_roses_2deg.csv and data/coast",
                "parameters": json.dumps(asdict(model.p)),
                "transport_inflow_sv": INFLOW_SV,
                "transport_west_channel_sv": WEST_CHANNEL_SV,
                "transport_tsugaru_sv": TSUGARU_SV,
                "transport_soya_sv": SOYA_SV,
            }
        )
        _write_axes(file, model.grid)
        for name, values in fields.items():
            _write_field(file, name, np.where(model.wet, values, np.nan))
    part.replace(path)


def _write_axes(file: Any, grid: Grid) -> None:
    """Dimensions and coordinates; months of the nominal year 2000 with the years of the wind as climatology bounds."""
    import datetime

    for name, size in (("time", 12), ("latitude", grid.lat.size), ("longitude", grid.lon.size), ("nv", 2)):
        file.createDimension(name, size)
    day = [(datetime.date(2000 + m // 12, m % 12 + 1, 1) - datetime.date(2000, 1, 1)).days for m in range(13)]
    time = file.createVariable("time", "f8", ("time",))
    time.setncatts({"standard_name": "time", "units": "days since 2000-01-01", "calendar": "standard", "axis": "T"})
    time.climatology = "climatology_bounds"
    time[:] = (np.array(day[1:]) + np.array(day[:-1])) / 2
    bounds = file.createVariable("climatology_bounds", "f8", ("time", "nv"))
    for m in range(12):
        first, last = datetime.date(1987, m + 1, 1), datetime.date(2013 + (m + 1) // 12, (m + 1) % 12 + 1, 1)
        bounds[m] = [(d - datetime.date(2000, 1, 1)).days for d in (first, last)]
    for name, short, axis, values in (("latitude", "north", "Y", grid.lat), ("longitude", "east", "X", grid.lon)):
        variable = file.createVariable(name, "f8", (name,))
        variable.setncatts({"standard_name": name, "units": f"degrees_{short}", "axis": axis})
        variable[:] = values


def _write_field(file: Any, name: str, values: F8) -> None:
    """One variable as 16-bit integers."""
    packed = np.rint(values / PACKING_M_S)
    if np.nanmax(np.abs(packed)) > 32_000:
        raise ValueError(f"{name} reaches {np.nanmax(np.abs(values)):.2f} m/s: more than the packing holds")
    shape = (1, *values.shape[1:])
    variable = file.createVariable(
        name,
        "i2",
        ("time", "latitude", "longitude"),
        compression="zlib",
        complevel=6,
        fill_value=-32768,
        chunksizes=shape,
    )
    variable.set_auto_maskandscale(False)
    variable.setncatts(
        {
            "standard_name": STANDARD_NAMES[name],
            "long_name": STANDARD_NAMES[name].replace("_", " "),
            "units": "m s-1",
            "scale_factor": PACKING_M_S,
            "cell_methods": "time: mean within years time: mean over years",
        }
    )
    variable[:] = np.where(np.isnan(packed), -32768, packed).astype("i2")


def make(step: float = 1 / 12, is_land: Any = None, p: Parameters | None = None) -> Model:
    """The model on a grid of `step` degrees, ready to be solved for a month."""
    p = p or Parameters()
    grid = make_grid(step)
    return Model(grid, sea_mask(grid, is_land), read_roses(AREA / "wind_roses_2deg.csv", p), p)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", nargs="?", type=Path, default=AREA / "circulation.nc")
    parser.add_argument("--step", type=float, default=1 / 12, help="cell size, degrees (default 1/12)")
    given = parser.parse_args()
    write(given.output, make(given.step))


if __name__ == "__main__":
    main()
