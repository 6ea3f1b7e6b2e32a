"""The report as its readers meet it: in a real browser, with mouse, keys, a telephone, a screen reader, a printer."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import browser
import numpy as np
import pytest
from synthetic import make_result

from driftsim.figures import report
from driftsim.results.result import Result

BOATS, MEMBERS = 900, 12

EVIL = "Autumn </script><script>document.title='taken'</script><!-- & \"x\" 'y' \u2028 <b>bold</b>"


@pytest.fixture(scope="module")
def run() -> Result:
    return make_result(BOATS, MEMBERS, tracks=60)


@pytest.fixture(scope="module")
def page(run: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report.report(run, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with browser.browser(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def seen(window: Any, page: Path) -> Any:
    """The page, freshly opened on a desktop."""
    browser.viewport(window, 1280, 900)
    window.get_log("browser")
    window.get("about:blank")
    browser.requested(window)
    window.get(page.as_uri())
    return window


def js(driver: Any, code: str, *values: Any) -> Any:
    return driver.execute_script(code, *values)


def text(driver: Any, selector: str) -> str:
    return js(driver, "return document.querySelector(arguments[0]).innerText", selector).replace("\u00a0", " ")


def choose(driver: Any, name: str, value: str) -> None:
    """As a person does it: the option of a select."""
    from selenium.webdriver.support.ui import Select

    Select(driver.find_element("id", name)).select_by_value(value)


def percent(value: float) -> str:
    return "<0.1 %" if 0 < value < 0.0005 else f"{100 * value:.1f} %"


def on_coast(driver: Any, key: str) -> tuple[float, float]:
    """A place in the window on a stretch of coast that nothing covers."""
    code = """
      const path = document.querySelector(`.stretch[data-stretch="${arguments[0]}"]`);
      document.getElementById("frame").scrollIntoView();
      const n = path.getTotalLength(), m = path.getScreenCTM();
      for (let i = 1; i < 60; i++) {
        const p = path.getPointAtLength((n * i) / 60).matrixTransform(m);
        if (document.elementFromPoint(p.x, p.y) === path) return [p.x, p.y];
      }
      return null;
    """
    x, y = js(driver, code, key)
    return x, y


def mouse(driver: Any, kind: str, x: float, y: float, **more: Any) -> None:
    driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **more})


def press(driver: Any, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(driver).send_keys(*keys).perform()


def test_it_opens_without_a_word_of_complaint_and_asks_for_nothing(seen: Any, page: Path, tmp_path: Path) -> None:
    assert seen.get_log("browser") == []
    assert browser.requested(seen) == [page.as_uri()]
    assert [h.text for h in seen.find_elements("css selector", ".card h3")] == ["Akita", "Aomori", "Fukui", "Noto"]
    assert js(seen, "return document.querySelectorAll('#ribbon path').length") > 50
    browser.screenshot(seen, "report-desktop.png", tmp_path)
    js(seen, "document.getElementById('map-h').scrollIntoView()")
    browser.screenshot(seen, "report-map.png", tmp_path)


def test_hovering_a_coast_tells_its_probability(seen: Any, run: Result) -> None:
    from driftsim.area.regions import CODES

    region = run.summary["regions"]["noto"]
    x, y = on_coast(seen, str(CODES["noto"]))
    mouse(seen, "mouseMoved", x, y)
    tip = text(seen, "#tip")
    assert tip.startswith("Noto")
    assert percent(region["probability"]) in tip
    assert "boats per km" in tip
    mouse(seen, "mouseMoved", 5, 5)
    assert js(seen, "return document.getElementById('tip').hidden")


def test_choosing_coast_class_and_month_changes_every_number(seen: Any, run: Result) -> None:
    """Against a count by hand of the boats of the second class set adrift in November."""
    from driftsim.area.regions import CODES
    from driftsim.results.columns import date_times

    arrivals = run.arrivals
    moment = date_times(arrivals["release_time"].values, arrivals.attrs["run_start"]).astype("datetime64[M]")
    these = (moment.astype(int) % 12 == 10) & (arrivals["boat_class"].values == 1)
    landed = these & (arrivals["outcome"].values == 1) & (arrivals["stretch"].values == CODES["akita"])
    assert 0 < landed.sum() < these.sum() < BOATS
    choose(seen, "region", "akita")
    assert percent(run.summary["regions"]["akita"]["probability"]) in text(seen, "#readout")
    choose(seen, "class", "1")
    choose(seen, "month", "r11")
    words = text(seen, "#readout")
    assert f"Akita: {percent(landed.sum() / these.sum())} of {these.sum():,} boats" in words
    assert "set adrift in November" in words
    cells = [cell.text for cell in seen.find_elements("css selector", '#table tr[data-region="akita"] td')]
    assert cells[0] == f"{landed.sum():,}"
    bars = js(seen, "return [...document.querySelectorAll('#weeks rect')].map(r => Number(r.getAttribute('height')))")
    weeks = np.bincount((arrivals["landing_time"].values[landed] // 604_800).astype(int), minlength=len(bars))
    np.testing.assert_allclose(np.array(bars) / max(bars), weeks / weeks.max(), atol=0.01)
    choose(seen, "month", "l12")
    assert "counting landings of December alone" in text(seen, "#caption")
    assert js(seen, "return driftsim.view().w") < js(
        seen, "return document.querySelector('#map .sea').width.baseVal.value / 6"
    )
    assert seen.get_log("browser") == []


def test_a_click_on_a_coast_chooses_it_and_a_drag_moves_the_map(seen: Any) -> None:
    from driftsim.area.regions import CODES

    x, y = on_coast(seen, str(CODES["akita"]))
    for kind in ("mousePressed", "mouseReleased"):
        mouse(seen, kind, x, y, button="left", clickCount=1)
    assert js(seen, "return document.getElementById('region').value") == "akita"
    before = js(seen, "return driftsim.view()")
    mouse(seen, "mousePressed", 300, 400, button="left", clickCount=1)
    mouse(seen, "mouseMoved", 360, 470, button="left")
    mouse(seen, "mouseReleased", 360, 470, button="left", clickCount=1)
    after = js(seen, "return driftsim.view()")
    per_pixel = before["w"] / js(seen, "return document.getElementById('map').clientWidth")
    assert after["x"] == pytest.approx(before["x"] - 60 * per_pixel, rel=1e-3)
    assert after["y"] == pytest.approx(before["y"] - 70 * per_pixel, rel=1e-3)


def test_the_drift_plays_and_stops(seen: Any, tmp_path: Path) -> None:
    play = seen.find_element("id", "play")
    play.click()
    time.sleep(0.7)
    day = js(seen, "return driftsim.state.day")
    assert 0.5 < day < 10
    play.click()
    stopped = js(seen, "return driftsim.state.day")
    time.sleep(0.2)
    assert js(seen, "return driftsim.state.day") == stopped
    js(seen, "driftsim.setDay(45)")
    afloat = js(seen, "return document.getElementById('afloat').getAttribute('d').split('M').length - 1")
    ashore = js(seen, "return document.getElementById('ashore').getAttribute('d').split('M').length - 1")
    assert afloat > 3
    assert ashore > 3
    assert js(seen, "return document.querySelectorAll('#shades path').length") == 5
    assert "November" in text(seen, "#day")
    js(seen, "document.getElementById('map-h').scrollIntoView()")
    browser.screenshot(seen, "report-drift.png", tmp_path)
    assert seen.get_log("browser") == []


def test_boats_are_where_their_tracks_say(seen: Any, run: Result) -> None:
    """The dots at one moment, against the tracks: to the 110 m of the map's coordinates and the bend of half a day."""
    from driftsim.figures.report.numbers import Frame

    assert run.tracks is not None
    day = 40.0
    js(seen, "driftsim.setDay(arguments[0])", day)
    d = js(seen, "return document.getElementById('afloat').getAttribute('d')")
    shown = np.array([[float(v) for v in part.split("h")[0].split()] for part in d.split("M")[1:]])
    frame = Frame(127.0, 48.0, 143.0, 33.0)
    expected = []
    for row in range(run.tracks.sizes["trajectory"]):
        lon, lat, when = (run.tracks[name].values[row].astype(float) for name in ("lon", "lat", "time"))
        fixes = np.isfinite(lon)
        if fixes.any() and when[fixes][0] <= day * 86400 <= when[fixes][-1]:
            at = np.interp(day * 86400, when[fixes], lon[fixes]), np.interp(day * 86400, when[fixes], lat[fixes])
            expected.append(frame.xy([at[0]], [at[1]])[0])
    assert len(expected) > 3
    nearest = [np.hypot(*(shown - place).T).min() for place in np.array(expected)]
    assert max(nearest) < 60.0


