"""The one place where compilation is set up.

Compiled code is cached on disk in a private directory of the user. The directory's name holds a hash of all kernel
sources, because numba's own cache looks only at the file of the function it compiles and would go on serving a driver
whose helpers in another file have changed. numba's cache directory is a setting of the whole process, so it is set
while decorating and put back at once. How the entries lie there is ours too: see `_Entries`.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import stat
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

# What the environment wants of other code would take weeks here, and with it numba lacks parts of itself.
_DISABLED = None if "numba" in sys.modules else os.environ.pop("NUMBA_DISABLE_JIT", None)

import numba  # noqa: E402
from numba.core import config as numba_config  # noqa: E402
from numba.core import serialize  # noqa: E402
from numba.core.compiler import Compiler  # noqa: E402
from numba.core.compiler_machinery import register_pass  # noqa: E402
from numba.core.lowering import Lower  # noqa: E402
from numba.core.runtime import rtsys  # noqa: E402
from numba.core.typed_passes import NativeLowering  # noqa: E402
from numba.extending import intrinsic  # noqa: E402

if _DISABLED is not None:
    os.environ["NUMBA_DISABLE_JIT"] = _DISABLED
    numba_config.reload_config()

# Why not plain fastmath=True: "reassoc" and "arcp" change sums and quotients as they please; "nnan" and "ninf" make a
# NaN undetectable; and "contract" lets the compiler fuse a * b + c * d in either of two ways. It chose another one in
# each copy of an unrolled lane loop, so that a boat's last bits depended on its lane. Where every sum has one product
# at most (polynomials, interpolation) there is nothing to choose, and fusing saves instructions: see ``fuse``.
FASTMATH = {"nsz"}


def source_hash() -> str:
    """Hash of all kernel sources, numba's version and Python's: the name of the cache directory."""
    digest = hashlib.sha256(f"{numba.__version__} {sys.version_info[:2]}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def cache_directory() -> tuple[Path | None, str]:
    """Private directory for compiled code, and what is wrong with the usual one.

    Where that cannot be had (another's, read-only, no home), it is one among the temporary files, so that not every run
    compiles; None where there is no place at all: then nothing is cached.
    """
    try:
        usual = _usual_base() / f"kernels-{source_hash()}"
        with suppress(OSError):
            if not usual.exists():
                _forget(usual.parent)
        problem = _unfit(usual)
        if not problem:
            return usual, ""
    except RuntimeError:  # an unknown user without HOME
        problem = "there is no home folder for compiled code"
    owner = os.getuid() if hasattr(os, "getuid") else ""
    with suppress(OSError):
        other = Path(tempfile.gettempdir()) / f"driftsim-{owner}-kernels-{source_hash()}"
        if not _unfit(other):
            return other, f"{problem}; compiled code is kept in {other}, or where DRIFTSIM_CACHE_DIR says"
    return None, f"{problem}; every run compiles: set DRIFTSIM_CACHE_DIR to a folder of your own"


def _usual_base() -> Path:
    root = os.environ.get("DRIFTSIM_CACHE_DIR")
    if root:
        return Path(root)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "driftsim"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "driftsim"


def _unfit(path: Path) -> str:
    """Why compiled code cannot be kept in a folder, which is made if need be; empty where it can."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid"):
            found = path.lstat()
            # Cached code is executed: it must belong to this user, and nobody else may write there.
            if not stat.S_ISDIR(found.st_mode):
                return f"{path} is a link"
            if found.st_uid != os.getuid():
                return f"{path} belongs to another user (number {found.st_uid})"
            if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return f"others may write to {path}"
        probe = path / f".write-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as problem:
        return f"{path} cannot be written to ({problem.strerror})"
    return ""


def _forget(base: Path) -> None:
    """Remove compiled code of other versions that nobody has used for a month (each start touches its folder).

    Only folders of a name that we give, and of those only such as hold nothing but entries as we write them.
    """
    for old in base.glob("kernels-*"):
        if not _FOLDER.fullmatch(old.name) or old.is_symlink() or time.time() - old.stat().st_mtime < 30 * 86_400.0:
            continue
        found = sorted(old.rglob("*"), reverse=True)  # what is in a folder before the folder
        folders = [path for path in found if path.is_dir() and not path.is_symlink()]
        files = [path for path in found if path not in folders]
        if all(map(_is_entry, files)):
            with suppress(OSError):
                for path in files:
                    path.unlink()
                for path in (*folders, old):
                    path.rmdir()


