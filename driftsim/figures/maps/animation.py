"""The season as a film: where the tracked boats are, day by day, and where they came ashore.

The map is drawn once; the frames are made from its pixels, which takes milliseconds each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from driftsim.figures import canvas
from driftsim.figures.maps.drawing import opened_run, own_folder
from driftsim.figures.maps.fonts import families
from driftsim.figures.maps.map_data import MapData
from driftsim.figures.maps.sheet import MapSheet
from driftsim.figures.maps.style import STYLE, Look, look
from driftsim.figures.maps.tracks import FATES, MOST_LINES, Tracks, read_tracks
from driftsim.figures.palette import BY_CLASS
from driftsim.results import placing
from driftsim.results.statistics import RECORDS, flag_names
from driftsim.system.errors import InputError

from ...system.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...results.result import Readable

Pixels = NDArray[np.uint8]

FRAMES_S, SECONDS = 20, 18.0
DPI = {".mp4": 150.0, ".gif": 84.0}
TRAIL_DAYS = 4.0
"""Time in which a boat's trail fades to a third."""


class Groups(NamedTuple):
    """What the colours tell apart."""

    names: list[str]
    colors: list[str]
    of: NDArray[np.int64]
    unit: str = ""


class AnimationSheet(MapSheet):
    """The map that stays the same through the film."""

    def __init__(self, map_data: MapData, look: Look, groups: Groups) -> None:
        self.groups = groups
        super().__init__(map_data, look, look.words["figures"]["animation"], map_data.domain, 40.0, [])

    def draw(self) -> Figure:
        """Sea, land, names, key; room for the date."""
        self.sea_and_land()
        self.graticule()
        self.scale_bar()
        self.names()
        left, top = self.panel
        self.date_at = (left, top - 6.0)
        y = top - 24.0
        if self.groups.unit:
            self.write(self.paper, left, y + 4.4, self.groups.unit, 6.8, color=self.theme.grey)
        for k, (name, color) in enumerate(zip(self.groups.names, self.groups.colors, strict=True)):
            if (self.groups.of == k).any():
                self.paper.plot(left + 1.2, y + 0.8, "o", color=color, markersize=4.0, zorder=11)
                self.write(self.paper, left + 4.0, y, name, 6.8, color=self.theme.grey)
                y -= 4.4
        self.head_and_foot()
        return self.figure


