"""A trained controller as MLflow serves it ("models from code": this file and safetensors, no pickle)."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from autoloss.methods import load_controller


class ServedController(PythonModel):
    """Label and prediction of an example → its weights for the candidate losses.

    Input: a table with the column `label` and the model's prediction: `probability` of the positive class (binary),
    `probability_0` … for classes, or `prediction` (regression). Output: one column per candidate loss.
    """

    def load_context(self, context: PythonModelContext) -> None:
        """Reads controller.json and controller.safetensors of the cell."""
        folder = Path(context.artifacts["cell"])
        self.made_with = json.loads((folder / "controller.json").read_text())
        self.controller = load_controller(folder).eval()

    def predict(  # pyright: ignore[reportIncompatibleMethodOverride]  (the base is not annotated)
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Selection probabilities of all rows."""
        label = torch.tensor(model_input["label"].to_numpy("float32"))  # [N]
        with torch.inference_mode():
            log_probabilities = self.controller(self._logits(model_input), label)
        return pd.DataFrame(log_probabilities.exp().numpy(), columns=self.made_with["losses"])

    def _logits(self, table: pd.DataFrame) -> torch.Tensor:
        """[N] or [N, C] logits that give the predictions in the table."""
        task, classes = self.made_with["task"], self.made_with["n_outputs"]
        if task == "regression":
            return torch.tensor(table["prediction"].to_numpy("float32"))
        if task == "binary":
            return torch.tensor(table["probability"].to_numpy("float32")).logit(eps=1e-6)
        columns = [f"probability_{c}" for c in range(classes)]
        return torch.tensor(table[columns].to_numpy("float32")).clamp_min(1e-6).log()


set_model(ServedController())
