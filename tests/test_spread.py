"""The spread of members taken apart, on made-up winters of which the weather and the assumptions are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from driftsim.results.spread import Spread, spread

Floats = NDArray[np.float64]

MEMBERS, BOATS, COLUMNS = 200, 100, 12
MOVES = np.array([0.35, -0.25, 0.15] + [0.0] * (COLUMNS - 3))
BASE = np.log(np.array([0.13, 0.04, 0.30]) / 0.53)
WEATHER = np.array([0.30, 0.45, 0.20])


def winters(count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draws of the assumptions and true shares of three coasts, multinomial logit in draws and weather."""
    draws = rng.normal(size=(count, COLUMNS))
    weight = np.exp(BASE + (draws @ MOVES)[:, None] * [1.0, 1.3, -0.5] + rng.normal(size=(count, 3)) * WEATHER)
    return draws, weight / (1.0 + weight.sum(axis=1, keepdims=True))


def observed(rng: np.random.Generator, members: int = MEMBERS) -> tuple[Floats, NDArray[np.int64]]:
    draws, share = winters(members, rng)
    return draws, np.array([rng.multinomial(BOATS, [*p, 1.0 - p.sum()])[:3] for p in share])


def taken_apart(rng: np.random.Generator, members: int = MEMBERS) -> Spread:
    draws, boats = observed(rng, members)
    return spread(boats, np.full(members, BOATS), draws, [[0, 1], *([i] for i in range(2, COLUMNS))])


@pytest.fixture(scope="module")
def truth() -> dict[str, Floats]:
    draws, share = winters(100_000, np.random.default_rng(99))
    design = np.c_[np.ones(len(draws)), draws]
    beta = np.linalg.lstsq(design, share, rcond=None)[0]
    weather = share - design @ beta + share.mean(axis=0)
    first = beta[1:] ** 2 / share.var(axis=0)
    return {"weather": weather, "explained": 1.0 - weather.var(axis=0) / share.var(axis=0), "first": first}


@pytest.fixture(scope="module")
def trials() -> list[Spread]:
    rng = np.random.default_rng(41)
    return [taken_apart(rng) for _ in range(60)]


def test_weather_alone_holds_nine_in_ten_winters_of_known_assumptions(
    trials: list[Spread], truth: dict[str, Floats]
) -> None:
    inside = [((truth["weather"] >= s.weather_low) & (truth["weather"] <= s.weather_high)).mean(axis=0) for s in trials]
    assert np.abs(np.mean(inside, axis=0) - 0.90).max() < 0.03


def test_variances_add_and_are_the_true_ones(trials: list[Spread], truth: dict[str, Floats]) -> None:
    explained = np.array([s.explained for s in trials])
    error = explained.std(axis=0) / np.sqrt(len(trials))
    assert (np.abs(explained.mean(axis=0) - truth["explained"]) < 4.0 * error).all()
    for s in trials[:5]:
        parts = s.assumptions_sd**2 / (s.assumptions_sd**2 + s.weather_sd**2)
        np.testing.assert_allclose(parts, s.explained)


def test_first_order_shares_are_unbiased_and_so_are_their_errors(
    trials: list[Spread], truth: dict[str, Floats]
) -> None:
    """The first two columns belong to one assumption. Without the part of chance, noughts would come out at 0.004."""
    first, said = (np.array([getattr(s, name) for s in trials]) for name in ("first_order", "first_order_error"))
    expected = np.vstack([truth["first"][:2].sum(axis=0), truth["first"][2:]])
    scatter = first.std(axis=0)
    assert (np.abs(first.mean(axis=0) - expected) < 4.5 * scatter / np.sqrt(len(trials)))[:2].all()
    assert np.abs(first[:, 2:].mean(axis=(0, 2))).max() < 0.0025
    assert (np.abs(said.mean(axis=0)[:2] / scatter[:2] - 1.0) < 0.35).all()


def test_assumptions_that_do_nothing_explain_nothing() -> None:
    rng = np.random.default_rng(5)
    _, boats = observed(rng)
    apart = spread(boats, np.full(MEMBERS, BOATS), rng.normal(size=(MEMBERS, 8)), [[i] for i in range(8)])
    assert (apart.explained < 0.12).all()
    held = spread(boats, np.full(MEMBERS, BOATS), np.full((MEMBERS, 2), 3.7), [[0], [1]])
    assert (held.first_order == 0.0).all() and (held.explained == 0.0).all()


def test_too_few_members_say_nothing() -> None:
    rng = np.random.default_rng(6)
    assert np.isnan(taken_apart(rng, 40).weather_low).all()
    draws, boats = observed(rng, 60)
    many = np.c_[draws, draws[:, :6] ** 2]
    assert np.isnan(spread(boats, np.full(60, BOATS), many, [[i] for i in range(18)]).explained).all()
    assert np.isfinite(spread(boats, np.full(60, BOATS), draws, [[i] for i in range(12)]).explained).all()
