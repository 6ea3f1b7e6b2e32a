"""Makes ``fonts/*.ttf``: the letters that the figures need of Noto Sans JP and KR, regular and bold.

Wants the full fonts, as in the npm packages @expo-google-fonts/noto-sans-jp and -kr (Noto Sans, SIL Open Font Licence
1.1), and fontTools::

    npm pack @expo-google-fonts/noto-sans-jp @expo-google-fonts/noto-sans-kr    # unpack both archives into FOLDER
    python data/make_fonts.py FOLDER

The subsets are named anew, so that they are not taken for the whole fonts.
"""

from __future__ import annotations

import csv
import string
import sys
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from driftsim.words import words_of  # noqa: E402

WEIGHTS = {"Regular": "400Regular", "Bold": "700Bold"}
COMMON = string.ascii_letters + string.digits + string.punctuation
COMMON += " \u00a0°²³–—…’“”·×±~−µéö／、。・「」（）：；～〜％"
KANA = "".join(chr(code) for code in (*range(0x3041, 0x3097), *range(0x30A1, 0x30FF)))


def letters(value: Any) -> set[str]:
    """All letters in a table of words."""
    if isinstance(value, str):
        return set(value)
    if isinstance(value, dict):
        value = value.values()
    return set() if isinstance(value, bool | float) else set().union(*map(letters, value))


def wanted(lang: str) -> set[str]:
    """Letters of a language's words and place names, those of the default area with them."""
    with open(HERE / "areas" / "sea_of_japan" / "towns.csv", encoding="utf-8", newline="") as file:
        places = {letter for row in csv.DictReader(file) for letter in row[f"name_{lang}"]}
    words = letters(words_of(lang)) | letters(words_of(lang, backward=True))
    return words | places | set(COMMON) | (set(KANA) if lang == "ja" else set())


def make(source: Path, lang: str, weight: str) -> Path:
    """One font, cut to the letters wanted and renamed."""
    options = subset.Options()
    options.layout_features = ["kern"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    font = TTFont(source, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(letter) for letter in wanted(lang) if letter != "\n"])
    cutter.subset(font)
    family = f"Driftsim Sans {'JP' if lang == 'ja' else 'KR'}"
    full = f"{family} {weight}"
    for name, text in ((1, family), (2, weight), (3, full), (4, full), (6, full.replace(" ", ""))):
        font["name"].removeNames(nameID=name)
        font["name"].setName(text, name, 3, 1, 0x409)
    out = HERE / "fonts" / f"{full.replace(' ', '')}.ttf"
    font.save(out)
    return out


def main() -> None:
    """All four fonts from the full ones anywhere below the folder given."""
    folder = Path(sys.argv[1])
    for lang, script in (("ja", "JP"), ("ko", "KR")):
        for weight, part in WEIGHTS.items():
            made = make(next(folder.rglob(f"NotoSans{script}_{part}.ttf")), lang, weight)
            print(f"{made.name}: {len(TTFont(made).getBestCmap())} letters, {made.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
