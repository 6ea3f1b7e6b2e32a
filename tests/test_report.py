"""The report's HTML: whole, small, closed to the outside, the same each time; and what it refuses."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import make_result, make_run_folder

from driftsim.area.regions import CODES
from driftsim.figures import report
from driftsim.figures.report import compose, numbers
from driftsim.results import folder as folders
from driftsim.results.outcome import Outcome
from driftsim.results.result import Result
from driftsim.system.errors import InputError
from driftsim.words.report import WORDS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run_folder(tmp_path_factory.mktemp("report") / "run", 400, 11)


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return report.report(folder).read_text(encoding="utf-8")


class Tags(HTMLParser):
    """Every tag with its attributes, and what is left open at the end."""

    VOID = ("meta", "input", "link", "img", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def data_of(html: str) -> dict[str, Any]:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, flags=re.S)
    return json.loads(text)


def test_it_is_one_small_file_that_asks_for_nothing(html: str) -> None:
    page = Tags(html)
    assert page.open == []
    assert len(html.encode()) < 5_000_000
    assert not {"link", "img", "iframe", "object", "embed", "audio", "video", "base", "form action"} & {
        tag for tag, _ in page.tags
    }
    for tag, attributes in page.tags:
        assert "src" not in attributes, tag
        assert (attributes.get("href") or "#").startswith("#"), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    style = re.findall(r"<style>(.*?)</style>", html, flags=re.S)[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in html
    assert not re.search(r"\b(fetch|XMLHttpRequest|import|eval|WebSocket|sendBeacon)\s*\(", compose.script())


def test_the_script_has_all_its_parts() -> None:
    there = Path(compose.__file__).parent / "script"
    assert sorted(path.stem for path in there.iterdir()) == sorted(compose.SCRIPT)


def test_nothing_is_left_to_fill_in(html: str) -> None:
    assert "{{" not in html
    for text in ("None<", "None ", ">nan", "nan %", "{name}", "undefined"):
        assert text not in re.sub(r"<script.*?</script>|<style.*?</style>|<pre.*?</pre>", "", html, flags=re.S)


def test_equal_runs_have_equal_pages(folder: Path, html: str, tmp_path: Path) -> None:
    again = make_run_folder(tmp_path / "run", 400, 11)
    assert report.report(again, tmp_path / "other.html").read_text(encoding="utf-8") == html


def test_the_tables_add_up(html: str, folder: Path) -> None:
    from driftsim.results.output import read_run

    data = data_of(html)
    with read_run(folder) as run:
        arrivals = run.arrivals.load()
        regions = run.summary["regions"]
    tables = data["tables"]
    assert list(tables) == ["-1", "0", "1"]
    whole = {key: values[0] for key, values in tables["-1"]["all"]["regions"].items()}
    assert whole == {key: of["boats"] for key, of in regions.items()}
    for key, boats in whole.items():
        assert sum(tables[c]["all"]["regions"][key][0] for c in "01") == boats
        for letter in "rl":
            some = [of["regions"][key][0] for month, of in tables["-1"].items() if month[0] == letter]
            assert sum(some) == boats, (key, letter)
        assert sum(tables["-1"]["all"]["regions"][key][-1]) == boats
    released = [of["boats"] for month, of in tables["-1"].items() if month[0] == "r"]
    assert sum(released) == 400
    pairs = data["ribbon"]["counts"]["-1"]["all"]
    assert 0 < sum(pairs[1::2]) <= int((arrivals["outcome"].values == Outcome.LANDED).sum())


def test_a_range_of_seasons_is_there_for_a_class_and_a_month(html: str) -> None:
    """And it is wider than that of all boats, from fewer of them, more often than not."""
    tables = data_of(html)["tables"]
    wider = []
    for key in ("akita", "noto", "fukui", "aomori"):
        (p, low, high), (q, less, more) = (
            (values[1], *values[4:6])
            for values in (tables["-1"]["all"]["regions"][key], tables["1"]["r11"]["regions"][key])
        )
        assert low < p < high
        assert less <= q <= more
        wider.append(more - less > high - low)
    assert sum(wider) >= 3


@pytest.mark.parametrize("text", ["</script><!--<script>", "a & b", "\u2028\u2029", '"quoted\\', "é\U0001f6a3"])
def test_any_text_can_stand_in_the_data(text: str) -> None:
    written = compose.script_json({"a": text})
    assert not set("<>&\u2028") & set(written)
    assert json.loads(written) == {"a": text}


def test_what_is_put_into_the_template_is_not_looked_at_again() -> None:
    assert compose.fill("{{a}} {{b}}", {"a": "{{b}}", "b": "\\1"}) == "{{b}} \\1"


def test_languages_have_all_words() -> None:
    def keys(words: dict[str, Any]) -> set[str]:
        return set(words) | {f"assume.{key}" for key in words["assume"]} | {f"back.{key}" for key in words["backward"]}

    for lang, words in WORDS.items():
        assert keys(words) == keys(WORDS["en"]), lang
        own = {f"assume_{key}" for key in words["assume"]} | {"end_met", "where"}
        assert set(words["backward"]) <= set(words) | own


def said(html: str) -> str:
    """What a reader sees without scripts: no styles, no scripts, no config, in one line."""
    text = re.sub(r"<script.*?</script>|<style.*?</style>|<pre.*?</pre>", "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def hull() -> Result:
    """A thousand boats followed for five days in one series of weather: 58 of them in Akita, 15 in Hokkaido."""
    result = make_result(1000, 1, tracks=4)
    arrivals = result.arrivals
    code = np.repeat([CODES["akita"], CODES["hokkaido"], -1], [58, 15, 927])
    arrivals["stretch"].values[:] = code
    arrivals["outcome"].values[:] = code >= 0
    arrivals["exit"].values[:] = -1
    arrivals["within_20_km"].values[:] = 0
    arrivals["age_days"].values[:] = np.where(code >= 0, 4.0, np.nan)
    arrivals["landing_time"].values[:] = np.where(code >= 0, 4.0 * 86400.0, np.nan)
    return result


def test_a_hull_of_five_days_leads_with_what_became_of_it() -> None:
    text = said(report.page(hull()))
    told = (
        "What became of 100 boats",
        "93 still at sea on 31 March",
        "6 ashore in Akita",
        "The answer for four coasts",
    )
    assert sorted(told, key=text.index) == list(told)
    card = text[text.index("Akita 5.8 %") :]
    assert card.startswith("Akita 5.8 % of all boats come ashore here, about 6 in 100 boats")
    counting, near = card.index("Counting error"), card.index("Come within 20 km")
    assert counting > near  # apart from the number, after all else
    for wrong in ("touch a shore", "nearly every boat", "Nobody knows", "one season", "seasons in ten", "95 %"):
        assert wrong not in text, wrong
    assert "followed to 31 March at the latest" in text


def test_what_is_assumed_is_that_of_the_run() -> None:
    """Boats of plain windage have no leeway table, no deviation and no waves in it; steady fields no typical season."""

    def page(kind: str, record: str) -> str:
        result = hull()
        result.info["config"] += f"\n[[boats.classes]]\n{kind}\nshare = 1.0\n"
        for notes in result.info["forcing"].values():
            notes["kind_of_record"] = record
        return said(report.page(result))

    text = page('leeway = "SKIFF-3"', "climatology")
    for told in ("Typical season", "leeway table of the US Coast Guard", "deviates", "side of the wind"):
        assert told in text, told
    text = page("windage_percent = 3.0", "steady")
    assert "one field at all times" in text
    assert "3 % of the wind" in text
    for wrong in ("Typical season", "typical season", "leeway", "deviates", "side of the wind"):
        assert wrong not in text, wrong


def test_the_page_leads_with_the_coasts_on_which_boats_land() -> None:
    result = hull()
    code = result.arrivals["stretch"].values
    code[code == CODES["akita"]] = CODES["north_korea"]
    text = said(report.page(result))
    assert "Where most boats come ashore North Korea 5.8 %" in text
    assert "four coasts" not in text


def test_a_backward_run_has_no_arrivals() -> None:
    result = make_result(1500, 60, tracks=3)
    result.arrivals.attrs["direction"] = "backward"
    html = report.page(result)
    text = said(html)
    assert "Where drifting boats may have come from" in text
    assert "No forecast of arrivals" in text
    assert "What became of 100 paths" in text
    west, east = (result.summary["whereabouts"]["lon"][i] for i in (0, 2))
    assert f"lie between {west:.1f} and {east:.1f} E" in text
    for wrong in ("ashore", "Noto", "Akita", "landing", "Chance", "Share", "validate", "Counting error"):
        assert wrong not in text.replace(result.summary["title"], ""), wrong
    data = data_of(html)
    assert (data["landings"], data["leading"], data["tables"], data["regions"]) == (False, [], {}, {})
    assert "come ashore" not in json.dumps(data["words"])
    assert 'class="stretch"' not in html


def test_without_a_shore_nothing_is_said_of_landings() -> None:
    result = hull()
    result.arrivals.attrs["coasts"] = ""
    result.arrivals["outcome"].values[:] = 0
    result.arrivals["stretch"].values[:] = -1
    text = said(report.page(result))
    assert "There is no shore in this run: nothing can be said of landings." in text
    for wrong in ("Akita", "0.0 %", "come ashore here", "Every coast in numbers", "Counting error"):
        assert wrong not in text, wrong


def test_a_run_that_kept_little(tmp_path: Path) -> None:
    """No tracks, no density, too few members, nothing landed."""
    result = make_result(60, 3, tracks=1)
    result.tracks = result.density = result.forcing_mean = None
    outcome = result.arrivals["outcome"].copy()
    outcome[:] = 0
    result.arrivals["outcome"] = outcome
    html = report.page(result)
    data = data_of(html)
    assert data["dots"] is data["shades"] is None
    assert data["ribbon"]["classes"] == []
    assert "What became of 60 boats" in said(html)
    assert "The answer" not in said(html)


def mark(folder: Path) -> None:
    """Note the check in the folder's marker, as `driftsim validate` does."""
    marker = folders.read_marker(folder)
    assert marker is not None
    made = {"validation.json": folders.Stamp.of(folder / "validation.json")}
    folders.write_marker(folder, marker.files, made=made)


