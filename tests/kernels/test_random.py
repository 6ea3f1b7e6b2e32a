"""Philox against published answers and another implementation; the distributions of uniforms and normals."""

from __future__ import annotations

import math
import platform
import re

import numba
import numpy as np
import pytest
from scipy import stats

from driftsim.kernels import random
from driftsim.kernels.jit import FASTMATH


def _jit(function):
    return numba.njit(function, fastmath=FASTMATH, error_model="numpy")


@_jit
def _words(counter, key, out):
    for i in range(counter.shape[0]):
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = random.philox(
            counter[i, 0], counter[i, 1], counter[i, 2], counter[i, 3], key[i, 0], key[i, 1]
        )


@_jit
def _by_boat(seed, boat, step, stream, out):
    for i in range(boat.size):
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = random.draw(seed, boat[i], step, stream)


@_jit
def _normals(words, out):
    for i in range(words.shape[0]):
        out[i, 0], out[i, 1] = random.normal_pair(words[i, 0], words[i, 1])


@_jit
def _uniforms(words, out):
    for i in range(words.size):
        out[i] = random.uniform(words[i])


@_jit
def _uniforms64(high, low, out):
    for i in range(high.size):
        out[i] = random.uniform64(high[i], low[i])


def _draws(n: int, seed: int = 20171123, step: int = 7) -> np.ndarray:
    out = np.empty((n, 4), np.uint32)
    _by_boat(seed, np.arange(n, dtype=np.int64), np.uint32(step), random.STREAM_STEP, out)
    return out


def _normal_sample(n: int) -> np.ndarray:
    out = np.empty((n, 2), np.float32)
    _normals(_draws(n), out)
    return out


def _double_box_muller(words: np.ndarray) -> np.ndarray:
    u = (words[:, 0].astype(np.float64) + 0.5) / 2.0**32
    angle = words[:, 1].astype(np.float64) * (2.0 * math.pi / 2.0**32)
    radius = np.sqrt(-2.0 * np.log(u))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


