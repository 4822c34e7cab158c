"""Training that is killed, interrupted or hung up: its checkpoint, and the same numbers afterwards."""

import signal
from dataclasses import replace

import pytest
import torch
from fake_records import SETTINGS
from fits import LOSSES, fitted, spec_of, without_seconds

from autoloss.errors import Interrupted
from autoloss.methods import train_step
from autoloss.training import loop
from autoloss.training.checkpoint import Checkpoint
from autoloss.training.loop import predict


@pytest.mark.parametrize(("method", "losses"), [("autoloss", LOSSES), ("uniform", LOSSES), ("fixed", ("focal",))])
@pytest.mark.parametrize("killed_at", [1, 4])
def test_killed_training_resumes_bit_identical(data, tmp_path, method, losses, killed_at):
    class Killed(Exception):
        pass

    seen = []

    def kill(step, value):
        seen.append(step)
        if len(seen) > killed_at:
            raise Killed
        return False

    spec = spec_of(method, losses)
    whole_model, whole = fitted(data, spec)
    with pytest.raises(Killed):
        fitted(data, spec, checkpoint=Checkpoint(tmp_path / "c.safetensors", 0), prune=kill)
    resumed_steps = []
    model, resumed = fitted(
        data, spec, checkpoint=Checkpoint(tmp_path / "c.safetensors", 0),
        prune=lambda step, value: resumed_steps.append(step),
    )  # fmt: skip
    assert resumed_steps[0] == seen[-1], "it began anew instead of going on"
    assert without_seconds(resumed) == without_seconds(whole)
    assert torch.equal(predict(model, data.test), predict(whole_model, data.test))


@pytest.mark.parametrize("step", [1, 3, 5, 7])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_training_ends_at_its_next_step_and_resumes_bit_identical(
    data, tmp_path, monkeypatch, step, number
):
    steps, before = [], signal.getsignal(signal.SIGINT)

    def interrupting(*arguments):
        steps.append(1)
        if len(steps) == step:
            signal.raise_signal(number)
        return train_step(*arguments)

    whole_model, whole = fitted(data, spec_of())
    monkeypatch.setattr(loop, "train_step", interrupting)
    with pytest.raises(Interrupted, match=f"after step {step}, with a checkpoint"):
        fitted(data, spec_of(), checkpoint=Checkpoint(tmp_path / "c.safetensors", 1000))
    model, resumed = fitted(data, spec_of(), checkpoint=Checkpoint(tmp_path / "c.safetensors", 1000))
    assert len(steps) == whole.step, "it began anew instead of going on"
    assert without_seconds(resumed) == without_seconds(whole)
    assert torch.equal(predict(model, data.test), predict(whole_model, data.test))
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("step", [2, 4, 8])
def test_training_killed_between_evaluations_goes_on_from_there(data, tmp_path, monkeypatch, step):
    class Killed(Exception):
        pass

    steps, settings = [], replace(SETTINGS, evaluations_per_epoch=1)

    def killed(*arguments):
        steps.append(1)
        if len(steps) == step:
            raise Killed
        return train_step(*arguments)

    whole_model, whole = fitted(data, spec_of(), settings=settings)
    monkeypatch.setattr(loop, "train_step", killed)
    with pytest.raises(Killed):
        fitted(data, spec_of(), settings=settings, checkpoint=Checkpoint(tmp_path / "c.safetensors", 0))
    model, resumed = fitted(data, spec_of(), settings=settings, checkpoint=Checkpoint(tmp_path / "c.safetensors", 1000))
    assert len(steps) == whole.step + 1, "it began anew, or at an evaluation, instead of going on"
    assert without_seconds(resumed) == without_seconds(whole)
    assert torch.equal(predict(model, data.test), predict(whole_model, data.test))


@pytest.mark.parametrize("numbers", [(signal.SIGHUP, signal.SIGHUP), (signal.SIGHUP, signal.SIGTERM)])
def test_a_hang_up_never_ends_training_without_its_checkpoint(data, tmp_path, monkeypatch, numbers):
    def interrupting(*arguments):
        for number in numbers:
            signal.raise_signal(number)
        return train_step(*arguments)

    monkeypatch.setattr(loop, "train_step", interrupting)
    with pytest.raises(Interrupted, match="after step 1, with a checkpoint"):
        fitted(data, spec_of(), checkpoint=Checkpoint(tmp_path / "c.safetensors", 1000))


def test_training_under_nohup_goes_on_after_a_hang_up(data, monkeypatch):
    def hung_up(*arguments):
        signal.raise_signal(signal.SIGHUP)
        return train_step(*arguments)

    whole = fitted(data, spec_of())[1]
    monkeypatch.setattr(loop, "train_step", hung_up)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert without_seconds(fitted(data, spec_of())[1]) == without_seconds(whole)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("place", [0.0, 0.01, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("cut", [False, True], ids=["flipped", "cut"])
def test_a_damaged_checkpoint_is_as_good_as_none(data, tmp_path, place, cut):
    file = tmp_path / "c.safetensors"
    model, whole = fitted(data, spec_of(), checkpoint=Checkpoint(file, 0))
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= 0x10
    file.write_bytes(content[: int(place * len(content))] if cut else content)
    assert without_seconds(fitted(data, spec_of(), checkpoint=Checkpoint(file, 1000))[1]) == without_seconds(whole)
