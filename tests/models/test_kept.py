"""Gradients in kept memory are those of a plain table, bit for bit, whoever holds one or adds to it."""

import pytest
import torch

from autoloss.models import Embedding, FirstOrder, _kept, kept_gradients, rows_read


@pytest.fixture(autouse=True, params=["rows are cleared", "all is cleared"])
def clearing(request, monkeypatch):
    """Both ways to clear a memory: by default, tables as small as these are cleared as a whole."""
    monkeypatch.setattr(_kept, "ROW", 0 if request.param == "rows are cleared" else 1_000_000)


@pytest.fixture
def layer():
    torch.manual_seed(0)
    return Embedding([30, 20], 4)


def batch(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 50, (12, 2), generator=generator), torch.randn(12, 2, 4, generator=generator)


def plain(layer, ids, upstream):
    return torch.autograd.grad(torch.nn.functional.embedding(ids, layer.weight), layer.weight, upstream)[0]


def test_each_batch_has_its_own_gradient_and_all_use_the_same_memory(layer):
    with kept_gradients(layer):
        memories = set()
        for ids, upstream in map(batch, range(5)):
            layer.zero_grad()
            layer(ids).backward(upstream)
            assert torch.equal(layer.weight.grad, plain(layer, ids, upstream))
            memories.add(layer.weight.grad.data_ptr())
    assert len(memories) == 1


def test_a_gradient_that_is_still_held_is_left_alone(layer):
    (ids, upstream), (other_ids, other) = batch(0), batch(1)
    with kept_gradients(layer):
        (held,) = torch.autograd.grad(layer(ids), layer.weight, upstream)
        layer(other_ids).backward(other)
        (last,) = torch.autograd.grad(layer(ids), layer.weight, -upstream)
    assert torch.equal(held, plain(layer, ids, upstream))
    assert torch.equal(layer.weight.grad, plain(layer, other_ids, other))
    assert torch.equal(last, -held)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
def test_a_loop_may_put_each_batch_into_the_same_memory(layer, dtype):
    buffer = torch.empty(12, 2, dtype=dtype)
    with kept_gradients(layer):
        for seed in range(4):
            ids, upstream = batch(seed)
            buffer.copy_(ids)
            layer.zero_grad()
            layer(buffer).backward(upstream)
            assert torch.equal(layer.weight.grad, plain(layer, ids, upstream))


@pytest.mark.parametrize("columns", [1, 4])
def test_a_batch_without_rows_has_no_gradient_and_no_output(columns):
    layer, none = Embedding([30, 20], columns), torch.empty(0, 2, dtype=torch.int32)
    with torch.no_grad():
        assert layer(none).shape == (0, 2, columns)
    layer(none).sum().backward()
    with kept_gradients(layer):
        layer(none).sum().backward()
    assert layer(none).shape == (0, 2, columns) and not layer.weight.grad.any()


def two_reads(layer, one, other):
    (ids, upstream), (other_ids, others) = one, other
    ((layer(ids) * upstream).sum() + (layer(other_ids) * others).sum()).backward()
    return plain(layer, *one) + plain(layer, *other)


def accumulated(layer, one, other):
    for ids, upstream in (one, other, one):
        layer(ids).backward(upstream)
    return plain(layer, *one) + plain(layer, *other) + plain(layer, *one)


def a_penalty_on_all_rows(layer, one, other):
    ids, upstream = one
    ((layer(ids) * upstream).sum() + layer.weight.sum()).backward()
    return plain(layer, *one) + 1


def scores_of_all_rows(layer, one, other):
    (ids, upstream), users = one, torch.ones(3, layer.weight.shape[1])
    ((layer(ids) * upstream).sum() + torch.nn.functional.linear(users, layer.weight).sum()).backward()
    return plain(layer, *one) + 3


def noise_on_the_gradient(layer, one, other):
    ids, upstream = one
    layer(ids).backward(upstream)
    layer.weight.grad.add_(1)
    return plain(layer, *one) + 1


@pytest.mark.parametrize("columns", [1, 4])
@pytest.mark.parametrize(
    "use", [two_reads, accumulated, a_penalty_on_all_rows, scores_of_all_rows, noise_on_the_gradient]
)
def test_what_else_reaches_a_gradient_does_not_stay_for_the_next(use, columns):
    torch.manual_seed(0)
    layer = Embedding([30, 20], columns)
    with kept_gradients(layer):
        for seed in range(6):
            one, other = ((ids, e[..., :columns]) for ids, e in (batch(2 * seed), batch(2 * seed + 1)))
            layer.zero_grad()
            expected = use(layer, one, other)
            assert torch.allclose(layer.weight.grad, expected, atol=1e-6)
            layer.zero_grad()
            layer(one[0]).backward(one[1])
            assert torch.equal(layer.weight.grad, plain(layer, *one))


def test_first_order_terms_take_part():
    layer = FirstOrder([30, 20], 1)
    with kept_gradients(layer):
        for seed in range(4):
            ids, _ = batch(seed)
            layer.zero_grad()
            layer(ids).sum().backward()
            assert torch.equal(layer.weight.grad, torch.bincount(ids.flatten(), minlength=50)[:, None].float())


def test_it_is_known_which_rows_a_gradient_has():
    torch.manual_seed(0)
    model = torch.nn.ModuleDict({"table": Embedding([30, 20], 4), "plain": torch.nn.Embedding(50, 4)})
    (ids, upstream), name = batch(0), "table.weight"
    with kept_gradients(model):
        model["table"](ids).backward(upstream)
        gradients = {name: model["table"].weight.grad, "plain.weight": torch.zeros(50, 4)}
        assert rows_read(model, gradients).keys() == {name}
        assert torch.equal(rows_read(model, gradients)[name], ids.flatten())
        assert not rows_read(model, {name: gradients[name].clone()}), "another tensor"
        gradients[name].add_(1)
        assert not rows_read(model, gradients), "all rows have one now"
    assert not rows_read(model, gradients)


def test_second_derivatives_and_forward_mode_go_through_it(layer):
    ids, upstream = batch(0)
    direction = torch.randn_like(layer.weight)
    with kept_gradients(layer):
        (gradient,) = torch.autograd.grad((layer(ids) ** 3 * upstream).sum(), layer.weight, create_graph=True)
        (second,) = torch.autograd.grad((gradient * direction).sum(), layer.weight)
        with torch.autograd.forward_ad.dual_level():
            dual = torch.autograd.forward_ad.make_dual(layer.weight, direction)
            e = torch.func.functional_call(layer, {"weight": dual}, (ids,))
            tangent = torch.autograd.forward_ad.unpack_dual(e).tangent
    rows = layer.weight.detach()[ids]
    expected = torch.zeros_like(second).index_add_(0, ids.flatten(), (6 * rows * upstream * direction[ids]).view(-1, 4))
    assert torch.allclose(second, expected)
    assert torch.equal(tangent, direction[ids])


def test_outside_nothing_is_kept(layer):
    ids, upstream = batch(0)
    with kept_gradients(layer):
        layer(ids).backward(upstream)
    layer.zero_grad()
    layer(ids).backward(upstream)
    assert layer.kept is None and torch.equal(layer.weight.grad, plain(layer, ids, upstream))