def test_the_check_stands_where_it_was_made(folder: Path, tmp_path: Path) -> None:
    from driftsim.results.output import read_run

    assert "has not been compared" in report.page(read_run(folder))
    one = {
        "name": "Noto <&>",
        "recorded_low": 20,
        "recorded_high": 24,
        "low_90": 7.0,
        "high_90": 19.0,
        "p_min": 0.013,
        "p_max": 0.021,
        "vague": False,
    }
    open_end = {**one, "name": "Fukui", "recorded_low": 3, "recorded_high": None, "vague": True}
    found = {
        "verdict": ["Akita is met."],
        "records": {"name": "landings of 2017", "events": 104},
        "where": {"mission": {"bins": [one, open_end]}},
    }
    copy = Path(shutil.copytree(folder, tmp_path / "run"))
    (copy / "validation.json").write_text(json.dumps(found), encoding="utf-8")
    mark(copy)
    html = report.page(read_run(copy))
    assert "Akita is met." in html
    assert "104 recorded events (landings of 2017)" in html
    assert "<td>7–19</td><td>20–24</td><td>0.013–0.021</td>" in html
    assert "<td>3 or more</td><td>–</td>" in html
    assert "Noto &lt;&amp;&gt;" in html
    (copy / "validation.json").write_text('{"verdict": []}', encoding="utf-8")
    mark(copy)
    with pytest.raises(InputError, match=r"validation\.json.*validate again"):
        report.page(read_run(copy))


