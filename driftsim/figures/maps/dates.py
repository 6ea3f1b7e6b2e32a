"""When boats come ashore: landings by week in the regions that lead, and their span on other coasts at home."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from driftsim.figures.maps.frame import Floats
from driftsim.figures.maps.headings import footlines, headlines
from driftsim.figures.maps.map_data import MapData
from driftsim.figures.maps.sheet import Sheet, rectangle
from driftsim.figures.maps.style import FOOT_LEADING, Look
from driftsim.figures.maps.text import interval, interval_words, number, percent, short_day
from driftsim.results import answer
from driftsim.words import region_name

from ...system.constants import SECONDS_PER_DAY, SECONDS_PER_WEEK

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from ...results.result import Readable

ROW, THIN = 21.0, 4.6


def landing_times(arrivals: xr.Dataset) -> dict[str, NDArray[np.float64]]:
    """Seconds since the run's start of every landing, by stretch of coast."""
    from driftsim.results.statistics import flag_names

    names = flag_names(arrivals["stretch"])
    code, seconds = arrivals["stretch"].values, arrivals["landing_time"].values
    landed = np.flatnonzero((code >= 0) & np.isfinite(seconds))
    landed = landed[np.argsort(code[landed], kind="stable")]
    edges = np.searchsorted(code[landed], np.arange(len(names) + 1))
    return {name: seconds[landed[a:b]] for name, a, b in zip(names, edges[:-1], edges[1:], strict=True)}


