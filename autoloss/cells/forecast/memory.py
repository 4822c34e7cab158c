"""How much memory a training run needs, and whether this machine has it."""

from autoloss import registry
from autoloss.training.spec import Spec

PROGRAM = 400_000_000  # torch and this package
COPIES = 5  # weights, gradient, Adam's two moments, best weights
LOOKING_AHEAD = 3  # more copies, during an update
EVALUATION = 200  # bytes per row of the largest split that is evaluated, and output
ACTIVATIONS = 8  # tensors of the size of a batch's embeddings, at least as large as the hidden layers'


def bytes_of_job(spec: Spec) -> int:
    """The memory of one training process at its peak, without the encoded ids."""
    dim = int(spec.model.params.get("dim", 16))
    copies = COPIES + (LOOKING_AHEAD if registry.defines("methods", spec.method.use, "update") else 0)
    tables = 4 * sum(spec.data.field_sizes) * (dim + spec.data.n_outputs) * copies
    batch = 4 * spec.training.batch_size * len(spec.data.field_sizes) * dim * ACTIVATIONS
    rows = max(spec.data.rows_per_split.get(split, 0) for split in ("valid", "test"))
    order = 8 * spec.data.rows_per_split["train"]
    return PROGRAM + tables + batch + order + EVALUATION * rows * spec.data.n_outputs
