"""No file is open twice, and none is closed while the library is at work."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import replicas
from replicas import BOX, DAY, HOUR, ORIGIN, section

from driftsim.forcing.files import library
from driftsim.forcing.open import open_source
from driftsim.system.errors import InputError


def test_sources_of_one_file_share_it_and_may_go_at_any_moment(tmp_path):
    """HDF5 2 crashes on a file with text (ERA5's expver) that was open twice, when the first of them is closed."""
    path = replicas.era5(tmp_path / "wind.nc", ORIGIN + HOUR * np.arange(5), new=True)
    before = gc.get_threshold()
    gc.set_threshold(50, 2, 2)
    try:
        for _ in range(15):
            sources = [open_source("wind", section("era5", path), BOX, (ORIGIN, ORIGIN + 4 * HOUR)) for _ in range(2)]
            assert list(library._files).count(str(path)) == 1
            assert len(library._files[str(path)].users) >= 2
            for source in sources:
                source.loop = source  # garbage that only the collector finds
            first = sources[0].level(2)
        del source, sources
        gc.collect()
    finally:
        gc.set_threshold(*before)
    assert str(path) not in library._files
    assert np.isfinite(first).all()


def test_closing_one_source_leaves_the_file_to_the_other(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", ORIGIN + DAY * np.arange(3))
    one, two = (open_source("current", section("cf", path), BOX, (ORIGIN, ORIGIN + DAY)) for _ in range(2))
    one.close()
    assert two._files.open == [str(path)] and one._files.open == []
    two.close()
    assert str(path) not in library._files


def test_a_file_that_has_been_replaced_is_refused_and_read_anew_by_others(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", ORIGIN + DAY * np.arange(3))
    source = open_source("current", section("cf", path), BOX, (ORIGIN, ORIGIN + DAY))
    before = source.level(0)
    replicas.plain(tmp_path / "other.nc", ORIGIN + DAY * np.arange(3), factor=1.5)
    (tmp_path / "other.nc").replace(path)
    with pytest.raises(InputError, match=r"plain\.nc was replaced or changed while the run was reading it"):
        source.level(0)
    source = open_source("current", section("cf", path), BOX, (ORIGIN, ORIGIN + DAY))
    np.testing.assert_allclose(source.level(0), 1.5 * before, rtol=1e-6)
