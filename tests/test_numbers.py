"""The numbers of the texts are those of the kept results, and none stands for a result that is not there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "docs" / "make_numbers.py"
if not SCRIPT.exists():
    pytest.skip("the texts are in the checkout, not in an installed package", allow_module_level=True)


@pytest.fixture(scope="module")
def numbers() -> ModuleType:
    found = importlib.util.spec_from_file_location("make_numbers", SCRIPT)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_every_number_is_that_of_the_results(numbers: ModuleType) -> None:
    """Red after a typed number, and after new results that have not been put in: python docs/make_numbers.py --fill."""
    marks = 0
    for page in numbers.PAGES:
        text = page.read_text(encoding="utf-8")
        marks += len(numbers.NUMBER.findall(text)) + len(numbers.BLOCK.findall(text))
        assert numbers.filled(text) == text, page
        assert text.count("<!--=") == text.count("<!--/-->"), page
        assert text.count("<!-- block:") == text.count("<!-- /block -->"), page
        assert not re.search(r"^\s*<!--=", text, flags=re.M), "Markdown would begin a block of HTML there"
    assert marks > 30


def test_a_number_and_a_table_are_put_in(numbers: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"run": {"noto": 0.1289, "change": -0.0734, "boats": 20000, "score": 0.4371, "nothing": None}}
    monkeypatch.setattr(numbers, "results", lambda: kept)
    monkeypatch.setitem(numbers.BLOCKS, "pair", lambda: "| a |\n| --- |\n| 1 |")
    told = "Noto <!--= run.noto | percent -->?<!--/-->, by <!--= run.change | points -->9<!--/--> points;"
    assert re.sub("<!--.*?-->", "", numbers.filled(told)) == "Noto 12.9 %, by 7.3 points;"
    assert numbers.filled("<!--= run.score | signed -->x<!--/-->") == "<!--= run.score | signed -->+0.44<!--/-->"
    assert numbers.number("run.boats | count") == "20,000"
    assert numbers.number("run.nothing | percent") == "–"
    table = "before\n<!-- block: pair -->\nold\nolder\n<!-- /block -->\nafter"
    assert numbers.filled(table) == "before\n<!-- block: pair -->\n| a |\n| --- |\n| 1 |\n<!-- /block -->\nafter"
    for wrong in ("run.akita | percent", "run.noto | per mille", "run.noto.share | percent"):
        with pytest.raises(SystemExit, match=r"no '|no format"):
            numbers.number(wrong)
    with pytest.raises(SystemExit, match="no block 'pears'"):
        numbers.filled("<!-- block: pears -->\n\n<!-- /block -->")


def test_the_rows_of_the_sweep_have_keys_of_their_own(numbers: ModuleType) -> None:
    assert numbers.slug("current: × 0.75") == "current_0_75"
    assert numbers.slug("eddies", "walk of 50 m²/s") == "eddies_walk_of_50_m2_s"


def test_a_run_that_is_whole_is_not_run_again(
    numbers: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done: list[tuple[object, ...]] = []
    monkeypatch.setattr(numbers, "RUNS", tmp_path)
    monkeypatch.setattr(numbers, "driftsim", lambda *words: done.append(words))
    config = tmp_path / "a.toml"
    assert numbers.run(config) == tmp_path / "a"
    assert done == [("run", config, "-o", tmp_path / "a", "--overwrite")]
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "summary.json").touch()
    numbers.run(config)
    assert len(done) == 1
