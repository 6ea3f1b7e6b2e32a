"""What nobody knows, drawn: each member has its own, for all of its boats.

A draw is a function of (seed, member, key) and of nothing else: not of the other keys that are drawn, their order, or
how many members there are. Key and member take the places of step and boat in the counter of ``kernels.random``, with
the stream ``STREAM_ASSUMPTIONS``. Normal and lognormal distributions are cut at three standard deviations; shares that
add up to one are a Dirichlet distribution about the given ones: independent gamma variables over their sum (Devroye
1986, Non-Uniform Random Variate Generation, section XI.4.1, doi:10.1007/978-1-4613-8643-8).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..config.distributions import CUT, Distribution
from ..kernels.random import STREAM_ASSUMPTIONS, uniform_pairs

if TYPE_CHECKING:
    from ..config import Config

Floats = NDArray[np.float64]

SHARES = {"release.weights": "release.sources", "boats.shares": "boats.classes"}
"""Keys of shares, and the list that they are the shares of."""


@dataclass(frozen=True, eq=False)
class Assumptions:
    """The draws of all members.

    Attributes
    ----------
    distributions : dict of str to Distribution
        By dotted key, in the order of the config.
    names : dict of str to tuple of str
        For each key the names of its columns: one, or those of the sources or classes.
    values : dict of str to ndarray, shape (member, column)
    """

    distributions: dict[str, Distribution]
    names: dict[str, tuple[str, ...]]
    values: dict[str, Floats]

    def __bool__(self) -> bool:
        return bool(self.values)

    def of(self, key: str, otherwise: float) -> Floats:
        """A value for each member, (member,), or one for all where the key is not drawn, (1,)."""
        return self.values[key][:, 0] if key in self.values else np.array([otherwise])

    def columns(self) -> tuple[list[dict[str, str]], list[str], Floats]:
        """For the results: the assumptions, the names of all columns, and the values (member, column)."""
        about = [{"key": k, "distribution": of.text, "source": of.source} for k, of in self.distributions.items()]
        names = [f"{key}[{name}]" if name else key for key, of in self.names.items() for name in of]
        return about, names, np.hstack(list(self.values.values()))

    def factors(self, config: Config) -> dict[str, Floats]:
        """By kind of field, the factor on it for each member; no entry where all have that of the config."""
        out = {}
        for kind, (key, given) in _SCALES.items():
            if key in self.values:
                out[kind] = self.values[key][:, 0] / float(getattr(getattr(config, given[0]), given[1]))
        return out


NOTHING = Assumptions({}, {}, {})
"""All members are alike."""

_SCALES = {
    "current": ("current.scale", ("current", "scale")),
    "wind": ("wind.scale", ("wind", "scale")),
    "stokes": ("stokes.scale", ("stokes", "scale")),
    "eddies": ("current.eddy_scale", ("current", "eddy_scale")),
}
"""For each kind of field the key of its factor, and where the config has it."""


def draw(config: Config, members: int) -> Assumptions:
    """Draw what the config's table ``[uncertain]`` leaves open; nothing without that table.

    Parameters
    ----------
    config : Config
    members : int
        Members of the run.
    """
    if config.uncertain is None:
        return NOTHING
    by_key = {".".join(path): of for path, of in config.uncertain.distributions().items()}
    names, values = {}, {}
    for key, of in by_key.items():
        if key in SHARES:
            about = _shares(config, key)
            names[key] = tuple(about)
            values[key] = dirichlet(config.run.seed, members, key, of.first, about)
        else:
            names[key] = ("",)
            values[key] = quantile(of, uniforms(config.run.seed, members, key))[:, None]
    return Assumptions(by_key, names, values)


def _shares(config: Config, key: str) -> dict[str, float]:
    """Given shares by name."""
    if key == "boats.shares":
        return {kind.name: kind.share for kind in config.boats.classes}
    return {source.name: source.weight for source in config.release.sources}


def uniforms(seed: int, members: int, key: str) -> Floats:
    """A uniform number in (0, 1) for each member, (member,)."""
    code = np.uint32(int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big"))
    out = np.empty((members, 2))
    uniform_pairs(np.int64(seed), np.arange(members, dtype=np.int64), code, STREAM_ASSUMPTIONS, out)
    return np.ascontiguousarray(out[:, 0])


def quantile(of: Distribution, u: Floats) -> Floats:
    """Values of a distribution of numbers at probabilities."""
    from scipy.special import ndtr, ndtri

    if of.kind == "between":
        even: Floats = of.first + (of.second - of.first) * u
        return even
    z = ndtri(ndtr(-CUT) + u * (ndtr(CUT) - ndtr(-CUT)))
    out: Floats = of.first + of.second * z if of.kind == "normal" else of.first * of.second**z
    return out


def dirichlet(seed: int, members: int, key: str, concentration: float, about: dict[str, float]) -> Floats:
    """Shares about given ones, (member, name); a name has its own stream, so others may come and go."""
    from scipy.special import gammaincinv

    given = np.array(list(about.values()))
    alpha = concentration * given / given.sum()
    parts = np.zeros((members, len(alpha)))
    for i, name in enumerate(about):
        if alpha[i] > 0.0:
            parts[:, i] = gammaincinv(alpha[i], uniforms(seed, members, f"{key}[{name}]"))
    total = parts.sum(axis=1, keepdims=True)
    # Of small concentrations every part can be too small a number; then the largest share has it all.
    parts[total[:, 0] <= 0.0, int(np.argmax(alpha))] = 1.0
    shares: Floats = parts / parts.sum(axis=1, keepdims=True)
    return shares
