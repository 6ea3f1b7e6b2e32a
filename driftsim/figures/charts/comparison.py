"""Figures of a comparison, each to be read alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...results.intervals import PERCENT, TAIL
from ...system.kinds import JsonView
from ...validation import finds, reference
from ...validation.landings import Landings
from ...validation.records import Records
from ..palette import CHARTS
from . import plots
from .plots import GREY, INK, MODEL, RECORD

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from ...area.coast import Coast, LineBins

HALF, MOST = CHARTS.half, CHARTS.most
SMOOTHING_KM = 15.0
"""Standard deviation along the coast of the density on the map."""

MOST_NAMED = 8
"""Tracks that can be named in a figure."""


def draw(
    document: JsonView,
    landings: Landings,
    records: Records,
    coast: Coast,
    folder: Path,
    overwrite: bool = False,
) -> list[Path]:
    """Draw what the comparison has; returns the files written.

    Parameters
    ----------
    document
        What `driftsim.validation.compare.validate` gave.
    landings
        Of the run.
    records
    coast
    folder
        Where to; it must exist.
    overwrite
        Take the place of files that driftsim has not made.
    """
    save = partial(plots.save, overwrite=overwrite)
    files = []
    if document["tracks"] is not None:
        files.append(save(folder / "validation_tracks.png", lambda f: _tracks(f, document)))
    if document["where"]:
        bins = sum(len(_shown(table)) for table in _panels(document))
        size = (7.4, 1.6 + 0.27 * bins)
        files.append(save(folder / "validation_counts.png", lambda f: _counts(f, document), size))
        files.append(save(folder / "validation_reliability.png", lambda f: _reliability(f, document), (5.6, 5.6)))
    if document["when"] is not None and document["when"]["cumulative"] is not None:
        files.append(save(folder / "validation_cumulative.png", lambda f: _cumulative(f, document, records)))
    if not len(landings):
        return files
    files.append(save(folder / "validation_map.png", lambda f: _map(f, document, landings, records, coast), (6.8, 6.6)))
    files.append(save(folder / "validation_pit.png", lambda f: _pit(f, document), (7.8, 3.8)))
    return files


def _title(document: JsonView) -> str:
    return str(document["forecast"]["name"])


def _panels(document: JsonView) -> list[JsonView]:
    return [document["where"][name] for name in ("mission", "prefecture") if name in document["where"]]


def _shown(table: JsonView) -> list[JsonView]:
    """Bins with a record, or with more than a case predicted."""
    return [
        row
        for row in table["bins"]
        if row["recorded_low"] is not None or row["recorded_high"] is not None or row["high_90"] > 1
    ]


def _counts(figure: Figure, document: JsonView) -> None:
    panels = _panels(document)
    every = figure.subplots(
        len(panels), 1, sharex=True, squeeze=False, height_ratios=[len(_shown(table)) + 0.5 for table in panels]
    )[:, 0]
    for axes, table in zip(every, panels, strict=True):
        _bars(axes, table, document["lead"])
    every[-1].set_xlabel(
        f"cases of {panels[-1]['cases_low']}–{panels[-1]['cases_high']} on the coast, "
        f"{panels[-1]['first']:%-d %B} to {panels[-1]['last']:%-d %B %Y}"
    )
    every[0].set_title(f"Recorded and predicted: {_title(document)}")
    every[-1].legend(*_legend(), loc="lower right", fontsize=7.5)
    plots.note(
        figure,
        "Predicted counts hold for single seasons and for cases that come in bursts. "
        "Arrow: no upper end known; open circle: number not known.",
    )


def _bars(axes: Axes, table: JsonView, lead: Sequence[str]) -> None:
    rows = _shown(table)[::-1]
    for place, row in enumerate(rows):
        axes.barh(place, row["high_90"] - row["low_90"], left=row["low_90"], height=0.66, color=MOST)
        axes.barh(place, row["high_50"] - row["low_50"], left=row["low_50"], height=0.66, color=HALF)
        axes.plot([row["median"]] * 2, [place - 0.33, place + 0.33], color=MODEL, lw=1.8, solid_capstyle="butt")
        _recorded(axes, place, row)
    names = [row["name"] for row in rows]
    axes.set_yticks(range(len(rows)), names)
    labels = axes.get_yticklabels()
    if table["table"] == "mission":
        for label, row in zip(labels, rows, strict=True):
            label.set_fontweight("bold" if row["key"] in lead else "normal")
    axes.set_xlim(left=-0.5)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.tick_params(axis="y", length=0)


def _recorded(axes: Axes, place: int, row: JsonView) -> None:
    low, high = row["recorded_low"], row["recorded_high"]
    if low is None and high is None:
        axes.plot([0.0], [place], "o", mfc="white", mec=GREY, ms=4.5)
        return
    begin = low or 0
    if high is None:
        axes.annotate(
            "", (begin + 4.5, place), (begin, place), arrowprops={"arrowstyle": "->", "color": RECORD, "lw": 1.3}
        )
        axes.plot([begin], [place], "o", color=RECORD, ms=5)
    elif high == begin:
        axes.plot([begin], [place], "o", color=RECORD, ms=5.5)
    else:
        axes.plot([begin, high], [place, place], "-", color=RECORD, lw=2.6, solid_capstyle="round")


def _legend() -> tuple[list[Artist], list[str]]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Artist] = [
        Line2D([], [], marker="o", color=RECORD, lw=2.6, ms=5),
        Line2D([], [], color=MODEL, lw=1.8),
        Patch(color=HALF),
        Patch(color=MOST),
    ]
    return handles, ["recorded, with its range", "predicted median", "50 % range", "90 % range"]


def _reliability(figure: Figure, document: JsonView) -> None:
    """Recorded share against predicted share of each bin, on square-root axes."""
    table = document["where"].get("prefecture") or next(iter(document["where"].values()))
    axes = figure.subplots()
    total = 0.5 * (table["cases_low"] + table["cases_high"])
    rows = [row for row in table["bins"] if row["recorded_low"] is not None and row["recorded_high"] is not None]
    largest = 0.05
    for place, row in enumerate(sorted(rows, key=lambda row: row["recorded_low"] + row["recorded_high"])):
        low, high = row["recorded_low"] / total, row["recorded_high"] / total
        middle = 0.5 * (low + high)
        axes.plot([row["low_90"] / total, row["high_90"] / total], [middle, middle], color=HALF, lw=1.6, zorder=2)
        axes.plot([row["share"]] * 2, [low, high], color=RECORD, lw=2.2, zorder=3)
        axes.plot([row["share"]], [middle], "o", color=RECORD, ms=5.5, zorder=4)
        left = place % 2 == 1  # neighbours on either side of the diagonal
        axes.annotate(
            row["name"],
            (row["share"], middle),
            (-6 if left else 6, 4 if left else -10),
            textcoords="offset points",
            fontsize=7.5,
            color=INK,
            ha="right" if left else "left",
        )
        largest = max(largest, row["high_90"] / total, high)
    axes.plot([0, largest], [0, largest], color=GREY, lw=0.9, ls=(0, (4, 3)), zorder=1)
    axes.set(xlim=(0, largest * 1.03), ylim=(0, largest * 1.03), xlabel="share predicted", ylabel="share recorded")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda x, _: f"{100 * x:.0f} %")
    axes.set_aspect("equal")
    axes.set_title("Reliability: shares of the cases by prefecture")
    plots.note(figure, f"{_title(document)}\nHorizontal: 90 % range predicted for one season. Dashed: as predicted.")


def _cumulative(figure: Figure, document: JsonView, records: Records) -> None:
    of = document["when"]["cumulative"]
    axes = figure.subplots()
    days = of["days"]
    axes.fill_between(days, of["low_90"], of["high_90"], color=MOST, lw=0, label="90 % range")
    axes.fill_between(days, of["low_50"], of["high_50"], color=HALF, lw=0, label="50 % range")
    axes.plot(days, of["median"], color=MODEL, lw=1.6, label="predicted median")
    axes.plot(of["recorded_days"], of["recorded"], "o-", color=RECORD, ms=4.5, lw=1.0, label="recorded")
    plots.dated(axes, days[0], days[-1])
    axes.set_ylim(0, None)
    axes.set_ylabel(f"cases, given {of['cases']} in all")
    axes.set_title(f"Cumulative finds: {_title(document)}")
    axes.legend(loc="upper left", fontsize=8)
    typical = (
        "" if document["forecast"]["kind"] == "hindcast" else "Typical seasons: the days are not those of the record. "
    )
    plots.note(figure, typical + records.sea.file.records.notes.get("comparison", ""))


def density(landings: Landings, coast: Coast) -> tuple[LineBins, NDArray[np.float64]]:
    """Bins of the coast, and landings per km and 1000 landings in each, smoothed along the line."""
    bins = coast.line_bins(reference.BIN_KM)
    out = np.zeros(len(bins.line))
    for index in np.unique(landings.line[landings.line >= 0]):
        here = np.flatnonzero(bins.line == index)
        km, weight = landings.km[landings.line == index], landings.weights[landings.line == index]
        middle = 0.5 * (bins.km_start + bins.km_end)[here]
        length = (bins.km_end - bins.km_start)[here]
        counts = np.bincount(
            np.clip(np.searchsorted(bins.km_start[here], km, "right") - 1, 0, here.size - 1), weight, here.size
        )
        kernel = np.exp(-0.5 * ((middle[:, None] - middle[None, :]) / SMOOTHING_KM) ** 2)
        out[here] = kernel @ counts / (kernel @ length)
    return bins, 1000.0 * out / landings.weights.sum()


def _map(figure: Figure, document: JsonView, landings: Landings, records: Records, coast: Coast) -> None:
    from matplotlib.colors import LogNorm

    axes = figure.subplots()
    plots.coast_map(axes, coast, records.sea)
    bins, predicted = density(landings, coast)
    shown = predicted > 0.03
    top = float(predicted.max(initial=0.1))
    points = axes.scatter(
        bins.lon_mid[shown],
        bins.lat_mid[shown],
        c=predicted[shown],
        s=26,
        marker="o",
        lw=0,
        zorder=3,
        cmap="YlOrRd",
        norm=LogNorm(0.03, top),
    )
    bar = figure.colorbar(points, ax=axes, shrink=0.6, pad=0.02)
    bar.set_label("predicted landings per km, of 1000 in " + records.sea.home_name, fontsize=8)
    bar.ax.yaxis.set_major_formatter("{x:g}")
    bar.ax.yaxis.set_minor_formatter("")  # its own words are formulas, which no figure of ours reads
    used = {target.event.id for target in finds.targets(records, dated=landings.dated)}
    for own, label, face in ((True, "scored", RECORD), (False, "not scored", "white")):
        at = [event for event in records.boats if event.region != "offshore" and (event.id in used) is own]
        if at:
            axes.plot(
                [event.lon for event in at],
                [event.lat for event in at],
                "o",
                ms=4.6,
                mfc=face,
                mec=RECORD,
                mew=0.8,
                label=f"boats found, {label} ({len(at)})",
                zorder=5,
            )
    axes.legend(loc="lower right", fontsize=7.5, facecolor="white", framealpha=0.85, frameon=True, edgecolor="none")
    axes.set_title(f"Finds over the predicted density: {_title(document)}")
    plots.note(
        figure,
        f"Density smoothed over {SMOOTHING_KM:g} km of coast. " + records.sea.file.records.notes.get("found_map", ""),
    )


def _pit(figure: Figure, document: JsonView) -> None:
    panels = figure.subplots(1, 3, width_ratios=[1.25, 1.0, 1.0])
    tables = [*document["where"].values()]
    rows = [row for table in tables if table["table"] in ("prefecture", "coarse") for row in table["bins"]]
    rows = rows or [row for table in tables for row in table["bins"]]
    if document["when"] is not None:
        rows = [*rows, *document["when"]["bins"]]
    rows = sorted((row for row in rows if row["p_max"] is not None), key=lambda row: row["pit_low"] + row["pit_high"])
    for place, row in enumerate(rows):
        panels[0].plot([row["pit_low"], row["pit_high"]], [place, place], color=HALF, lw=3.0, solid_capstyle="butt")
        panels[0].plot([0.5 * (row["pit_low"] + row["pit_high"])], [place], "|", color=RECORD, ms=5.0)
    panels[0].set(xlim=(0, 1), title="Counts by bin", xlabel="place in what was predicted")
    panels[0].set_yticks(range(len(rows)), [row["name"] for row in rows], fontsize=6.5)
    panels[0].tick_params(axis="y", length=0)
    places = [] if document["which"] is None else document["which"]["pit"]
    _histogram(panels[1], places, "Places on the shore", "within the prefecture")
    dates = document["when"]["date_pit"] if document["when"] is not None else []
    _histogram(panels[2], dates, "Dates of the finds", "within the season")
    figure.suptitle(
        f"Where the record stands in the prediction: {_title(document)}",
        x=0.012,
        ha="left",
        fontsize=10.5,
        weight="bold",
    )
    plots.note(
        figure,
        "Evenly spread from 0 to 1 if the prediction is right. Bars: how well the count is known. "
        f"Dashed: {PERCENT} of even ones lie between, were finds independent.",
    )


def _histogram(axes: Axes, values: Sequence[float], title: str, label: str) -> None:
    axes.set(xlim=(0, 1), title=title, xlabel=label, xticks=[0.0, 0.5, 1.0])
    if len(values) < 5:
        axes.text(
            0.5,
            0.5,
            "not scored:\na climatology\nknows no days" if "Dates" in title else "too few finds",
            ha="center",
            va="center",
            transform=axes.transAxes,
            fontsize=8,
            color=GREY,
        )
        axes.set_yticks([])
        return
    from scipy.stats import binom

    bins = 5
    low, high = binom.ppf([TAIL, 1.0 - TAIL], len(values), 1.0 / bins)
    axes.hist(values, bins=np.linspace(0, 1, bins + 1).tolist(), color=HALF, edgecolor="white")
    for level in (low, high):
        axes.axhline(level, color=GREY, lw=0.9, ls=(0, (4, 3)))
    plots.whole_numbers(axes)
    axes.set_ylabel("finds")


def _tracks(figure: Figure, document: JsonView) -> None:
    left, right = figure.subplots(1, 2)
    of = document["tracks"]
    middle = [row["age_days"] - 0.5 for row in of["by_age"]]
    for key, name, dash in (
        ("still_km", "standing still", (0, (1, 2))),
        ("kept_km", "last velocity kept", (0, (4, 3))),
    ):
        distance = [row[key] for row in of["by_age"]]
        if all(km is not None for km in distance):
            left.plot(middle, distance, color=GREY, lw=1.2, ls=dash, label=f"{name}, mean by day")
    for track in document["tracks"]["tracks"]:
        ages = [0.0] + [fix["age_days"] for fix in track["fixes"]]
        left.plot(ages, [0.0] + [fix["separation_km"] for fix in track["fixes"]], "-", color=HALF, lw=1.0)
        last = ages[-1], track["fixes"][-1]["separation_km"]
        left.plot(*last, "o", color=MODEL, ms=4)
        if len(document["tracks"]["tracks"]) <= MOST_NAMED:
            left.annotate(track["id"], last, (6, -2), textcoords="offset points", fontsize=7.5, color=INK)
    longest = max(track["fixes"][-1]["age_days"] for track in document["tracks"]["tracks"])
    left.set(
        xlabel="days since the first fix",
        ylabel="km, mean over the boats",
        title="Distance to the boats of the run",
        xlim=(0, 1.3 * longest),
        ylim=(0, None),
    )
    left.legend(loc="upper left", fontsize=7.5)
    mass = [fix["mass_above"] for track in document["tracks"]["tracks"] for fix in track["fixes"]]
    mass = sorted(value for value in mass if np.isfinite(value))
    right.plot([0, 1], [0, 1], color=GREY, lw=0.9, ls=(0, (4, 3)))
    right.step([0.0, *mass, 1.0], [*np.linspace(0, 1, len(mass) + 1), 1.0], where="post", color=MODEL, lw=1.6)
    right.set(
        xlabel="area of the ensemble, by its share",
        ylabel="fixes inside",
        title="Containment",
        xlim=(0, 1),
        ylim=(0, 1),
    )
    for axis in (right.xaxis, right.yaxis):
        axis.set_major_formatter(lambda x, _: f"{100 * x:.0f} %")
    plots.note(figure, f"{_title(document)}. Dashed: as many fixes inside as the area promises.")
