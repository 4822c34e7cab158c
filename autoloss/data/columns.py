"""How a table's columns were read, stored beside its arrays: columns.json."""

from pathlib import Path

from autoloss import records, registry
from autoloss.config import Dataset
from autoloss.data.encoder_files import COLUMNS
from autoloss.data.facts import Facts
from autoloss.datasets import Columns, Format


def write(form: Format, folder: Path) -> None:
    """Writes what a format has learned about its columns, if it has."""
    if form.learned:
        records.write(form.learned, folder / COLUMNS)


def form(folder: Path, known: Facts) -> Format:
    """The raw format of an encoded dataset, as it was fitted on its rows.

    Args:
        folder: `data/encoded/<scale>/<name>`.
        known: its facts.

    Raises:
        UserError: columns.json is missing or damaged.
    """
    entry = Dataset.model_validate(known.settings)
    plain: Format = registry.load("datasets", entry.use)(**entry.params)
    return plain.restored(records.read(Columns, folder / COLUMNS)) if plain.learns_columns else plain


def warnings(form: Format) -> list[str]:
    """What a person should look at in the columns of a format."""
    return [column.warning for column in form.learned.columns if column.warning] if form.learned else []
