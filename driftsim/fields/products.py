"""The catalogue of products, under the path that `docs/reference/python.md` names."""

from ..forcing.products import CATALOGUE, GENERATED, PARTS, STANDARD_NAMES, Product, Published, find, names

__all__ = ["CATALOGUE", "GENERATED", "PARTS", "STANDARD_NAMES", "Product", "Published", "find", "names"]
