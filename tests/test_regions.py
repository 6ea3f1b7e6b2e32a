"""Names of coasts and of the ways out."""

from __future__ import annotations

import pytest

from driftsim.area.regions import CODES, EXITS, REGIONS, STRETCHES, exit_name


def test_codes_fit_the_kernels() -> None:
    assert len(STRETCHES) < 64  # one bit each in near_mask
    assert [CODES[stretch.key] for stretch in STRETCHES] == list(range(len(STRETCHES)))


def test_regions_are_leaves_and_sums_of_leaves() -> None:
    for stretch in STRETCHES:
        assert REGIONS[stretch.key].stretches == (stretch.key,)
        if stretch.parent:
            assert stretch.key in REGIONS[stretch.parent].stretches
    for key, region in REGIONS.items():
        assert region.key == key and set(region.stretches) <= set(CODES)
        assert len(set(region.stretches)) == len(region.stretches)
    assert REGIONS["ishikawa"].stretches == ("noto", "ishikawa_south")
    assert set(REGIONS["niigata"].stretches) == {"niigata_mainland", "awashima", "sado"}
    assert len(REGIONS["aomori"].stretches) == 4
    abroad = {"russia", "north_korea", "south_korea", "ulleung", "liancourt"}
    assert set(REGIONS["japan"].stretches) == set(CODES) - abroad


@pytest.mark.parametrize(
    ("name", "lon", "lat", "side"),
    [
        ("tsugaru", 143.0, 40.7, "east"),  # the default domain, 127-143 E, 33-48 N
        ("tsugaru", 143.0, 41.9, "east"),
        ("soya", 143.0, 45.3, "east"),
        ("soya", 143.0, 46.4, "east"),
        ("soya", 142.8, 48.0, "north"),
        ("tatar", 140.9, 48.0, "north"),
        ("korea_strait", 127.0, 34.0, "west"),
        ("korea_strait", 128.7, 33.0, "south"),
        ("east", 143.0, 34.1, "east"),
        ("south", 136.2, 33.0, "south"),
        ("west", 127.0, 39.6, "west"),
        ("tsugaru", 141.4, 41.6, "east"),  # smaller domains
        ("soya", 142.0, 45.8, "east"),
        ("korea_strait", 129.9, 34.6, "south"),
        ("north", 136.0, 42.0, "north"),
        ("south", 136.0, 38.0, "south"),
        ("east", 138.0, 39.0, "east"),
    ],
)
def test_ways_out(name: str, lon: float, lat: float, side: str) -> None:
    assert exit_name(lon, lat, side) == name
    assert name in EXITS


def test_an_unknown_side_is_refused() -> None:
    with pytest.raises(ValueError, match="'up' is none of"):
        exit_name(135.0, 40.0, "up")
