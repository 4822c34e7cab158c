"""A trained model as MLflow serves it ("models from code": this file, safetensors and its encoder, no pickle)."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from autoloss.prediction import encoder
from autoloss.prediction.answers import answers, columns
from autoloss.training import saved_model


class ServedModel(PythonModel):
    """Raw rows → predictions.

    Input: a table with the columns of the raw file, by name; others are ignored. Output: `probability` of the second
    class (binary), `probability_…` of each class, or `prediction` (regression); missing if a row cannot be predicted.
    """

    def load_context(self, context: PythonModelContext) -> None:
        """Reads the model of the cell, and the vocabulary and bins of its dataset."""
        self.model, self.about = saved_model.load(Path(context.artifacts["cell"]))
        self.encoder = encoder.load(Path(context.artifacts["data"]))

    def predict(  # pyright: ignore[reportIncompatibleMethodOverride]  (the base is not annotated)
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Predictions of all rows."""
        names = columns(self.encoder)
        table = {str(name): pa.array(model_input[name], from_pandas=True) for name in model_input}
        ids, rows = self.encoder.encode(table, "model input")
        values = np.full((len(model_input), len(names)), np.nan, np.float32)
        if len(ids):
            with torch.inference_mode():
                values[rows] = answers(self.model(torch.from_numpy(ids)), self.about.task)
        return pd.DataFrame(values, columns=names)


set_model(ServedModel())
