"""Encodes a raw file into an empty folder: both passes, their checks, and the facts."""

from pathlib import Path

from autoloss.config import Dataset
from autoloss.data import columns
from autoloss.data.encode import checks
from autoloss.data.encode.count import count
from autoloss.data.encode.map_ids import map_ids
from autoloss.data.encode.survey import survey
from autoloss.data.facts import SPLITS, Facts
from autoloss.data.fetch.raw_file import RawFile
from autoloss.data.progress import say
from autoloss.datasets import Format, Target


def encode(entry: Dataset, form: Format, raw: RawFile, folder: Path, request: str) -> None:
    """Encodes a raw file into an empty folder; meta.json is written last.

    Args:
        entry: the dataset. form: its raw format. raw: the raw file.
        folder: where the arrays go.
        request: digest of what was asked for, stored with the facts.

    Raises:
        UserError: bad rows, or a disk that is too small.
    """
    checks.room(raw, folder, entry.rows)
    if form.learns_columns:
        form = form.fitted(survey(raw, form, entry), Target.of(entry))
        for line in columns.warnings(form):
            say(f"{entry.name}: {line}")
    blocks = folder / "blocks"
    blocks.mkdir()
    counted = count(raw, form, entry, blocks)
    passed = checks.counted(counted, raw, form, entry)
    mapped = map_ids(counted, raw, form, entry, folder)
    counted.vocabulary.write(folder)
    columns.write(form, folder)
    blocks.rmdir()
    archive = form.archive if entry.source != "synthetic" else None
    Facts(
        name=entry.name,
        format=entry.use,
        task=entry.task,
        n_classes=entry.n_classes,
        n_outputs=entry.n_classes or 1,
        rows=sum(counted.rows.values()),
        rows_per_split=counted.rows,
        field_names=form.layout.fields,
        field_sizes=tuple(counted.vocabulary.sizes),
        class_shares={s: tuple((c / max(1, c.sum())).tolist()) for s, c in zip(SPLITS, mapped.classes, strict=True)},
        sha256=mapped.sha256,
        files=mapped.files,
        bytes=sum(mapped.files.values()),
        bad_rows=counted.bad,
        dropped=counted.dropped,
        bayes=mapped.bayes,
        source=raw.origin,
        terms="generated" if entry.source == "synthetic" else archive.terms if archive else "",
        citation=archive.citation if archive else "",
        request=request,
        settings=entry.model_dump(mode="json", exclude={"stands_in_for"}),
        checks=tuple(passed),
    ).write(folder)
