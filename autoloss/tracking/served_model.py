"""A trained model as MLflow serves it ("models from code": this file and safetensors, no pickle)."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from safetensors.torch import load_model

from autoloss import registry


class ServedModel(PythonModel):
    """Encoded feature fields → predictions.

    Input: a table with one column per field that holds the ids of the encoded data (offsets into the one embedding
    table). Output: `probability` of the positive class (binary), `probability_0` … for classes, or `prediction`
    (regression).
    """

    def load_context(self, context: PythonModelContext) -> None:
        """Reads model.json and model.safetensors of the cell."""
        folder = Path(context.artifacts["cell"])
        self.made_with = json.loads((folder / "model.json").read_text())
        self.fields = self.made_with["field_names"]
        plug_in = registry.load("models", self.made_with["use"])
        sizes, outputs = self.made_with["field_sizes"], self.made_with["n_outputs"]
        self.model = plug_in(sizes, outputs, **self.made_with["params"])
        load_model(self.model, folder / "model.safetensors")
        self.model.eval()

    def predict(  # pyright: ignore[reportIncompatibleMethodOverride]  (the base is not annotated)
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Predictions of all rows."""
        ids = torch.tensor(model_input[self.fields].to_numpy("int32"))  # [N, F]
        with torch.inference_mode():
            logits = self.model(ids)
        task = self.made_with["task"]
        if task == "multiclass":
            values = logits.softmax(1)
            return pd.DataFrame(values.numpy(), columns=[f"probability_{c}" for c in range(values.shape[1])])
        if task == "binary":
            return pd.DataFrame({"probability": logits.sigmoid().numpy()})
        return pd.DataFrame({"prediction": logits.numpy()})


set_model(ServedModel())
