"""The published counts of the dataset that an entry of params.yaml stands for: what the tables show beside ours."""

from autoloss import registry
from autoloss.config import Dataset
from autoloss.datasets import Format, Published, Target


def counts(entry: Dataset) -> Published | None:
    """The counts of the complete archive; None if they are not published, or if they are of another task."""
    form: Format = registry.load("datasets", entry.use)(**entry.params)
    known = form.expected()
    return known if known and known.classes == Target.of(entry).classes else None
