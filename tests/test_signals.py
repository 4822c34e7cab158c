"""Signals that ask a process to end."""

import signal

import pytest

from autoloss import signals


@pytest.fixture(autouse=True)
def _handlers_afterwards_as_before():
    before = {number: signal.getsignal(number) for number in signals.ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_each_reaches_the_handler_and_what_was_there_is_returned():
    got = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    assert signals.catch(lambda number, frame: got.append(number)) == before
    for number in before:
        signal.raise_signal(number)
    assert got == list(before)


def test_a_hang_up_that_is_ignored_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert signal.SIGHUP not in signals.catch(lambda number, frame: None)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
