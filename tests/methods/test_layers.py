"""AutoLoss with every kind of layer and of wrapper: it trains, and the controller's gradient is the unrolled one."""

import os
import re
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from layer_kinds import BATCH, IDS, LAYERS, LENGTH, WRAPPERS, Dense

from autoloss import AutoLoss, CrossEntropy, Focal, Hinge, train_step
from autoloss.methods import outer_loss, relaxed
from autoloss.methods.helpers.tangent import plain_kernels

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
STEPS, WARMUP = 50, 10
ROW = re.compile(r"^\| (?P<kind>[^|]+?) \| (?P<way>[^|]+?) \| (?P<error>[\d.e-]+) \|$", re.MULTILINE)


def batch():
    ids = torch.randint(0, IDS, (BATCH, LENGTH))
    return ids, (ids.float().mean(1) + 3 * torch.randn(BATCH) > IDS / 2).float()


@pytest.fixture(scope="module")
def process_group(tmp_path_factory):
    file = tmp_path_factory.mktemp("group") / "store"
    torch.distributed.init_process_group("gloo", init_method=f"file://{file}", rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


def trained(model):
    """A method after `STEPS` steps, its last look-ahead, the gradient of its controller then, and the warnings."""
    method = AutoLoss([Focal(), Hinge(), CrossEntropy()], 1, every=7, warmup=WARMUP, hidden=(8,), anneal_steps=500)
    method.seed(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    caught, learn = [], method.update
    method.update = lambda ahead: (caught.append(ahead), learn(ahead))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        values = [train_step(model, optimizer, method, *batch(), batch) for _ in range(STEPS - 1)]
        assert len(caught) == 5 and method.steps == 49
        controller = list(method.controller.parameters())
        method.optimizers["controller"] = torch.optim.SGD(controller, lr=0.0)  # leaves controller and gradients alone
        values.append(train_step(model, optimizer, method, *batch(), batch))
    assert torch.stack(values).isfinite().all()
    return method, caught[-1], [p.grad for p in controller], [str(w.message) for w in said if "look-ahead" in str(w)]


def error_of(method, ahead, found, plain, unrolled):
    """The distance of the controller's gradient from the unrolled one, up to the factor that it is divided by.

    plain: a model with the same parameters that can be differentiated twice.
    """
    for module in plain.modules():
        module.twice = True

    def rule(logits, y):
        weights = relaxed(method.controller(logits, y), method._noise, method.temperature(ahead.step))
        return weights * method.scale.coefficients()

    with plain_kernels():
        value = unrolled(replace(ahead, model=plain), method.losses, rule, outer_loss("binary"), same=1e-4)
        expected = torch.autograd.grad(value, list(method.controller.parameters()))
    found, expected = (torch.cat([g.flatten() for g in each]).double() for each in (found, expected))
    found = found * (expected.norm() / found.norm())
    return float((found - expected).norm() / expected.norm())


@pytest.fixture(params=[*LAYERS, *WRAPPERS])
def case(request):
    """A kind, a model of it, and a model with the same parameters that is not wrapped."""
    torch.manual_seed(0)
    if request.param in LAYERS:
        model = LAYERS[request.param]()
        return request.param, model, model
    if request.param == "DistributedDataParallel":
        request.getfixturevalue("process_group")
    plain = Dense()
    return request.param, WRAPPERS[request.param](plain), plain


def test_controllers_gradient_is_the_unrolled_one(case, look, documented):
    kind, model, plain = case
    method, ahead, found, said = trained(model)
    error = error_of(method, ahead, found, plain, look.unrolled)
    assert len(said) == (method.way.name != "forward mode")
    for line in said:
        assert line.startswith("model: ") and f": the look-ahead uses {method.way.name}" in line and "\n" not in line
    documented(kind, method.way.name, error)


@pytest.fixture(scope="module")
def documented():
    """Compares a row with the table of docs/library.md, or writes it there (AUTOLOSS_UPDATE_GOLDEN)."""
    update, text = "AUTOLOSS_UPDATE_GOLDEN" in os.environ, PAGE.read_text()
    start, end = text.index("<!-- layers -->"), text.index("<!-- layers end -->")
    known = {row["kind"]: row for row in ROW.finditer(text, start, end)}
    rows = ["| layer or wrapper | way | error |", "|---|---|---|"]

    def check(kind, way, error):
        rows.append(f"| {kind} | {way} | {error:.0e} |")
        if not update:
            assert known[kind]["way"] == way
            assert error < max(10 * float(known[kind]["error"]), 1e-5)

    yield check
    if update:
        PAGE.write_text(text[:start] + "\n".join(["<!-- layers -->", *rows, ""]) + text[end:])