# Known answers of the Random123 library (kat_vectors, philox4x32 10).
@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((2**32 - 1,) * 4, (2**32 - 1,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_answers(counter, key, expected):
    out = np.empty((1, 4), np.uint32)
    _words(np.array([counter], np.uint32), np.array([key], np.uint32), out)
    assert tuple(out[0].tolist()) == expected


def test_philox_agrees_with_an_independent_implementation():
    randomgen = pytest.importorskip("randomgen")
    rng = np.random.default_rng(5)
    counter = rng.integers(0, 2**32, (200, 4), dtype=np.uint32)
    key = rng.integers(0, 2**32, (200, 2), dtype=np.uint32)
    counter[:, 0] |= np.uint32(1)  # never 0: randomgen counts one up before it draws
    out = np.empty((200, 4), np.uint32)
    _words(counter, key, out)
    for i in range(200):
        c = sum(int(word) << (32 * k) for k, word in enumerate(counter[i])) - 1
        oracle = randomgen.Philox(counter=c, key=int(key[i, 0]) | int(key[i, 1]) << 32, number=4, width=32)
        assert out[i].tolist() == [int(word) for word in oracle.random_raw(4)]


def test_draw_uses_all_64_bits_of_seed_and_boat():
    boats = np.array([3, 3 + (5 << 32)], np.int64)
    out = np.empty((2, 4), np.uint32)
    seed = 11 + (13 << 32)
    _by_boat(seed, boats, np.uint32(17), random.STREAM_HULL, out)
    expected = np.empty((2, 4), np.uint32)
    _words(np.array([[3, 0, 17, 17], [3, 5, 17, 17]], np.uint32), np.array([[11, 13], [11, 13]], np.uint32), expected)
    assert (out == expected).all()
    assert (out[0] != out[1]).all()


def test_streams_differ():
    streams = [value for name, value in vars(random).items() if name.startswith("STREAM_")]
    assert len(streams) == len({int(s) for s in streams}) >= 6
    assert all(isinstance(s, np.uint32) for s in streams)


def test_uniform_never_reaches_its_ends():
    out = np.empty(4, np.float32)
    _uniforms(np.array([0, 511, 2**31, 2**32 - 1], np.uint32), out)
    assert out[0] == out[1] == np.float32(2.0**-24)
    assert out[2] == np.float32(0.5 + 2.0**-24)
    assert out[3] == np.float32(1.0 - 2.0**-24) < 1.0
    double = np.empty(2)
    _uniforms64(np.array([0, 2**32 - 1], np.uint32), np.array([0, 2**32 - 1], np.uint32), double)
    assert double[0] == 2.0**-53
    assert double[1] == 1.0 - 2.0**-53


def test_uniforms_are_uniform_in_every_word():
    words = _draws(200_000)
    for k in range(4):
        single = np.empty(words.shape[0], np.float32)
        _uniforms(np.ascontiguousarray(words[:, k]), single)
        assert stats.kstest(single.astype(np.float64), "uniform").pvalue > 1e-4
    double = np.empty(words.shape[0])
    _uniforms64(np.ascontiguousarray(words[:, 1]), np.ascontiguousarray(words[:, 3]), double)
    assert stats.kstest(double, "uniform").pvalue > 1e-4
    bits = np.unpackbits(words.view(np.uint8)).mean()
    assert abs(bits - 0.5) < 4.0 * 0.5 / math.sqrt(words.size * 32)


def test_normals_agree_with_double_precision_formula():
    words = _draws(400_000)
    edges = np.array([0, 1, 2, 2**23, 2**24 + 1, 2**31, 3037000499, 2**32 - 300, 2**32 - 2, 2**32 - 1], np.uint32)
    angles = np.append(edges, [2**29, 2**30, 3 * 2**29]).astype(np.uint32)
    corner = np.stack(np.meshgrid(edges, angles), axis=-1).reshape(-1, 2)
    pairs = np.concatenate([words[:, :2], corner])
    out = np.empty((pairs.shape[0], 2), np.float32)
    _normals(pairs, out)
    expected = _double_box_muller(pairs)
    assert np.isfinite(out).all()
    # Where u is next to 1 its own rounding to 24 bits moves the radius by up to 2e-4 of a standard deviation: harmless.
    near_one = pairs[:, 0] > 2**32 - 2**20
    assert np.abs(out - expected)[~near_one].max() < 2e-6
    assert np.abs(out - expected)[near_one].max() < 4e-4


def test_normals_have_the_moments_and_the_distribution_of_normals():
    z = _normal_sample(1_000_000).astype(np.float64)
    n = z.shape[0]
    for k in range(2):
        assert abs(z[:, k].mean()) < 4.0 / math.sqrt(n)
        assert abs(z[:, k].var() - 1.0) < 4.0 * math.sqrt(2.0 / n)
        assert abs(stats.skew(z[:, k])) < 4.0 * math.sqrt(6.0 / n)
        assert abs(stats.kurtosis(z[:, k])) < 4.0 * math.sqrt(24.0 / n)
        assert stats.kstest(z[:, k], "norm").pvalue > 1e-4
    assert abs(np.corrcoef(z[:, 0], z[:, 1])[0, 1]) < 4.0 / math.sqrt(n)
    assert abs(np.corrcoef(z[:, 0] ** 2, z[:, 1] ** 2)[0, 1]) < 4.0 / math.sqrt(n)


def test_tails_are_full():
    z = _normal_sample(1_000_000).ravel()
    for level in (3.0, 4.0, 4.5):
        expected = 2.0 * stats.norm.sf(level) * z.size
        assert abs((np.abs(z) > level).sum() - expected) < 4.0 * math.sqrt(expected)
    farthest = np.empty((1, 2), np.float32)
    _normals(np.array([[0, 0]], np.uint32), farthest)
    assert farthest[0, 0] == pytest.approx(math.sqrt(66.0 * math.log(2.0)), rel=1e-6)  # 6.76: u = 2**-33


@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="reads x86 instructions")
def test_lane_loop_is_vectorised():
    @_jit
    def block(first, step, low, high, a, b, u, h):
        for i in range(64):
            r0, r1, r2, r3 = random.philox(
                np.uint32(first + np.uint32(i)), np.uint32(0), step, random.STREAM_STEP, low, high
            )
            a[i], b[i] = random.normal_pair(r0, r1)
            u[i], h[i] = random.uniform(r2), random.uniform(r3)

    lanes = [np.empty(64, np.float32) for _ in range(4)]
    block(np.uint32(0), np.uint32(1), np.uint32(2), np.uint32(3), *lanes)
    code = next(iter(block.inspect_asm().values()))
    # A packed square root and packed 32-bit products: the whole chain is in the vector loop.
    assert re.search(r"v?sqrtps", code)
    assert re.search(r"v?pmuludq", code)
