"""Trains cells: each in a scratch folder under a lock, renamed into place as its last act."""

import os
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from autoloss import disk, git, records, seals
from autoloss.cells import archive, digest, hardware, room
from autoloss.cells.cell import Cell, error, state
from autoloss.cells.pace import pace_line
from autoloss.cells.record import RECORD, CellRecord, Provenance
from autoloss.data import encoder_files
from autoloss.disk import Log
from autoloss.errors import Interrupted, UserError
from autoloss.files import write_json
from autoloss.training.spec import DataIdentity

VERSIONS = ("torch", "numpy", "safetensors")


def run(cells: list[Cell], root: Path, device: str, threads: int) -> list[str]:
    """Trains the cells that are not done, one after another; a failing one does not stop the next.

    Args:
        cells: their upstream cells must be done.
        root: the project's folder.
        device: auto, cpu or cuda.
        threads: of this process.

    Returns:
        The error lines of the cells that failed.

    Raises:
        Interrupted: the process was asked to end; the message names the cell, whose checkpoint is kept.
    """
    errors = []
    for cell in cells:
        with archive.alone(root, cell.id) as scratch, log(root / "logs" / "cells" / f"{cell.id}.log"):
            try:
                for line in archive.bring_back(cell, root):
                    print(line)
                if state(cell, root) != "done":
                    archive.store(cell, compute(cell, root, scratch, device, threads), root)
                print(f"done: {cell.folder(root)}")
            except Interrupted as stop:
                print(stop)
                raise Interrupted(f"{cell.id}: {stop}") from None
            except Exception as failure:
                if not isinstance(failure, UserError) and not disk.is_full(failure):
                    traceback.print_exc()
                print(f"failed: {one_line(failure)}")
                errors.append(f"{cell.id}: {one_line(failure)}")
                _leave(cell.failure(root), {"id": cell.id, "error": one_line(failure)})
            else:
                cell.failure(root).unlink(missing_ok=True)
                shutil.rmtree(scratch)
    return errors


def _leave(record: Path, content: dict[str, str]) -> None:
    try:
        write_json(record, content)
    except OSError:  # the disk is full; the log has it, perhaps, and whoever called this
        for partial in record.parent.glob(f"{record.name}.*"):
            partial.unlink()


@contextmanager
def log(path: Path) -> Iterator[None]:
    """Appends all that is printed inside to the file, after a line that tells it from what is there.

    A training run that goes on from its checkpoint, or that another process has done meanwhile, keeps its log.
    """
    with Log(path, "a") as file, redirect_stdout(file), redirect_stderr(file):
        print(f"---- {_now()}, process {os.getpid()}")
        yield


def compute(cell: Cell, root: Path, scratch: Path, device: str, threads: int) -> Path:
    """Trains a cell in `scratch`, whether or not it has been trained before.

    Args:
        cell: its upstream cells must be done.
        root: the project's folder.
        scratch: keeps the checkpoint from which an interrupted training run resumes.
        device: auto, cpu or cuda.
        threads: of this process.

    Returns:
        The finished directory, in `scratch`.

    Raises:
        UserError: the cell cannot be trained here, or its training failed.
    """
    import torch

    from autoloss import data
    from autoloss.data import intact
    from autoloss.training import entry
    from autoloss.training.pace import PACE, Reporter

    before = digest.loaded_modules()
    for module in digest.roots(cell.spec):
        import_module(module)
    if digest.current_code(cell.spec) != cell.code:
        raise UserError("the code was edited while this cell waited: start the run again")
    if hidden := digest.hidden_imports(cell.spec):
        raise UserError(f"{', '.join(hidden)}, which the code digest does not cover: import at module level")
    where = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    if where == "cuda" and not torch.cuda.is_available():
        raise UserError("params.yaml: device: found cuda, but torch sees no GPU: expected auto or cpu")
    if cell.hardware and cell.hardware != (here := hardware.describe(device).id):
        raise UserError(
            f"planned for machine {cell.hardware}, started on {here}: run `dvc repro timing` on the machine itself"
        )
    print(f"{_now()} {cell.id} on {where} with {threads} threads", flush=True)
    out = scratch / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    room.check(cell, root, where)
    folder = root / "data" / "encoded" / cell.scale / cell.dataset
    intact.check(folder, root / "data")
    encoded = data.load(folder, where)
    if DataIdentity.of(encoded.facts) != cell.spec.data:
        raise UserError("the encoded data changed while this cell waited: start the run again")
    for role, source in cell.upstream.items():
        if state(source, root) != "done":
            raise UserError(f"its {role} cell {source.id} is not done: {error(source, root) or 'train it first'}")
    upstream = {role: source.folder(root) for role, source in cell.upstream.items()}
    reporter = Reporter(scratch / PACE, lambda pace: print(pace_line(pace), flush=True))
    entry.compute(cell.kind, cell.spec, cell.seed, encoded, upstream, scratch, out, threads, reporter=reporter)
    if unforeseen := digest.unforeseen_modules(cell.spec, before):
        raise UserError(
            f"training imported {', '.join(unforeseen)}, which the code digest does not cover: import at module level"
        )
    if cell.spec.keep_model:
        encoder_files.keep(folder, out)
    provenance = _provenance(cell, root, hardware.describe(device), where, threads)
    records.write(CellRecord(**vars(cell.describe()), provenance=provenance), out / RECORD)
    seals.seal(out, RECORD)
    return out


def _provenance(cell: Cell, root: Path, machine: hardware.Hardware, device: str, threads: int) -> Provenance:
    return Provenance(
        versions={"python": sys.version.split()[0], **{name: version(name) for name in VERSIONS}},
        hardware=machine,
        device=device,
        threads=threads,
        git_commit=git.commit(root),
        finished_at=_now(),
        command=f"autoloss train {cell.id}",
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def one_line(failure: Exception) -> str:
    """What went wrong, for a log or a table."""
    if disk.is_full(failure):
        return f"{disk.FULL}; run again when there is room"
    text = " ".join(str(failure).split())
    return text if isinstance(failure, UserError) else f"{type(failure).__name__}: {text}"
