"""One pass over the cell directories: new cells become runs, incomplete runs are redone, tags follow the plan."""

import shutil
from concurrent.futures import Future
from pathlib import Path
from tempfile import TemporaryDirectory

from mlflow.entities import Run

from autoloss.errors import UserError
from autoloss.tracking import Progress, Synced, models, pictures, runs, summaries, views
from autoloss.tracking.runs import CellRun
from autoloss.tracking.store import Store, opened
from autoloss.tracking.summaries import CURRENT, Row

DONE = "cell.imported"  # set last, to the record's fingerprint: a run without it is incomplete


def bring_up_to_date(
    cells_root: Path, current_ids: set[str] | None, uri: str, root: Path, progress: Progress
) -> Synced:
    """See `autoloss.tracking.sync`."""
    found, unreadable = _read(cells_root)
    with opened(uri, root, progress) as store:
        synced = Synced(store.shown, unreadable=unreadable)
        stored = store.runs()
        cells, leftover = _sort(stored, {id: record.fingerprint for id, record in found.items()})
        for run in leftover:
            store.delete(run.info.run_id)
        if current_ids is not None:
            _follow_plan(store, cells, current_ids, synced)
        rows = [
            Row(run.info.run_id, run.info.start_time, run.data.params, run.data.tags, run.data.metrics)
            for run in cells.values()
        ]
        missing = [record for id, record in found.items() if id not in cells]
        with pictures.drawn(missing) as drawings:
            for i, (record, drawing) in enumerate(zip(missing, drawings, strict=True)):
                progress("importing cells", i, len(missing))
                rows.append(_import(store, record, current_ids is None or record.id in current_ids, drawing))
        synced.imported, synced.unchanged = len(missing), len(found) - len(missing)
        progress("summaries", len(missing), len(missing))
        synced.summaries = summaries.write(store, rows, [r for r in stored if summaries.KEY in r.data.tags])
        made = views.tags(rows, store.experiment_id)
        if not views.ours(store.experiment_tags.get(views.NOTE)):
            del made[views.NOTE]
        store.tag_experiment(made)
        progress("models", len(missing), len(missing))
        current = {row.tags["cell.id"]: row.run_id for row in rows if row.tags.get(CURRENT) == "true"}
        synced.models, unloadable = models.log_best(store, [(found[i], r) for i, r in current.items() if i in found])
        synced.unreadable += unloadable
    return synced


def _read(cells_root: Path) -> tuple[dict[str, CellRun], list[str]]:
    """The readable cells by id, and one line for each unreadable one."""
    found: dict[str, CellRun] = {}
    unreadable = []
    for folder in runs.folders(cells_root):
        try:
            record = runs.read(folder)
            found.setdefault(record.id, record)
        except UserError as error:
            unreadable.append(str(error))
    return found, unreadable


def _sort(runs: list[Run], fingerprints: dict[str, str]) -> tuple[dict[str, Run], list[Run]]:
    """The runs to keep, by cell id, and those to delete: incomplete, with other numbers, or duplicates."""
    stay: dict[str, Run] = {}
    go = []
    for run in runs:
        id, done = run.data.tags.get("cell.id"), run.data.tags.get(DONE)
        if id is None:
            continue  # a summary, or a run of the user
        if done is None or done != fingerprints.get(id, done) or id in stay:
            go.append(run)
        else:
            stay[id] = run
    return stay, go


def _follow_plan(store: Store, cells: dict[str, Run], current_ids: set[str], synced: Synced) -> None:
    """Marks runs whose cell has left the plan as superseded, and those whose cell is back as current."""
    for id, run in cells.items():
        wanted = "true" if id in current_ids else "false"
        if run.data.tags.get(CURRENT) != wanted:
            store.tag(run.info.run_id, {CURRENT: wanted})
            run.data.tags[CURRENT] = wanted
            synced.returned += wanted == "true"
            synced.superseded += wanted == "false"


def _import(store: Store, record: CellRun, current: bool, drawing: Future[dict[str, str]]) -> Row:
    """Creates the run of one cell. If killed midway, it leaves a run without the tag `DONE`."""
    tags = {**record.tags, CURRENT: "true" if current else "false"}
    run_id = store.create(record.name, tags, record.start)
    store.log(run_id, record.params, record.points())
    with TemporaryDirectory() as scratch:
        for name in runs.FILES:
            if (record.folder / name).exists():
                shutil.copy(record.folder / name, scratch)
        for name, svg in drawing.result().items():
            (Path(scratch) / name).write_text(svg)
        store.artifacts(run_id, Path(scratch))
    store.finish(run_id, record.end)
    store.tag(run_id, {DONE: record.fingerprint})
    return Row(run_id, record.start, record.params, tags, record.finals)
