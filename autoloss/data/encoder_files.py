"""The files of an encoded dataset that encode new rows: its facts, its vocabulary, how a table's columns are read."""

import shutil
from pathlib import Path

from autoloss import seals
from autoloss.data import facts

COLUMNS = "columns.json"
NAMES = (facts.FILE, facts.VOCABULARY, COLUMNS)


def keep(data: Path, folder: Path) -> None:
    """Copies them to a folder of somebody else's, for when the dataset is encoded anew or gone."""
    for name in NAMES:
        if (data / name).is_file():
            shutil.copyfile(data / name, folder / name)


def check(folder: Path) -> None:
    """Compares them with the seal of the dataset; one that an earlier version encoded has none.

    Raises:
        UserError: a file is missing or was changed; the message names it.
    """
    if seals.is_sealed(folder, facts.FILE):
        seals.check(folder, facts.FILE, only=NAMES[1:])
