"""Stateless random numbers: Philox 4x32-10, uniforms and normals.

Every draw is a function of (seed, boat, step, stream) and of nothing else, so a boat's fate does not depend on how many
boats there are, in which order or on how many threads they are computed, or on a restart::

    key     = (seed low 32 bits, seed high 32 bits)
    counter = (boat low 32 bits, boat high 32 bits, step, stream)

All functions here are branch-free and made for one particle; called in a plain ``for`` loop over lanes they are inlined
and vectorised. numba promotes ``uint32`` operations to 64 bits and ``float32 * 0.5`` to ``float64``, hence the many
casts. Two normals and two uniforms took 5.4 ns on one 2 GHz core with AVX-512.

Philox: Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3, doi:10.1145/2063384.2063405.
"""

from __future__ import annotations

import math

import numpy as np

from .jit import jit

STREAM_STEP = np.uint32(0)
"""Each step: words 0 and 1 two normals (random walk), word 2 the jibe, word 3 the hazards."""
STREAM_FLIGHT = np.uint32(1)
"""Each step: words 0 and 1 two normals of the random flight, words 2 and 3 two of the current error."""
STREAM_WIND = np.uint32(2)
"""Each step: words 0 and 1 two normals of the wind error."""
STREAM_BRIDGE = np.uint32(3)
"""Each step of a long random walk near land: its low byte, the node of the tree of halvings above it."""
STREAM_IDENTITY = np.uint32(16)
"""At release: source, date, place, class; step = which of them and which attempt (see ``driftsim.drift.release``)."""
STREAM_HULL = np.uint32(17)
"""Leeway perturbations; step = redraw index and attempt (see ``kernels.hull``)."""
STREAM_LIFE = np.uint32(18)
"""At release: how long a boat would stay afloat."""
STREAM_WEATHER = np.uint32(32)
"""Wind climatology; the boat's place is taken by the member, the step's by the index in time."""
STREAM_ASSUMPTIONS = np.uint32(33)
"""What a member draws of what nobody knows; the boat's place is taken by the member, the step's by the key."""

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint32(0x9E3779B9)
_W1 = np.uint32(0xBB67AE85)
_SHIFT32 = np.uint64(32)
_MASK32 = np.uint64(0xFFFFFFFF)


@jit(inline=True)
def _round(c0, c1, c2, c3, k0, k1):
    p0 = np.uint64(_M0 * np.uint64(c0 & _MASK32))
    p1 = np.uint64(_M1 * np.uint64(c2 & _MASK32))
    return np.uint64((p1 >> _SHIFT32) ^ c1 ^ k0), p1, np.uint64((p0 >> _SHIFT32) ^ c3 ^ k1), p0


@jit(inline=True)
def philox(c0, c1, c2, c3, k0, k1):
    """Four random words for one counter and key (Philox 4x32, 10 rounds).

    Parameters
    ----------
    c0, c1, c2, c3 : uint32
        Counter: boat low, boat high, step, stream.
    k0, k1 : uint32
        Key: seed low, seed high.

    Returns
    -------
    r0, r1, r2, r3 : uint32
    """
    # Words live in 64-bit lanes whose upper half may hold anything: only the products need it cleared, and there the
    # mask costs nothing, because the vector instruction reads the lower half alone.
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    k0, k1 = np.uint32(k0), np.uint32(k1)
    # The rounds are written out: as a loop they would have to be unrolled before the lane loop around the call can be
    # vectorised, and the compiler does not promise that order.
    x0, x1, x2, x3 = _round(x0, x1, x2, x3, np.uint64(k0), np.uint64(k1))
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    x0, x1, x2, x3 = _round(x0, x1, x2, x3, np.uint64(k0), np.uint64(k1))
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    x0, x1, x2, x3 = _round(x0, x1, x2, x3, np.uint64(k0), np.uint64(k1))
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    x0, x1, x2, x3 = _round(x0, x1, x2, x3, np.uint64(k0), np.uint64(k1))
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    x0, x1, x2, x3 = _round(x0, x1, x2, x3, np.uint64(k0), np.uint64(k1))
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    x0, x1, x2, x3 = _round(x0, x1, x2, x3, np.uint64(k0), np.uint64(k1))
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    x0, x1, x2, x3 = _round(x0, x1, x2, x3, np.uint64(k0), np.uint64(k1))
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    x0, x1, x2, x3 = _round(x0, x1, x2, x3, np.uint64(k0), np.uint64(k1))
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    x0, x1, x2, x3 = _round(x0, x1, x2, x3, np.uint64(k0), np.uint64(k1))
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    x0, x1, x2, x3 = _round(x0, x1, x2, x3, np.uint64(k0), np.uint64(k1))
    return np.uint32(x0), np.uint32(x1), np.uint32(x2), np.uint32(x3)


@jit(inline=True)
def low32(number):
    """Low 32 bits of a 64-bit integer, as uint32."""
    return np.uint32(np.uint64(number) & np.uint64(0xFFFFFFFF))


@jit(inline=True)
def high32(number):
    """High 32 bits of a 64-bit integer, as uint32."""
    return np.uint32(np.uint64(number) >> _SHIFT32)


