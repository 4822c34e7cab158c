"""meta.json of an encoded dataset: what is in it, where it came from, and the digest of what was asked for."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from autoloss.errors import UserError

FILE = "meta.json"
SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class Meta:
    """Facts about an encoded dataset; also read like a mapping (`meta["rows"]`).

    Attributes:
        name: row of the tables. format: file of autoloss/datasets.
        task: binary, multiclass or regression. n_classes: of multiclass. n_outputs: logits per example.
        rows, rows_per_split: encoded rows. dropped: rows that the settings left out. bad_rows: malformed ones.
        field_names, field_sizes: of the feature fields; ids of field f start at sum(field_sizes[:f]).
        class_shares: of each split, the share of every class (empty for regression).
        sha256: of the arrays of all splits. files: their sizes in bytes. bytes: all of them.
        bayes: metrics of the true probabilities on the test split (synthetic data), or None.
        source: where the rows came from. terms, citation: of the published data.
        request: digest of the dataset's settings, its source and the recipe.
        settings: the dataset's entry in params.yaml.
        checks: what was compared with the published facts.
    """

    name: str
    format: str
    task: str
    n_classes: int | None
    n_outputs: int
    rows: int
    rows_per_split: dict[str, int]
    field_names: list[str]
    field_sizes: list[int]
    class_shares: dict[str, list[float]]
    sha256: str
    files: dict[str, int]
    bytes: int
    bad_rows: int
    dropped: int
    bayes: dict[str, float] | None
    source: dict[str, Any]
    terms: str
    citation: str
    request: str
    settings: dict[str, Any]
    checks: list[str] = field(default_factory=list)
    unused: bool = False

    @property
    def n_features(self) -> int:
        """Rows of the embedding table: the sum of the field sizes."""
        return sum(self.field_sizes)

    def __getitem__(self, key: str) -> Any:
        try:
            return getattr(self, key)
        except AttributeError:
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[str]:
        return (f.name for f in fields(self))

    def keys(self) -> list[str]:
        """Names of the facts."""
        return list(self)

    def write(self, folder: Path) -> None:
        """Writes meta.json (the last file of a folder: it says that the others are whole)."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / f"{FILE}.part").write_text(text + "\n")
        (folder / f"{FILE}.part").rename(folder / FILE)


def read_meta(folder: Path) -> Meta:
    """The meta.json of an encoded dataset.

    Raises:
        UserError: there is none, it cannot be read, or the dataset is unused at this scale.
    """
    path = Path(folder) / FILE
    try:
        raw = json.loads(path.read_text())
    except FileNotFoundError:
        raise UserError(f"{path}: not there; `autoloss data prepare {Path(folder).name}` makes it") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); delete the folder and prepare the data again") from None
    if raw.get("unused"):
        raise UserError(f"{path}: no experiment at this scale uses '{raw.get('name')}', so it was not prepared")
    try:
        return Meta(**raw)
    except TypeError as error:
        raise UserError(
            f"{path}: not of this version ({error}); delete the folder and prepare the data again"
        ) from None
