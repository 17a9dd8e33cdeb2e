"""Threads: blocks of rows are shared out among them, and BLAS keeps to one in each.

Splines need thousands of small products, each of them milliseconds or less. BLAS threads gain little
on them, and where another process keeps a core busy they wait for each other actively: such a fit
becomes many times slower. So BLAS gets one thread (`one_blas_thread`) and whatever more it would
have used may work on other blocks of rows instead (`map_threads`). NumPy lets go of the interpreter
within each operation, threads share nothing they write to, and results do not depend on their number.
How many there may be is what BLAS is allowed: OMP_NUM_THREADS, threadpoolctl and joblib's workers all
set it, so a grid search with n_jobs does not oversubscribe. (docs/benchmarks/speed.py measures this.)
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import cache
from threading import Lock

import numpy as np
from threadpoolctl import ThreadpoolController

# Freed arrays up to this size are kept by the allocator: see `keep_freed_memory`.
_KEPT_BYTES = 2**23

_threads = ContextVar("threads", default=1)
_limiting = Lock()


@cache
def _blas():
    """threadpoolctl's view of the BLAS libraries that are loaded; to make it takes a while."""
    return ThreadpoolController().select(user_api="blas")


@contextmanager
def _shared(n_threads):
    """Context in which `map_threads` has so many threads."""
    token = _threads.set(n_threads)
    try:
        yield
    finally:
        _threads.reset(token)


@contextmanager
def one_blas_thread():
    """Context in which BLAS has one thread and `map_threads` the others.

    The number of BLAS threads belongs to the process: who comes while somebody is inside changes nothing.
    """
    if not _limiting.acquire(blocking=False):
        yield
        return
    try:
        allowed = [library["num_threads"] for library in _blas().info()]
        if max(allowed, default=1) == 1:
            yield
            return
        with _blas().limit(limits=1), _shared(min(allowed)):
            yield
    finally:
        _limiting.release()


def map_threads(function, items, on_interrupt=lambda: None):
    """``list(map(function, items))``, on the threads that `one_blas_thread` left.

    On Ctrl-C or an error in the midst of threads `on_interrupt` is called, the calls that have begun come to
    their end, and it is raised then.
    """
    n_threads = min(_threads.get(), len(items))
    if n_threads <= 1:
        return list(map(function, items))
    with _shared(1), ThreadPoolExecutor(n_threads) as pool:
        context = copy_context()  # np.errstate holds in the threads too.
        futures = [pool.submit(context.copy().run, function, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            on_interrupt()
            for future in futures:
                future.cancel()
            raise


def keep_freed_memory():
    """Let the allocator keep what is freed, up to some MB, instead of returning it to the system.

    With glibc, each array above 128 kB is fresh pages from the system until a larger one has been freed.
    The blocks of a network are such arrays: without this their pages cost more than the arithmetic.
    The array made here is never touched.
    """
    np.empty(_KEPT_BYTES, dtype=np.int8)
