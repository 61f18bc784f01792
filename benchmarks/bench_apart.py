"""The other side of a comparison, in a process of its own.

headstart tells the C library to keep freed memory (`headstart.engine.heap`), which a whole process
has or has not. What is measured beside it runs as its users run it, so not in that process.

The two speak through a pipe and without further threads: a second thread that copies tensors
would make OpenMP's workers sleep between products, on both sides.
"""

import functools
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

import torch

T = TypeVar("T")


class Apart(Generic[T]):
    """An object that lives in a process of its own, with as many threads as this one.

    Its methods are called through `it`; what they take, give and raise is copied between the two.
    """

    def __init__(self, make: Callable[..., T], *given: object) -> None:
        """Made there as `make(*given)`; errors are raised here."""
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(there, torch.get_num_threads(), make, given), daemon=True
        )
        self._process.start()
        there.close()
        self._pipe = here
        _answer(here)
        self.it = cast("T", _Face(here))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pipe.close()
        self._process.join()


class _Face:
    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return functools.partial(self._call, method)

    def _call(self, method: str, *given: object, **named: object) -> Any:
        self._pipe.send((method, given, named))
        return _answer(self._pipe)


def _answer(pipe: Connection) -> Any:
    try:
        found, error = pipe.recv()
    except EOFError as ended:
        raise RuntimeError("the other side's process ended before it answered") from ended
    if error is not None:
        raise error
    return found


def _serve(
    pipe: Connection, threads: int, make: Callable[..., Any], given: tuple[object, ...]
) -> None:
    torch.set_num_threads(threads)
    work: Callable[[], Any] = functools.partial(make, *given)
    it = None
    while True:
        try:
            found, error = work(), None
        except Exception as raised:  # noqa: BLE001  the other process raises it again
            found, error = None, raised
        if it is None:
            it, found = found, None
        pipe.send((found, error))
        try:
            method, arguments, named = pipe.recv()
        except EOFError:
            return
        work = functools.partial(getattr(it, method), *arguments, **named)
