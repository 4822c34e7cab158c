"""What AutoLoss, its tabular form and SLF share: a controller per example, pictures of it, saving and loading."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss
from autoloss.methods.helpers import saved
from autoloss.methods.helpers.controller import Controller
from autoloss.methods.helpers.diagnostics import BINS, Record
from autoloss.methods.helpers.mixture import Mixture
from autoloss.methods.helpers.temperature import Schedule

MakeController = Callable[[str, int, int], Controller]  # (task, n_outputs, n_losses)
GRID = 21  # points of the prediction axis in the picture that diagnostics report


class Selector(Mixture):
    """A mixture whose weights a controller chooses for each example, near-hard, by a Gumbel-softmax.

    Args:
        losses, n_outputs, normalise, every: as in `Mixture`.
        schedule: of the temperature.
        make_controller: makes the controller.
    """

    last_step: Tensor

    def __init__(
        self,
        losses: Sequence[CandidateLoss],
        n_outputs: int,
        normalise: bool,
        every: int,
        schedule: Schedule,
        make_controller: MakeController,
    ):
        super().__init__(losses, n_outputs, normalise, every)
        self.schedule = schedule
        self.controller = make_controller(self.task, n_outputs, len(self.losses))
        self.record = Record(len(self.losses), self.controller.examples.n_labels)
        self.register_buffer("last_step", torch.zeros((), dtype=torch.long))

    def temperature(self, step: int) -> float:
        """τ at a training step."""
        return self.schedule.at(step)

    def gumbel(self, shape: Sequence[int], like: Tensor) -> Tensor:
        """Standard Gumbel noise from the method's own random source."""
        return self.exponential(shape, like).log_().neg_()

    def note(self, weights: Tensor, log_probs: Tensor, logits: Tensor, y: Tensor, step: int) -> None:
        """Adds a batch's choices to the record, at every `every`-th step."""
        if step % self.every == 0:
            self.record.selection(weights, log_probs, self.controller.examples.cell(logits, y, BINS))
            self.last_step.fill_(step)

    def diagnostics(self) -> dict[str, object]:
        """entropy (nats), mixture_weights by loss, weights_by_example [label][bin of prediction][K], temperature,
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
        reference = self.record.mixture_weights
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
        saved.write(self.controller, self._identity(), self.average_weights(), folder)

    def load_controller(self, folder: Path) -> None:
        """Takes over a controller that `save_controller` wrote.

        Raises:
            UserError: it cannot be read, or it is for other losses, another number of classes, another architecture.
        """
        saved.read(self.controller, folder, self._identity())

    def _identity(self) -> dict[str, object]:
        """What two controllers must have in common for one to stand in for the other."""
        return {
            "method": type(self).__name__.lower(),
            "task": self.task,
            "n_outputs": self.n_outputs,
            "losses": self.loss_names,
            **self.controller.made_with,
        }
