"""Makes the numbers and figures of the texts: runs what they speak of, keeps the results, puts them in.

    python docs/make_numbers.py            # all of it: some ten minutes on two cores, from an empty folder
    python docs/make_numbers.py --fill     # from docs/results alone: seconds

What is run lies in ``runs/numbers``. A run that is whole is not run again, so an interrupted command goes on where it
was; after a change of the program take the folder away first. Small results are kept in ``docs/results``, from which
the texts are filled; a test says whether they are.

In a text ``<!--= KEY | FORMAT -->13.2 %<!--/-->`` is a number, and what stands between ``<!-- block: NAME -->`` and
``<!-- /block -->`` a table. KEY is a path into the files of ``docs/results``, such as
``winter_2017.regions.noto.share_of_japan``; FORMATS and BLOCKS are below.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RUNS = ROOT / "runs" / "numbers"
RESULTS = ROOT / "docs" / "results"
FIGURES = ROOT / "docs" / "figures"
CALIBRATION = ROOT / "benchmarks" / "results" / "calibration.json"
CONFIGS = ROOT / "configs"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md")))

SHOWN = ("akita", "aomori", "fukui", "noto", "niigata", "yamagata_all", "hokkaido_all")
SWEPT = ("akita", "aomori", "fukui", "noto", "niigata")
FOUR = SHOWN[:4]

IN_LIMITS = (
    "nothing_changed", "where_one_source_alone_yamato_bank", "where_one_source_alone_north_west_basin",
    "where_one_source_alone_off_the_two_ports", "when_all_in_october", "when_from_15_november_on",
    "deviation_from_the_class_redrawn_every_day", "jibing_none", "jibing_10_an_hour", "leeway_class_all_upright",
    "leeway_class_all_swamped", "eddies_that_the_current_lacks_none_walk_of_50_m2_s", "geostrophic_current_1_5",
    "geostrophic_current_none_ekman_drift_eddies", "no_current_no_ekman_drift_eddies_stay",
    "no_current_no_ekman_drift_no_eddies_either", "time_stepping_30_min",
    "time_stepping_euler",
)  # fmt: skip
"""Rows of the sweep that the page on limits shows, as far as the sweep has them."""


# --- runs ----------------------------------------------------------------------------------------------------------


def driftsim(*words: object) -> str:
    """Run a command of driftsim; what it printed."""
    print("driftsim", *words, flush=True)
    command = [sys.executable, "-m", "driftsim", *map(str, words)]
    return subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout


def run(config: Path) -> Path:
    """Run a config unless its folder is whole."""
    folder = RUNS / config.stem
    if not (folder / "summary.json").exists():
        driftsim("run", config, "-o", folder, "--overwrite")
    return folder


def make_runs() -> None:
    """Everything that the texts speak of, as far as it is not there."""
    RUNS.mkdir(parents=True, exist_ok=True)
    run(CONFIGS / "quickstart.toml")
    winter = run(CONFIGS / "winter_2017.toml")
    references = RUNS / "references"
    if not references.exists():
        driftsim("baselines", CONFIGS / "winter_2017.toml", "-o", references)
    baselines = [run(config) for config in sorted(references.glob("*.toml"))]
    sheet = RUNS / "validation.txt"
    if not sheet.exists():
        words = [word for folder in baselines for word in ("--baseline", folder)]
        printed = driftsim("validate", winter, *words)
        sheet.write_text(printed.split("\nNumbers: ")[0].rstrip() + "\n", encoding="utf-8")
    driftsim("sweep", CONFIGS / "sweep_winter_2017.toml", "-o", RUNS / "sweep", "--score")


# --- results -------------------------------------------------------------------------------------------------------


def slug(*names: str) -> str:
    """A key from names: ``current: × 0.75`` becomes ``current_0_75``."""
    plain = "_".join(names).lower().replace("²", "2")
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def of_run(folder: Path) -> dict[str, Any]:
    """What the texts may need of a run: outcomes, and the numbers of its regions."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    left_out = ("stretches", "landings_by_week", "country")
    regions = {
        key: {name: value for name, value in of.items() if name not in left_out}
        for key, of in summary["regions"].items()
    }
    chances = {key: boats / summary["boats"] for key, boats in summary["outcomes"].items()}
    return {**{key: summary[key] for key in ("boats", "members", "level")}, "outcomes": chances, "regions": regions}


