"""Ctrl-C at a moment when an answer is being put together: it waits until that is done."""

import signal
from contextlib import contextmanager
from threading import current_thread, main_thread


@contextmanager
def interrupts_wait():
    """Context within which Ctrl-C raises nothing, for work of seconds at most whose loss would lose all before it.

    Yields
    ------
    came : list
        Grows with each Ctrl-C. In other threads than the main one, and where somebody else takes care of Ctrl-C,
        none come.
    """
    came = []
    if current_thread() is not main_thread() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield came
        return
    signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
