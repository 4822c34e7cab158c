"""Records of made-up cells, as training would write them: for tests that train nothing."""

from dataclasses import replace

from autoloss.cells.hardware import Hardware
from autoloss.cells.record import CellRecord, Provenance
from autoloss.training.history import Evaluation
from autoloss.training.outcome import Calibration, Cost, TrainingOutcome
from autoloss.training.spec import DataIdentity, PlugIn, Settings, Spec

HARDWARE = Hardware("hw-0a1b2c3d", "a processor", 2, None, "2.13.0", "3.11.7")
PROVENANCE = Provenance(
    versions={"torch": "2.13.0", "python": "3.11.7"},
    hardware=HARDWARE,
    device="cpu",
    threads=1,
    git_commit="0123456789abcdef",
    finished_at="2025-01-01T00:00:00Z",
    command="autoloss train x",
)
SETTINGS = Settings(
    batch_size=100,
    epochs=3,
    learning_rate=1e-2,
    weight_decay=1e-6,
    evaluations_per_epoch=2,
    patience=100,
    split_validation=False,
)
DATA = DataIdentity(
    name="a",
    sha256="0" * 64,
    task="binary",
    n_classes=None,
    n_outputs=1,
    field_names=("f1", "f2"),
    field_sizes=(5, 7),
    rows_per_split={"train": 8, "valid": 1, "test": 1},
)
SPEC = Spec(
    data=DATA,
    model=PlugIn("deepfm", {"dim": 4, "mlp": [8]}),
    method=PlugIn("fixed", {}),
    losses={"cross_entropy": PlugIn("cross_entropy", {})},
    training=SETTINGS,
)
EVALUATION = Evaluation(
    step=1,
    epoch=0.5,
    train_examples=100,
    valid_examples=0,
    seconds=1.0,
    train_seconds=0.9,
    train_loss=0.7,
    valid={},
    learning={},
)
COST = Cost(
    train_examples=96000,
    valid_examples=48000,
    controller_updates=0,
    seconds=10.0,
    train_seconds=9.0,
    epoch_seconds=3.0,
    step_ms=4.0,
    examples_per_second=10000.0,
    peak_memory_mb=300.0,
    search_steps=0,
    trials=0,
)
OUTCOME = TrainingOutcome(
    valid={"auc": 0.8, "ece": 0.01, "logloss": 0.44},
    test={"auc": 0.79, "ece": 0.01, "logloss": 0.45, "logloss_calibrated": 0.449},
    calibrations={"affine": Calibration(0.9, [0.1]), "temperature": Calibration(0.91, [0.0])},
    best_step=2,
    best_epoch=1.0,
    steps=3,
    epochs=1.5,
    stopped="epochs",
    cost=COST,
)


def spec(use: str = "fixed", losses: tuple[str, ...] = ("cross_entropy",), **params: object) -> Spec:
    """SPEC with another method and other candidate losses."""
    return replace(SPEC, method=PlugIn(use, params), losses={name: PlugIn(name, {}) for name in losses})


def evaluation(**changes: object) -> Evaluation:
    """EVALUATION with changes."""
    return replace(EVALUATION, **changes)


def record(cell, **changes: object) -> CellRecord:
    """cell.json of a finished cell of a plan."""
    origin = replace(PROVENANCE, command=f"autoloss train {cell.id}", **changes)
    return CellRecord(**vars(cell.describe()), provenance=origin)
