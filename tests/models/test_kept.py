"""Gradients in kept memory are those of a plain table, bit for bit, whoever holds on to one."""

import pytest
import torch

from autoloss.models import Embedding, kept_gradients


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


def test_gradients_of_several_batches_add_up(layer):
    with kept_gradients(layer):
        for seed in range(3):
            ids, upstream = batch(seed)
            layer(ids).backward(upstream)
    expected = plain(layer, *batch(0)) + plain(layer, *batch(1)) + plain(layer, *batch(2))
    assert torch.equal(layer.weight.grad, expected)


def test_two_reads_of_one_table_in_a_batch_add_up(layer):
    (ids, upstream), (other_ids, other) = batch(0), batch(1)
    with kept_gradients(layer):
        ((layer(ids) * upstream).sum() + (layer(other_ids) * other).sum()).backward()
    assert torch.allclose(layer.weight.grad, plain(layer, ids, upstream) + plain(layer, other_ids, other))


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
