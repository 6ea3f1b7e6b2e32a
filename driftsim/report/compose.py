"""The page put together: what stands in the HTML itself, and the data for its script."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from .. import output
from ..coast import shoreline
from ..coast.regions import REGIONS
from ..errors import InputError
from ..maps.ribbon import density_classes, smoothed_density
from ..result import date_times
from ..statistics import RECORDS, flag_names, select
from . import numbers
from .assumptions import assumptions, class_label
from .words import WORDS, words

LEADING = ("akita", "aomori", "fukui", "noto")
DOMAIN = (127.0, 143.0, 33.0, 48.0)
RIBBON_PX = (2.5, 9.0)
"""Width of the ribbon along the coast, thinnest and thickest, in pixels of the screen."""


def compose(run: Any, lang: str, sea_name: str) -> str:
    """The page of a run; parameters and errors as for `driftsim.report.report`."""
    if lang not in WORDS:
        raise InputError(f"lang = {lang!r}: no words for it; there is {', '.join(repr(key) for key in WORDS)}")
    summary = run.summary
    missing = [key for key in ("boats", "members", "regions", "weeks", "outcomes") if key not in summary]
    if missing or not run.arrivals.sizes.get("boat"):
        what = f"no {', '.join(missing)} in summary.json" if missing else "no boats in arrivals.nc"
        raise InputError(f"{getattr(run, 'path', 'run')}: {what}; run the config again")
    return _Page(run, lang, sea_name).html()


def fill(template: str, parts: Mapping[str, str]) -> str:
    """A template with ``{{name}}`` replaced, each once: what is put in is not looked at again."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def script_json(value: Any) -> str:
    """JSON that can stand in a script element whatever its texts hold: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _template(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


class _Page:
    """The page while it is being made."""

    def __init__(self, run: Any, lang: str, sea_name: str) -> None:
        self.run, self.lang, self.sea_name = run, lang, sea_name
        self.summary: dict[str, Any] = run.summary
        self.words = words(lang, self.summary["direction"] == "backward")
        self.config = run.settings
        self.frame = self._frame()
        self.seasons = self.summary["interval_method"] == "members"
        records = [of.get("kind_of_record") for of in self.summary["forcing"].values()]
        self.dated = any(kind in RECORDS for kind in records)
        self.kind = "climatology" if not self.dated else "hindcast" if all(k in RECORDS for k in records) else "mixed"

    def _frame(self) -> numbers.Frame:
        west, east, south, north = map(float, self.config.get("coast", {}).get("domain", DOMAIN))
        return numbers.Frame(west, north, east, south)

    def html(self) -> str:
        """The whole page."""
        self.coast = shoreline.load()
        self.ribbon = numbers.ribbon(self.run.arrivals, self.coast, self.frame)
        self.shown = self._shown_density()
        w = {key: escape(value) for key, value in self.words.items() if isinstance(value, str)}
        w["check_none"] = self.words["check_none"]  # the one text with a tag in it
        title = str(self.summary["title"] or "").strip()
        parts = {
            "lang": escape(self.lang),
            "title": escape(f"{title or self.words['heading']} – driftsim"),
            "heading": escape(title or self.words["heading"]),
            "kicker": escape(self.words["heading"] if title else ""),
            "lead": escape(self.words["lead"].format(boats=f"{self.summary['boats']:,}", when=self._when())),
            "record": escape(self.words[f"record_{self.kind}"]),
            "caveats": "".join(f"<li>{escape(text)}</li>" for text in self.summary["caveats"]),
            "cards": "".join(self._card(key, of) for key, of in select(self.summary, LEADING).items()),
            "interval_note": escape(
                self.words["season_note" if self.seasons else "sampling_note"].format(
                    members=self.summary["members"], boats=f"{self.summary['boats']:,}"
                )
            ),
            "map": self._map(),
            "regions": self._region_options(),
            "classes": self._class_options(),
            "months": self._month_options(),
            "rows": self._rows(),
            "caption": escape(self.words["numbers_caption"].format(what=self.words["everything"])),
            "col_interval": w["col_season" if self.seasons else "col_sampling"],
            "check": self._check(),
            "assumptions": self._assumptions(),
            "provenance": self._provenance(),
            "data": script_json(self._data()),
            "style": _template("page.css"),
            "script": _template("page.js"),
            **{f"w_{key}": text for key, text in w.items()},
        }
        return fill(_template("page.html"), parts)

    # --- dates and numbers in words

    def _day(self, day: date, year: bool = True) -> str:
        form = self.words["day_year" if self.dated and year else "day"]
        return form.format(d=day.day, month=self.words["months"][day.month - 1], year=day.year)

    def _when(self) -> str:
        arrivals = self.run.arrivals
        moment = date_times(arrivals["release_time"].values, arrivals.attrs["run_start"])
        first, last = (date.fromisoformat(str(of)[:10]) for of in (np.nanmin(moment), np.nanmax(moment)))
        if first == last:
            return self.words["when_once"].format(first=self._day(first))
        return self.words["when"].format(first=self._day(first), last=self._day(last))

    def _interval(self, of: Mapping[str, Any], prefix: str) -> str:
        kind = "season" if self.seasons else "mean"
        low, high = (of[f"{prefix}{kind}_{end}"] for end in ("low", "high"))
        if low is None:
            return self.words["no_range"]
        form = self.words["one_season" if self.seasons else "sampling"]
        return form.format(low=_percent(low), high=_percent(high))

    def _in_words(self, probability: float) -> str:
        if probability >= 0.0095:
            return self.words["of_100"].format(n=f"{100 * probability:.0f}")
        if probability >= 0.00095:
            return self.words["of_1000"].format(n=f"{1000 * probability:.0f}")
        return self.words["below_1000"] if probability > 0 else self.words["none"]

    def _days(self, of: Mapping[str, Any], form: str) -> str:
        if of["days_p50"] is None:
            return "–"
        return form.format(**{key: f"{of[f'days_{key}']:.0f}" for key in ("p10", "p50", "p90")})

    # --- parts of the page

    def _card(self, key: str, of: Mapping[str, Any]) -> str:
        """A region of the answer: share, its range as words and as a bar, probability, days."""
        w = self.words
        share = of["share_of_japan"]
        large = "–" if share is None else f"{_percent(share)} %"
        rows = (
            (
                w["probability"],
                f"<strong>{_percent(of['probability'])} %</strong>, {escape(self._in_words(of['probability']))}",
            ),
            ("", escape(self._interval(of, ""))),
            (w["days"], escape(self._days(of, w["days_value"]))),
            (w["near"], f"{_percent(of['within_20_km'])} %"),
        )
        terms = "".join(
            f"<dt>{escape(name)}</dt><dd>{value}</dd>" if name else f'<dd class="range">{value}</dd>'
            for name, value in rows
        )
        return (
            f'<li class="card" data-region="{key}"><h3>{escape(of["name"])}</h3>'
            f'<p class="large">{large}</p><p class="what">{escape(w["share"])}</p>'
            f'<p class="range">{escape(self._interval(of, "share_"))}</p>{self._bar(of)}<dl>{terms}</dl></li>'
        )

    def _bar(self, of: Mapping[str, Any]) -> str:
        """A bar on one scale for all cards: the range, and a mark at the mean."""
        kind = "season" if self.seasons else "mean"
        some = select(self.summary, LEADING).values()
        top = max([one[f"share_{kind}_high"] or one["share_of_japan"] or 0.0 for one in some] + [1e-9])
        if of["share_of_japan"] is None:
            return ""
        low, high = (of[f"share_{kind}_{end}"] for end in ("low", "high"))
        mean = 98.0 * of["share_of_japan"] / top
        span = ""
        if low is not None:
            left, wide = 98 * low / top, 98 * (high - low) / top
            span = f'<rect class="span" x="{left:.1f}" y="2" width="{wide:.1f}" height="6" rx="3"/>'
        return (
            '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect class="rail" x="0" y="4.5" width="100" height="1"/>{span}'
            f'<rect class="mark" x="{mean:.1f}" y="0" width="1.2" height="10"/></svg>'
        )

    def _shown_density(self) -> Any:
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
        named = [
            f'<path class="stretch" data-stretch="{code}" d="{"".join(paths)}"/>'
            for code, paths in enumerate(self._stretch_paths())
            if paths
        ]
        return (
            f'<svg id="map" viewBox="0 0 {width} {height}" style="--ratio:{width / height:.4f}" role="group" '
            f'aria-label="{escape(self.words["map_label"])}">'
            f'<rect class="sea" x="-{width}" y="-{height}" width="{3 * width}" height="{3 * height}"/>'
            f'<g id="shades"></g><path id="afloat" class="dots"/><path id="bound" class="dots"/>'
            f'<path id="land" class="land" d="{numbers.land(self.frame)}"/>'
            f'<path id="chosen"/><g id="ribbon">{"".join(ribbon)}</g>'
            f'<path id="ashore" class="dots"/>'
            f'<g id="stretches" role="group" aria-label="{escape(self.words["coast_label"])}">{"".join(named)}</g>'
            f'<g id="labels" aria-hidden="true"></g></svg>'
        )

    def _stretch_paths(self) -> list[list[str]]:
        paths: list[list[str]] = [[] for _ in self.coast.stretches]
        for code, one in zip(self.ribbon["stretch"], self.ribbon["paths"], strict=True):
            if code >= 0 and one:
                paths[code].append(one)
        return paths

    def _region_options(self) -> str:
        regions = self.summary["regions"]
        groups: dict[str, list[str]] = {}
        for key in LEADING:
            if key in regions:
                groups.setdefault("", []).append(key)
        for key, of in regions.items():
            if key not in LEADING and key != "japan" and key in REGIONS:
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
        for letter, label in (("r", w["adrift_in"]), ("l", w["ashore_in"])):
            options = "".join(
                f'<option value="{key}">{escape(label)} {escape(w["months"][int(key[1:]) - 1])}</option>'
                for key in keys
                if key[0] == letter
            )
            out += f'<optgroup label="{escape(label)}">{options}</optgroup>' if options else ""
        return out

    def _rows(self) -> str:
        """The table of all coasts, most likely first."""
        regions = {key: of for key, of in self.summary["regions"].items() if key in REGIONS}
        rows = []
        for key, of in sorted(regions.items(), key=lambda item: -item[1]["boats"]):
            share = "–" if of["share_of_japan"] is None else f"{_percent(of['share_of_japan'])} %"
            low, high = (of[f"{'season' if self.seasons else 'mean'}_{end}"] for end in ("low", "high"))
            between = "–" if low is None else f"{_percent(low)}–{_percent(high)} %"
            rows.append(
                f'<tr data-region="{key}"><th scope="row">{escape(of["name"])}</th><td>{of["boats"]:,}</td>'
                f"<td>{_percent(of['probability'])} %</td><td>{between}</td><td>{share}</td>"
                f"<td>{escape(self._days(of, '{p50} ({p10}–{p90})'))}</td></tr>"
            )
        return "".join(rows)

    def _check(self) -> str:
        """What ``driftsim validate`` found, where it has run."""
        found = getattr(self.run, "validation", None)
        return f"<p>{self.words['check_none']}</p>" if found is None else self._checked(found)

    def _checked(self, found: dict[str, Any]) -> str:
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
        origin = summary.get("provenance") or output.provenance(
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
            (w["prov_data"], "; ".join([*dict.fromkeys(line for line in credit if line), w["prov_coast"]])),
            (w["prov_libraries"], libraries),
        )
        terms = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
        files = "".join(
            f"<li>{escape(kind)}: {escape(str(file.get('path', '')))} "
            f"<code>{escape(str(file.get('sha256') or ''))}</code></li>"
            for kind, notes in origin["inputs"].items()
            for file in notes.get("files", [])
            if isinstance(file, dict)
        )
        inputs = f"<details><summary>{escape(w['prov_inputs'])}</summary><ul>{files}</ul></details>" if files else ""
        return (
            f'<dl class="wide">{terms}</dl>{inputs}<details><summary>{escape(w["prov_config_text"])}</summary>'
            f'<pre tabindex="0">{escape(origin["config"])}</pre></details>'
        )

    # --- data for the script

    def _data(self) -> dict[str, Any]:
        summary, arrivals = self.summary, self.run.arrivals
        _, classes = self.shown
        places = [[name, *self.frame.xy([lon], [lat])[0].tolist()] for name, lon, lat in self.words["places"]]
        width, height = self.frame.size
        inside = [place for place in places if 0 < place[1] < width and 0 < place[2] < height]
        sea = [self.frame.xy([lon], [lat])[0].tolist() for lon, lat in self.words["sea_at"]]
        return {
            "words": {key: value for key, value in self.words.items() if key not in ("places", "sea_at", "assume")},
            "lang": self.lang,
            "size": [width, height],
            "seasons": self.seasons,
            "dated": self.dated,
            "leading": [key for key in LEADING if key in summary["regions"]],
            "start": str(arrivals.attrs["run_start"])[:19].removesuffix("Z"),
            "weeks": summary["weeks"],
            "boats": summary["boats"],
            "regions": {
                key: {"name": of["name"], "country": of["country"], "stretches": self._codes(of["stretches"])}
                for key, of in summary["regions"].items()
                if key in REGIONS
            },
            "leaves": [REGIONS[stretch.key].key for stretch in self.coast.stretches],
            "classNames": self._class_names(),
            "tables": numbers.tables(arrivals, summary),
            "ribbon": {**self.ribbon, "classes": classes, "px": RIBBON_PX, "smoothing": 10.0},
            "places": inside,
            "sea": [self.sea_name, *next((at for at in sea if 0 < at[0] < width and 0 < at[1] < height), [0, 0])],
            "dots": numbers.dots(self.run, self.frame),
            "shades": numbers.shades(self.run, self.frame),
        }

    def _codes(self, keys: list[str]) -> list[int]:
        order = [stretch.key for stretch in self.coast.stretches]
        return [order.index(key) for key in keys]


def _percent(value: float) -> str:
    """One decimal, and never a nought that is not one."""
    return "<0.1" if 0.0 < value < 0.0005 else f"{100.0 * value:.1f}"
