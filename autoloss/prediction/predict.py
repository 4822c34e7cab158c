"""Predicts the rows of a file with the trained model of a cell."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import torch

from autoloss.cells.finished import FinishedCell
from autoloss.errors import UserError
from autoloss.prediction import encoder, output, rows
from autoloss.prediction.answers import answers, columns
from autoloss.prediction.encoder import UNLABELLED, Encoder
from autoloss.training import saved_model
from autoloss.training.evaluation import evaluate
from autoloss.training.loop import EVALUATION_BATCH
from autoloss.training.outcome import TrainingOutcome


@dataclass(frozen=True)
class Predicted:
    """What was predicted.

    Attributes:
        rows: of the file. unpredicted: those without a prediction. problem: what is wrong with the first of them.
        rare: {field: share of the predicted rows whose value is rare or unseen}, where there are any.
        labelled: rows with a label. metrics: of these, by name; empty if there are none.
    """

    rows: int
    unpredicted: int
    problem: str
    rare: dict[str, float]
    labelled: int
    metrics: dict[str, float]


def predict(cell: FinishedCell, data: Path, source: Path, out: Path) -> Predicted:
    """Predicts a file, block by block.

    Args:
        cell: whose weights were kept.
        data: `data/encoded/<scale>/<dataset>`, for cells of an earlier version, which do not hold their vocabulary.
        source: csv or parquet, in the format of the cell's dataset, with or without labels.
        out: a new file: `row` (from 1, of the source), then `probability` of the positive class, `probability_…` of
            each class, or `prediction`; empty for a row that cannot be predicted.

    Raises:
        UserError: the cell has no weights or is damaged, its vocabulary is gone, or the source has no usable rows.
    """
    model, encode = _model(cell), encoder.load(encoder.folder_of(cell, data))
    names, totals = columns(encode), _Totals(encode)
    with output.output(out) as file:
        for block in rows.read(source, encode):
            logits = _logits(model, block.ids, encode.known.n_outputs)
            totals.add(block, logits)
            values = np.full((block.size, len(names)), np.nan, np.float32)
            values[block.there] = answers(torch.from_numpy(logits), encode.known.task)
            frame = pl.DataFrame({"row": np.arange(block.first, block.first + block.size)})
            file.write(frame.with_columns(pl.DataFrame(values, names).fill_nan(None)))
        if totals.rows == totals.unpredicted:
            raise UserError(f"{source}: no row can be predicted" + (f"; {totals.problem}" if totals.problem else ""))
    return totals.predicted(cell)


class _Totals:
    """What has been predicted so far."""

    def __init__(self, encode: Encoder):
        self.encode, self.rows, self.unpredicted, self.problem = encode, 0, 0, ""
        self._rare = np.zeros(len(encode.vocabulary.sizes), np.int64)
        self._logits: list[np.ndarray] = []
        self._labels: list[np.ndarray] = []

    def add(self, block: rows.Rows, logits: np.ndarray) -> None:
        """Adds some rows and their logits."""
        self.rows += block.size
        self.unpredicted += block.size - len(block.there)
        self.problem = self.problem or block.problem
        slots = np.where(self.encode.vocabulary.rare, self.encode.vocabulary.offsets, -1)
        self._rare += (block.ids == slots).sum(0)
        labelled = block.labels != UNLABELLED
        self._logits.append(logits[labelled])
        self._labels.append(block.labels[labelled])

    def predicted(self, cell: FinishedCell) -> Predicted:
        """The whole."""
        known, labels = self.encode.known, np.concatenate(self._labels)
        found = zip(known.field_names, (self._rare / (self.rows - self.unpredicted)).tolist(), strict=True)
        rare = {name: share for name, share in found if share}
        metrics: dict[str, float] = {}
        if len(labels) and isinstance(cell.outcome, TrainingOutcome):
            y = torch.from_numpy(labels).to(torch.int64 if known.task == "multiclass" else torch.float32)
            metrics = evaluate(torch.from_numpy(np.concatenate(self._logits)), y, known.task, cell.outcome.calibrations)
        return Predicted(self.rows, self.unpredicted, self.problem, rare, len(labels), metrics)


def _model(cell: FinishedCell) -> torch.nn.Module:
    if not (cell.folder / saved_model.WEIGHTS).is_file():
        others = sorted(cell.folder.parent.glob(f"{cell.about.id.rpartition('-s')[0]}-s*/{saved_model.WEIGHTS}"))
        instead = f"use {others[0].parent.name}, or " if others else ""
        cure = f"set keep_model: all in training.{cell.about.training} of params.yaml and train it again"
        raise UserError(f"{cell.about.id}: its weights were not kept; {instead}{cure}")
    cell.check(saved_model.WEIGHTS, saved_model.DESCRIPTION)
    return saved_model.load(cell.folder)[0]


@torch.inference_mode()
def _logits(model: torch.nn.Module, ids: np.ndarray, n_outputs: int) -> np.ndarray:
    """float32 [n] or [n, C]."""
    if not len(ids):
        return np.empty((0, n_outputs) if n_outputs > 1 else 0, np.float32)
    return torch.cat([model(part) for part in torch.from_numpy(ids).split(EVALUATION_BATCH)]).numpy()
