"""Ctrl-C waits while an answer is being put together."""

import signal
import threading

import pytest

from sklearn_kan.utils.interrupts import interrupts_wait


def test_ctrl_c_waits_and_is_told():
    with interrupts_wait() as came:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert len(came) == 2
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_errors_pass_and_the_handler_comes_back():
    with pytest.raises(ValueError, match="now"), interrupts_wait():
        raise ValueError("now")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_and_handlers_of_others_are_left_alone():
    seen = []

    def inside():
        with interrupts_wait():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    own = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        inside()
    finally:
        signal.signal(signal.SIGINT, own)
    assert seen == [signal.default_int_handler, signal.SIG_IGN]
