"""Whole numbers that add up: the same of groups, of parts in any order, and of all boats at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import make_arrivals

from driftsim.area.regions import REGIONS
from driftsim.results import quantiles, shards, statistics, tallies, text_rows
from driftsim.results.quantiles import Ages, Group
from driftsim.results.tallies import Counts
from driftsim.system.errors import InputError

MEMBERS = 13


@pytest.fixture(scope="module")
def arrivals() -> Any:
    return make_arrivals(1700, MEMBERS)


def cut(arrivals: Any, at: list[int]) -> list[Any]:
    ends = [0, *at, arrivals.sizes["boat"]]
    return [arrivals.isel(boat=slice(a, b)) for a, b in itertools.pairwise(ends)]


def counted(pieces: list[Any]) -> tallies.Tallies:
    bins = [np.arange(piece.sizes["boat"]) % 7 - 1 for piece in pieces]
    each = zip(pieces, bins, strict=True)
    return tallies.added(statistics.tally(piece, REGIONS, MEMBERS, of) for piece, of in each)


def test_a_summary_of_tallies_is_that_of_all_boats(arrivals: Any) -> None:
    pieces = cut(arrivals, [3, 400, 401, 1200])

    def columns() -> Iterator[Any]:
        for piece in pieces:
            yield lambda name, piece=piece: piece[name].values

    told = statistics.summary(arrivals.isel(boat=slice(0, 0)), counted(pieces), columns, REGIONS)
    assert told == statistics.summarise(arrivals, REGIONS)
    assert told["regions"]["japan"]["days_p90"] is not None


def test_tallies_come_back_from_their_arrays(arrivals: Any) -> None:
    one = counted([arrivals])
    again = tallies.of_arrays(tallies.as_arrays(one))
    assert_same(one, again)
    bad = tallies.as_arrays(one)
    bad["fates_key"] = bad["fates_key"][::-1]
    with pytest.raises(ValueError, match="fates"):
        tallies.of_arrays(bad)
    with pytest.raises(ValueError, match="no tallies"):
        tallies.of_arrays({})


def assert_same(one: tallies.Tallies, other: tallies.Tallies) -> None:
    mine, theirs = tallies.as_arrays(one), tallies.as_arrays(other)
    assert mine.keys() == theirs.keys()
    for name in mine:
        np.testing.assert_array_equal(mine[name], theirs[name], err_msg=name)


def made_up(arrivals: Any, first: int, end: int) -> shards.Shard:
    """A part in memory."""
    about = {
        "first": first, "end": end, "boats": arrivals.sizes["boat"], "names": {},
        "provenance": {"config_sha256": "5e", "config": "seed = 3\n"},
    }  # fmt: skip
    part = shards.Shard(Path(f"/nowhere/part-{first:05d}"), about, None)  # type: ignore[arg-type]
    part.__dict__["_arrays"] = tallies.as_arrays(counted([arrivals.isel(boat=slice(first, end))]))
    return part


def test_nothing_is_counted_twice_in_a_thousand_orders(arrivals: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards.Shard, "forget", lambda self: None)
    few = arrivals.isel(boat=slice(0, 60))
    edges = [0, 1, 9, 23, 24, 41, 60]
    parts = [made_up(few, a, b) for a, b in itertools.pairwise(edges)]
    whole, rng = counted([few]), np.random.default_rng(5)
    for attempt in range(1000):
        order = rng.permutation(len(parts)).tolist()
        kind = attempt % 4
        if kind == 1:
            order.insert(int(rng.integers(0, 7)), int(rng.integers(0, 6)))
        elif kind == 2:
            order.remove(int(rng.integers(0, 6)))
        if kind in (0, 3) and attempt % 40 == 0:
            total = shards.added([parts[k] for k in order])
            for name in ("fates", "near", "weeks", "ends", "ages"):
                table, of_all = getattr(total, name), getattr(whole, name)
                np.testing.assert_array_equal(table.key, of_all.key)
                np.testing.assert_array_equal(table.count, of_all.count)
        elif kind in (0, 3):
            shards.refuse_apart(sorted((parts[k] for k in order), key=lambda part: (part.first, part.end)))
        else:
            with pytest.raises(InputError, match="has boats" if kind == 1 else "parts are missing"):
                shards.added([parts[k] for k in order])


# --- quantiles ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_quantiles_of_ages_are_numpys(seed: int) -> None:
    """Two passes, groups, regions that share stretches; with ties, single values and empty regions."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([1, 2, 7, 300, 4000]))
    source, stretch = rng.integers(0, 3, n), rng.integers(0, 4, n)
    age = rng.gamma(2.0, 9.0, n).astype(np.float32)
    age[rng.random(n) < 0.3] = np.float32(11.25)  # on the edge of a bin, many times
    belongs = np.array([[1, 0, 0, 1], [1, 1, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0]])
    key = tallies.keys(tallies.AGES_ROOM, source, 4096, stretch, tallies.age_bin(age))
    counts = Counts.of(tallies.AGES_ROOM, source, np.full(n, 4096), stretch, tallies.age_bin(age))
    edges = np.searchsorted(counts.codes[0], range(4)).tolist()
    groups = [Group(0, len(counts)), *(Group(a, b) for a, b in itertools.pairwise(edges))]
    ages = Ages(counts, belongs, groups, (0.1, 0.5, 0.9))
    order = rng.permutation(n)
    ages.look((key[rows], age[rows]) for rows in np.array_split(order, 3))
    for group, mine in zip(groups, [source >= 0, *(source == k for k in range(3))], strict=True):
        found = ages.quantiles(group)
        for region in range(4):
            of = age[mine & (belongs[stretch, region] == 1)].astype(np.float64)
            if of.size:
                np.testing.assert_array_equal(found[region], np.quantile(of, (0.1, 0.5, 0.9)))
            else:
                assert np.isnan(found[region]).all()
    if n > 2:
        with pytest.raises(ValueError, match="other ages"):
            ages.look([(key[:0], age[:0])])


