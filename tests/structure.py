"""How the package is built, in numbers: ``python tests/structure.py [CHECKOUT]``.

- rooms: modules and packages directly below ``driftsim``
- arrows: pairs of rooms of which one imports the other, within functions too, but not for annotations alone
- circles: groups of rooms that import each other in a circle, and of modules that do
- Any: annotations outside the kernels that say ``Any``, and those that say one of the names of ``system/kinds.py``,
  which hold it (``Json`` and others)
- the sea: lines of the package that name a place of the Sea of Japan
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Container, Iterable, Mapping
from pathlib import Path

SEAS = re.compile(
    r"japan|akita|aomori|fukui|\bnoto\b|tsugaru|hokkaido|niigata|\bsado\b|korea|russia|\bsoya\b|tatar|yamagata|ishikawa|"
    r"tsushima|honshu|kyushu|toyama|\boki\b|kyoto|hyogo|tottori|shimane|yamaguchi|mutsu|okushiri|awashima|tobishima|"
    r"ulleung|tohoku|日本|일본|秋田|chongjin|wonsan|\b12[57](\.0)?, ?14[35]",
    re.IGNORECASE,
)
KINDS = {"Json", "JsonView", "AnyArray", "StoredVariable", "Slice", "Reals"}
NOT_ROOMS = ("__init__", "__main__", "_moved")


def sources(package: Path) -> list[Path]:
    return sorted(path for path in package.rglob("*") if path.suffix in (".py", ".js", ".css", ".html"))


def says(module: Path, wanted: Container[str]) -> int:
    """How often a module says one of these names, but for its imports."""
    nodes = list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))
    quoted = [
        inner
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w.\[\], |]+", node.value)
        for inner in re.findall(r"\w+", node.value)
        if "[" in node.value or "|" in node.value
    ]
    return sum(name in wanted for name in (*quoted, *(node.id for node in nodes if isinstance(node, ast.Name))))


def imports(checkout: Path) -> dict[str, set[str]]:
    """Every module below the package, and those it imports."""
    import grimp

    sys.path.insert(0, str(checkout))
    try:
        graph = grimp.build_graph("driftsim", cache_dir=None, exclude_type_checking_imports=True)
    finally:
        sys.path.remove(str(checkout))
    found = {name: set(graph.find_modules_directly_imported_by(name)) for name in graph.modules}
    return found


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def between_rooms(modules: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Rooms, and those each imports."""
    out: dict[str, set[str]] = {room(name): set() for name in modules if room(name) not in ("", *NOT_ROOMS)}
    for name, others in modules.items():
        if room(name) in out:
            out[room(name)] |= {room(other) for other in others} & out.keys() - {room(name)}
    return out


def circles(arrows: Mapping[str, set[str]]) -> list[set[str]]:
    """Groups in which each can be reached from each."""

    def reached(start: str) -> set[str]:
        seen, wait = set(), [start]
        while wait:
            for other in arrows.get(wait.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    wait.append(other)
        return seen

    ahead = {name: reached(name) for name in arrows}
    groups = {frozenset({name, *(other for other in ahead[name] if name in ahead[other])}) for name in arrows}
    return [set(group) for group in groups if len(group) > 1]


def numbers(checkout: Path) -> dict[str, int]:
    """The numbers of a checkout."""
    package = checkout / "driftsim"
    modules = imports(checkout)
    rooms = between_rooms(modules)
    python = [path for path in package.rglob("*.py") if path.parent != package / "kernels"]
    lines: Iterable[str] = (line for path in sources(package) for line in path.read_text(encoding="utf-8").splitlines())
    return {
        "rooms": len(rooms),
        "arrows between rooms": sum(map(len, rooms.values())),
        "circles of rooms": len(circles(rooms)),
        "circles of modules": len(circles(modules)),
        "annotations that say Any": sum(says(path, {"Any"}) for path in python),
        "annotations that say a name for it": sum(says(path, KINDS) for path in python),
        "lines that name a place of the sea": sum(bool(SEAS.search(line)) for line in lines),
    }


if __name__ == "__main__":
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve()
    for what, number in numbers(root).items():
        print(f"{number:6d}  {what}")