def test_everything_can_be_done_with_the_keyboard(seen: Any, run: Result) -> None:
    from selenium.webdriver.common.keys import Keys

    def focused() -> str:
        return js(
            seen, "const e = document.activeElement; return e.id || e.className.baseVal || e.className || e.tagName"
        )

    press(seen, Keys.TAB)
    assert focused() == "skip"
    press(seen, Keys.TAB)
    assert focused() == "frame"
    press(seen, "+", Keys.ARROW_RIGHT)
    view = js(seen, "return driftsim.view()")
    assert view["w"] < js(seen, "return document.querySelector('.sea').width.baseVal.value / 3 * 0.7")
    press(seen, "0", Keys.TAB)
    assert focused() == "stretch"
    first = js(seen, "return document.activeElement.getAttribute('aria-label')")
    assert re.match(r"Hokkaido without Okushiri: [<\d.]+ %", first.replace("\u00a0", " "))
    press(seen, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert text(seen, "#tip").startswith("Aomori, Sea of Japan coast")
    press(seen, Keys.ENTER)
    assert js(seen, "return driftsim.state.region") == "aomori_japan_sea"
    assert js(seen, "return document.activeElement.getAttribute('aria-pressed')") == "true"
    order = []
    for _ in range(8):
        press(seen, Keys.TAB)
        order.append(focused())
    assert order == ["in", "out", "all", "region", "class", "month", "play", "date"]
    press(seen, Keys.ARROW_RIGHT * 4)
    assert js(seen, "return driftsim.state.day") == 2.0
    assert js(seen, "return document.getElementById('date').getAttribute('aria-valuetext')") == text(seen, "#day")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_against_it(seen: Any, dark: bool, tmp_path: Path) -> None:
    """axe-core: names, roles, contrast, landmarks, for both sets of colours."""
    axe = pytest.importorskip("axe_core_python")
    browser.viewport(seen, 1280, 900, dark=dark)
    js(seen, (resources.files(axe) / "axe.min.js").read_text(encoding="utf-8"))
    some = {"runOnly": ["color-contrast"]} if dark else {}  # the rest is the same in the dark
    found = seen.execute_async_script("axe.run(arguments[0]).then(arguments[1])", some)
    assert len(found["passes"]) >= (1 if dark else 20)
    assert [(v["id"], v["help"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found["violations"]] == []
    if dark:
        js(seen, "document.getElementById('map-h').scrollIntoView(); driftsim.setDay(45)")
        browser.screenshot(seen, "report-dark.png", tmp_path)


def test_on_a_telephone(seen: Any, page: Path, tmp_path: Path) -> None:
    browser.viewport(seen, 390, 844, mobile=True)
    seen.get(page.as_uri())
    assert js(seen, "return document.documentElement.scrollWidth") <= 390
    small = js(seen, "return [...document.querySelectorAll('button, select')].filter(e => e.offsetHeight < 40).length")
    assert small == 0, "too small for a finger"
    seen.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    browser.screenshot(seen, "report-phone.png", tmp_path)
    js(seen, "document.getElementById('frame').scrollIntoView()")
    x, y = on_coast(seen, "6")
    for kind, points in (("touchStart", [{"x": x, "y": y}]), ("touchEnd", [])):
        seen.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert js(seen, "return document.getElementById('region').value") == "akita"
    two = [{"x": 150, "y": 300, "id": 1}, {"x": 230, "y": 300, "id": 2}]
    before = js(seen, "return driftsim.view().w")
    apart = [{"x": 110, "y": 300, "id": 1}, {"x": 270, "y": 300, "id": 2}]
    for kind, points in (("touchStart", two), ("touchMove", apart), ("touchEnd", [])):
        seen.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert js(seen, "return driftsim.view().w") == pytest.approx(before / 2, rel=0.05)
    browser.screenshot(seen, "report-phone-map.png", tmp_path)
    seen.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert seen.get_log("browser") == []


def test_it_prints_on_a_few_pages(seen: Any, tmp_path: Path) -> None:
    pdf = seen.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "paperWidth": 8.27, "paperHeight": 11.69})
    content = base64.b64decode(pdf["data"])
    browser.keep("report.pdf", content, tmp_path)
    assert content.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= 6


def test_without_scripts_the_answer_and_the_map_are_there(window: Any, page: Path) -> None:
    """Some mail programs show an attached page without running its scripts."""
    window.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        window.get(page.as_uri())
    finally:
        window.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert [h.text for h in window.find_elements("css selector", ".card h3")] == ["Akita", "Aomori", "Fukui", "Noto"]
    assert len(window.find_elements("css selector", "#ribbon path")) > 50
    assert not window.find_element("id", "play").is_displayed()
    assert window.find_element("id", "table").is_displayed()


def test_hostile_words_stay_words(window: Any, tmp_path: Path) -> None:
    """Title, sources, classes and notes of fields come from people and files."""
    result = make_result(120, 10, tracks=5)
    result.arrivals.attrs["title"] = EVIL
    result.arrivals["source"].attrs["flag_meanings"] = [EVIL, *["x"] * (len(_words(result, "source")) - 1)]
    result.arrivals["boat_class"].attrs["flag_meanings"] = [EVIL] * len(_words(result, "boat_class"))
    result.info["config"] += f"\n# {EVIL}\n"
    for notes in result.info["forcing"].values():
        notes.update(title=EVIL, credit=EVIL, files=[{"path": EVIL, "sha256": EVIL}])
    file = report.report(result, tmp_path / "evil.html", sea_name=EVIL)
    browser.viewport(window, 1280, 900)
    window.get_log("browser")
    window.get(file.as_uri())
    assert window.get_log("browser") == []
    assert "taken" not in window.title.split("</script>")[0]
    assert window.title.startswith("Autumn </script>")
    assert js(window, "return document.querySelectorAll('script').length") == 2
    assert js(window, "return document.querySelectorAll('b').length") == 0
    assert text(window, "h1").split() == EVIL.split()
    data = json.loads(js(window, "return document.getElementById('data').textContent"))
    assert data["sea"][0] == EVIL


def _words(result: Result, name: str) -> list[str]:
    from driftsim.results.statistics import flag_names

    return flag_names(result.arrivals[name])