def of_sweep(folder: Path) -> dict[str, Any]:
    """The sweep row by row, and how well a change of a share is known."""
    from driftsim.results.intervals import REACH

    body = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
    rows = {}
    for row in body["variations"]:
        alone = row["group"] == row["name"]
        label = row["name"] if alone else f"{row['group']}: {row['name']}"
        label = label if rows else "nothing changed"
        key = slug(label)
        shares = {region: row["regions"][region]["share"] for region in SHOWN}
        changes = {f"{region}_change": row["regions"][region]["change"] for region in SHOWN}
        score = row.get("score", {})
        rows[key] = {
            "label": label, **shares, **changes, "ashore": row["ashore_at_home"], "days": row["days_p50"],
            "score": score.get("gain"), "score_low": score.get("low"), "score_high": score.get("high"),
        }  # fmt: skip
    errors = [row["regions"][key]["change_error"] for row in body["variations"][1:] for key in FOUR]
    reach = [REACH * error for error in errors if error is not None]
    scores = [row["score"] for row in rows.values() if row["score"] is not None]
    return {
        **rows,
        "error": {"least": min(reach), "most": max(reach)},
        "scores": {"least": min(scores), "most": max(scores)},
        "most_change": {
            key: max(abs(row[f"{region}_change"] or 0.0) for region in FOUR) for key, row in list(rows.items())[1:]
        },
    }


def collect() -> None:
    """Keep the small results of the runs."""
    from driftsim import open_run
    from driftsim.results import table

    RESULTS.mkdir(exist_ok=True)
    for name in ("quickstart", "winter_2017"):
        write(f"{name}.json", of_run(RUNS / name))
        with open_run(RUNS / name) as opened:
            (RESULTS / f"{name}.txt").write_text(table.text(opened.summary), encoding="utf-8")
    shutil.copy(RUNS / "validation.txt", RESULTS)
    write("validation.json", of_validation(RUNS / "winter_2017"))
    write("sweep.json", of_sweep(RUNS / "sweep"))
    write("ranges.json", of_ranges())
    write("finds.json", of_finds())


def of_validation(folder: Path) -> dict[str, Any]:
    """The comparison, its rows by their names, without the finds one by one and the days."""
    found = json.loads((folder / "validation.json").read_text(encoding="utf-8"))
    for part, keys in {"which": ("finds", "pit"), "when": ("cumulative", "date_pit")}.items():
        for key in keys:
            del found[part][key]
    skilled = found["skill"]
    for of, name in [(skilled, "recorded"), *((one, "shares") for one in (skilled["run"], *skilled["references"]))]:
        of[name] = dict(zip(skilled["bins"], of[name], strict=True))
    return {key: by_name(found[key]) for key in ("regions", "where", "when", "which", "skill", "score", "verdict")}


