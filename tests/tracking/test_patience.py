"""A call is given up when it waits, not when it computes."""

import time

import pytest

from autoloss.tracking.patience import Caller, GivenUp


@pytest.fixture
def caller():
    caller = Caller()
    yield caller
    caller.close()


def compute(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return "done"


def compute_slowly(seconds):
    """As on a machine where others take nearly all of the processor."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        compute(0.005)
        time.sleep(0.1)
    return "done"


@pytest.mark.parametrize("work", [compute, compute_slowly])
def test_a_call_that_computes_may_take_longer(caller, work):
    assert caller.call(0.5, work, 1.5) == "done"


def test_a_call_that_waits_is_given_up(caller):
    began = time.monotonic()
    with pytest.raises(GivenUp, match="has not answered for 1 s"):
        caller.call(1.0, time.sleep, 30)
    assert time.monotonic() - began >= 1


def test_a_call_that_computes_for_ever_is_given_up_too(caller, monkeypatch):
    monkeypatch.setattr("autoloss.tracking.patience.LONGEST", 2)
    with pytest.raises(GivenUp):
        caller.call(0.5, compute, 10)


def test_a_calls_own_timeout_and_other_errors_are_passed_on(caller):
    def fail(error):
        raise error

    for error in (TimeoutError("the driver's"), ValueError("another")):
        with pytest.raises(type(error), match=str(error)):
            caller.call(5.0, fail, error)
