"""Numbers with a source."""

from __future__ import annotations

WGS84_A_M = 6_378_137.0
"""Semi-major axis of the WGS84 ellipsoid, m (EPSG:7030)."""

WGS84_E2 = 0.006_694_379_990_141_316
"""First eccentricity squared of the WGS84 ellipsoid (EPSG:7030, 1/f = 298.257223563)."""

SPHERE_RADIUS_M = 6_371_008.771_4
"""Mean radius of the Earth, m (IUGG R1)."""

NAUTICAL_MILE_M = 1852.0

NAUTICAL_METRES_PER_DEGREE = NAUTICAL_MILE_M * 60.0
"""60 nautical miles a degree: the sphere that several other tools use, for comparison with them."""

KM_PER_DEGREE = 111.0
"""About a degree of latitude, km: for sizes on maps, where a percent does not matter."""

SECONDS_PER_HOUR = 3_600.0
SECONDS_PER_DAY = 86_400.0
SECONDS_PER_WEEK = 7.0 * SECONDS_PER_DAY
SECONDS_PER_FORTNIGHT = 14.0 * SECONDS_PER_DAY