def by_name(value: Any) -> Any:
    """Rows of a list, and whatever has a name, by keys that a path can have."""
    if isinstance(value, Mapping):
        return {slug(key): by_name(of) for key, of in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        name = next(key for key in ("key", "name", "cases") if key in value[0])
        return {slug(str(row[name])): by_name(row) for row in value}
    return value


MEANS = ((0.1, 0.05, 200, 100), (0.02, 0.05, 200, 100), (0.3, 0.05, 10, 30), (0.1, 0.2, 20, 50))
"""Probability, correlation, members and boats a member on which the range of the mean is tried."""

CORRELATIONS = (0.005, 0.02, 0.05, 0.1, 0.2)


def of_ranges(repeats: int = 4000, runs: int = 300) -> dict[str, Any]:
    """How often ranges hold what they should, in trials with the truths of ``tests/test_intervals.py``."""
    import numpy as np

    sys.path.insert(0, str(ROOT / "tests"))
    from test_intervals import Truth, Z, content, seasons

    from driftsim.results.intervals import intervals, wilson

    rng = np.random.default_rng(77)
    means = []
    for p, correlation, members, boats in MEANS:
        trials = np.full(members, boats)
        k = seasons(rng, p, correlation, trials, repeats)
        of = intervals(k, trials)
        low, high = wilson(k.sum(axis=0).astype(float), np.full(repeats, float(trials.sum())), Z)
        held, independent = (float(np.mean((a <= p) & (p <= b))) for a, b in ((of.mean_low, of.mean_high), (low, high)))
        means.append({"p": p, "correlation": correlation, "members": members, "boats": boats, "held": held,
                      "independent": independent})  # fmt: skip
    held = {}
    for kind in ("beta", "logit-normal"):
        for correlation in CORRELATIONS:
            found = [
                content(rng, Truth(kind, landings / boats, correlation), members, boats, runs)
                for boats in (100, 150, 250)
                for members in (50, 100, 200, 400)
                for landings in (4.0, 5.0, 8.0, 20.0, 0.3 * boats, 0.6 * boats, boats - 5.0)
            ]
            held[f"{kind} {correlation:g}"] = [float(min(found)), float(max(found))]
    return {"repeats": repeats, "runs": runs, "means": means, "seasons": held}


SEEDS = ((777, 4040), (52525, 1618), (20, 6174))
"""Of runs, and of the runs that records of their finds are drawn from; none that the interval was made with."""


def of_finds(size: int = 2000) -> dict[str, Any]:
    """How often intervals of the dated finds hold the true gain, in records from three pairs of runs."""
    import numpy as np

    sys.path.insert(0, str(ROOT / "tests"))
    from test_finds import coverage, run_of, uniform

    from driftsim import open_run
    from driftsim.validation import finds, landings, records

    known = records.load()
    season = finds.season(known)
    names = {"uniform by length of coast": uniform()}
    for stem in ("currents_only", "straight_downwind"):
        with open_run(RUNS / stem) as opened:
            of = landings.from_run(opened).moved_to(*season)
        names[of.name] = of
    found = [
        coverage(run_of(seed), run_of(of_truth), list(names.values()), size, seed=100 + number)
        for number, (seed, of_truth) in enumerate(SEEDS)
    ]
    held = np.mean(found, axis=0).reshape(-1, 2).tolist()
    return {
        "records": size * len(SEEDS),
        "least": float(np.min(held)),
        "most": float(np.max(held)),
        **{
            slug(name): dict(zip(("log_score", "crps"), each, strict=True))
            for name, each in zip(names, held, strict=True)
        },
    }


def write(name: str, body: Mapping[str, Any]) -> None:
    """A result file: numbers of six digits, a line each."""

    def short(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: short(of) for key, of in value.items()}
        if isinstance(value, list):
            return [short(of) for of in value]
        return float(f"{value:.6g}") if isinstance(value, float) else value

    text = json.dumps(short(body), ensure_ascii=False, indent=1)
    (RESULTS / name).write_text(text + "\n", encoding="utf-8")


# --- figures -------------------------------------------------------------------------------------------------------


def draw() -> None:
    """The figures of the texts that show runs, in 256 colours."""
    from driftsim.figures import maps

    quick, winter = RUNS / "quickstart", RUNS / "winter_2017"
    for figure, name in maps.FILES.items():
        region = "noto" if figure == "zoom" else None
        stem = f"{name}_noto" if region else name
        dots = 200 if figure == "landings" else 150
        maps.draw(quick, FIGURES / f"{stem}.png", figure=figure, region=region, dpi=dots, overwrite=True)
    maps.draw(winter, FIGURES / "winter_2017_map.png", overwrite=True)
    shutil.copy(winter / "validation_counts.png", FIGURES / "winter_2017_counts.png")
    shutil.copy(RUNS / "sweep" / "tornado.png", FIGURES / "winter_2017_tornado.png")
    drawn = [f"{name}_noto" if name == "zoom" else name for name in maps.FILES.values()]
    for name in (*drawn, "winter_2017_map", "winter_2017_counts", "winter_2017_tornado"):
        fewer_colours(FIGURES / f"{name}.png")


def fewer_colours(file: Path) -> None:
    """A quarter of the bytes, and nothing to be seen of it."""
    from PIL import Image

    with Image.open(file) as picture:
        palette = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    palette.save(file, optimize=True)


# --- texts ---------------------------------------------------------------------------------------------------------

FORMATS: dict[str, Callable[[Any], str]] = {
    "percent": lambda value: f"{100.0 * value:.1f} %",
    "bare": lambda value: f"{100.0 * value:.1f}",
    "points": lambda value: f"{100.0 * abs(value):.1f}",
    "whole": lambda value: f"{100.0 * value:.0f} %",
    "hundredths": lambda value: f"{100.0 * value:.0f}",
    "km": lambda value: f"{value:+.0f}",
    "fraction": lambda value: f"{value:.2f}",
    "signed": lambda value: f"{value:+.2f}",
    "count": lambda value: f"{value:,.0f}",
    "odds": lambda value: f"{value:+.1f}",
    "p": lambda value: f"{value:.3f}" if value < 0.0995 else f"{value:.2f}",
}
"""How a number is written."""


@cache
def results() -> dict[str, Any]:
    """The kept results by the name of their file."""
    found = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(RESULTS.glob("*.json"))}
    return {**found, "calibration": by_name(json.loads(CALIBRATION.read_text(encoding="utf-8")))}