def animate(
    run: Path | str | Readable,
    out: Path | str | None = None,
    *,
    by: str = "fate",
    lang: str = "en",
    theme: str = "light",
    sea_name: str | None = None,
    area: Path | str | None = None,
    report: Callable[[int, int], None] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a film of the tracked boats.

    Parameters
    ----------
    run : path, Run or Result
        With tracks.
    out : path, optional
        Ending in .mp4 or .gif; default ``animation.mp4`` in the run's folder, or ``.gif`` without imageio-ffmpeg.
    by : {"fate", "class"}
        What the colours say: how a boat ends, or its leeway class.
    lang, theme, sea_name, area
        As for `driftsim.figures.maps.figure_of`.
    report : callable, optional
        Called with the frames done and their number.
    overwrite : bool
        Take the place of a file that is there also where driftsim has not made it, or it has been changed.

    Returns
    -------
    Path
        The file written, whole or not at all.
    """
    if by not in ("fate", "class"):
        raise InputError(f"by = {by!r}: there is 'fate' and 'class'")
    out = Path(out) if out is not None else own_folder(run) / ("animation.mp4" if _encoder() else "animation.gif")
    kind = out.suffix.lower()
    if kind not in DPI:
        raise InputError(f"{out}: ends in neither .mp4 nor .gif; name the file so")
    if kind == ".mp4" and not _encoder():
        raise InputError(f"{out}: needs imageio-ffmpeg: pip install 'driftsim[animate]'; or name a .gif")
    if not out.parent.is_dir():
        raise InputError(f"{out.parent}: no such folder; make it first")
    look(lang, theme, "page", sea_name)
    placing.claim(out, overwrite)
    with opened_run(run, area) as (opened, map_data):
        if opened is None:
            raise InputError("animate: give the run itself, not the data of its landing map")
        dressed = look(lang, theme, "page", sea_name, backward=map_data.backward, area=map_data.area)
        tracks = read_tracks(opened)
        groups = _groups(opened, tracks, dressed, by)
        with canvas.style(STYLE):
            sheet = AnimationSheet(map_data, dressed, groups)
            sheet.draw()
            film = _Film(sheet, tracks, opened, DPI[kind])
    with placing.made(out, overwrite=overwrite, ending=f".part{kind}") as beside:
        (_write_mp4 if kind == ".mp4" else _write_gif)(beside, film, report or (lambda done, of: None))
    return out


def _encoder() -> bool:
    from importlib.util import find_spec

    return find_spec("imageio_ffmpeg") is not None


def _groups(run: Readable, tracks: Tracks, dressed: Look, by: str) -> Groups:
    if by == "fate":
        names, colors = ([of[fate] for fate in FATES] for of in (dressed.words["fates"], dressed.fates))
        return Groups(names, colors, tracks.fate, dressed.words["fate_unit"])
    assert run.tracks is not None  # it has been read
    part = run.tracks.isel(trajectory=slice(0, MOST_LINES))
    names = [name.replace("_", " ") for name in flag_names(part["boat_class"])]
    colors = [BY_CLASS[k % len(BY_CLASS)] for k in range(len(names))]
    return Groups(names, colors, part["boat_class"].values.astype(np.int64))


class _Film:
    """Frames as pixels."""

    def __init__(self, sheet: AnimationSheet, tracks: Tracks, run: Readable, dpi: float) -> None:
        from matplotlib.font_manager import FontProperties, findfont
        from PIL import ImageFont

        self.sheet, self.words, self.theme = sheet, sheet.words, sheet.theme
        self.per_mm = dpi / 25.4
        self.base = _pixels(sheet.figure, dpi)
        self.high, self.wide = self.base.shape[:2]
        colors = np.array([_rgb(color) for color in sheet.groups.colors], np.uint8)
        self.color = colors[sheet.groups.of]
        self.ashore = tracks.fate < 2
        file = findfont(FontProperties(family=families(self.words["fonts"])[0], weight="bold"))
        small = findfont(FontProperties(family=families(self.words["fonts"])[0]))
        self.font = ImageFont.truetype(file, round(4.6 * self.per_mm))
        self.small = ImageFont.truetype(small, round(2.6 * self.per_mm))
        self.start = datetime.fromisoformat(str(run.arrivals.attrs["run_start"]).removesuffix("Z")).replace(tzinfo=UTC)
        self.dated = any(kind in RECORDS for kind in sheet.map_data.kinds.values())
        self.times = _frame_times(tracks)
        self.column, self.row = _paths(tracks, self.times, sheet, self.per_mm, self.high)
        self.end = np.nanmax(np.where(np.isfinite(tracks.time), tracks.time, -np.inf), axis=1)
        if sheet.map_data.backward:
            self.times, self.column, self.row = self.times[::-1], self.column[:, ::-1], self.row[:, ::-1]
            self.end = np.nanmin(tracks.time, axis=1)
        self.disc = _disc(0.45 * self.per_mm)
        self.mark = _disc(0.36 * self.per_mm)

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> Iterator[Pixels]:
        shore, trail = self.base.copy(), np.zeros(self.base.shape, np.float32)
        weight = np.zeros((self.high, self.wide, 1), np.float32)
        step_days = abs(self.times[1] - self.times[0]) / SECONDS_PER_DAY if len(self.times) > 1 else 1.0
        fade = np.float32(np.exp(-step_days / TRAIL_DAYS))
        left, box_top, right, box_low = self._window()
        window = (slice(box_top, box_low), slice(left, right))
        landed = np.zeros(len(self.end), bool)
        forward = not self.sheet.map_data.backward
        for k, moment in enumerate(self.times):
            done = (self.end <= moment) if forward else (self.end >= moment)
            new = np.flatnonzero(done & self.ashore & ~landed)
            landed |= done
            x, y = self.column[:, k], self.row[:, k]
            if new.size:
                self._stamp(shore, *self._last(new), self.color[new], self.mark)
            afloat = np.flatnonzero((x >= 0) & ~done)
            weight[window] *= fade
            trail[y[afloat], x[afloat]] = self.color[afloat]
            weight[y[afloat], x[afloat], 0] = 0.7
            frame = shore.copy()
            seen = weight[window]
            frame[window] = (shore[window] * (1.0 - seen) + trail[window] * seen).astype(np.uint8)
            self._stamp(frame, x[afloat], y[afloat], self.color[afloat], self.disc)
            yield self._told(frame, moment, afloat.size, int((done & self.ashore).sum()), (k + 1) / len(self.times))

    def _window(self) -> tuple[int, int, int, int]:
        f = self.sheet.frame
        return (
            int(f.left * self.per_mm),
            self.high - int((f.bottom + f.height) * self.per_mm),
            int((f.left + f.width) * self.per_mm),
            self.high - int(f.bottom * self.per_mm),
        )

    def _last(self, boats: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pixels where boats came ashore: their last place on the map."""
        there = self.column[boats] >= 0
        last = there.shape[1] - 1 - np.argmax(there[:, ::-1], axis=1)
        ok = there.any(axis=1)
        rows = np.arange(len(boats))
        return np.where(ok, self.column[boats][rows, last], -1), np.where(ok, self.row[boats][rows, last], -1)

    def _stamp(
        self,
        image: Pixels,
        x: NDArray[np.int64],
        y: NDArray[np.int64],
        color: Pixels,
        disc: list[tuple[int, int, float]],
    ) -> None:
        """Discs with a soft rim, in place; none that would reach beyond the map."""
        left, top, right, low = self._window()
        for dx, dy, cover in disc:
            ok = (x + dx >= left) & (x + dx < right) & (y + dy >= top) & (y + dy < low) & (x >= 0)
            at = (y[ok] + dy, x[ok] + dx)
            image[at] = (image[at] * (1.0 - cover) + color[ok] * cover).astype(np.uint8)

    def _told(self, frame: Pixels, moment: float, afloat: int, ashore: int, part: float) -> Pixels:
        """Date, numbers and how far the season is."""
        from PIL import Image, ImageDraw

        image = Image.fromarray(frame)
        pen = ImageDraw.Draw(image)
        left = self.sheet.date_at[0] * self.per_mm
        top = self.high - self.sheet.date_at[1] * self.per_mm
        day = self.start + timedelta(seconds=float(moment))
        template = self.words["day_year" if self.dated else "day"]
        when = template.format(day=day.day, month=self.words["months"][day.month - 1], year=day.year)
        pen.text((left, top), when, fill=self.theme.ink, font=self.font, anchor="ls")
        state = self.words["state"].format(afloat=f"{afloat:,}", ashore=f"{ashore:,}")
        pen.text((left, top + 4.6 * self.per_mm), state, fill=self.theme.grey, font=self.small, anchor="ls")
        y, length = top + 8.0 * self.per_mm, 40.0 * self.per_mm
        pen.rectangle((left, y, left + length, y + 0.9 * self.per_mm), fill=self.theme.track)
        pen.rectangle((left, y, left + part * length, y + 0.9 * self.per_mm), fill=self.theme.ramp[2])
        return np.asarray(image)


def _pixels(figure: Figure, dpi: float) -> Pixels:
    """A figure as pixels, an even number of rows and columns, as encoders want it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(dpi)
    assert isinstance(figure.canvas, FigureCanvasAgg)  # as every sheet has
    figure.canvas.draw()  # type: ignore[no-untyped-call]
    image = np.asarray(figure.canvas.buffer_rgba())[..., :3]  # type: ignore[no-untyped-call]
    high, wide = (n // 2 * 2 for n in image.shape[:2])
    return np.ascontiguousarray(image[image.shape[0] - high :, :wide])


def _rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color.lstrip("#")))


def _disc(radius: float) -> list[tuple[int, int, float]]:
    """Offsets and cover of the pixels of a disc."""
    reach = int(np.ceil(radius))
    return [
        (dx, dy, cover)
        for dx in range(-reach, reach + 1)
        for dy in range(-reach, reach + 1)
        if (cover := float(np.clip(radius + 0.5 - np.hypot(dx, dy), 0.0, 1.0))) > 0.05
    ]


def _frame_times(tracks: Tracks) -> NDArray[np.float64]:
    """Moments of the frames: from the first release to the end of the last track, whole hours apart."""
    first, last = float(np.nanmin(tracks.time)), float(np.nanmax(tracks.time))
    hours = max(1.0, np.ceil((last - first) / SECONDS_PER_HOUR / (FRAMES_S * SECONDS)))
    return np.append(np.arange(first, last, hours * SECONDS_PER_HOUR), last)


def _paths(
    tracks: Tracks, times: NDArray[np.float64], sheet: MapSheet, per_mm: float, high: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Column and row of each boat at each moment, -1 where it is not at sea or not on the map."""
    f = sheet.frame
    columns = np.full((len(tracks.lon), len(times)), -1, np.int64)
    rows = columns.copy()
    for k in range(len(tracks.lon)):
        there = np.isfinite(tracks.time[k] + tracks.lon[k] + tracks.lat[k])
        if not there.any():
            continue
        time, lon, lat = (values[k, there] for values in (tracks.time, tracks.lon, tracks.lat))
        if time[0] > time[-1]:  # a path traced back
            time, lon, lat = time[::-1], lon[::-1], lat[::-1]
        x = f.x(np.interp(times, time, lon, left=np.nan, right=lon[-1]))
        y = f.y(np.interp(times, time, lat, left=np.nan, right=lat[-1]))
        with np.errstate(invalid="ignore"):
            on = (x > f.left) & (x < f.left + f.width) & (y > f.bottom) & (y < f.bottom + f.height)
        columns[k, on] = (x[on] * per_mm).astype(np.int64)
        rows[k, on] = high - 1 - (y[on] * per_mm).astype(np.int64)
    return columns, rows


def _write_mp4(file: Path, film: _Film, report: Callable[[int, int], None]) -> None:
    import imageio_ffmpeg

    writer = imageio_ffmpeg.write_frames(
        str(file),
        (film.wide, film.high),
        fps=FRAMES_S,
        codec="libx264",
        macro_block_size=2,
        quality=None,
        output_params=["-preset", "veryfast", "-crf", "23", "-movflags", "+faststart"],
    )
    writer.send(None)
    for k, frame in enumerate(film):
        writer.send(np.ascontiguousarray(frame))
        report(k + 1, len(film))
    for _ in range(2 * FRAMES_S):  # the end stays to be looked at
        writer.send(np.ascontiguousarray(frame))
    writer.close()


def _write_gif(file: Path, film: _Film, report: Callable[[int, int], None]) -> None:
    """Every second frame, with the colours of the key and those of the middle and the last one."""
    from PIL import Image

    frames = []
    for k, frame in enumerate(film):
        if k % 2 == 0 or k == len(film) - 1:
            frames.append(frame)
        report(k + 1, len(film))
    middle = np.concatenate([frames[-1], frames[len(frames) // 2]])
    # The key's colours are set: in a quantised palette the few pixels of one are lost to those of another.
    exact = [channel for color in film.sheet.groups.colors for channel in _rgb(color)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(exact + (Image.fromarray(middle).quantize(112).getpalette() or [])[: 3 * 112])
    images = [Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    pause = [2000 // FRAMES_S] * (len(images) - 1) + [3000]
    images[0].save(file, format="GIF", save_all=True, append_images=images[1:], duration=pause, loop=0)
