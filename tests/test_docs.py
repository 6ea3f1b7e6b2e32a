"""What the texts say: configs and Python in them work, links lead somewhere, numbers are those of the code."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

import driftsim
from driftsim import config
from driftsim.cli import main
from driftsim.config import models
from driftsim.results import table as printed_table
from driftsim.system import resources

ROOT = Path(__file__).parents[1]
if not (ROOT / "docs").is_dir():
    pytest.skip("the texts are in the checkout, not in an installed package", allow_module_level=True)

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "benchmarks" / "README.md"])
README = (ROOT / "README.md").read_text(encoding="utf-8")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    """Fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.S | re.M)


def in_all_pages(language: str) -> list[Any]:
    """The blocks of every page as parameters of a test."""
    found = ((page, n, text) for page in PAGES for n, text in enumerate(blocks(page, language)))
    return [pytest.param(text, id=f"{named(page)}-{n}") for page, n, text in found]


# --- configs -------------------------------------------------------------------------------------------------------


def completed(tables: dict[str, Any]) -> dict[str, Any]:
    """A fragment put into the starter config; fields replace the starter's, other tables go over it key by key."""
    starter = tomllib.loads(resources.config("starter.toml").read_text(encoding="utf-8"))
    for name, table in tables.items():
        over = name not in ("current", "wind", "stokes") and name in starter
        starter[name] = {**starter[name], **table} if over else table
    return starter


@pytest.mark.parametrize("text", in_all_pages("toml"))
def test_configs_in_the_texts_are_good(text: str, tmp_path: Path) -> None:
    tables = tomllib.loads(text)
    if "sweep" in tables:
        shutil.copy(resources.config(tables["sweep"]["base"]), tmp_path)
        (tmp_path / "sweep.toml").write_text(text, encoding="utf-8")
        assert len(config.load_sweep(tmp_path / "sweep.toml").variations) > 2
        return
    for kind in ("current", "wind", "stokes"):
        for pattern in tables.get(kind, {}).get("files", []):
            file = tmp_path / pattern.replace("*", "01")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    for region in tables.get("area", {}).get("regions", []):
        (tmp_path / region.get("file", "touched")).touch()
    for source in tables.get("release", {}).get("sources", []):
        (tmp_path / source.get("file", "touched")).touch()
    checked = config.parse(tables if {"run", "release"} <= tables.keys() else completed(tables), tmp_path)
    assert checked.boats.number > 0


def test_readme_shows_ten_lines_of_each() -> None:
    (toml,) = blocks(ROOT / "README.md", "toml")
    (python,) = blocks(ROOT / "README.md", "python")
    assert len(toml.splitlines()) == 10
    assert len([line for line in python.splitlines() if line]) <= 10


# --- Python --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", in_all_pages("python"))
def test_python_in_the_texts_compiles(text: str) -> None:
    compile(text, "text", "exec")


def test_readme_python_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (text,) = blocks(ROOT / "README.md", "python")
    assert "5000" in text
    monkeypatch.chdir(ROOT)
    exec(text.replace("5000", "600"), {})
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines[:4]] == ["Akita", "Aomori", "Fukui", "Noto"]
    assert 5.0 < float(lines[4]) < 90.0  # days adrift


def test_the_python_page_runs_from_top_to_bottom(
    tiny_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "configs").mkdir()
    shutil.copy(tiny_config, tmp_path / "configs" / "quickstart.toml")
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {}
    for text in blocks(ROOT / "docs" / "reference" / "python.md", "python"):
        exec(text, space)
    assert sum(space["result"].summary["outcomes"].values()) == 400
    same = space["result"].arrivals.sel(boat=[7, 250]).release_lon.values
    assert (space["two"].release_lon.values == same).all()
    assert "run.scheme" in capsys.readouterr().out


def test_the_python_page_names_everything_public() -> None:
    page = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    assert [name for name in driftsim.__all__ if f"`{name}" not in page] == []


# --- the command line ----------------------------------------------------------------------------------------------


def test_the_command_line_page_names_every_command_and_option() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for name, command in main.commands.items():
        assert f"## `driftsim {name}" in page
        options = [option for p in command.params if isinstance(p, click.Option) for option in p.opts]
        assert [option for option in options if f"{option}`" not in page and f"{option} " not in page] == []


