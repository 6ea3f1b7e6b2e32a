"""Makes an area: from ``area.toml`` and the world's shoreline, or the user's, to the folder that a run reads."""

from __future__ import annotations
