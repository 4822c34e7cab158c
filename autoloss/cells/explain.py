"""Why a cell would run: what differs from the newest result of the same name."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from autoloss import records
from autoloss.cells import archive
from autoloss.cells.cell import Cell, damage, error, is_empty, state
from autoloss.cells.known import not_encoded
from autoloss.cells.pace import last_pace
from autoloss.cells.record import RECORD, CellRecord, Description, written
from autoloss.errors import UserError

SHOWN = 3  # changes named in one phrase


def reasons(cells: tuple[Cell, ...], root: Path) -> dict[str, str]:
    """For each cell id, one phrase; empty for a cell that is done."""
    undone = [cell for cell in cells if state(cell, root) != "done"]
    earlier = _earlier(root) if undone else {}
    return {cell.id: "" for cell in cells} | {cell.id: _reason(cell, earlier.get(_name(cell)), root) for cell in undone}


def _reason(cell: Cell, before: CellRecord | None, root: Path) -> str:
    if names := not_encoded(cell):
        return f"{' and '.join(sorted(names))} not encoded yet: digest and result not known"
    if not is_empty(kept := archive.of(root) / cell.id) and not damage(kept, root):
        return "comes back from the archive"
    if not is_empty(cell.folder(root)):
        return str(error(cell, root))
    if state(cell, root) == "failed":
        return f"failed before: {error(cell, root)}"
    if stopped := last_pace(cell, root):
        return f"interrupted at step {stopped.step:,} of at most {stopped.last_step:,}"
    if before is None:
        return "never trained"
    now, then = _facts(cell.describe()), _facts(before)
    keys = sorted({*now, *then})
    changes = [_change(key, then.get(key), now.get(key)) for key in keys if now.get(key) != then.get(key)]
    return "; ".join(changes[:SHOWN]) + ("; …" if changes[SHOWN:] else "") or "its specification changed"


def _change(key: str, then: Any, now: Any) -> str:
    section, _, rest = key.partition(".")
    if section == "code":
        return f"code changed: {rest}"
    if section == "upstream":
        return f"its {rest} cell changed"
    if key == "spec.data.sha256":
        return "the data changed"
    return f"{rest if section == 'spec' else key}: {_short(then)} → {_short(now)}"


def _short(value: Any) -> str:
    return str(value) if len(str(value)) <= 40 else f"{str(value)[:37]}…"


def _facts(about: Description) -> dict[str, Any]:
    """What the digest covers, with dotted names."""
    content = asdict(about)
    return _flat({key: content[key] for key in ("spec", "upstream", "code", "hardware")})


def _flat(content: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in content.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _name(about: Cell | Description) -> tuple[object, ...]:
    return about.kind, about.scale, about.dataset, about.model, about.method, about.training, about.seed


def _earlier(root: Path) -> dict[tuple[object, ...], CellRecord]:
    """The newest result under each name, wherever it lies; records of another version are passed over."""
    results = root / "results"
    places = ("cells/*", "timing/*/*", "archive/*")
    files = {f.parent.name: f for place in places for f in results.glob(f"{place}/{RECORD}")}
    newest: dict[tuple[object, ...], CellRecord] = {}
    for file in sorted(files.values(), key=written):
        try:
            about = records.read(CellRecord, file)
        except UserError:
            continue
        newest[_name(about)] = about
    return newest