_FOLDER = re.compile(r"kernels-[0-9a-f]{16}")
_ENTRY = re.compile(r".+-\d+\.py\d+\w*\.[0-9a-f]{24}\.nbc(?P<part>\.[0-9a-f]{16}\.part)?|(?P<probe>\.write-\d+)")


def _is_entry(file: Path) -> bool:
    """Whether a file is an entry of the cache, by its name and by the checksum that it begins with."""
    found = _ENTRY.fullmatch(file.name)
    if found is None or file.is_symlink() or not file.is_file():
        return False
    raw = file.read_bytes()
    return hashlib.sha256(raw[32:]).digest() == raw[:32] or found["part"] is not None or not raw


def is_cached() -> bool:
    """Whether a driver compiled from these sources lies in the cache."""
    return _CACHE is not None and any(_CACHE.rglob("drive.drive-*.nbc"))


_CACHE, CACHE_PROBLEM = cache_directory()


class _Entries:
    """Compiled code of one function on disk: one file an entry, with a checksum, named after what it is compiled for.

    numba keeps them apart by the path of the source as well, so that each environment compiles what another has, and it
    keeps an index and numbers the entries. Two processes that compile the function for different types at the
    same time then take the same number, and one's code is loaded for the other's types; an index that was cut short
    ends every later run with a traceback; and machine code with a flipped bit is executed.

    Parameters
    ----------
    folder : path
    name : str
        Of the function, with line and version of Python.
    """

    def __init__(self, folder: str | os.PathLike[str], name: str) -> None:
        self._folder, self._name = Path(folder), name

    def _file(self, key: Any) -> Path:
        return self._folder / f"{self._name}.{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}.nbc"

    def load(self, key: Any) -> Any:
        """The entry of a key; None where there is none, or not as it was written: then it is compiled anew."""
        try:
            raw = self._file(key).read_bytes()
        except OSError:
            return None
        digest, content = raw[:32], raw[32:]
        if hashlib.sha256(content).digest() != digest:
            return None
        stored, data = pickle.loads(content)
        return data if stored == key else None

    def save(self, key: Any, data: Any) -> None:
        """Keep an entry: written beside and moved. Where there is no room it is not kept, and nothing else happens."""
        content = serialize.dumps((key, data))
        file = self._file(key)
        beside = file.with_name(f"{file.name}.{uuid.uuid4().hex[:16]}.part")
        try:
            beside.write_bytes(hashlib.sha256(content).digest() + content)
            os.replace(beside, file)
        except OSError:
            with suppress(OSError):
                beside.unlink()

    def flush(self) -> None:
        """Forget all entries of the function."""
        for file in self._folder.glob(f"{self._name}.*.nbc"):
            file.unlink(missing_ok=True)


def _loaded(cache: Any, signature: Any, context: Any) -> Any:
    """What numba does to load a function, but not before it all that it needs to compile one, BLAS and scipy too.

    That takes longer than everything else in the first call. What runs needs the symbols of the run time; numba gets
    the rest ready itself when it compiles.
    """
    rtsys.initialize(context)
    with cache._guard_against_spurious_io_errors():
        return cache._load_overload(signature, context)


@contextmanager
def _packing(on: bool) -> Iterator[None]:
    """Compile something, with LLVM's packing of straight-line code (SLP) or without."""
    before = numba_config.SLP_VECTORIZE, numba_config.DISABLE_JIT
    numba_config.SLP_VECTORIZE, numba_config.DISABLE_JIT = int(on), 0
    try:
        yield
    finally:
        numba_config.SLP_VECTORIZE, numba_config.DISABLE_JIT = before


