"""Write the reference page: ``python -m driftsim.forcing.catalogue > docs/reference/products.md``."""

from __future__ import annotations

from . import CATALOGUE, PARTS, Product

_HEAD = """# Products

What `product` may be in `[current]`, `[wind]` and `[stokes]`, and how each provider publishes the series. This page is
written by `python -m driftsim.forcing.catalogue > docs/reference/products.md`, from the catalogue that the reader
uses. The reader goes by the file itself ([Currents, winds and waves from files](../explanation/fields.md));
`driftsim inspect FILES` says what it makes of yours. *Not confirmed* is what no page or file that was seen bears out:
check it on your files.
"""


def _entry(product: Product) -> list[str]:
    pairs = {kind: ", ".join(f"`{u}`,`{v}`" for u, v in pairs) for kind, pairs in product.names.items()}
    rows = [(f"as {kind}", text or "by standard name, or as named") for kind, text in pairs.items()]
    stamp = {"day": "the day of a mean", "middle": "the middle of a mean", "instant": "a moment"}
    rows.append(("a stamp is", stamp.get(product.stamp, "as the `cell_methods` say")))
    if "current" in product.kinds:
        rows.append(("holds", _parts(product.holds)))
        rows += [(f"`{name}` holds", _parts(parts)) for name, parts in product.parts.items()]
    how = product.published
    if how is not None:
        rows += [
            ("data set", how.dataset),
            ("grid", how.grid),
            ("axes", how.axes),
            ("values", how.values),
            ("time", how.time),
            ("depth", how.depth),
            ("covers", how.covers),
            ("login", how.login),
        ]
        rows += [("**not confirmed**", how.unconfirmed)] if how.unconfirmed else []
    rows += [(name, text) for name, text in (("note", product.note), ("licence", product.licence)) if text]
    rows += [("credit", product.credit)] if product.credit else []
    lines = ["", f"## `{product.key}`", "", product.title, "", "| | |", "|---|---|"]
    return lines + [f"| {name} | {text.replace('|', '/')} |" for name, text in rows]


def _parts(holds: tuple[str, ...] | None) -> str:
    if holds is None:
        return "not known"
    without = [part for part in PARTS if part not in holds]
    return ", ".join(holds) + (f"; without {', '.join(without)}" if without else "")


def reference() -> str:
    """The reference page in Markdown."""
    return "\n".join([_HEAD.rstrip(), *(line for entry in CATALOGUE.values() for line in _entry(entry))]) + "\n"


if __name__ == "__main__":
    print(reference(), end="")
