"""Makes wind_roses_2deg.csv from the Blended Sea Winds atlas: roses on 33 sea points two degrees apart.

    python data/make_wind_roses.py ATLAS.nc [wind_roses_2deg.csv]

Source: NOAA Blended Sea Winds 1987-2013 as packed for the climatology plugin of OpenCPN
(https://github.com/seandepagnier/climatology_pi_data; US government work, free to use with credit), cut to
125-145 E, 30-53 N. The atlas gives, for each month and half-degree cell, the share of time (steps of 0.02) and the mean
speed (steps of a knot) from each of eight directions; it dropped shares below 0.025 or so.

Each rose is the average of the cells in a box of two degrees about its point: shares are averaged and made to add up
to 1, speeds are averaged with the shares as weights, calms and gales are averaged. Points need four cells at sea. Only
points of the Sea of Japan and its straits are taken: the cells of the Pacific, the Yellow Sea and the Inland Sea say
nothing about it.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import netCDF4
import numpy as np

DIRECTIONS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")

# Columns of points by latitude, west to east.
POINTS = {
    34: (128, 130),
    36: (130, 132, 134, 136),
    38: (130, 132, 134, 136, 138),
    40: (128, 130, 132, 134, 136, 138, 140),
    42: (130, 132, 134, 136, 138, 140),
    44: (136, 138, 140, 142),
    46: (138, 140, 142),
    48: (140, 142),
}
MINIMUM_CELLS = 4


def main() -> None:
    """Read the atlas, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("atlas", type=Path)
    area = Path(__file__).parent / "areas" / "sea_of_japan"
    parser.add_argument("out", type=Path, nargs="?", default=area / "wind_roses_2deg.csv")
    arguments = parser.parse_args()
    rows = roses(arguments.atlas)
    with arguments.out.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["month", "lat", "lon", "n_cells"]
            + [f"share_{name}" for name in DIRECTIONS]
            + [f"speed_{name}_m_s" for name in DIRECTIONS]
            + ["calm_pct", "gale_pct"]
        )
        writer.writerows(rows)
    print(f"{arguments.out}: {len(rows)} roses")


def roses(atlas: Path) -> list[list[object]]:
    """Rows of the table, month by month, south to north."""
    with netCDF4.Dataset(atlas) as data:
        # Single precision, as the atlas is stored: a few of the published figures lie on the edge of rounding.
        lon, lat, freq, speed, calm, gale = (
            np.ma.filled(data[name][:].astype(np.float32), np.nan)
            for name in ("lon", "lat", "freq", "speed", "calm_pct", "gale_pct")
        )
    rows: list[list[object]] = []
    for month in range(12):
        for y, columns in POINTS.items():
            for x in columns:
                box = np.ix_((lat >= y - 1) & (lat < y + 1), (lon >= x - 1) & (lon < x + 1))
                share = freq[month][:, *box].reshape(8, -1)
                sea = np.isfinite(share.sum(axis=0))
                if sea.sum() < MINIMUM_CELLS:
                    continue
                share = share[:, sea]
                knots = np.nan_to_num(speed[month][:, *box].reshape(8, -1)[:, sea])
                mean = (share * knots).sum(axis=1) / np.maximum(share.sum(axis=1), 1e-12)
                total = share.sum(axis=1) / share.sum()
                rows.append(
                    [month + 1, float(y), float(x), int(sea.sum())]
                    + [round(float(value), 3) for value in total]
                    + [round(float(value), 2) for value in mean]
                    + [round(float(np.nanmean(field[month][box].ravel()[sea])), 1) for field in (calm, gale)]
                )
    return rows


if __name__ == "__main__":
    main()
