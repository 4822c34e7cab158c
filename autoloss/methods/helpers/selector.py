"""What AutoLoss and SLF share: a controller per example, a Gumbel-softmax, pictures of it, saving and loading."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from autoloss.errors import UserError
from autoloss.losses import CandidateLoss
from autoloss.methods.helpers.controller import Controller
from autoloss.methods.helpers.diagnostics import BINS, Record
from autoloss.methods.helpers.mixture import Mixture

GRID = 21  # points of the picture's axis in diagnostics


class Selector(Mixture):
    """A mixture whose weights a controller chooses for each example, near-hard, by a Gumbel-softmax.

    Args:
        losses, n_outputs, normalise, every: as in `Mixture`.
        hidden, example_input: of the `Controller`.
        floor, rate, anneal_steps: τ(t) = max(floor, 1 - rate·t), or with anneal_steps > 0 a straight line from 1
            to the floor over so many steps.
    """

    def __init__(
        self,
        losses: Sequence[CandidateLoss],
        n_outputs: int,
        normalise: bool,
        every: int,
        hidden: Sequence[int],
        example_input: bool,
        floor: float,
        rate: float,
        anneal_steps: int,
    ):
        super().__init__(losses, n_outputs, normalise, every)
        self.made_with = {"hidden": list(hidden) if example_input else [], "example_input": example_input}
        self.floor = floor
        self.rate = (1 - floor) / anneal_steps if anneal_steps else rate
        self.controller = Controller(self.task, n_outputs, len(self.losses), tuple(hidden), example_input)
        self.record = Record(len(self.losses), self.controller.examples.n_labels)
        self.register_buffer("last_step", torch.zeros((), dtype=torch.long))

    def temperature(self, step: int) -> float:
        """τ at a step."""
        return max(self.floor, 1 - self.rate * step)

    def gumbel(self, shape: Sequence[int], like: Tensor) -> Tensor:
        """Standard Gumbel noise from the method's own random source."""
        return self.exponential(shape, like).log_().neg_()

    def note(self, weights: Tensor, log_probs: Tensor, logits: Tensor, y: Tensor, step: int) -> None:
        """Takes a batch's choices into the record, at every `every`-th step."""
        if step % self.every == 0:
            self.record.selection(weights, log_probs, self.controller.examples.place(logits, y, BINS))
            self.last_step.fill_(step)

    def diagnostics(self) -> dict[str, object]:
        """entropy (nats), weights by loss, weights_by_example [label][bin of prediction][K], temperature,
        meta_gradient_norm, alarms, and the controller's picture (`selection`)."""
        summary = self.record.summary(self.loss_names)
        picture = self.selection(torch.linspace(0, 1, GRID).tolist())
        return {**summary, "temperature": self.temperature(int(self.last_step)), "selection": picture}

    @torch.no_grad()
    def selection(self, grid: Sequence[float]) -> dict[str, object]:
        """The controller's picture: probability of each candidate by label and prediction.

        Args:
            grid: G predicted probabilities (of class 1 for binary, of the label for multiclass); for regression
                positions on an axis from 3 standard deviations below the mean label (0) to 3 above it (1).

        Returns:
            "probabilities": the grid; "labels"; "selection" [label][G][K]; "hypergradient" [label][G][K] from the last
            updates (s_ij over its mean absolute value), None where no example was seen.
        """
        reference = next(self.controller.parameters())
        points = torch.tensor(grid, dtype=reference.dtype, device=reference.device)
        probabilities = self.controller(*self.controller.examples.points(points)).exp()
        return {
            "probabilities": [float(p) for p in grid],
            "labels": self.controller.examples.labels(),
            "selection": probabilities.view(-1, len(grid), len(self.losses)).tolist(),
            "hypergradient": self.record.hypergradient_at(points),
        }

    def average_weights(self) -> list[float]:
        """[K] mean weight of each candidate over the training so far: the controller as constant weights."""
        return self.record.average()

    def save_controller(self, folder: Path) -> None:
        """Writes controller.safetensors and controller.json."""
        tensors = {name: tensor.contiguous() for name, tensor in self.controller.state_dict().items()}
        save_file(tensors, folder / "controller.safetensors")
        content = {**self._identity(), "average_weights": self.average_weights()}
        (folder / "controller.json").write_text(json.dumps(content, indent=1) + "\n")

    def load_controller(self, folder: Path) -> None:
        """Takes over a controller that `save_controller` wrote.

        Raises:
            UserError: it cannot be read, or it is for other losses, another number of classes, another architecture.
        """
        path = folder / "controller.json"
        try:
            found = json.loads(path.read_text())
            tensors = load_file(folder / "controller.safetensors")
        except (OSError, ValueError, SafetensorError) as error:
            raise UserError(f"{folder}: no controller can be read there: {' '.join(str(error).split())}") from None
        for key, expected in self._identity().items():
            if found.get(key) != expected:
                raise UserError(f"{path}: {key}: found {found.get(key)!r}, this method expects {expected!r}")
        self.controller.load_state_dict(tensors)

    def _identity(self) -> dict[str, object]:
        """What two controllers must have in common for one to stand in for the other."""
        return {
            "method": type(self).__name__.lower(),
            "task": self.task,
            "n_outputs": self.n_outputs,
            "losses": self.loss_names,
            **self.made_with,
        }


def relaxed(log_probs: Tensor, noise: Tensor, temperature: float) -> Tensor:
    """[…, K] Gumbel-softmax softmax((log π + noise) / τ): a differentiable near-choice (Jang et al., 2017)."""
    return ((log_probs + noise) / temperature).softmax(-1)


def straight_through(soft: Tensor) -> Tensor:
    """[…, K] the choice itself, one-hot, with the gradient of the near-choice."""
    hard = F.one_hot(soft.argmax(-1), soft.shape[-1]).to(soft.dtype)
    return hard + (soft - soft.detach())  # exactly one-hot: the bracket is zero
