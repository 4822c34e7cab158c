"""A trained model as MLflow serves it ("models from code": this file and safetensors, no pickle)."""

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from autoloss.training import saved_model


class ServedModel(PythonModel):
    """Encoded feature fields → predictions.

    Input: a table with one column per field that holds the ids of the encoded data (offsets into the one embedding
    table). Output: `probability` of the positive class (binary), `probability_0` … for classes, or `prediction`
    (regression).
    """

    def load_context(self, context: PythonModelContext) -> None:
        """Reads model.json and model.safetensors of the cell."""
        self.model, self.about = saved_model.load(Path(context.artifacts["cell"]))

    def predict(  # pyright: ignore[reportIncompatibleMethodOverride]  (the base is not annotated)
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Predictions of all rows."""
        ids = torch.tensor(model_input[self.about.field_names].to_numpy("int32"))  # [N, F]
        with torch.inference_mode():
            logits = self.model(ids)
        if self.about.task == "multiclass":
            values = logits.softmax(1)
            return pd.DataFrame(values.numpy(), columns=[f"probability_{c}" for c in range(values.shape[1])])
        if self.about.task == "binary":
            return pd.DataFrame({"probability": logits.sigmoid().numpy()})
        return pd.DataFrame({"prediction": logits.numpy()})


set_model(ServedModel())