class _WideLower(Lower):  # type: ignore[misc]
    """Lets a function use the widest vectors of the processor; no bit of a result depends on their width.

    LLVM keeps to 256 of the 512 bits of Intel's processors, since the first of them slowed down with all in use. On a
    Xeon with AVX512-FP16 a step in currents alone took 11.9 ns with 256 and 9.3 with 512.
    """

    def lower_function_body(self) -> Any:
        # llvmlite knows the common attributes and refuses others.
        set.add(self.function.attributes, '"prefer-vector-width"="512"')
        return super().lower_function_body()


@register_pass(mutates_CFG=True, analysis_only=False)
class _WideLowering(NativeLowering):  # type: ignore[misc]
    """numba's pass that writes LLVM's code, with :class:`_WideLower`."""

    _name = "driftsim_wide_lowering"

    @property
    def lowering_class(self) -> type[Lower]:
        return _WideLower


class _Wide(Compiler):  # type: ignore[misc]
    """What both compilers share: the pass that asks for wide vectors."""

    def define_pipelines(self) -> Any:
        pipelines = super().define_pipelines()
        for pipeline in pipelines:
            pipeline.passes = [
                (_WideLowering if step is NativeLowering else step, why) for step, why in pipeline.passes
            ]
        return pipelines


class _Small(_Wide):
    """Compiles the small functions: they must come to the driver unpacked, or its lane loops do not vectorise."""

    def compile_extra(self, func: Any) -> Any:
        with _packing(False):
            return super().compile_extra(func)


class _Driver(_Wide):
    """Compiles a driver: its array arguments do not overlap (``noalias``), and straight-line code is packed."""

    def __init__(
        self, typingctx: Any, targetctx: Any, library: Any, args: Any, return_type: Any, flags: Any, locals: Any
    ) -> None:
        flags.noalias = True
        super().__init__(typingctx, targetctx, library, args, return_type, flags, locals)

    def compile_extra(self, func: Any) -> Any:
        with _packing(True):
            return super().compile_extra(func)


def jit(
    function: Callable[..., Any] | None = None,
    *,
    driver: bool = False,
    inline: bool = False,
    fuse: bool = False,
    leaf: bool = False,
) -> Any:
    """Compile a kernel, with the project's flags and cache.

    Parameters
    ----------
    driver : bool
        For drivers: their array arguments must not overlap. Without that promise the compiler may not move a load from
        a field past a store to scratch memory, and no loop that looks something up vectorises. Drivers release the
        GIL; their caller shares the blocks among threads. (``prange`` makes the same promise, but compiles the body
        once more.)
    inline : bool
        For lane loops and the small functions inside them: the compiler must inline them, or nothing vectorises.
        Implies ``leaf``.
    fuse : bool
        Multiply and add in one instruction. For functions in which every sum has one product at most.
    leaf : bool
        For functions that allocate nothing: no reference counting of their arguments. Counting costs two atomic
        operations for each array in each call, more than a lane loop's own work.
    """

    def decorate(target: Callable[..., Any]) -> Any:
        before = numba_config.CACHE_DIR, numba_config.DISABLE_JIT
        try:
            numba_config.DISABLE_JIT = 0
            if _CACHE is not None:
                numba_config.CACHE_DIR = str(_CACHE)
            compiled = numba.njit(
                target,
                cache=_CACHE is not None,
                fastmath=FASTMATH | {"contract"} if fuse else FASTMATH,
                error_model="numpy",
                nogil=True,
                pipeline_class=_Driver if driver else _Small,
                **({"forceinline": True} if inline else {}),
                **({"_nrt": False} if inline or leaf or driver else {}),
            )
        finally:
            numba_config.CACHE_DIR, numba_config.DISABLE_JIT = before
        if _CACHE is not None:
            of_numba = compiled._cache
            of_numba._cache_file = _Entries(_CACHE, of_numba._impl.filename_base)
            of_numba.load_overload = partial(_loaded, of_numba)
        return compiled

    return decorate if function is None else decorate(function)


@intrinsic
def lowest_bit(typingctx: Any, bits: Any) -> Any:
    """Number of the lowest bit that is set; there is one."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], context.get_constant(numba.types.boolean, True))

    return numba.types.uint64(numba.types.uint64), generate
