"""Blocks on disk between the two passes: codes (in the smallest type), distinct values, labels, record numbers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from autoloss.data.encode.read.recipe import Coded


@dataclass(frozen=True)
class Spilled:
    """A block as the second pass needs it, memory-mapped.

    Attributes:
        labels: float64 [n]. split: uint8 [n]. records: int64 [n] position of each row in the file.
        codes, values: of each field, [n] indices and the distinct values.
    """

    labels: np.ndarray
    codes: list[np.ndarray]
    values: list[pa.Array]
    split: np.ndarray
    records: np.ndarray


def write(path: Path, block: Coded, split: np.ndarray, first_record: int) -> None:
    """Writes a block and the split of its rows to an Arrow file."""
    columns, names = [], []
    for i, (codes, values) in enumerate(zip(block.codes, block.values, strict=True)):
        small = np.uint8 if len(values) <= 128 else np.uint16 if len(values) <= 32768 else np.int32
        columns.append(pa.DictionaryArray.from_arrays(pa.array(codes.astype(small)), values, safe=False))
        names.append(f"f{i}")
    columns += [pa.array(block.labels), pa.array(split), pa.array(block.records + first_record)]
    batch = pa.record_batch(columns, names=[*names, "label", "split", "record"])
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write(batch)


def read(path: Path) -> Spilled:
    """Reads a block back."""
    with pa.memory_map(str(path)) as source:
        batch = pa.ipc.open_file(source).get_batch(0)
    *fields, labels, split, records = batch.columns
    return Spilled(
        labels.to_numpy(),
        [f.indices.to_numpy() for f in fields],
        [f.dictionary for f in fields],
        split.to_numpy(),
        records.to_numpy(),
    )
