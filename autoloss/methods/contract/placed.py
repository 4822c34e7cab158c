"""Other values in a model's own parameters and buffers, for a while."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def placed(model: torch.nn.Module, values: Mapping[str, Tensor]) -> Iterator[None]:
    """Inside, parameters and buffers hold other values; afterwards they hold their own, whatever the model did.

    The tensors remain the same objects, so this works where `torch.func.functional_call` does not: in a scripted
    module.

    Args:
        model: whose parameters and buffers are replaced; its buffers are restored even where none was given.
        values: by name. A buffer that the model writes to is changed in place.
    """
    parameters = [(p, p.data) for p in model.parameters()]
    buffers = [(m, name, b, b.data) for m in model.modules() for name, b in m.named_buffers(recurse=False)]
    named = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    try:
        for name, value in values.items():
            named[name].data = value
        yield
    finally:
        for p, data in parameters:
            p.data = data
        for module, name, buffer, data in buffers:
            buffer.data = data
            setattr(module, name, buffer)  # a model may have put a new tensor there
