"""A wind or current that is one number, or a station's series: known components at known times."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from replicas import HOUR, epoch

from driftsim.forcing.open import open_source
from driftsim.system.errors import InputError

BOX = (130.0, 139.0, 36.0, 42.0)
START = epoch("2017-10-01T06:00")
KEYS = {
    "files": (), "scale": 1.0, "fastest_m_s": 0.0, "max_gap_hours": 0.0, "east_m_s": None, "north_m_s": None,
    "speed_m_s": None,
}  # fmt: skip


def of(kind: str, product: str, hours: float = 12.0, **keys: Any) -> Any:
    section = SimpleNamespace(**{**KEYS, "product": product, **keys})
    return open_source(kind, section, BOX, (START, START + hours * HOUR))


def table(path: Path, text: str) -> tuple[str, ...]:
    path.write_text(text, encoding="utf-8")
    return (str(path),)


def test_one_velocity_for_all_times() -> None:
    # From west-south-west: to the east-north-east. A current is named by where it goes.
    wind = of("wind", "constant", speed_m_s=8.0, from_deg=240.0, scale=1.5)
    assert wind.level(0)[0, 0, 1] == pytest.approx([12.0 * np.sqrt(0.75), 6.0])
    current = of("current", "constant", speed_m_s=0.5, to_deg=150.0)
    assert current.level(0)[0, 1, 0] == pytest.approx([0.25, -0.5 * np.sqrt(0.75)])
    plain = of("current", "constant", east_m_s=0.375, north_m_s=-0.25)
    assert plain.level(0).tolist() == [[[[0.375, -0.25]] * 2] * 2]
    assert plain.covers == (-np.inf, np.inf) and plain.info["kind_of_record"] == "steady"
    assert (plain.lon.tolist(), plain.lat.tolist()) == ([130.0, 139.0], [36.0, 42.0])
    with pytest.raises(InputError, match="a speed of 6 m/s, more than 5 m/s, is no current"):
        of("current", "constant", speed_m_s=6.0, to_deg=10.0)


@pytest.mark.parametrize(
    ("head", "rows", "wanted"),
    [
        ("time,u,v", ["2017-10-01T06:00Z,1.25,-3", "2017-10-01T18:00Z,2,5.5"], [(1.25, -3.0), (2.0, 5.5)]),
        ("v_m_s;time;note;u_m_s", ["-3;2017-10-01T15:00+09:00;a;1.25", "5.5;2017-10-01 18:00;b;2"],
         [(1.25, -3.0), (2.0, 5.5)]),
        ("time,speed_m_s,from_deg", ["2017-10-01T06:00,10,210", "2017-10-01T18:00,4,90"],
         [(5.0, 10 * np.sqrt(0.75)), (-4.0, 0.0)]),
        ("time,speed_kn,direction", ["2017-10-01T06:00,36,270", "2017-10-01T18:00,18,180"],
         [(18.52, 0.0), (0.0, 9.26)]),
    ],
)  # fmt: skip
def test_the_series_of_a_station(tmp_path: Path, head: str, rows: list[str], wanted: Any) -> None:
    # Rows in any order; an empty cell is a value that is missing.
    middle = "2017-10-01T12:00" + "".join(";" if ";" in head else "," for _ in range(head.count(",") + head.count(";")))
    middle = middle if head.startswith("time") else f";{middle[:16]};;"
    files = table(tmp_path / "a.csv", "\ufeff" + "\n".join([head, rows[1], middle, rows[0]]) + "\n\n")
    source = of("wind", "series", files=files)
    assert source.times.tolist() == [START, START + 12 * HOUR] == list(source.covers)
    for k, (u, v) in enumerate(wanted):
        assert source.level(k)[0, 0, 0] == pytest.approx([u, v], abs=2e-6)
    (about,) = source.info["files"]
    assert about["path"] == files[0] and len(about["sha256"]) == 64
    assert ("comes from" in str(source.info["decisions"])) == ("direction" in head)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("when,u,v\n", "has no column time, but when, u, v; needed are time, and u and v"),
        ("time,speed_m_s\n", "needed are time, and u and v in m/s, or speed_m_s"),
        ("time,u,v\n2017-10-01T06:00Z,1\n", "line 2: has 2 cells, the first line 3 names"),
        ("time,u,v\n2017-10-01T06:00Z,1,calm\n", "line 2: v = 'calm' is no number"),
        ("time,u,v\n1 October,1,2\n", "line 2: time = '1 October': must be a date and time"),
        ("time,u,v\n", "hold no row; the run needs 2017-10-01 06:00 UTC"),
        ("time,u,v\n2017-10-01T06:00Z,1,2\n2017-10-01T06:00Z,1,3\n", "comes twice, with other values"),
        ("time,u,v\n2017-10-01T06:00Z,1,2\n2017-10-01T17:00Z,1,3\n", "cover 2017-10-01 06:00 UTC to 2017-10-01 17:00"),
        ("time,u,v\n" + "".join(f"2017-10-01T{h:02}:00Z,1,2\n" for h in (6, 7, 8, 9, 13, 14, 15, 16, 17, 18)),
         "no row between 2017-10-01 09:00 UTC and 2017-10-01 13:00 UTC .4 h; the limit is 2 h.*max_gap_hours = 4"),
        ("time,u,v\n2017-10-01T06:00Z,1,2\n2017-10-01T18:00Z,90,3\n", "a speed of 90.*m/s, more than 80 m/s"),
        ("\x00\x01", "has no column time"),
    ],
)  # fmt: skip
def test_a_series_that_cannot_be_used(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as told:
        of("wind", "series", files=table(tmp_path / "bad.csv", text))
    assert "\n" not in str(told.value)