def value(key: str) -> Any:
    """What a path leads to."""
    found: Any = results()
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise SystemExit(f"{key}: there is no {part!r} in docs/results")
        found = found[part]
    return found


def number(words: str) -> str:
    """A number of a text: ``KEY | FORMAT``."""
    key, _, form = (part.strip() for part in words.partition("|"))
    if form not in FORMATS:
        raise SystemExit(f"{words}: no format {form!r}; there is {', '.join(FORMATS)}")
    found = value(key)
    return "–" if found is None else FORMATS[form](found)


def printed(name: str, parts: int = 0) -> str:
    """What a command printed, or its first parts between empty lines."""
    text = (RESULTS / f"{name}.txt").read_text(encoding="utf-8").rstrip()
    return "```text\n" + ("\n\n".join(text.split("\n\n")[:parts]) if parts else text) + "\n```"


def rows(head: list[str], body: Iterator[list[str]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def shares() -> str:
    """Shares of the landings in the study, with their ranges."""
    from driftsim.results.table import span

    regions = value("winter_2017.regions")
    of = [regions[key] for key in SHOWN]
    ends = [(f"share_{kind}_low", f"share_{kind}_high") for kind in ("mean", "all", "season")]
    body = [
        ["mean of all seasons", *(FORMATS["percent"](one["share_of_japan"]) for one in of)],
        ["its error", *(f"{FORMATS['bare'](one[ends[0][0]])}–{FORMATS['bare'](one[ends[0][1]])}" for one in of)],
        ["any winter", *(span(one[ends[1][0]], one[ends[1][1]]) for one in of)],
        ["weather alone", *(span(one[ends[2][0]], one[ends[2][1]]) for one in of)],
    ]
    return rows(["", *(one["name"] for one in of)], iter(body))


def sweep(keys: tuple[str, ...] = (), columns: tuple[str, ...] = (*SWEPT, "ashore", "days", "score")) -> str:
    """Rows of the sweep, all or some."""
    forms = {"days": lambda days: f"{days:.0f}", "score": FORMATS["signed"]}
    of = value("sweep")

    def cell(row: Mapping[str, Any], column: str) -> str:
        return "–" if row[column] is None else forms.get(column, FORMATS["bare"])(row[column])

    def line(key: str) -> list[str]:
        label = of[key]["label"]
        name = f"**{label}**" if key == "nothing_changed" else label
        return [name, *(cell(of[key], column) for column in columns)]

    body = (line(key) for key in (keys or of) if "label" in of.get(key, {}))
    names = {key: value("winter_2017.regions")[key]["name"] for key in SWEPT}
    return rows(["", *(names.get(column, column) for column in columns)], body)


def means() -> str:
    """How often the range of the mean holds the truth."""
    body = [
        [f"$p={of['p']:.2f}$, $\\rho={of['correlation']:.2f}$, {of['members']} members of {of['boats']}",
         f"{of['held']:.3f}", f"{of['independent']:.3f}"]
        for of in value("ranges.means")
    ]  # fmt: skip
    return rows(["", "found", "boats taken as independent"], iter(body))


def held_seasons() -> str:
    """Part of new seasons that a range of seasons holds, from least to most."""
    held = value("ranges.seasons")
    body = (
        [f"{rho:g}", *("{:.2f}–{:.2f}".format(*held[f"{kind} {rho:g}"]) for kind in ("beta", "logit-normal"))]
        for rho in CORRELATIONS
    )
    return rows(["correlation $\\rho$", "beta seasons", "logit-normal seasons"], body)


def right_runs() -> str:
    """P-values that the places of seasons of a right run are uniform."""
    named = {"singly": "cases singly, no clustering", "in_bursts": "cases in bursts, clustering as above"}
    found = value("calibration.uniform_p")
    body = ([label, *(f"{p:.2f}" for p in found[key])] for key, label in named.items())
    return rows(["", *value("calibration.bins")], body)


def wrong_runs() -> str:
    """How often seasons of one run show that another is wrong."""
    columns = ("rejected", "rejected_by_a_bin", "odds_20", "preferred")
    found = json.loads(CALIBRATION.read_text(encoding="utf-8"))["wrong"]
    body = ([name, *(FORMATS["whole"](of[column]) for column in columns)] for name, of in found.items())
    return rows(["the wrong run has", "rejected by the table", "by a bin", "20 times", "preferred"], body)


def held_finds() -> str:
    """How often the interval of a gain of the finds holds the true one."""
    named = [found["name"] for found in value("validation.skill.references").values()]
    body = (
        [name, *(f"{value('finds')[slug(name)][score]:.3f}" for score in ("log_score", "crps"))]
        for name in named
        if slug(name) in value("finds")
    )
    return rows(["gain over", "log score", "distance (CRPS)"], body)


BLOCKS: dict[str, Callable[[], str]] = {
    "quickstart": lambda: printed("quickstart", 3),
    "validation": lambda: printed("validation"),
    "validation_verdict": lambda: printed("validation", 3),
    "shares": shares,
    "sweep": sweep,
    "means": means,
    "held_seasons": held_seasons,
    "right_runs": right_runs,
    "wrong_runs": wrong_runs,
    "held_finds": held_finds,
    "sweep_in_limits": lambda: sweep(IN_LIMITS, (*FOUR, "days")),
}
"""Tables that stand in the texts whole."""

NUMBER = re.compile(r"(<!--= ?(.+?) ?-->)(.*?)(<!--/-->)")
BLOCK = re.compile(r"(<!-- block: (\w+) -->\n)(.*?)(\n<!-- /block -->)", flags=re.S)


def filled(text: str) -> str:
    """A text with its numbers and tables put in."""

    def block(found: re.Match[str]) -> str:
        if found[2] not in BLOCKS:
            raise SystemExit(f"no block {found[2]!r}; there is {', '.join(BLOCKS)}")
        return found[1] + BLOCKS[found[2]]() + found[4]

    text = BLOCK.sub(block, text)
    return NUMBER.sub(lambda found: found[1] + number(found[2]) + found[4], text)


def fill() -> None:
    """Put numbers and tables into every page."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        new = filled(text)
        if new != text:
            print("filled", page.relative_to(ROOT))
            page.write_text(new, encoding="utf-8")


def main(words: list[str]) -> None:
    """All of it, or the texts alone."""
    if words not in ([], ["--fill"]):
        raise SystemExit("usage: python docs/make_numbers.py [--fill]")
    if not words:
        make_runs()
        collect()
        draw()
    fill()


if __name__ == "__main__":
    main(sys.argv[1:])
