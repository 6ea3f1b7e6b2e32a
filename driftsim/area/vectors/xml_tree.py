"""XML from anybody: no document type, hence no entities and nothing fetched; depth and number of elements are bounded.

The standard library's expat does the parsing. A declaration of a document type ends it before any entity is defined, so
none can grow (the "billion laughs") or name a file; that is all that a package such as defusedxml would add.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from ...system.errors import InputError
from .feature import Source

_DEEPEST = 100
_MOST_ELEMENTS = 2_000_000


@dataclass(slots=True)
class Element:
    """An element: its name without prefix, attributes, text before its first child, children."""

    name: str
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Text in the element, but for that of its children."""
        return "".join(self.texts).strip()

    def all(self, *names: str) -> Iterator[Element]:
        """Children with one of these names."""
        return (child for child in self.children if child.name in names)

    def first(self, name: str) -> Element | None:
        """The first child of a name."""
        return next(self.all(name), None)

    def said(self, name: str) -> str:
        """Text of a child; empty without one."""
        child = self.first(name)
        return child.text if child is not None else ""

    def below(self) -> Iterator[Element]:
        """The element itself and all below it, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.below()


class _Builder:
    def __init__(self, source: Source, what: str) -> None:
        self.source, self.what = source, what
        self.root = Element("", {})
        self.open = [self.root]
        self.count = 0

    def refuse(self, why: str) -> InputError:
        return InputError(f"{self.source.path}: not {self.what} ({why})")

    def doctype(self, *_: object) -> None:
        raise self.refuse("it declares a document type or entities, which are not read; remove the <!DOCTYPE> line")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if len(self.open) > _DEEPEST or self.count > _MOST_ELEMENTS:
            raise self.refuse("it is nested too deeply, or has too many elements; simplify it")
        element = Element(_local(name), {_local(key): value for key, value in attributes.items()})
        self.open[-1].children.append(element)
        self.open.append(element)

    def end(self, _: str) -> None:
        self.open.pop()

    def characters(self, text: str) -> None:
        self.open[-1].texts.append(text)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def tree(source: Source, raw: bytes, what: str) -> Element:
    """The document's outermost element.

    Raises
    ------
    InputError
        If it is no XML, or more than is read; ``what`` it should be stands in the message.
    """
    builder = _Builder(source, what)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.EntityDeclHandler = builder.doctype
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.characters
    try:
        parser.Parse(raw, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # an encoding that is none
        raise builder.refuse(ascii(str(error))[1:-1][:120]) from None
    return builder.root.children[0]
