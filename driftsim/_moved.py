"""Documented modules under the names that they had before they got their rooms: ``driftsim.study`` and the like."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

MOVED = {
    "coast": "area",
    "errors": "system.errors",
    "export": "figures.export",
    "fields": "forcing",
    "fields.products": "forcing.catalogue",
    "leeway": "drift.leeway",
    "maps": "figures.maps",
    "output": "results.output",
    "report": "figures.report",
    "study": "studies.study",
    "table": "results.table",
}
"""Old name to new name, below ``driftsim``; both give the same module, and so do the names below them."""


def new_name(fullname: str) -> str | None:
    """The name that a module bears now; None for one that was not moved."""
    package, _, name = fullname.partition(".")
    if package != "driftsim":
        return None
    parts = name.split(".")
    for count in range(min(len(parts), 2), 0, -1):
        moved = MOVED.get(".".join(parts[:count]))
        if moved is not None:
            return ".".join(["driftsim", moved, *parts[count:]])
    return None


class _Alias:
    """Finds an old name as the module that bears the new one; without the abstract classes, which import much."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if new_name(fullname) else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(new_name(spec.name) or spec.name)
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It has run under its own name, which it keeps."""
        alias = module.__spec__
        if alias is not None and isinstance(alias.loader, _Alias):
            module.__spec__ = alias.loader_state


def install() -> None:
    """Make the old names importable; before the other finders, which would load a second copy from a package's path."""
    if not any(isinstance(finder, _Alias) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Alias())
