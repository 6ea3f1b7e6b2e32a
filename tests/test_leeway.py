"""The leeway table, the handedness of the crosswind, and the spread of the hulls drawn from it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from driftsim import config
from driftsim.drift import leeway
from driftsim.kernels import hull
from driftsim.system.errors import InputError


def _entry(**keys):
    """A class of the config."""
    return config.BoatClass(**keys)


def _boats(*entries, becomes=None):
    capsizing = None if becomes is None else config.Capsizing(becomes=becomes)
    return config.Boats(classes=entries, capsizing=capsizing)


def _hulls(key, n=100_000, seed=20171123, redraw_index=0, first=0):
    found = leeway.coefficients(_boats(_entry(leeway=key, share=1.0)))
    return leeway.draw_hulls(seed, np.arange(first, first + n), np.zeros(n, np.int16), found, redraw_index)


def test_the_table_has_58_classes_and_the_korean_fishing_vessel_of_the_literature():
    assert len(leeway.table()) == 58
    assert len({entry.key for entry in leeway.table()}) == len({entry.number for entry in leeway.table()}) == 58
    korean = leeway.find("FISHING-VESSEL-5")
    assert korean.number == 54
    assert korean.down == pytest.approx((0.0180, 0.0, 0.0379))
    assert korean.right == pytest.approx((0.0201, 0.0, 0.0330))
    assert korean.left == pytest.approx((-0.0201, 0.0, 0.0330))
    asymmetric = leeway.find("SKIFF-2")
    assert asymmetric.row == pytest.approx((0.0287, 0.0398, 0.0333, 0.0032, -0.0293, 0.0253, -0.0062, 0.0103, 0.0305))


@pytest.mark.parametrize("name", [46, "46", "SKIFF-3", "skiff_3", " Skiff 3 "])
def test_a_class_is_found_by_number_and_by_key(name):
    assert leeway.find(name).label == "skiffs, swamped or capsized"


@pytest.mark.parametrize(
    ("wanted", "nearest"),
    [("SKIF-3", "is SKIFF-3"), ("fishing_vesel_5", "is FISHING-VESSEL-5"), (59, "number of a leeway class")],
)
def test_an_unknown_class_names_the_nearest(wanted, nearest):
    with pytest.raises(InputError, match=nearest) as caught:
        leeway.find(wanted)
    assert repr(wanted) in str(caught.value)


def test_every_class_can_be_drawn():
    for entry in leeway.table():
        drawn = _hulls(entry.number, n=50).coefficients
        assert np.isfinite(drawn).all()


@pytest.mark.parametrize("key", ["FISHING-VESSEL-5", "SKIFF-3"])
def test_wind_to_the_north_takes_right_hand_hulls_east_and_left_hand_ones_west(key):
    hulls = _hulls(key, n=20_000)
    u, v = hulls.velocity(0.0, 9.0, orientation=1)
    entry = leeway.find(key)
    sem = entry.right[2] * 9.5 / 10.0 / math.sqrt(20_000)
    assert u.mean() == pytest.approx(9.0 * entry.right[0], abs=4 * sem)
    assert u.mean() > 0.02
    assert v.mean() > 0.1
    u, _ = hulls.velocity(0.0, 9.0, orientation=-1)
    assert u.mean() == pytest.approx(9.0 * entry.left[0], abs=4 * sem)
    # Wind to the east: right is south.
    u, v = hulls.velocity(9.0, 0.0, orientation=1)
    assert u.mean() > 0.1
    assert v.mean() < -0.02


def test_dead_calm_gives_no_leeway_though_the_class_has_an_offset():
    u, v = _hulls("SKIFF-2", n=10).velocity(0.0, 0.0)
    assert (u == 0.0).all()
    assert (v == 0.0).all()


@pytest.mark.parametrize("key", ["SKIFF-2", "SKIFF-4", "FISHING-VESSEL-6"])
def test_the_pair_on_either_side_is_one_of_the_tables(key):
    """Slope, offset and spread change together in a jibe, and the hull stays as far from the mean as it was."""
    entry, drawn = leeway.find(key), _hulls(key, n=5_000).coefficients.astype(np.float64)
    z = {}
    for side, (slope, offset, std), k in (("right", entry.right, 2), ("left", entry.left, 4)):
        from_slope = (drawn[:, k] - slope) * 20.0 / std
        from_offset = (drawn[:, k + 1] - offset) * 2.0 / std
        assert from_slope == pytest.approx(from_offset, abs=2e-5)
        z[side] = from_slope
    assert z["right"] == pytest.approx(-z["left"], abs=2e-5)


@pytest.mark.parametrize("key", ["FISHING-VESSEL-5", "SKIFF-3", "SKIFF-2", "PIW-3"])
@pytest.mark.parametrize("wind", [6.0, 14.0])
def test_mean_and_spread_are_those_of_the_table(key, wind):
    """(slope + eps/20) W + offset + eps/2: the spread at 10 m/s is the table's, at W it is std (W + 10) / 20."""
    entry, n = leeway.find(key), 100_000
    drawn = _hulls(key, n).coefficients.astype(np.float64)
    for k, (slope, offset, std) in ((0, entry.down), (2, entry.right), (4, entry.left)):
        if k == 0 and slope < 4.0 * std / 20.0:
            continue  # cut off at 0: its own test
        speed = drawn[:, k] * wind + drawn[:, k + 1]
        expected = std * (wind + 10.0) / 20.0
        assert speed.mean() == pytest.approx(slope * wind + offset, abs=4.0 * expected / math.sqrt(n))
        assert speed.std() == pytest.approx(expected, rel=4.0 / math.sqrt(2 * n))