@jit(inline=True)
def draw(seed, boat, step, stream):
    """Four random words for 64-bit ``seed`` and ``boat``, 32-bit ``step`` and ``stream``."""
    return philox(low32(boat), high32(boat), np.uint32(step), np.uint32(stream), low32(seed), high32(seed))


@jit(inline=True)
def uniform(r):
    """Uniform float32 in the open interval (0, 1): the middles of 2**23 equal bins, exact and symmetric."""
    # 23 bits and not 24: k + 1/2 must fit in a float32's 24 bits, or the largest value would round to 1.
    return np.float32((np.float32(np.int32(r >> np.uint32(9))) + np.float32(0.5)) * np.float32(2.0**-23))


@jit(inline=True)
def uniform64(r_high, r_low):
    """Uniform float64 in the open interval (0, 1) from two words: the middles of 2**52 equal bins."""
    k = (np.uint64(r_high) << np.uint64(20)) | (np.uint64(r_low) >> np.uint64(12))
    return (np.float64(np.int64(k)) + 0.5) * 2.0**-52


@jit(inline=True, fuse=True)
def _minus_two_log(r):
    """-2 ln(u), u = (r + 1/2) / 2**32, as float32; 0 where u rounds to 1."""
    x = np.float32(np.float32(r) + np.float32(0.5))
    # x = m * 2**e with m in [0.707, 1.414): for u near 1, where the logarithm vanishes, e is 32 and nothing cancels.
    bits = np.int32(x.view(np.int32) - np.int32(0x3F3504F3))
    e = np.float32(np.int32(np.int32(32) - np.int32(bits >> np.int32(23))))
    mantissa = np.int32(np.int32(bits & np.int32(0x7FFFFF)) + np.int32(0x3F3504F3))
    f = np.float32(mantissa.view(np.float32) - np.float32(1.0))
    # ln(1 + f) = f - f²/2 + f³ P(f), coefficients of the Cephes library's logf (S. L. Moshier), error 1e-7 relative.
    p = np.float32(7.0376836292e-2)
    p = np.float32(p * f + np.float32(-1.1514610310e-1))
    p = np.float32(p * f + np.float32(1.1676998740e-1))
    p = np.float32(p * f + np.float32(-1.2420140846e-1))
    p = np.float32(p * f + np.float32(1.4249322787e-1))
    p = np.float32(p * f + np.float32(-1.6668057665e-1))
    p = np.float32(p * f + np.float32(2.0000714765e-1))
    p = np.float32(p * f + np.float32(-2.4999993993e-1))
    p = np.float32(p * f + np.float32(3.3333331174e-1))
    z = np.float32(f * f)
    log1p = np.float32(f + z * np.float32(f * p - np.float32(0.5)))
    return np.float32(np.float32(2.0) * np.float32(e * np.float32(0.6931471805599453) - log1p))


@jit(inline=True, fuse=True)
def normal_pair(r0, r1):
    """Two independent standard normals from two words (Box-Muller), float32.

    ``r0`` gives the radius with all its 32 bits, so that the tails reach 6.76; ``r1`` gives the angle. Polynomials
    instead of library calls, absolute error below 1e-6.
    """
    radius = np.float32(math.sqrt(_minus_two_log(r0)))
    # Quadrant from the two top bits, rounded, and an angle within ±pi/4 of it from the rest.
    quadrant = np.uint32(np.uint32(r1 + np.uint32(0x20000000)) >> np.uint32(30))
    rest = np.int32(np.uint32(r1 - np.uint32(quadrant << np.uint32(30))))
    a = np.float32(np.float32(rest) * np.float32(math.pi / 2.0 / 2.0**30))
    z = np.float32(a * a)
    # sin and cos on ±pi/4: coefficients of the Cephes library's sinf and cosf, error 1e-7.
    s = np.float32(np.float32(-1.9515295891e-4) * z + np.float32(8.3321608736e-3))
    s = np.float32(np.float32(s * z) + np.float32(-1.6666654611e-1))
    s = np.float32(a + np.float32(a * z) * s)
    c = np.float32(np.float32(2.443315711809948e-5) * z + np.float32(-1.388731625493765e-3))
    c = np.float32(np.float32(c * z) + np.float32(4.166664568298827e-2))
    c = np.float32(np.float32(1.0) - np.float32(0.5) * z + np.float32(z * z) * c)
    odd = (quadrant & np.uint32(1)) != np.uint32(0)
    # cos changes sign in quadrants 1 and 2, sin in 2 and 3.
    flip_cos = ((quadrant + np.uint32(1)) & np.uint32(2)) != np.uint32(0)
    flip_sin = (quadrant & np.uint32(2)) != np.uint32(0)
    cosine = s if odd else c
    sine = c if odd else s
    cosine = np.float32(-cosine) if flip_cos else cosine
    sine = np.float32(-sine) if flip_sin else sine
    return np.float32(radius * cosine), np.float32(radius * sine)


@jit
def uniform_pairs(seed, numbers, step, stream, out):
    """Two uniforms in (0, 1) for each of many boats (or members), float64, into ``out`` (n, 2)."""
    for i in range(numbers.size):
        r0, r1, r2, r3 = draw(seed, numbers[i], step, stream)
        out[i, 0] = uniform64(r0, r1)
        out[i, 1] = uniform64(r2, r3)
