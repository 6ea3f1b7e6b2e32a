"""The report's HTML: whole, small, closed to the outside, the same each time; and what it refuses."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from synthetic import make_result, make_run_folder

from driftsim import folder as folders
from driftsim import report
from driftsim.errors import InputError
from driftsim.report import compose, numbers
from driftsim.report.words import WORDS
from driftsim.statistics import LANDED


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
    assert not re.search(
        r"\b(fetch|XMLHttpRequest|import|eval|WebSocket|sendBeacon)\s*\(", compose._template("page.js")
    )


def test_nothing_is_left_to_fill_in(html: str) -> None:
    assert "{{" not in html
    for text in ("None<", "None ", ">nan", "nan %", "{name}", "undefined"):
        assert text not in re.sub(r"<script.*?</script>|<style.*?</style>|<pre.*?</pre>", "", html, flags=re.S)


def test_equal_runs_have_equal_pages(folder: Path, html: str, tmp_path: Path) -> None:
    again = make_run_folder(tmp_path / "run", 400, 11)
    assert report.report(again, tmp_path / "other.html").read_text(encoding="utf-8") == html


def test_the_tables_add_up(html: str, folder: Path) -> None:
    from driftsim.output import read_run

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
    assert 0 < sum(pairs[1::2]) <= int((arrivals["outcome"].values == LANDED).sum())


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
        assert set(words["backward"]) < set(words)
        assert len(words["months"]) == 12


def test_a_backward_run_is_not_passed_off_as_arrivals(tmp_path: Path) -> None:
    result = make_result(150, 10, tracks=3)
    result.arrivals.attrs["direction"] = "backward"
    html = report.page(result)
    assert "Where drifting boats may have come from" in html
    assert "No forecast of arrivals" in html
    assert "ashore here" not in re.sub(r"<script>.*?</script>", "", html, flags=re.S)


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
    assert "too few seasons of weather" in html


def mark(folder: Path) -> None:
    """Note the check in the folder's marker, as `driftsim validate` does."""
    marker = folders.read_marker(folder)
    assert marker is not None
    made = {"validation.json": folders.Stamp.of(folder / "validation.json")}
    folders.write_marker(folder, marker.files, made=made)


def test_the_check_stands_where_it_was_made(folder: Path, tmp_path: Path) -> None:
    from driftsim.output import read_run

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
    import numpy as np

    days = np.arange(2 * 1 * 3 * 5, dtype=float).reshape(2, 1, 3, 5)
    halved, lon, lat = numbers._halved(days, np.arange(6.0), np.arange(10.0, 14.0))
    assert halved.shape == (2, 1, 2, 3)
    assert halved.sum() == days.sum()
    assert halved[0, 0, 0, 0] == days[0, 0, :2, :2].sum()
    assert lon.tolist() == [0.0, 2.0, 4.0, 6.0]
    assert lat.tolist() == [10.0, 12.0, 14.0]


def test_runs_of_cells() -> None:
    import numpy as np

    assert numbers._runs(np.array([0, 0, 0, 1, 1, 5, 0, 2])) == "3aae1b"