def test_what_cannot_be_reported(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lang = 'xx'"):
        report.report(folder, tmp_path / "a.html", lang="xx")
    with pytest.raises(InputError, match="no such folder"):
        report.report(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is a folder"):
        report.report(folder, tmp_path)
    with pytest.raises(InputError, match="no folder"):
        report.report(folder, tmp_path / "no" / "a.html")
    with pytest.raises(InputError, match="out="):
        report.report(make_result(60, 3, tracks=1))
    assert list(tmp_path.iterdir()) == []


def test_density_of_many_cells_is_made_coarser() -> None:
    days = np.arange(2 * 1 * 3 * 5, dtype=float).reshape(2, 1, 3, 5)
    halved, lon, lat = numbers._halved(days, np.arange(6.0), np.arange(10.0, 14.0))
    assert halved.shape == (2, 1, 2, 3)
    assert halved.sum() == days.sum()
    assert halved[0, 0, 0, 0] == days[0, 0, :2, :2].sum()
    assert lon.tolist() == [0.0, 2.0, 4.0, 6.0]
    assert lat.tolist() == [10.0, 12.0, 14.0]


def test_runs_of_cells() -> None:
    assert numbers._runs(np.array([0, 0, 0, 1, 1, 5, 0, 2])) == "3aae1b"


def test_a_stretch_that_no_coast_has_is_one_message() -> None:
    run = make_result(30, 4)
    region = next(iter(run.summary["regions"].values()))
    region["stretches"] = ["atlantis"]
    with pytest.raises(InputError, match=r"summary\.json: atlantis is no stretch of the coast"):
        report.page(run)
