"""Objects by key as a store of the library zarr, which is imported when one is made: it is an extra."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from .objects import Get, Part


def store(get: Get, known: Iterable[str] | None = None) -> Any:
    """A store that is read through a function, and listed if all its keys are known.

    Parameters
    ----------
    get : callable
        Gives an object (or a part of it) by its key, None where there is none.
    known : iterable of str, optional
    """
    from zarr.abc.store import Store

    class Keys(Store):
        """A store that is read through a function, and listed if all its keys are known."""

        supports_writes = False
        supports_deletes = False

        def __init__(self) -> None:
            super().__init__(read_only=True)
            self._get, self._known = get, None if known is None else list(known)

        @property
        def supports_listing(self) -> bool:
            """Whether all keys are known."""
            return self._known is not None

        def __eq__(self, other: object) -> bool:
            return self is other

        __hash__ = Store.__hash__

        async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
            """An object of the store."""
            raw = await asyncio.to_thread(self._get, key, _part(byte_range))
            return None if raw is None else prototype.buffer.from_bytes(raw)

        async def get_partial_values(self, prototype: Any, key_ranges: Any) -> list[Any]:
            """Parts of objects."""
            return [await self.get(key, prototype, byte_range) for key, byte_range in key_ranges]

        async def exists(self, key: str) -> bool:
            """Whether there is an object."""
            if self._known is not None:
                return key in self._known
            return await asyncio.to_thread(self._get, key, None) is not None

        async def set(self, key: str, value: Any) -> None:
            """Nothing is written."""
            raise NotImplementedError

        async def delete(self, key: str) -> None:
            """Nothing is deleted."""
            raise NotImplementedError

        async def list(self) -> AsyncIterator[str]:
            """All keys."""
            for key in self._known or ():
                yield key

        async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
            """All keys that begin with a text."""
            for key in self._known or ():
                if key.startswith(prefix):
                    yield key

        async def list_dir(self, prefix: str) -> AsyncIterator[str]:
            """Names right below a prefix."""
            begin = f"{prefix.rstrip('/')}/" if prefix else ""
            below = {key[len(begin) :].partition("/")[0] for key in self._known or () if key.startswith(begin)}
            for name in sorted(below):
                yield name

    return Keys()


def _part(asked: Any) -> Part:
    """A part of an object as zarr asks for it: from one byte to another, from one on, or the last ones."""
    if asked is None:
        return None
    if hasattr(asked, "start"):
        return asked.start, asked.end - asked.start
    if hasattr(asked, "offset"):
        return asked.offset, 1 << 31
    return -asked.suffix, asked.suffix
