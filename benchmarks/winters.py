"""Do the ranges hold? Synthetic winters, of draws and seasons that the prediction does not see.

    python benchmarks/winters.py                          # 1,000 winters of 2,000 boats: a quarter of an hour
    python benchmarks/winters.py --winters 200 --boats 500

A prediction is a run of the config: the ranges that it prints. A winter is one member of a run with another seed, with
so many boats that its shares are known: another season of weather and eddies, and another draw of what nobody knows.
Counted is how often the ranges of 50 and 90 % hold the winters' shares, and the places of counts of 80 cases that are
drawn from them in bursts. Then the same winters against predictions that are wrong on purpose: priors half and twice as
wide, eddies of another length, sources moved by a degree.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from driftsim import config as configuration
from driftsim.drift import assumptions, simulation
from driftsim.results import draws, statistics
from driftsim.results.intervals import seasons, shrunk
from driftsim.results.spread import spread
from driftsim.validation import counts, scores
from driftsim.validation import seasons as records

Floats = NDArray[np.float64]

CASES = 80
REGIONS = ("akita", "aomori", "fukui", "noto")
LEVELS = (0.5, 0.9)
CHUNK = 200
"""Winters of one run: more would take more memory."""

OTHER_SEED = 90_000
"""Added to the config's seed, and one more for each run of winters."""


class Shares(NamedTuple):
    """Members of a run: landings in each region and at home, and what each member drew."""

    landings: Floats  # (member, region)
    home: Floats  # (member,)
    drawn: Floats  # (member, column)
    terms: list[list[int]]

    @property
    def share(self) -> Floats:
        """(member, region)"""
        return self.landings / self.home[:, None]


def members(cfg: configuration.Config) -> Shares:
    """Run a config and count the landings of its members."""
    result = simulation.run(cfg)
    arrivals = result.arrivals
    area = statistics.area_of(arrivals)
    leaves = statistics.flag_names(arrivals["stretch"])
    landed = np.where(arrivals["outcome"].values == 1, arrivals["stretch"].values, -1)
    table = statistics.count_landings(arrivals["member"].values, landed, int(arrivals.attrs["members"]), len(leaves))

    def of(key: str) -> Floats:
        return table[:, [leaves.index(stretch) for stretch in area.regions[key].stretches]].sum(axis=1).astype(float)

    known = draws.of(arrivals)
    drawn, terms = (np.zeros((len(table), 0)), []) if known is None else (known.values, known.terms)
    return Shares(np.stack([of(key) for key in REGIONS], axis=1), of(area.home), drawn, terms)


