"""A saved controller that cannot be read is one line that names the file, whoever reads it."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from autoloss import AutoLoss, CrossEntropy, Focal, Manual, UserError
from autoloss.methods import load_controller


def method():
    return AutoLoss([CrossEntropy(), Focal()], 1, hidden=(8,))


def missing(tensors, description):
    tensors.unlink()


def cut(tensors, description):
    tensors.write_bytes(tensors.read_bytes()[:-10])


def empty(tensors, description):
    tensors.write_bytes(b"")


def other_shape(tensors, description):
    save_file({name: tensor[:1].clone() for name, tensor in load_file(tensors).items()}, tensors)


def one_tensor_less(tensors, description):
    save_file(dict(list(load_file(tensors).items())[1:]), tensors)


def without(key):
    def damage(tensors, description):
        content = json.loads(description.read_text())
        description.write_text(json.dumps({name: value for name, value in content.items() if name != key}))

    return damage


def no_widths(tensors, description):
    description.write_text(json.dumps({**json.loads(description.read_text()), "hidden": ["wide"]}))


def no_json(tensors, description):
    description.write_text("{")


def a_list(tensors, description):
    description.write_text("[]")


DAMAGES = [missing, cut, empty, other_shape, one_tensor_less, no_widths, no_json, a_list]


@pytest.mark.parametrize("damage", [*DAMAGES, *(without(key) for key in ("task", "n_outputs", "losses", "hidden"))])
def test_a_damaged_controller_is_one_line_that_names_the_file(tmp_path, damage):
    method().save_controller(tmp_path)
    damage(tmp_path / "controller.safetensors", tmp_path / "controller.json")
    for read in (load_controller, method().load_controller):
        with pytest.raises(UserError, match=r"controller\.(json|safetensors): ") as caught:
            read(tmp_path)
        assert "\n" not in str(caught.value)


def test_a_controller_that_is_refused_changes_nothing(tmp_path):
    saved, other = method(), method()
    with torch.no_grad():
        for p in saved.controller.parameters():
            p.normal_()
    saved.save_controller(tmp_path)
    start = {name: tensor.clone() for name, tensor in other.controller.state_dict().items()}
    tensors = load_file(tmp_path / "controller.safetensors")
    save_file({**tensors, "mlp.2.bias": torch.zeros(5)}, tmp_path / "controller.safetensors")
    with pytest.raises(UserError, match=r"mlp\.2\.bias: found shape \[5\], expected \[2\]$"):
        other.load_controller(tmp_path)
    assert all(torch.equal(tensor, start[name]) for name, tensor in other.controller.state_dict().items())


@pytest.mark.parametrize("weights", [None, 0.5, ["much", "little"]])
def test_average_weights_that_are_no_numbers_are_one_line(tmp_path, weights):
    method().save_controller(tmp_path)
    path = tmp_path / "controller.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "average_weights": weights}))
    with pytest.raises(UserError, match="controller.json: average_weights: found .*, expected a list of numbers$"):
        Manual([CrossEntropy(), Focal()], 1).load_controller(tmp_path)
