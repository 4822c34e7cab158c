"""BOHB (Falkner, Klein, Hutter: BOHB: Robust and Efficient Hyperparameter Optimization at Scale, ICML 2018).

    w* = argmax_w validation value of a training run with constant weights w; a tree-structured Parzen estimator draws
    trials, max_w l(w)/g(w), and Hyperband stops them: brackets of successive halving, budget = training steps, η = 3

It uses Optuna's TPESampler (multivariate, as in BOHB) and HyperbandPruner, which samples within a bracket from that
bracket's trials. Points of the simplex are w_j = -log u_j / Σ_k -log u_k with u in (0, 1)^K: uniform u give uniform w.

Left open, and our choice: η = 3 and budgets from max_steps/9 to max_steps (3 brackets); K + 1 random trials come first,
as in BOHB; BOHB's further third of random trials is left out. The bracket of a trial depends on the study's name, which
is fixed, and each trial has its own sampler, seeded by the search's seed and the trial's number: an interrupted search
that continues ends like one that was never interrupted.
"""

import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autoloss.losses import CandidateLoss
from autoloss.methods import Constant, SearchResult, Train, Trial, best
from autoloss.ranges import PositiveInt

if TYPE_CHECKING:
    import optuna  # takes a second to import, and only a search needs it

STUDY = "loss-weights"
ETA, RUNGS = 3, 2


class BOHB(Constant):
    """Constant weights from Bayesian optimisation with Hyperband.

    Args:
        losses, n_outputs: as in `Method`.
        trials: training runs, pruned ones included.
        normalise: whether candidates are brought to one gradient scale first.
    """

    searches = True

    def __init__(
        self, losses: Sequence[CandidateLoss], n_outputs: int, *, trials: PositiveInt = 30, normalise: bool = True
    ):
        super().__init__(losses, n_outputs, normalise)
        self.trials = trials

    def search(self, train: Train, folder: Path, seed: int, max_steps: int) -> SearchResult:
        """Runs the study, or continues the one in the folder.

        Args:
            train: (weights, prune) → best validation value, higher is better; it stops when prune returns True.
            folder: the study is kept there in study.db; finished trials are not rerun.
            seed: of the sampler.
            max_steps: of a full training run: the largest budget.

        Raises:
            UserError: no run was completed.
        """
        from optuna.exceptions import ExperimentalWarning

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # multivariate TPE is marked as such
            warnings.filterwarnings("ignore", "The reported value is ignored")  # by a trial that is restarted
            study = _study(folder, max_steps)
            while (number := _finished(study)) < self.trials:
                self._run_trial(study, number, train, seed, max_steps)
        return best([trial.user_attrs["record"] for trial in study.get_trials(deepcopy=False)])

    def _run_trial(self, study: "optuna.Study", number: int, train: Train, seed: int, max_steps: int) -> None:
        import optuna

        study.sampler = optuna.samplers.TPESampler(
            multivariate=True, n_startup_trials=len(self.losses) + 1, seed=1_000_003 * seed + number
        )
        started = study.get_trials(deepcopy=False)[number:]
        # a trial that an interrupted search had started is restarted, with its weights
        trial = optuna.Trial(study, started[0]._trial_id) if started else study.ask()
        drawn = [-math.log(trial.suggest_float(f"u{j}", 1e-6, 1 - 1e-6)) for j in range(len(self.losses))]

        def prune(step: int, value: float) -> bool:
            trial.report(value, step)
            return trial.should_prune() and step < max_steps  # a trial that has spent its whole budget is complete

        record = Trial(number, [d / sum(drawn) for d in drawn]).run(train, prune)
        trial.set_user_attr("record", record)
        states = optuna.trial.TrialState
        state = {"complete": states.COMPLETE, "pruned": states.PRUNED, "failed": states.FAIL}[record["state"]]
        study.tell(trial, record["value"] if record["state"] == "complete" else None, state)


def _study(folder: Path, max_steps: int) -> "optuna.Study":
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        study_name=STUDY,
        storage=f"sqlite:///{folder.resolve() / 'study.db'}",
        direction="maximize",
        load_if_exists=True,
        pruner=optuna.pruners.HyperbandPruner(
            min_resource=max(1, max_steps // ETA**RUNGS), max_resource=max(1, max_steps), reduction_factor=ETA
        ),
    )


def _finished(study: "optuna.Study") -> int:
    return sum(trial.state.is_finished() for trial in study.get_trials(deepcopy=False))
