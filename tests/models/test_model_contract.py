"""What every file of autoloss/models promises, for one output and for several."""

import pytest
import torch
from torch.autograd import forward_ad
from torch.func import functional_call, jvp

from autoloss import registry
from autoloss.models import start_at

CASES = [(name, n_outputs) for name in registry.names("models") for n_outputs in (1, 3)]
cases = pytest.mark.parametrize(("name", "n_outputs"), CASES)


def make(name, sizes, n_outputs, **hyperparameters):
    torch.manual_seed(0)
    return registry.load("models", name)(sizes, n_outputs, **hyperparameters)


def as_function(model, ids):
    """Parameters → logits in train mode: the same dropout at each call, running statistics untouched."""

    def logits(parameters):
        torch.manual_seed(3)
        buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
        return functional_call(model, {**parameters, **buffers}, (ids,))

    return logits


def point_and_direction(model):
    torch.manual_seed(4)
    point = {name: p.detach().clone() for name, p in model.named_parameters()}
    return point, {name: torch.randn_like(p) for name, p in point.items()}


@cases
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_logits_have_one_column_per_class_or_none_for_a_single_output(name, n_outputs, dtype, sizes, ids):
    logits = make(name, sizes, n_outputs).to(dtype)(ids)
    assert logits.shape == ((32,) if n_outputs == 1 else (32, n_outputs)) and logits.dtype == dtype


@cases
def test_ids_of_either_width_give_the_same(name, n_outputs, sizes, ids):
    model = make(name, sizes, n_outputs).eval()
    assert torch.equal(model(ids), model(ids.long()))


@cases
def test_every_parameter_gets_a_gradient(name, n_outputs, sizes, ids):
    model = make(name, sizes, n_outputs)
    model(ids).square().sum().backward()
    silent = [
        n for n, p in model.named_parameters() if p.grad is None or not p.grad.isfinite().all() or not p.grad.any()
    ]
    assert not silent


@cases
@pytest.mark.parametrize("batch_norm", [True, False])
def test_forward_mode_tangents_equal_finite_differences_in_train_mode(name, n_outputs, batch_norm, sizes, ids, shaken):
    model = shaken(make(name, sizes, n_outputs, mlp=(6, 5), batch_norm=batch_norm), 0.1)
    logits = as_function(model, ids)
    point, direction = point_and_direction(model)
    step = 1e-7
    ahead, behind = (logits({n: p + s * direction[n] for n, p in point.items()}) for s in (step, -step))
    expected = (ahead - behind) / (2 * step)
    with torch.no_grad(), forward_ad.dual_level():
        duals = {n: forward_ad.make_dual(p, direction[n]) for n, p in point.items()}
        tangent = forward_ad.unpack_dual(logits(duals)).tangent
    assert torch.allclose(tangent, expected, rtol=1e-5, atol=1e-6)
    assert torch.allclose(jvp(logits, (point,), (direction,))[1], tangent, rtol=1e-10)


@cases
def test_forward_and_reverse_mode_agree_to_rounding(name, n_outputs, sizes, ids, shaken):
    model = shaken(make(name, sizes, n_outputs), 0.1)
    logits = as_function(model, ids)
    point, direction = point_and_direction(model)
    values, tangent = jvp(logits, (point,), (direction,))
    cotangent = torch.randn_like(values)
    leaves = {n: p.requires_grad_() for n, p in point.items()}
    gradients = torch.autograd.grad((logits(leaves) * cotangent).sum(), list(leaves.values()))
    reverse = sum((g * d).sum() for g, d in zip(gradients, direction.values(), strict=True))
    assert reverse.item() == pytest.approx((tangent * cotangent).sum().item(), rel=1e-10)


@cases
def test_second_derivatives_equal_finite_differences_of_first_ones(name, n_outputs, sizes, ids, shaken):
    model = shaken(make(name, sizes, n_outputs, mlp=(6, 5)), 0.1)
    logits = as_function(model, ids)
    point, direction = point_and_direction(model)

    def slope(shift):
        """Of the sum of squared logits along the direction."""
        leaves = {n: (p + shift * direction[n]).requires_grad_() for n, p in point.items()}
        gradients = torch.autograd.grad(logits(leaves).square().sum(), list(leaves.values()), create_graph=True)
        return leaves, sum((g * d).sum() for g, d in zip(gradients, direction.values(), strict=True))

    leaves, middle = slope(0.0)
    products = torch.autograd.grad(middle, list(leaves.values()), allow_unused=True, materialize_grads=True)
    curvature = sum((h * d).sum() for h, d in zip(products, direction.values(), strict=True))
    step = 1e-6
    expected = (slope(step)[1] - slope(-step)[1]) / (2 * step)
    assert curvature.item() == pytest.approx(expected.item(), rel=1e-5)


@cases
def test_dropout_acts_in_training_only_and_follows_the_seed(name, n_outputs, sizes, ids):
    model = make(name, sizes, n_outputs, dropout=0.5)
    torch.manual_seed(1)
    first, second = model(ids), model(ids)
    torch.manual_seed(1)
    assert torch.equal(model(ids), first) and not torch.equal(first, second)
    model.eval()
    assert torch.equal(model(ids), model(ids))


@cases
def test_predictions_in_eval_mode_do_not_depend_on_the_rest_of_the_batch(name, n_outputs, sizes, ids, shaken):
    model = shaken(make(name, sizes, n_outputs)).eval()
    assert torch.allclose(model(ids)[5:6], model(ids[5:6]), rtol=1e-10)


@cases
def test_same_seed_same_model(name, n_outputs, sizes):
    states = [make(name, sizes, n_outputs).state_dict() for _ in range(2)]
    assert all(torch.equal(a, b) for a, b in zip(*(s.values() for s in states), strict=True))


@cases
def test_a_model_learns_labels_that_its_fields_explain(name, n_outputs, sizes, ids):
    model = make(name, sizes, n_outputs, dropout=0.0)
    y = ids[:, 0] % 2 if n_outputs == 1 else ids[:, 1] - sizes[0]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    entropy = (
        torch.nn.functional.binary_cross_entropy_with_logits if n_outputs == 1 else torch.nn.functional.cross_entropy
    )
    for _ in range(60):
        optimizer.zero_grad()
        loss = entropy(model(ids), y.float() if n_outputs == 1 else y.long())
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1


@cases
def test_predictions_can_be_given_a_starting_point(name, n_outputs, sizes, ids):
    model = make(name, sizes, n_outputs).eval()
    before, shift = model(ids), torch.arange(1.0, n_outputs + 1)
    start_at(model, shift)
    assert torch.allclose(model(ids), before + (shift if n_outputs > 1 else 1.0), atol=1e-5)


@cases
def test_what_params_yaml_may_set_has_the_papers_defaults(name, n_outputs):
    defaults = registry.hyperparameters("models", name)().model_dump()
    assert {"dim": 16, "mlp": (128, 128), "dropout": 0.2, "batch_norm": True}.items() <= defaults.items()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@cases
def test_an_accelerator_gives_the_same_logits_and_tangents(name, n_outputs, sizes, ids, shaken):
    tangents = []
    for device in ("cpu", "cuda"):
        model = shaken(make(name, sizes, n_outputs, dropout=0.0)).to(device)
        point, direction = point_and_direction(model.cpu())
        point, direction = ({n: t.to(device) for n, t in tensors.items()} for tensors in (point, direction))
        tangents.append(jvp(as_function(model.to(device), ids.to(device)), (point,), (direction,))[1].cpu())
    assert torch.allclose(*tangents, rtol=1e-8)
