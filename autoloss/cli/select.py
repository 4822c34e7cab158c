"""The options that choose cells, for `autoloss plan` and `autoloss train`."""

from typing import Annotated

import typer

Experiments = Annotated[
    list[str] | None, typer.Option("--experiment", help="Only cells of this experiment; may be repeated.")
]
Datasets = Annotated[list[str] | None, typer.Option("--dataset", help="Only cells of this dataset; may be repeated.")]
Models = Annotated[list[str] | None, typer.Option("--model", help="Only cells of this model; may be repeated.")]
Methods = Annotated[list[str] | None, typer.Option("--method", help="Only cells of this method; may be repeated.")]