@pytest.mark.parametrize("n", [1, 2, 5, 1000])
def test_quantiles_of_places_are_numpys(n: int) -> None:
    values = np.random.default_rng(n).normal(131.0, 4.0, n)
    pieces = np.array_split(values, 3)
    found = quantiles.quantiles(lambda: iter(pieces), (0.05, 0.5, 0.95))
    np.testing.assert_array_equal(found, np.quantile(values, (0.05, 0.5, 0.95)))


# --- rows of text ---------------------------------------------------------------------------------------------------


@given(
    st.lists(st.floats(-1e6, 1e6) | st.sampled_from([0.5, -0.5, 2.5e-5, 139.000005, -1e-9, 0.0]), min_size=1),
    st.integers(1, 6),
)
def test_decimals_are_as_python_writes_them(values: list[float], places: int) -> None:
    text = text_rows.lines([text_rows.decimal(np.array(values), places)]).decode()
    assert text.split("\n")[:-1] == [f"{value:.{places}f}" for value in values]


def test_ties_and_missing_values_are_as_python_writes_them() -> None:
    values = np.array([k / 8.0 for k in range(-40, 40)] + [1.005, 2.675, 1e8 + 0.125])
    assert text_rows.lines([text_rows.decimal(values, 2)]).decode().split() == [f"{value:.2f}" for value in values]
    one = np.array([137.25, np.nan])
    assert text_rows.lines([text_rows.decimal(one, 3, ""), text_rows.decimal(one, 1)]) == b"137.250,137.2\n,nan\n"


def test_words_numbers_and_times_stand_in_rows() -> None:
    start = np.datetime64("2017-12-30T23:00:00", "s")
    columns = [
        text_rows.integer(np.array([7, 1203, 0])),
        text_rows.words(np.array([1, -1, 0]), ["能登, 北", "b"]),
        text_rows.times(np.array([3599.6, np.nan, 86_400.0 * 2.0 + 61.0]), start),
    ]
    expected = "7,b,2017-12-31T00:00:00Z\n1203,,\n0,能登, 北,2018-01-01T23:01:01Z\n"
    assert text_rows.lines(columns).decode() == expected