def winters(path: Path, number: int, boats: int, over: Mapping[str, Any]) -> Shares:
    """So many winters, each a member with so many boats, of runs with other seeds."""
    seed = configuration.load(path).run.seed + OTHER_SEED
    parts = []
    for first in range(0, number, CHUNK):
        many = min(CHUNK, number - first)
        own = {"run.seed": seed + first // CHUNK, "wind.members": many, "boats.number": many * boats}
        parts.append(members(configuration.load(path, {**_QUIET, **over, **own})))
    joined = (np.concatenate([getattr(part, name) for part in parts]) for name in ("landings", "home", "drawn"))
    return Shares(*joined, parts[0].terms)


_QUIET = {"output.tracks": 0, "output.map": False, "output.csv": False, "output.density_grid_deg": 1.0}


def ranges(of: Shares, level: float) -> tuple[Floats, Floats]:
    """The range of any winter of a prediction, (region,) each end."""
    return seasons(of.share, of.home, np.ones(len(of.home)), 0.5 - 0.5 * level)


def held(prediction: Shares, truth: Shares, level: float) -> Floats:
    """Part of the winters whose share lies in the range, (region,)."""
    low, high = ranges(prediction, level)
    return ((truth.share >= low) & (truth.share <= high)).mean(axis=0)


def places(prediction: Shares, truth: Shares) -> Floats:
    """Place of each winter among the members of the prediction, (winter, region): even where it is right."""
    drawn, _ = shrunk(prediction.share, prediction.home, np.ones(len(prediction.home)))
    ranked = np.sort(drawn, axis=0)
    out = np.empty(truth.share.shape)
    for i in range(out.shape[1]):
        out[:, i] = np.searchsorted(ranked[:, i], truth.share[:, i], side="right") / len(ranked)
    return out


def weather_held(prediction: Shares, truth: Shares) -> Floats:
    """Part of the winters in the range of the weather alone, once what they drew is known and taken out, (region,)."""
    apart = spread(prediction.landings, prediction.home, prediction.drawn, prediction.terms, errors=False)
    middle = prediction.drawn.mean(axis=0)
    part = prediction.home / prediction.home.sum()
    mean = part @ prediction.share
    beta = np.linalg.pinv(prediction.drawn - middle) @ (prediction.share - mean)
    left = truth.share - (truth.drawn - middle) @ beta
    return ((left >= apart.weather_low) & (left <= apart.weather_high)).mean(axis=0)


def counts_held(prediction: Shares, truth: Shares, seed: int = 5) -> dict[float, Floats]:
    """Part of the winters whose counts of 80 cases, drawn in bursts, lie in the middle 50 and 90 %, (region,)."""
    rng = np.random.default_rng(seed)
    clustering = records.CLUSTERING
    table = np.c_[prediction.landings, prediction.home - prediction.landings.sum(axis=1)]
    even = np.full(table.shape[1], 1.0 / table.shape[1])
    of = counts.predict(table, even, clustering)
    whole = np.c_[truth.share, 1.0 - truth.share.sum(axis=1)]
    bursts = (1.0 - clustering) / clustering
    place = np.empty(truth.share.shape)
    chances = [of.marginal(CASES, column) for column in range(len(REGIONS))]
    for row, share in enumerate(whole):
        chance = rng.standard_gamma(np.maximum(bursts * share, 1e-12))
        cases = rng.multinomial(CASES, chance / chance.sum())
        for column, probabilities in enumerate(chances):
            low, high = counts.place(probabilities, int(cases[column]), int(cases[column]))
            place[row, column] = low + rng.random() * (high - low)
    return {level: (np.abs(place - 0.5) <= 0.5 * level).mean(axis=0) for level in LEVELS}


def widened(table: Mapping[str, Any], factor: float, limits: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    """A table ``[uncertain]`` with all widths times a factor; even ones are cut at the limits of their keys."""
    out: dict[str, Any] = {}
    for name, value in table.items():
        if not isinstance(value, Mapping):
            out[name] = value
        elif "normal" in value:
            out[name] = {"normal": [value["normal"][0], factor * value["normal"][1]]}
        elif "lognormal" in value:
            out[name] = {"lognormal": [value["lognormal"][0], value["lognormal"][1] ** factor]}
        elif "dirichlet" in value:
            out[name] = {"dirichlet": max((value["dirichlet"] + 1.0) / factor**2 - 1.0, 0.2)}
        elif "between" in value:
            a, b = value["between"]
            low, high = limits.get(name, (-math.inf, math.inf))
            ends = (0.5 * (a + b) - factor * 0.5 * (b - a), 0.5 * (a + b) + factor * 0.5 * (b - a))
            out[name] = {"between": [max(ends[0], low), min(ends[1], high)]}
        else:
            out[name] = widened(value, factor, limits)
    return out


LIMITS = {"scale": (0.0, 10.0), "ekman_percent": (0.0, 10.0), "flight_speed_m_s": (0.0, 5.0)}


def variants(path: Path) -> dict[str, dict[str, Any]]:
    """Predictions that are wrong on purpose, as overrides of the config."""
    cfg = configuration.load(path)
    table = configuration.tables(cfg)["uncertain"]
    run = {"run.start": "2017-08-30", "run.end": "2018-04-30"}  # twice the shift of dates needs room
    moved: dict[str, Any] = {}
    for i, source in enumerate(cfg.release.sources):
        if source.box:
            west, east, south, north = source.box
            moved[f"release.sources[{i}].box"] = [west, east, south + 1.0, north + 1.0]
        elif source.kind == "polygon":
            moved[f"release.sources[{i}].points"] = [[lon, lat + 1.0] for lon, lat in source.points]
    return {
        "right": {},
        "no priors: assumptions held fixed": {"uncertain": None},
        "priors half as wide": {"uncertain": widened(table, 0.5, LIMITS)},
        "priors twice as wide": {"uncertain": widened(table, 2.0, LIMITS), **run},
        "eddies of 120 km instead of 60": {"current.eddy_km": 120.0},
        "sources 1° further north": moved,
    }


def load(path: Path, over: Mapping[str, Any]) -> configuration.Config:
    """The config with overrides; None takes a table away."""
    gone = [key for key, value in over.items() if value is None]
    cfg = configuration.load(path, {**_QUIET, **{key: value for key, value in over.items() if value is not None}})
    return cfg.model_copy(update=dict.fromkeys(gone)) if gone else cfg


def measure(
    path: Path, number: int, boats: int, over: Mapping[str, Any], only: Sequence[str] = (), predictions: int = 1
) -> dict[str, Any]:
    """Coverage of every prediction on the same winters: the mean of runs with several seeds; ranks are of the first."""
    truth = winters(path, number, boats, over)
    seed = configuration.load(path).run.seed
    out: dict[str, Any] = {"winters": number, "boats_a_winter": boats, "regions": list(REGIONS), "predictions": {}}
    for name, change in variants(path).items():
        if only and name not in only:
            continue
        runs = [members(load(path, {**over, **change, "run.seed": seed + i})) for i in range(predictions)]
        prediction = runs[0]
        of = places(prediction, truth)
        row: dict[str, Any] = {
            "mean": (prediction.landings.sum(axis=0) / prediction.home.sum()).tolist(),
            "range_90": [list(pair) for pair in zip(*(end.tolist() for end in ranges(prediction, 0.9)), strict=True)],
            "held": {str(k): np.mean([held(run, truth, k) for run in runs], axis=0).tolist() for k in LEVELS},
            "counts_held": {
                str(k): np.mean([counts_held(run, truth)[k] for run in runs], axis=0).tolist() for k in LEVELS
            },
            "predictions": predictions,
            "ranks": [np.histogram(column, np.linspace(0.0, 1.0, 11))[0].tolist() for column in of.T],
            "ranks_even_p": [scores.uniformity(column) for column in of.T],
        }
        if prediction.drawn.shape[1]:
            row["weather_alone_held"] = np.mean([weather_held(run, truth) for run in runs], axis=0).tolist()
        out["predictions"][name] = row
        print(text(name, row), flush=True)
    return out


def nested(path: Path, over: Mapping[str, Any]) -> dict[str, list[float]]:
    """Standard deviation of the weather alone, points: by two seasons of each draw, and by the regression of a run."""
    real, seed = assumptions.uniforms, configuration.load(path).run.seed
    runs = []
    for other in (0, 1):
        assumptions.uniforms = lambda _, many, key: real(seed, many, key)  # the draws of one seed, weather of another
        try:
            runs.append(members(load(path, {**over, "run.seed": seed + other})))
        finally:
            assumptions.uniforms = real
    first, second = runs
    noise = np.mean([(of.share * (1.0 - of.share) / of.home[:, None]).mean(axis=0) for of in runs], axis=0)
    apart = 0.5 * ((first.share - second.share) ** 2).mean(axis=0) - noise
    fits = [spread(of.landings, of.home, of.drawn, of.terms, errors=False).weather_sd for of in runs]
    return {
        "two_seasons_a_draw": (100.0 * np.sqrt(np.maximum(apart, 0.0))).tolist(),
        "regression": (100.0 * np.mean(fits, axis=0)).tolist(),
    }


def text(name: str, row: Mapping[str, Any]) -> str:
    """A line of the table."""

    def line(values: Sequence[float]) -> str:
        return " ".join(f"{value:5.2f}" for value in values) + f" | {np.mean(values):.3f}"

    parts = [name] + [f"  {100 * level:.0f} %: {line(row['held'][str(level)])}" for level in LEVELS]
    parts += [f"  counts {100 * level:.0f} %: {line(row['counts_held'][str(level)])}" for level in LEVELS]
    if "weather_alone_held" in row:
        parts.append(f"  weather alone: {line(row['weather_alone_held'])}")
    parts.append(f"  ranks even, p: {line(row['ranks_even_p'])}")
    return "\n".join(parts)


def main() -> None:
    """Measure, print, and write to a file if one is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path(__file__).parents[1] / "configs" / "quickstart.toml")
    parser.add_argument("--winters", type=int, default=1000)
    parser.add_argument("--boats", type=int, default=2000, help="of each winter")
    parser.add_argument("--only", action="append", default=[], help="name of a prediction")
    parser.add_argument("--predictions", type=int, default=4, help="runs of each, with other seeds")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--nested", action="store_true", help="the weather alone by two seasons of each draw, no more")
    given = parser.parse_args()
    if given.nested:
        for name, values in nested(given.config, {}).items():
            print(f"{name:<20} " + " ".join(f"{value:6.2f}" for value in values))
        return
    found = measure(given.config, given.winters, given.boats, {}, given.only, given.predictions)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
