"""The catalogue of products, under its public path."""

from ..forcing.catalogue import CATALOGUE, GENERATED, PARTS, STANDARD_NAMES, Product, Published, find, names

__all__ = ["CATALOGUE", "GENERATED", "PARTS", "STANDARD_NAMES", "Product", "Published", "find", "names"]
