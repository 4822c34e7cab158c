"""What a method remembers of the probe of its first step: which model it was, and the way that was chosen."""

import copy
import gc
import pickle

import pytest
import torch

from autoloss import AutoLoss, CrossEntropy, Focal, train_step
from autoloss.methods.helpers.probe import WAYS
from autoloss.methods.helpers.tangent import EXACT


class Flat(torch.nn.Linear):
    def forward(self, x):
        return super().forward(x).squeeze(1)


class Distances(torch.nn.Linear):
    """A model that only central differences can differentiate."""

    def forward(self, x):
        return torch.cdist(x, self.weight).sum(1) - 10


def first_step(model, method=None):
    method = method or AutoLoss([CrossEntropy(), Focal()], 1)
    x = torch.randn(16, 3)
    optimizer = torch.optim.Adam(model.parameters())
    train_step(model, optimizer, method, x, (x[:, 0] > 0).float(), lambda: pytest.fail("not due"))
    return method


def test_the_way_is_chosen_once_for_a_model(monkeypatch):
    flat = Flat(3, 1)
    method = first_step(flat)
    monkeypatch.setattr(method, "probe", lambda ahead: pytest.fail("a second time"))
    first_step(flat, method)
    assert method.steps == 2
    with pytest.raises(pytest.fail.Exception, match="a second time"):
        first_step(Flat(3, 1), method)


def test_a_model_that_is_gone_is_forgotten():
    """Python may give its id to the next one."""
    method = first_step(Flat(3, 1))
    gc.collect()
    assert method.probed is not None and method.probed() is None


def test_a_method_can_be_copied_and_pickled_after_a_step():
    method = first_step(Flat(3, 1))
    for again in (copy.deepcopy(method), pickle.loads(pickle.dumps(method))):
        assert again.steps == 1 and again.probed is None


def test_a_resumed_method_has_the_way_that_it_had():
    with pytest.warns(UserWarning, match="central differences"):
        method = first_step(Distances(3, 5))
    method.way = next(way for way in WAYS[len(EXACT) :] if way is not method.way)  # as if W had been elsewhere
    again = AutoLoss([CrossEntropy(), Focal()], 1)
    again.load_state_dict(method.state_dict())
    first_step(Distances(3, 5), again)
    assert again.way == method.way and again.steps == 2
    with pytest.warns(UserWarning, match="central differences"):
        first_step(Distances(3, 5), again)  # another model: chosen anew


def test_a_saved_way_that_does_not_work_is_chosen_anew():
    method = first_step(Flat(3, 1))
    method.way = WAYS[2]
    again = AutoLoss([CrossEntropy(), Focal()], 1)
    again.load_state_dict(method.state_dict())
    with pytest.warns(UserWarning, match="central differences"):
        first_step(Distances(3, 5), again)


def test_a_state_from_before_it_had_the_way_is_loaded():
    method = AutoLoss([CrossEntropy(), Focal()], 1)
    method.load_state_dict({**method.state_dict(), "_extra_state": torch.tensor(5)})
    assert method.steps == 5
