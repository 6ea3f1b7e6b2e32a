"""Who does the work of a study that falls into tasks: processes of this machine, or those of a scheduler.

A task that fails, or whose process is lost, costs itself and no other.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any, Protocol

from ..system.cores import cores
from ..system.errors import InputError, RunError

TRIES = 3
"""How often a task is begun whose process is lost before it is done."""


@dataclass(frozen=True)
class Task:
    """Something to be done: a function of a module, called with values that can be sent to another process.

    Attributes
    ----------
    name : str
        For people.
    work : callable
        Takes the arguments and ``threads``, how many it may keep busy.
    arguments : tuple
    """

    name: str
    work: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Done:
    """What became of a task.

    Attributes
    ----------
    task : Task
    value : object
        What its function gave.
    problem : str
        Why it was not done; empty where it was.
    wall_s : float
    """

    task: Task
    value: Any
    problem: str
    wall_s: float


class Engine(Protocol):
    """Does tasks, some at a time."""

    def run(self, tasks: Sequence[Task]) -> Iterator[Done]:
        """Do all tasks; yields each when it is done or given up, in whatever order."""
        ...


def engine(scheduler: str) -> Engine:
    """The engine that a word names: ``local:N``, or the address of a dask scheduler.

    Raises
    ------
    InputError
        If it is neither, or there is no scheduler at that address.
    """
    if scheduler == "local" or scheduler.startswith("local:"):
        count = scheduler.partition(":")[2] or str(cores())
        if not (count.isascii() and count.isdigit() and 0 < int(count) < 10_000):
            raise InputError(f"--scheduler {scheduler}: local:N takes a number of processes, 1 or more")
        return Local(int(count))
    if "://" not in scheduler and ":" not in scheduler:
        raise InputError(f"--scheduler {scheduler}: must be local:N or an address such as tls://host:8786")
    return Distributed(scheduler)


class Local:
    """Processes of this machine, which share its cores and end with this one.

    Parameters
    ----------
    jobs : int
        How many at a time.
    tries : int
        See `TRIES`.
    """

    def __init__(self, jobs: int, tries: int = TRIES) -> None:
        self.jobs, self.tries = jobs, tries

    def run(self, tasks: Sequence[Task]) -> Iterator[Done]:
        """See `Engine`."""
        from .run import will_compile

        waiting = [(task, 1) for task in tasks]
        idle: list[_Worker] = []
        busy: dict[Any, _Worker] = {}
        threads = max(1, cores() // self.jobs)
        try:
            while waiting or busy:
                at_once = 1 if will_compile() else self.jobs  # one compiles, the others load what it leaves
                while waiting and len(busy) < at_once:
                    worker = idle.pop() if idle else _Worker()
                    worker.start(*waiting.pop(0), threads)
                    busy[worker.pipe] = worker
                for pipe in connection.wait(list(busy)):
                    worker = busy.pop(pipe)
                    done = worker.finish()
                    if done is not None:
                        idle.append(worker)
                        yield done
                    elif worker.tries < self.tries:
                        waiting.append((worker.task, worker.tries + 1))
                    else:
                        yield Done(worker.task, None, worker.lost(), time.perf_counter() - worker.began)
        finally:
            for worker in (*idle, *busy.values()):
                worker.stop()


class _Worker:
    """A process that does one task after another."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def start(self, task: Task, tries: int, threads: int) -> None:
        self.task, self.tries, self.began = task, tries, time.perf_counter()
        with suppress(OSError):  # it has ended since; `finish` says so
            self.pipe.send((task.work, task.arguments, threads))

    def finish(self) -> Done | None:
        """What became of the task; None where the process ended before it was done."""
        try:
            value, problem = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            return None
        return Done(self.task, value, problem, time.perf_counter() - self.began)

    def lost(self) -> str:
        return (
            f"its process ended {self.tries} times before it was done (exit code {self.process.exitcode}); with fewer "
            "processes at a time the others leave it more memory"
        )

    def stop(self) -> None:
        self.process.terminate()
        self.process.join()
        self.pipe.close()


def _serve(pipe: Any) -> None:
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent has it too, and ends this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            work, arguments, threads = pipe.recv()
        except EOFError:
            return
        pipe.send(attempt(work, arguments, threads))


def attempt(work: Callable[..., Any], arguments: tuple[Any, ...], threads: int) -> tuple[Any, str]:
    """What a function gives, and what is wrong with its input: a message, which no engine tries again."""
    try:
        return work(*arguments, threads=threads), ""
    except (InputError, RunError) as problem:
        return None, str(problem)


def _end_with_parent() -> None:
    """Do not outlive the parent, even a killed one: who goes on must find the folders free."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


class Distributed:
    """The workers of a dask scheduler; needs the extra ``distributed``.

    What is sent to and from a scheduler is pickled: whoever can speak to it can run anything as the user of a worker.
    SECURITY.md says what that asks for.

    Parameters
    ----------
    address : str
        Such as ``tls://host:8786``.
    tries : int
        See `TRIES`.

    Raises
    ------
    InputError
        If dask.distributed is not installed, or no scheduler answers.
    """

    def __init__(self, address: str, tries: int = TRIES) -> None:
        try:
            import distributed
        except ImportError as problem:
            raise InputError(
                f"--scheduler {address}: dask.distributed is not installed ({problem}); "
                "pip install 'driftsim[distributed]'"
            ) from problem
        try:
            # Certificates are those of dask's own configuration (distributed.comm.tls).
            client: Any = distributed.Client
            self._client: Any = client(address, timeout="20s", set_as_default=False)
        except Exception as problem:  # OSError, TimeoutError, ValueError, and what TLS raises
            raise InputError(f"--scheduler {address}: no scheduler answers ({problem})") from problem
        self.address, self.tries = address, tries

    def run(self, tasks: Sequence[Task]) -> Iterator[Done]:
        """See `Engine`."""
        import distributed

        began = time.perf_counter()
        futures = {
            self._client.submit(
                _on_worker, task.work, task.arguments, retries=self.tries - 1, pure=False, key=f"driftsim {i} {began}"
            ): task
            for i, task in enumerate(tasks)
        }
        try:
            completed: Any = distributed.as_completed
            for future in completed(futures, loop=self._client.loop):
                problem = future.exception()
                value, told = (None, str(problem) or type(problem).__name__) if problem else future.result()
                yield Done(futures[future], value, told, time.perf_counter() - began)
        finally:
            self._client.cancel(list(futures))

    def close(self) -> None:
        """Let go of the scheduler; its workers go on for others."""
        self._client.close()


def _on_worker(work: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, str]:
    """A task within a worker: as many threads as it has cores for each task that it takes at a time."""
    import distributed

    at_a_time = max(1, int(distributed.get_worker().state.nthreads))
    return attempt(work, arguments, max(1, cores() // at_a_time))
