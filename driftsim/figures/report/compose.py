"""The page put together: what stands in the HTML itself, and the data for its script."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...area.area import pick
from ...results import answer, provenance
from ...results.columns import date_times
from ...results.statistics import RECORDS, flag_names, select
from ...system.door import AGAIN
from ...system.errors import InputError
from ...system.kinds import Json, JsonView
from ...system.percent import WHOLE, percent, rounded
from ...words import at_home, day_words, report_words
from ..maps.ribbon import density_classes, smoothed_density
from ..palette import page_colours
from . import numbers
from .assumptions import assumptions, class_label

if TYPE_CHECKING:
    from ...results.result import Readable
    from ..maps.frame import Floats

OF_ARRIVALS = (
    "answer",
    "ashore",
    "chance",
    "coast",
    "col_",
    "counting",
    "days",
    "end",
    "here",
    "lead",
    "near",
    "no_range",
    "note_",
    "numbers",
    "of_1",
    "of_l",
    "probability",
    "range",
    "readout",
    "scale",
    "share",
    "weeks",
    "where",
)
"""How the keys of words begin that speak of arrivals."""

SCRIPT = ("elements", "words", "chosen", "view", "labels", "ribbon", "readout", "coast", "moving", "drift", "begin")
"""Parts of the page's script, in the order in which they run; they share one scope."""
RIBBON_PX = (2.5, 9.0)
"""Width of the ribbon along the coast, thinnest and thickest, in pixels of the screen."""


def compose(run: Readable, lang: str, sea_name: str | None, area: Path | str | None = None) -> str:
    """The page of a run; parameters and errors as for `driftsim.figures.report.report`."""
    report_words(lang)  # refuses one that there are no words in
    summary = run.summary
    missing = [key for key in ("boats", "members", "regions", "weeks", "outcomes") if key not in summary]
    if missing or not run.arrivals.sizes.get("boat"):
        what = f"no {', '.join(missing)} in summary.json" if missing else "no boats in arrivals.nc"
        raise InputError(f"{getattr(run, 'path', 'run')}: {what}; {AGAIN}")
    return _Page(run, lang, sea_name, area).html()