def test_the_readme_shows_the_table_as_it_is_printed(tiny_run: Any) -> None:
    shown, _ = blocks(ROOT / "README.md", "text")
    printed = printed_table.text(tiny_run.run.summary).splitlines()
    assert any(line.startswith("Of 100 boats: ") for line in printed)
    lines = shown.splitlines()
    assert [line.startswith("Of 100 boats: ") for line in lines].count(True) == 1
    assert [line.split()[0] for line in lines if line.startswith(("Akita ", "Aomori ", "Fukui ", "Noto "))] == [
        "Akita", "Aomori", "Fukui", "Noto"
    ]  # fmt: skip


# --- links ---------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    titles = re.findall(r"^#+ +(.+)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            lost.append(target)
    assert lost == []


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / t.partition("#")[0]).resolve() for t in re.findall(r"\]\(([^)\s]+)\)", index.read_text())}
    assert [named(p) for p in PAGES if "docs" in p.parts and p != index and p.resolve() not in linked] == []


# --- facts that the code knows too ---------------------------------------------------------------------------------


def test_one_version_everywhere() -> None:
    """The package's own, which the archives take over."""
    version = driftsim.__version__
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["dynamic"] == ["version"]
    file = ROOT / settings["tool"]["hatch"]["version"]["path"]
    assert f'\n__version__ = "{version}"\n' in file.read_text(encoding="utf-8")
    assert f"\n## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_assumptions_are_the_defaults() -> None:
    """The README's table of assumptions: a changed default must change the text."""
    quickstart = config.load(ROOT / "configs" / "quickstart.toml")
    boats, mixing, run, coast = quickstart.boats, quickstart.mixing, quickstart.run, quickstart.coast
    assert (boats.jibe_percent_per_hour, boats.perturbation) == (4.0, "kept")
    assert (boats.capsizing, boats.sinking, quickstart.stokes) == (None, None, None)
    assert [(c.leeway, c.share) for c in boats.classes] == [("FISHING-VESSEL-5", 0.5), ("SKIFF-3", 0.5)]
    assert (mixing.flight_speed_m_s, mixing.flight_time_days, mixing.diffusivity_m2_s) == (0.04, 3.0, 0.0)
    assert (run.scheme, run.step_minutes, coast.refloat_half_life_hours) == ("rk4", 60.0, 0.0)
    assert (quickstart.wind.members, quickstart.current.scale) == (200, 1.0)
    weight = {source.name: source.weight for source in quickstart.release.sources}
    ports = sum(w for name, w in weight.items() if name.startswith("off "))
    assert (weight["Yamato Bank"], weight["north-west basin"], round(ports, 9)) == (0.45, 0.40, 0.15)
    assert len(weight) == 8
    for text in ("4 % an hour", "0.04 m/s and 3 days", "50 m²/s", "45 %", "40 %", "15 %", "200 series", "RK4, 1 h"):
        assert text in README


def test_files_get_the_mixing_that_the_texts_say(tmp_path: Path) -> None:
    (tmp_path / "c.nc").touch()
    tables = completed({"current": {"product": "cf", "files": ["c.nc"]}})
    tables.pop("mixing", None)
    mixing: models.Mixing = config.parse(tables, tmp_path).mixing
    assert (mixing.diffusivity_m2_s, mixing.flight_speed_m_s) == (50.0, 0.0)


def test_the_ballistic_spread_is_what_the_table_gives() -> None:
    """397 ± 91 km downwind in 30 days of 8.5 m/s, for the Korean fishing vessel (README, equations)."""
    from driftsim.drift import leeway

    slope, offset, std = leeway.find("FISHING-VESSEL-5").down
    wind, seconds = 8.5, 30 * 86_400.0
    assert round((slope * wind + offset) * seconds / 1000.0) == 397
    assert round(std * (wind / 20.0 + 0.5) * seconds / 1000.0) == 91


def test_the_classes_in_the_how_to_are_those_of_the_table() -> None:
    from driftsim.drift import leeway

    page = (ROOT / "docs" / "how-to" / "own-boat-and-date.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z0-9-]+)` \| (\d+) \|", page, flags=re.M)
    assert len(rows) == 5
    assert [leeway.find(key).number for key, _ in rows] == [int(number) for _, number in rows]