class DatesSheet(Sheet):
    """The dates of arrival while they are being drawn."""

    def __init__(self, map_data: MapData, look: Look, run: Readable) -> None:
        from driftsim.results.statistics import inside

        area, regions = map_data.area, map_data.summary["regions"]
        paper, words = look.paper, look.words
        self.start = datetime.fromisoformat(str(run.arrivals.attrs["run_start"]).removesuffix("Z")).replace(tzinfo=UTC)
        times = landing_times(run.arrivals)
        empty = np.empty(0)
        keys = answer.leading(map_data.summary) or answer.mission(map_data.summary)
        self.leading = {
            key: run.arrivals["landing_time"].values[inside(run.arrivals, area, key)]
            if answer.is_own(map_data.summary, key)
            else np.concatenate([times.get(stretch, empty) for stretch in regions[key]["stretches"]])
            for key in keys
        }
        whole = [key for key in keys if not answer.is_own(map_data.summary, key)]
        shown = {stretch for key in whole for stretch in regions[key]["stretches"]}
        self.others = {
            stretch.key: times[stretch.key]
            for stretch in area.stretches
            if area.at_home(stretch.key) and stretch.key not in shown and times.get(stretch.key, empty).size
        }
        every = np.concatenate([empty, *self.leading.values(), *self.others.values()])
        self.first, self.last = _span(every, map_data, self.start)
        self.boats = int(map_data.summary["boats"])
        foot = footlines(map_data, words, paper, [])
        self.bottom = 12.0 + FOOT_LEADING * len(foot)
        rest = THIN * len(self.others) + (9.0 if self.others else 0.0)
        self.label = 44.0 if not paper.below else 26.0
        self.x0, self.x1 = paper.left + self.label, paper.width - paper.right - 9.0
        head = headlines(map_data, words, paper, words["figures"]["dates"])
        top = self.bottom + rest + len(keys) * ROW + 11.0
        super().__init__(map_data, look, head, foot, top)

    def x(self, seconds: Any) -> Any:
        """Place across the sheet (mm) of a time."""
        return self.x0 + (np.asarray(seconds) - self.first) * ((self.x1 - self.x0) / (self.last - self.first))

    def draw(self) -> Figure:
        """The regions that lead, the others, the calendar, the key."""
        self._calendar()
        weeks = (
            np.arange(np.floor(self.first / SECONDS_PER_WEEK), np.ceil(self.last / SECONDS_PER_WEEK) + 1)
            * SECONDS_PER_WEEK
        )
        counts = {key: np.histogram(of, weeks)[0] * 1000.0 / self.boats for key, of in self.leading.items()}
        full = max([count.max(initial=0.0) for count in counts.values()] + [1e-9])
        y = self.top - 11.0
        self._key()
        for key, count in counts.items():
            y -= ROW
            self._row(key, y, weeks, count, full)
        if self.others:
            y -= 7.0
            self.write(self.paper, self.sheet.left, y + 1.2, self.words["other_coasts"], 7.4, weight="bold")
            edge = self.sheet.width - self.sheet.right
            what = self.words["probability"].format(value="").strip()
            self.write(self.paper, edge, y + 1.2, what, 6.2, color=self.theme.grey, ha="right")
            most = max(of.size for of in self.others.values())
            for key, of in self.others.items():
                y -= THIN
                self._thin(key, y, of, most)
        self.head_and_foot()
        return self.figure

    def _calendar(self) -> None:
        """Lines at the first and, where there is room, the middle of each month."""
        low, high = self.bottom, self.top - 11.0
        moment = self.start + timedelta(seconds=self.first)
        moment = moment.replace(day=1, hour=0, minute=0, second=0)
        months = (self.last - self.first) / (30.4 * SECONDS_PER_DAY)
        days: tuple[int, ...] = (1, 15) if months < 5.0 * (1.0 if not self.sheet.below else 0.5) else (1,)
        if months < 1.2:
            days = (1, 8, 15, 22)
        skip = 2 if months > (12 if not self.sheet.below else 5) else 1
        while (seconds := (moment - self.start).total_seconds()) < self.last:
            for day in days if (moment.month - 1) % skip == 0 else ():
                at = seconds + (day - 1) * SECONDS_PER_DAY
                if self.first <= at <= self.last:
                    x = float(self.x(at))
                    self.paper.plot([x, x], [low, high], color=self.theme.faint, linewidth=0.35, zorder=1)
                    when = short_day(moment.replace(day=day), self.words)
                    self.write(self.paper, x, low - 3.2, when, 6.2, color=self.theme.grey, ha="center")
            moment = (moment + timedelta(days=32)).replace(day=1)

    def _key(self) -> None:
        theme, y = self.theme, self.top - 2.5
        self.write(self.paper, self.sheet.left, y, self.words["by_week"], 7.8, weight="bold")
        self.write(self.paper, self.sheet.left, y - 3.3, self.words["by_week_unit"], 6.8, color=theme.grey)
        x = self.sheet.left if self.sheet.below else self.x0 + 22.0
        y = y - 6.6 if self.sheet.below else y
        self.paper.plot([x, x + 7.0], [y + 0.8, y + 0.8], color=theme.ink, linewidth=0.8)
        self.paper.plot(x + 3.0, y + 0.8, "o", color=theme.ink, markersize=3.0)
        self.write(self.paper, x + 9.0, y, self.words["spread"], 6.8, color=theme.grey)

    def _row(self, key: str, base: float, weeks: Floats, count: Floats, full: float) -> None:
        theme, region = self.theme, self.map_data.summary.get("regions", {}).get(key, {})
        scale = (ROW - 8.5) / full
        for a, b, many in zip(self.x(weeks[:-1]), self.x(weeks[1:]), count, strict=True):
            left, right = max(a, self.x0), min(b, self.x1)
            if many > 0.0 and right > left:
                bar = rectangle(
                    left + 0.1, base + 4.0, right - left - 0.2, many * scale, theme.ramp[2], zorder=3, gid=f"week-{key}"
                )
                self.paper.add_patch(bar)
        self.paper.plot([self.x0, self.x1], [base + 4.0] * 2, color=theme.grey, linewidth=0.5, zorder=4)
        top = float(f"{full:.1g}")
        top = top if top <= full else top / 2.0
        self.paper.plot([self.x0, self.x1], [base + 4.0 + top * scale] * 2, color=theme.faint, linewidth=0.35, zorder=1)
        y = base + 4.0 + top * scale
        self.write(self.paper, self.x1 + 1.0, y, f"{top:g}", 6.2, color=theme.grey, va="center")
        self._range(base + 1.6, self.leading[key], theme.ink)
        name = region_name(self.words, key, region.get("name"))
        left = self.sheet.left
        self.write(self.paper, left, base + 9.6, name, 9.6, weight="bold", gid=f"name-{key}")
        kind = answer.range_kind(self.map_data.summary)
        around = "" if kind == "counting" else interval_words(*interval(region, "", kind))
        chance = f"{percent(number(region, 'probability'))} {around}"
        lines = self.words["probability"].format(value=chance.strip())
        if self.sheet.below:
            lines = chance.strip()
        self.write(self.paper, left, base + 5.6, lines, 6.8, color=theme.grey)

    def _range(self, y: float, seconds: Floats, color: str) -> None:
        """10, 50 and 90 % of the landings."""
        if seconds.size:
            low, middle, high = (float(v) for v in self.x(np.percentile(seconds, (10.0, 50.0, 90.0))))
            self.paper.plot([low, high], [y, y], color=color, linewidth=0.8, zorder=5, solid_capstyle="round")
            self.paper.plot(middle, y, "o", color=color, markersize=3.0, zorder=5)

    def _thin(self, key: str, y: float, seconds: Floats, most: int) -> None:
        theme = self.theme
        region = self.map_data.summary.get("regions", {}).get(key, {})
        name = region_name(self.words, key, region.get("name"))
        size = 6.8
        text = self.write(self.paper, self.sheet.left, y, name, size, gid=f"name-{key}")
        while self.extent(text).x1 > self.x0 - 1.0 and size > 4.5:  # long names in smaller letters
            size -= 0.4
            text.set_fontsize(size)
        self._range(y + 0.9, seconds, theme.ink if seconds.size > 0.05 * most else theme.grey)
        share = percent(seconds.size / self.boats)
        self.write(self.paper, self.sheet.width - self.sheet.right, y, share, 6.2, color=theme.grey, ha="right")


def _span(seconds: Floats, map_data: MapData, start: datetime) -> tuple[float, float]:
    """First and last time shown: whole weeks around nearly all landings; the releases where nothing landed."""
    if not seconds.size:
        first, last = ((moment - start).total_seconds() for moment in map_data.lost)
        return first, max(last, first + SECONDS_PER_WEEK)
    low, high = np.percentile(seconds, (0.1, 99.7))
    return float(np.floor(low / SECONDS_PER_WEEK) * SECONDS_PER_WEEK), float(
        max(np.ceil(high / SECONDS_PER_WEEK) * SECONDS_PER_WEEK, low + SECONDS_PER_WEEK)
    )