def fill(template: str, parts: Mapping[str, str]) -> str:
    """A template with ``{{name}}`` replaced, each once: what is put in is not looked at again."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def script_json(value: object) -> str:
    """JSON that can stand in a script element whatever its texts hold: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _template(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def script() -> str:
    """The page's script: its parts one after the other, in one function that leaves no name on the page."""
    parts = "\n".join(_template(f"script/{name}.js") for name in SCRIPT)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


_TELLING = ("sha256", "snapshot", "header_sha256", "metadata_sha256", "values_sha256")
"""What tells one state of an input from another, the best first."""


class _Page:
    """The page while it is being made."""

    def __init__(self, run: Readable, lang: str, sea_name: str | None, area: Path | str | None) -> None:
        self.run, self.lang, self.area = run, lang, run.area
        self.sea_name = self.area.title(lang) if sea_name is None else sea_name
        self.coast = run.coast(area)
        self.summary: Json = run.summary
        self.backward = answer.is_backward(self.summary)
        self.home = answer.home(self.summary)
        home = self.area.name(self.home, lang) if self.home else ""
        self.words = at_home(report_words(lang, backward=self.backward), home)
        self.landings = self.coast is not None and answer.has_coast(self.summary) and not self.backward
        self.leading = answer.leading(self.summary)
        self.shares_lead = answer.shares_lead(self.summary)
        self.config = run.settings
        self.frame = self._frame()
        self.kind_of_range = answer.range_kind(self.summary)
        records = [of.get("kind_of_record") for kind, of in self.summary["forcing"].items() if kind != "eddies"]
        self.dated = any(kind in RECORDS for kind in records)
        typical, real = ([k in kinds for k in records] for kinds in (("climatology",), RECORDS))
        self.kind = "mixed" if not records else "climatology" if all(typical) else "hindcast" if all(real) else "mixed"

    def _frame(self) -> numbers.Frame:
        west, east, south, north = map(float, self.config.get("coast", {}).get("domain", self.area.domain))
        return numbers.Frame(west, north, east, south)

    def html(self) -> str:
        """The whole page."""
        self.ribbon = numbers.ribbon(self.run.arrivals, self.coast if self.landings else None, self.frame)
        self.shown = self._shown_density() if self.landings else (np.empty(0), ())
        w = {key: escape(value) for key, value in self.words.items() if isinstance(value, str)}
        w["check_none"] = self.words["check_none"]  # the one text with a tag in it
        title = str(self.summary["title"] or "").strip()
        parts = {
            "lang": escape(self.lang),
            "title": escape(f"{title or self.words['heading']} – driftsim"),
            "heading": escape(title or self.words["heading"]),
            "kicker": escape(self.words["heading"] if title else ""),
            "lead": escape(self._lead()),
            "record": escape(self.words[f"record_{self.kind}"]),
            "caveats": "".join(f"<li>{escape(text)}</li>" for text in self.summary["caveats"]),
            "ends": self._ends(),
            "answer": self._answer(),
            "map": self._map(),
            "coast_choice": self._coast_choice(w),
            "weeks": self._weeks(w),
            "classes": self._class_options(),
            "months": self._month_options(),
            "numbers": self._numbers(w),
            "check": self._check_section(w),
            "after_map": "numbers-h" if self.landings else "assume-h",
            "map_help": w["map_help" if self.landings else "map_help_open"],
            "assumptions": self._assumptions(),
            "provenance": self._provenance(),
            "data": script_json(self._data()),
            "style": page_colours() + _template("page.css"),
            "script": script(),
            **{f"w_{key}": text for key, text in w.items()},
        }
        return fill(_template("page.html"), parts)

    # --- dates and numbers in words

    def _day(self, day: date, year: bool = True) -> str:
        return day_words(self.words, day, year=self.dated and year)

    def _when(self) -> str:
        arrivals = self.run.arrivals
        moment = date_times(arrivals["release_time"].values, arrivals.attrs["run_start"])
        first, last = (date.fromisoformat(str(of)[:10]) for of in (np.nanmin(moment), np.nanmax(moment)))
        if first == last:
            return str(self.words["when_once"].format(first=self._day(first)))
        return str(self.words["when"].format(first=self._day(first), last=self._day(last)))

    def _end(self) -> str:
        """The last day of the run; of a backward one the first."""
        key = "start" if self.backward else "end"
        day = self.config.get("run", {}).get(key) or self.summary["weeks"][0 if self.backward else -1]
        return self._day(date.fromisoformat(str(day)[:10]))

    def _lead(self) -> str:
        form = self.words["lead" if answer.has_coast(self.summary) else "lead_open"]
        return str(form.format(boats=f"{self.summary['boats']:,}", when=self._when(), end=self._end()))

    def _ends_of(self, of: JsonView, prefix: str) -> tuple[float | None, float | None]:
        kind = self.kind_of_range if self.kind_of_range in ("all", "season") else "mean"
        return of[f"{prefix}{kind}_low"], of[f"{prefix}{kind}_high"]

    def _interval(self, of: JsonView, prefix: str) -> str:
        """The range of a number in words."""
        low, high = self._ends_of(of, prefix)
        if low is None or high is None:
            return str(self.words["no_range"])
        return str(self.words[f"range_{self.kind_of_range}"].format(low=self._edge(low), high=self._edge(high)))

    def _edge(self, value: float) -> str:
        """One end of a range in percent: whole for seasons."""
        return rounded(value) if self.kind_of_range in ("all", "season") else percent(value)

    def _in_words(self, probability: float) -> str:
        if probability >= WHOLE:
            return str(self.words["of_100"].format(n=f"{100 * probability:.0f}"))
        if probability >= 0.1 * WHOLE:
            return str(self.words["of_1000"].format(n=f"{1000 * probability:.0f}"))
        return str(self.words["below_1000"] if probability > 0 else self.words["none"])

    def _days(self, of: JsonView, form: str) -> str:
        if of["days_p50"] is None:
            return "–"
        return form.format(**{key: f"{of[f'days_{key}']:.0f}" for key in ("p10", "p50", "p90")})

    # --- parts of the page

    def _ends(self) -> str:
        """What became of a hundred boats, most first."""
        w = self.words
        whole, parts = answer.of_hundred(self.summary)
        if self.backward:
            counts = {part.key: part.boats for part in parts if part.key in ("adrift", "left")}
            met = whole - sum(counts.values())
            rows = [(n, w[f"end_{key}"].format(end=self._end())) for key, n in counts.items()] + [(met, w["end_met"])]
        else:
            names = {key: of["name"] for key, of in self.summary["regions"].items()}
            rows = [
                (
                    n,
                    w["end_region"].format(name=names[key])
                    if key in names
                    else w[f"end_{key}"].format(end=self._end()),
                )
                for key, n in parts
            ]
        items = "".join(
            f'<li><span class="count">{n}</span> {escape(text)}'
            f'<span class="stick" style="width:{100.0 * n / whole:.0f}%" aria-hidden="true"></span></li>'
            for n, text in rows
            if n
        )
        heading = w["ends_one"] if whole == 1 else w["ends"].format(whole=whole)
        where = ""
        of = self.summary.get("whereabouts")
        if of:
            places = zip(("west", "lon", "east", "south", "lat", "north"), [*of["lon"], *of["lat"]], strict=True)
            form = {key: f"{value:.1f}" for key, value in places}
            where = f'<p class="where">{escape(w["where"].format(end=self._end(), **form))}</p>'
        return f'<h2 id="ends-h">{escape(heading)}</h2><ul class="ends">{items}</ul>{where}'

    def _answer(self) -> str:
        """A card for each region that leads; nothing where none does."""
        if not self.leading:
            return ""
        heading = self.words["answer_mission" if self.leading == answer.mission(self.summary) else "answer_most"]
        cards = "".join(self._card(key, of) for key, of in select(self.summary, self.leading).items())
        note = self.words[f"note_{self.kind_of_range}"].format(
            members=self.summary["members"], boats=f"{self.summary['boats']:,}"
        )
        return (
            f'<section aria-labelledby="answer-h"><h2 id="answer-h">{escape(heading)}</h2>'
            f'<ul class="cards">{cards}</ul><p class="note">{escape(note)}</p></section>'
        )

    def _card(self, key: str, of: JsonView) -> str:
        """A region of the answer: what leads large, its range as words and as a bar, the rest in rows.

        A counting error stands in a row of its own, apart from the number.
        """
        w, counting = self.words, self.kind_of_range == "counting"
        first, second = ("share_of_home", "probability") if self.shares_lead else ("probability", "share_of_home")
        prefix = {"share_of_home": "share_", "probability": ""}
        large = "–" if of[first] is None else f"{percent(of[first])} %"
        other = "–" if of[second] is None else f"{percent(of[second])} %"
        rows = [(w["share_row"] if second == "share_of_home" else w["probability"], f"<strong>{other}</strong>")]
        if not counting and of[second] is not None:
            rows.append(("", escape(self._interval(of, prefix[second]))))
        rows += [
            (w["days"], escape(self._days(of, w["days_value"]))),
            (w["near"], "–" if of["within_20_km"] is None else f"{percent(of['within_20_km'])} %"),
        ]
        if counting:
            rows.append((w["counting"], f"{self._edge(of['mean_low'])}–{self._edge(of['mean_high'])} %"))
        terms = "".join(
            f"<dt>{escape(name)}</dt><dd>{value}</dd>" if name else f'<dd class="range">{value}</dd>'
            for name, value in rows
        )
        about = escape(w["share" if self.shares_lead else "chance"])
        if not self.shares_lead:
            about += f", {escape(self._in_words(of['probability']))}"
        told = "" if counting else f'<p class="range">{escape(self._interval(of, prefix[first]))}</p>'
        return (
            f'<li class="card" data-region="{key}"><h3>{escape(of["name"])}</h3>'
            f'<p class="large">{large}</p><p class="what">{about}</p>{told}{self._bar(of)}<dl>{terms}</dl></li>'
        )

    def _bar(self, of: JsonView) -> str:
        """A bar on one scale for all cards: the range, and a mark at the mean."""
        prefix, name = ("share_", "share_of_home") if self.shares_lead else ("", "probability")
        some = list(select(self.summary, self.leading).values())
        top = max([self._ends_of(one, prefix)[1] or one[name] or 0.0 for one in some] + [1e-9])
        if of[name] is None:
            return ""
        low, high = (None, None) if self.kind_of_range == "counting" else self._ends_of(of, prefix)
        mean = 98.0 * min(of[name] / top, 1.0)
        span = ""
        if low is not None and high is not None:
            left, wide = 98 * low / top, 98 * (high - low) / top
            span = f'<rect class="span" x="{left:.1f}" y="2" width="{wide:.1f}" height="6" rx="3"/>'
        return (
            '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect class="rail" x="0" y="4.5" width="100" height="1"/>{span}'
            f'<rect class="mark" x="{mean:.1f}" y="0" width="1.2" height="10"/></svg>'
        )

    def _shown_density(self) -> tuple[Floats, tuple[float, ...]]:
        """Boats per km and 1000 of every bin, all boats; and the classes of the scale."""
        boats = np.zeros(len(self.ribbon["km"]))
        pairs = np.array(self.ribbon["counts"]["-1"]["all"], np.int64).reshape(-1, 2)
        boats[pairs[:, 0]] = pairs[:, 1]
        line, width = np.array(self.ribbon["line"]), np.array(self.ribbon["km"])
        km = np.concatenate([np.cumsum(width[line == one]) for one in np.unique(line)]) - width / 2
        density = smoothed_density(line, km, width, boats) * 1000.0 / self.summary["boats"]
        least = 1000.0 / (25.0 * self.summary["boats"])
        return density, density_classes(density, width, least)

    def _map(self) -> str:
        """The map as it stands before any script has run: land, ribbon of all boats, coasts that can be chosen."""
        width, height = self.frame.size
        density, classes = self.shown
        ribbon = []
        for i in np.argsort(density, kind="stable") if classes else ():
            if density[i] > classes[0] / 20.0 and self.ribbon["paths"][i]:
                step = int(np.clip(np.searchsorted(classes, density[i]), 0, 5))
                thick = RIBBON_PX[0] + (RIBBON_PX[1] - RIBBON_PX[0]) * min(density[i] / classes[-1], 1.0)
                ribbon.append(f'<path class="c{step}" stroke-width="{thick:.1f}" d="{self.ribbon["paths"][i]}"/>')
        named = (
            []
            if not self.landings
            else [
                f'<path class="stretch" data-stretch="{code}" d="{"".join(paths)}"/>'
                for code, paths in enumerate(self._stretch_paths())
                if paths
            ]
        )
        return (
            f'<svg id="map" viewBox="0 0 {width} {height}" style="--ratio:{width / height:.4f}" role="group" '
            f'aria-label="{escape(self.words["map_label"])}">'
            f'<rect class="sea" x="-{width}" y="-{height}" width="{3 * width}" height="{3 * height}"/>'
            f'<g id="shades"></g><path id="afloat" class="dots"/><path id="bound" class="dots"/>'
            f'<path id="land" class="land" d="{numbers.land(self.frame, self.coast)}"/>'
            f'<path id="chosen"/><g id="ribbon">{"".join(ribbon)}</g>'
            f'<path id="ashore" class="dots"/>'
            f'<g id="stretches" role="group" aria-label="{escape(self.words["coast_label"])}">{"".join(named)}</g>'
            f'<g id="labels" aria-hidden="true"></g></svg>'
        )

    def _stretch_paths(self) -> list[list[str]]:
        paths: list[list[str]] = [[] for _ in self.area.stretches]
        for code, one in zip(self.ribbon["stretch"], self.ribbon["paths"], strict=True):
            if code >= 0 and one:
                paths[code].append(one)
        return paths

    def _region_options(self) -> str:
        regions = self.summary["regions"]
        groups: dict[str, list[str]] = {}
        for key in self.leading:
            groups.setdefault("", []).append(key)
        for key, of in regions.items():
            if key not in self.leading and key != self.home and of["probability"] is not None:
                groups.setdefault(of["country"], []).append(key)
        out = [f'<option value="">{escape(self.words["whole"])}</option>']
        for name, keys in groups.items():
            options = "".join(f'<option value="{key}">{escape(regions[key]["name"])}</option>' for key in keys)
            out.append(f'<optgroup label="{escape(name)}">{options}</optgroup>' if name else options)
        return "".join(out)

    def _class_names(self) -> dict[str, str]:
        """Code of a class to its name for people."""
        names = flag_names(self.run.arrivals["boat_class"])
        known = {
            "_".join(str(entry.get("name") or "").split()): class_label(entry)
            for entry in self.config.get("boats", {}).get("classes", [])
        }
        codes = [code for code in self.ribbon["counts"] if code != "-1"]
        return {
            code: known.get("_".join(names[int(code)].split()), names[int(code)].replace("_", " ")) for code in codes
        }

    def _class_options(self) -> str:
        some = [("-1", self.words["all_classes"]), *self._class_names().items()]
        return "".join(f'<option value="{code}">{escape(name)}</option>' for code, name in some)

    def _month_options(self) -> str:
        w = self.words
        keys = [key for key in self.ribbon["counts"]["-1"] if key != "all"]
        out = f'<option value="all">{escape(w["any_month"])}</option>'
        for letter, label in (
            (("r", w["adrift_in"]), ("l", w["ashore_in"])) if self.landings else (("r", w["adrift_in"]),)
        ):
            options = "".join(
                f'<option value="{key}">{escape(label)} {escape(w["months"][int(key[1:]) - 1])}</option>'
                for key in keys
                if key[0] == letter
            )
            out += f'<optgroup label="{escape(label)}">{options}</optgroup>' if options else ""
        return out

    def _coast_choice(self, w: Mapping[str, str]) -> str:
        if not self.landings:
            return ""
        return f'<label>{w["coast"]} <select id="region">{self._region_options()}</select></label>'

    def _weeks(self, w: Mapping[str, str]) -> str:
        """What is read out of the chosen coast, and its landings by week."""
        if not self.landings:
            return ""
        return (
            '<div id="readout" class="script" role="status" aria-live="polite"></div>'
            f'<div class="script" id="weeks-box"><h3>{w["weeks"]}</h3>'
            f'<svg id="weeks" viewBox="0 0 300 90" role="img" aria-label="{w["weeks"]}"></svg></div>'
        )

    def _numbers(self, w: Mapping[str, str]) -> str:
        """The section with the table of all coasts."""
        if not self.landings:
            return ""
        heads = [w["col_coast"], w["col_boats"], w["col_probability"], w["col_share"], w["col_days"]]
        heads.insert(self._range_column(), w[f"col_{self.kind_of_range}"])
        cells = "".join(f'<th scope="col">{head}</th>' for head in heads)
        caption = escape(self.words["numbers_caption"].format(what=self.words["everything"]))
        return (
            f'<section aria-labelledby="numbers-h"><h2 id="numbers-h" tabindex="-1">{w["numbers"]}</h2>'
            '<div class="scroll" tabindex="0" role="group" aria-labelledby="numbers-h"><table id="table">'
            f'<caption id="caption">{caption}</caption><thead><tr>{cells}</tr></thead>'
            f"<tbody>{self._rows()}</tbody></table></div></section>"
        )

    def _range_column(self) -> int:
        """Beside the chance; a counting error stands apart, last."""
        return 5 if self.kind_of_range == "counting" else 3

    def _rows(self) -> str:
        """The table of all coasts that boats could reach, most likely first."""
        regions = self.summary["regions"].items()
        shown = {key: of for key, of in regions if of["probability"] is not None}
        rows = []
        for key, of in sorted(shown.items(), key=lambda item: -item[1]["boats"]):
            share = "–" if of["share_of_home"] is None else f"{percent(of['share_of_home'])} %"
            low, high = self._ends_of(of, "")
            between = "–" if low is None or high is None else f"{self._edge(low)}–{self._edge(high)} %"
            cells = [f"{of['boats']:,}", f"{percent(of['probability'])} %", share]
            cells.append(escape(self._days(of, "{p50} ({p10}–{p90})")))
            cells.insert(self._range_column() - 1, between)
            columns = "".join(f"<td>{cell}</td>" for cell in cells)
            rows.append(f'<tr data-region="{key}"><th scope="row">{escape(of["name"])}</th>{columns}</tr>')
        return "".join(rows)

    def _check_section(self, w: Mapping[str, str]) -> str:
        """A run without landings has nothing that records could be compared with."""
        if not self.landings:
            return ""
        return f'<section aria-labelledby="check-h"><h2 id="check-h">{w["check"]}</h2>{self._check()}</section>'

    def _check(self) -> str:
        """What ``driftsim validate`` found, where it has run."""
        found = getattr(self.run, "validation", None)
        return f"<p>{self.words['check_none']}</p>" if found is None else self._checked(found)

    def _checked(self, found: Json) -> str:
        w = self.words
        out = "".join(f"<p>{escape(sentence)}</p>" for sentence in found["verdict"])
        table = next(
            (found["where"][name] for name in ("mission", "prefecture", "coarse") if found["where"].get(name)), None
        )
        if table is None:
            return out
        rows = ""
        for one in table["bins"]:
            low, high = one["recorded_low"], one["recorded_high"]
            if low is not None and high is None:
                recorded = w["check_or_more"].format(count=low)
            else:
                recorded = "–" if low is None else f"{low}" if low == high else f"{low}–{high}"
            ends = [one[end] for end in ("p_min", "p_max") if one[end] is not None and not one["vague"]]
            p_value = "–".join(dict.fromkeys(f"{end:.2g}" for end in ends)) or "–"
            rows += (
                f'<tr><th scope="row">{escape(str(one["name"]))}</th><td>{one["low_90"]:g}–{one["high_90"]:g}</td>'
                f"<td>{escape(recorded)}</td><td>{p_value}</td></tr>"
            )
        caption = w["check_caption"].format(events=found["records"]["events"], records=found["records"]["name"])
        head = "".join(
            f'<th scope="col">{escape(w[name])}</th>'
            for name in ("col_coast", "check_expected", "check_recorded", "check_unlike")
        )
        return (
            f'{out}<div class="scroll" tabindex="0" role="group" aria-label="{escape(w["check"])}"><table>'
            f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )

    def _assumptions(self) -> str:
        pairs = assumptions(self.config, self.summary, self.words, self._when())
        return "".join(f"<dt>{escape(what)}</dt><dd>{escape(how)}</dd>" for what, how in pairs)

    def _provenance(self) -> str:
        w, summary = self.words, self.summary
        origin = summary.get("provenance") or provenance.provenance(
            self.run.info.get("config", ""), summary["seed"] or 0, summary["forcing"]
        )
        commit = origin["git_commit"]
        size = w["prov_run_value"].format(
            boats=f"{summary['boats']:,}", members=summary["members"], seed=summary["seed"]
        )
        credit = [str(of.get("credit") or of.get("title") or "") for of in summary["forcing"].values()]
        libraries = ", ".join(f"{name} {version}" for name, version in sorted(origin["libraries"].items()))
        rows = (
            (w["prov_program"], f"driftsim {origin['driftsim_version']}" + (f" ({commit[:12]})" if commit else "")),
            (w["prov_run"], size),
            (w["prov_config"], origin["config_sha256"]),
            (w["prov_data"], "; ".join([*dict.fromkeys(line for line in credit if line), self._coast_credit()])),
            (w["prov_libraries"], libraries),
        )
        terms = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
        files = "".join(
            f"<li>{escape(kind)}: {escape(str(file.get('path', '')))} "
            f"<code>{escape(next((str(file[key]) for key in _TELLING if file.get(key)), ''))}</code></li>"
            for kind, notes in origin["inputs"].items()
            for file in notes.get("files", [])
            if isinstance(file, dict)
        )
        inputs = f"<details><summary>{escape(w['prov_inputs'])}</summary><ul>{files}</ul></details>" if files else ""
        return (
            f'<dl class="wide">{terms}</dl>{inputs}<details><summary>{escape(w["prov_config_text"])}</summary>'
            f'<pre tabindex="0">{escape(origin["config"])}</pre></details>'
        )

    def _coast_credit(self) -> str:
        credit = self.area.file.coast_credit
        return str(self.words["prov_coast"]) if "GSHHG" in credit else credit

    # --- data for the script

    def _data(self) -> Json:
        summary, arrivals = self.summary, self.run.arrivals
        _, classes = self.shown
        places = [[name, *self.frame.xy([lon], [lat])[0].tolist()] for name, lon, lat in self._labels()]
        width, height = self.frame.size
        inside = [place for place in places if 0 < place[1] < width and 0 < place[2] < height]
        sea = [self.frame.xy([lon], [lat])[0].tolist() for lon, lat in self.area.file.sea.page_at]
        free = next((at for at in sea if 0 < at[0] < width and 0 < at[1] < height), [width // 2, height // 2])
        return {
            "words": {key: value for key, value in self.words.items() if key not in self._unused()},
            "lang": self.lang,
            "size": [width, height],
            "kind": self.kind_of_range,
            "dated": self.dated,
            "leading": list(self.leading),
            "landings": self.landings,
            "start": str(arrivals.attrs["run_start"])[:19].removesuffix("Z"),
            "weeks": summary["weeks"],
            "boats": summary["boats"],
            "regions": {
                key: {"name": of["name"], "country": of["country"], "stretches": self._codes(of["stretches"])}
                for key, of in summary["regions"].items()
                if self.landings
            },
            "leaves": [stretch.key for stretch in self.area.stretches],
            "home": self.home,
            "classNames": self._class_names(),
            "tables": numbers.tables(arrivals, summary) if self.landings else {},
            "ribbon": {**self.ribbon, "classes": classes, "px": RIBBON_PX, "smoothing": 10.0},
            "places": inside,
            "sea": [self.sea_name, *free],
            "dots": numbers.dots(self.run, self.frame),
            "shades": numbers.shades(self.run, self.frame),
        }

    def _labels(self) -> list[tuple[str, float, float]]:
        return [(pick(of.name, self.lang), *of.at) for of in self.area.file.labels if of.kind == "page"]

    def _unused(self) -> set[str]:
        """Words that the page's script does not need: without arrivals all that speak of them."""
        never = {"assume"}
        return never if self.landings else never | {key for key in self.words if key.startswith(OF_ARRIVALS)}

    def _codes(self, keys: list[str]) -> list[int]:
        order = [stretch.key for stretch in self.area.stretches]
        strange = [key for key in keys if key not in order]
        if strange:
            raise InputError(f"summary.json: {strange[0][:40]} is no stretch of the coast; {AGAIN}")
        return [order.index(key) for key in keys]