def test_downwind_and_crosswind_draws_are_independent():
    drawn = _hulls("SKIFF-3").coefficients
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 2])[0, 1]) < 4.0 / math.sqrt(100_000)


@pytest.mark.parametrize("key", ["PIW-2", "FISHING-VESSEL-1", "LIFE-RAFT-NB-5"])
def test_downwind_slope_is_redrawn_until_it_is_positive(key):
    """The slope has the normal distribution cut off at 0: its mean and spread are known exactly."""
    from scipy import stats

    slope, offset, std = leeway.find(key).down
    drawn = _hulls(key).coefficients[:, :2].astype(np.float64)
    scale = std / 20.0
    expected = stats.truncnorm(-slope / scale, np.inf, loc=slope, scale=scale)
    assert (drawn[:, 0] > 0.0).all()
    assert drawn[:, 0].mean() == pytest.approx(expected.mean(), abs=4.0 * expected.std() / math.sqrt(100_000))
    assert stats.kstest(drawn[:, 0], expected.cdf).pvalue > 1e-4
    # The offset goes with the draw that was kept.
    assert (drawn[:, 1] - offset) * 2.0 == pytest.approx((drawn[:, 0] - slope) * 20.0, abs=1e-6)


def test_a_drogue_without_windage_stays_without():
    assert (_hulls("SLDMB", n=100).coefficients == 0.0).all()


def test_half_of_the_hulls_lie_on_either_side_independently_of_their_draws():
    hulls = _hulls("FISHING-VESSEL-5")
    assert set(hulls.orientation.tolist()) == {-1, 1}
    assert abs(hulls.orientation.mean()) < 4.0 / math.sqrt(100_000)
    assert abs(np.corrcoef(hulls.orientation, hulls.coefficients[:, 0])[0, 1]) < 4.0 / math.sqrt(100_000)
    assert abs(np.corrcoef(hulls.orientation, hulls.coefficients[:, 2])[0, 1]) < 4.0 / math.sqrt(100_000)


def test_a_hull_depends_on_its_own_number_only():
    whole = _hulls("SKIFF-2", n=10_000)
    assert (_hulls("SKIFF-2", n=1_000).coefficients == whole.coefficients[:1_000]).all()
    found = leeway.coefficients(_boats(_entry(leeway="SKIFF-2", share=1.0)))
    order = np.random.default_rng(3).permutation(10_000)
    mixed = leeway.draw_hulls(20171123, order, np.zeros(10_000, np.int16), found)
    assert (mixed.coefficients == whole.coefficients[order]).all()
    assert (mixed.orientation == whole.orientation[order]).all()


def test_redrawing_changes_the_hull_but_not_the_side_it_starts_on():
    first, second = _hulls("SKIFF-2", redraw_index=0), _hulls("SKIFF-2", redraw_index=1)
    assert (first.orientation == second.orientation).all()
    for k in (0, 2):
        correlation = np.corrcoef(first.coefficients[:, k], second.coefficients[:, k])[0, 1]
        assert abs(correlation) < 4.0 / math.sqrt(100_000)


def test_seeds_differ():
    assert (_hulls("SKIFF-2", n=100, seed=1).coefficients != _hulls("SKIFF-2", n=100, seed=2).coefficients).all()


def test_windage_is_a_fixed_percentage_at_a_fixed_angle():
    found = leeway.coefficients(_boats(_entry(windage_percent=2.5, windage_angle_deg=20.0, share=1.0)))
    hulls = leeway.draw_hulls(1, np.arange(4), np.zeros(4, np.int16), found)
    for side in (1, -1):
        u, v = hulls.velocity(0.0, 8.0, orientation=side)
        assert np.hypot(u, v) == pytest.approx(np.full(4, 0.2), rel=1e-6)
        assert np.degrees(np.arctan2(u, v)) == pytest.approx(np.full(4, 20.0), rel=1e-6)  # to the right: eastward


def test_the_capsized_class_is_appended_with_share_0():
    found = leeway.coefficients(
        _boats(
            _entry(leeway=54, share=0.3, name="upright"),
            _entry(leeway="SKIFF-3", share=0.7),
            becomes="SKIFF-3",
        )
    )
    assert found.names == ("upright", "SKIFF-3", "SKIFF-3_capsized")
    assert found.shares == pytest.approx([0.3, 0.7, 0.0])
    assert found.capsized == 2
    assert found.table.dtype == np.float32
    assert found.table.shape == (3, hull.COLUMNS)
    assert (found.table[1] == found.table[2]).all()
    assert leeway.coefficients(_boats(_entry(leeway=54, share=1.0))).capsized == -1


def test_the_config_knows_the_keys_and_which_of_them_the_wind_moves():
    """It reads the names in the table without the numbers."""
    known = config.values.leeway_table()
    assert {key: entry.number for key, entry in known.items()} == {one.key: one.number for one in leeway.table()}
    for entry in leeway.table():
        slopes_and_spreads = [side[part] for side in (entry.down, entry.right, entry.left) for part in (0, 2)]
        assert known[entry.key].moves == any(slopes_and_spreads), entry.key


def test_bad_draws_are_refused():
    found = leeway.coefficients(_boats(_entry(leeway=54, share=1.0)))
    with pytest.raises(InputError, match="same length"):
        leeway.draw_hulls(1, np.arange(3), np.zeros(2, np.int16), found)
    with pytest.raises(InputError, match="boat_class"):
        leeway.draw_hulls(1, np.arange(2), np.array([0, 1], np.int16), found)
    with pytest.raises(InputError, match="redraw_index"):
        leeway.draw_hulls(1, np.arange(1), np.zeros(1, np.int16), found, redraw_index=-1)
