"""Sea values over land: what must not change, what must mirror, and how far it goes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from driftsim.forcing.fill import Fill, check_sea, distance_to_wet_km
from driftsim.system.errors import InputError

LON = 131.7 + 0.11 * np.arange(23)
LAT = 38.2 + 0.09 * np.arange(17)


def coast() -> np.ndarray:
    """A slanted coast with an island and a lone wet cell inland."""
    x, y = np.meshgrid(np.arange(LON.size), np.arange(LAT.size))
    wet = 0.7 * x + y < 17.0
    wet[3:6, 4:7] = False
    wet[14, 20] = True
    return wet


def field(wet: np.ndarray, seed: int = 3) -> np.ndarray:
    values = np.random.default_rng(seed).normal(0.07, 0.31, (2, *wet.shape, 2)).astype(np.float32)
    values[:, ~wet] = np.nan
    return values


def naive(level: np.ndarray, wet: np.ndarray, fill_km: float) -> np.ndarray:
    """Ring by ring with loops, one component of one member."""
    values = np.where(wet, level, np.nan).astype(np.float64)
    reach = distance_to_wet_km(wet, LON, LAT)
    while True:
        ring = {}
        for j, i in np.argwhere(np.isnan(values) & (reach <= fill_km)):
            total = weight = 0.0
            for b in range(max(j - 1, 0), min(j + 2, LAT.size)):
                for a in range(max(i - 1, 0), min(i + 2, LON.size)):
                    if np.isfinite(values[b, a]):
                        dx = (LON[a] - LON[i]) * np.cos(np.radians(LAT[j]))
                        w = 1.0 / (dx**2 + (LAT[b] - LAT[j]) ** 2)
                        total, weight = total + w * values[b, a], weight + w
            if weight:
                ring[j, i] = total / weight
        if not ring:
            return np.nan_to_num(values)
        for (j, i), value in ring.items():
            values[j, i] = value


def test_agrees_with_loops_and_leaves_the_sea_alone():
    wet = coast()
    fill = Fill(wet, LON, LAT, 37.0)
    before = field(wet)
    after = fill(before.copy())
    assert np.array_equal(after[:, wet], before[:, wet])
    for member in range(2):
        for c in range(2):
            twin = naive(before[member, ..., c], wet, 37.0)
            np.testing.assert_allclose(after[member, ..., c], twin, rtol=1e-6, atol=1e-7)
    assert 0 < fill.filled.sum() < (~wet).sum()
    assert np.array_equal(fill.valid, wet | fill.filled)
    assert not (wet & fill.filled).any()
    assert np.all(after[:, ~fill.valid] == 0.0)


def test_sign_flipped_field_gives_the_sign_flipped_fill_bit_for_bit():
    wet = coast()
    fill = Fill(wet, LON, LAT, 60.0)
    values = field(wet)
    assert np.array_equal(fill(-values), -fill(values.copy()))


def test_mirrored_coast_gives_the_mirrored_fill():
    wet = coast()
    values = field(wet)
    straight = Fill(wet, LON, LAT, 60.0)(values.copy())
    mirrored = Fill(wet[::-1, ::-1], -LON[::-1], -LAT[::-1], 60.0)(np.ascontiguousarray(values[:, ::-1, ::-1]))
    np.testing.assert_allclose(mirrored[:, ::-1, ::-1], straight, rtol=0.0, atol=1e-6)


def test_uniform_current_stays_what_it_is_next_to_land():
    # A reader that counts a wet node once for each neighbour, or land as zero, would not give this back.
    wet = coast()
    values = np.full((1, *wet.shape, 2), np.nan, dtype=np.float32)
    values[:, wet] = (0.3, -0.17)
    fill = Fill(wet, LON, LAT, 80.0)
    filled = fill(values)
    np.testing.assert_allclose(filled[0][fill.valid], np.tile([0.3, -0.17], (int(fill.valid.sum()), 1)), rtol=2e-7)


def test_reaches_as_far_as_it_is_told():
    wet = np.zeros((LAT.size, LON.size), dtype=bool)
    wet[:, 0] = True
    step_km = distance_to_wet_km(wet, LON, LAT)[8, 1]
    assert step_km == pytest.approx(0.11 * np.cos(np.radians(LAT[8])) * 111.195, rel=1e-3)
    filled = Fill(wet, LON, LAT, 3.5 * step_km).filled
    assert filled[8, 1:4].all() and not filled[8, 4:].any()


@pytest.mark.parametrize("fill_km", [0.0, 1.0])
def test_too_short_a_reach_fills_nothing_and_gives_zero(fill_km):
    wet = coast()
    fill = Fill(wet, LON, LAT, fill_km)
    assert not fill.filled.any()
    assert np.all(fill(field(wet))[:, ~wet] == 0.0)


def test_no_sea_and_no_land_are_no_trouble():
    for wet in (np.zeros((LAT.size, LON.size), dtype=bool), np.ones((LAT.size, LON.size), dtype=bool)):
        fill = Fill(wet, LON, LAT, 50.0)
        assert not fill.filled.any()
        assert np.isfinite(fill(field(wet))).all()


def test_a_level_that_cannot_be_filled_in_place_is_refused():
    wet = coast()
    with pytest.raises(ValueError, match="contiguous"):
        Fill(wet, LON, LAT, 50.0)(field(wet).transpose(0, 1, 2, 3)[..., ::-1])


def source(fill: Fill) -> SimpleNamespace:
    return SimpleNamespace(
        kind="current",
        lon=LON,
        lat=LAT,
        wet=fill.wet,
        filled=fill.filled,
        valid=fill.valid,
        info={"title": "a test sea"},
    )


def test_check_sea_says_how_many_where_and_what_would_do():
    wet = coast()
    near = Fill(wet, LON, LAT, 15.0)
    # One place well at sea, one beyond the reach of the fill, one in a cell of which a corner is beyond it.
    lon, lat = np.array([132.0, 133.87, 133.4]), np.array([38.4, 39.13, 39.31])
    check_sea(source(near), lon[:1], lat[:1])
    with pytest.raises(
        InputError, match=r"current \(a test sea\) has no value at 2 of 3 sea points.*133\.870 E, 39\.130 N"
    ) as e:
        check_sea(source(near), lon, lat)
    enough = float(str(e.value).split("fill_km = ")[1].split(",")[0])
    check_sea(source(Fill(wet, LON, LAT, enough)), lon, lat)
    with pytest.raises(InputError, match="no value"):
        check_sea(source(Fill(wet, LON, LAT, enough - 10.0)), lon, lat)


def test_check_sea_needs_only_the_nodes_that_carry_weight():
    fill = Fill(coast(), LON, LAT, 0.0)
    j, i = np.argwhere(fill.wet[:-1, :-1] & ~fill.wet[1:, :-1] & fill.wet[:-1, 1:])[0]
    on_the_row = 0.5 * (LON[i] + LON[i + 1])
    check_sea(source(fill), [on_the_row], [LAT[j]])
    with pytest.raises(InputError, match="1 of 1"):
        check_sea(source(fill), [on_the_row], [LAT[j] + 0.01])
