"""One pass over the cell directories: new cells become runs, incomplete runs are redone, tags follow the plan."""

import shutil
from concurrent.futures import Future
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from mlflow.entities import Run

from autoloss.cells.pace import paces
from autoloss.errors import UserError
from autoloss.tracking import Progress, Synced, live, models, pictures, runs, summaries, unchanged, views
from autoloss.tracking.live import IMPORTER
from autoloss.tracking.runs import CellRun
from autoloss.tracking.store import Store, opened
from autoloss.tracking.summaries import CURRENT, Row

DONE = "cell.imported"  # set last, to the record's fingerprint: a run without it is incomplete
SINCE = "cell.import_started"  # when: seconds since 1970
ABANDONED = 3600  # seconds after which the incomplete run of another importer counts as given up


def bring_up_to_date(
    cells_root: Path, current_ids: set[str] | None, uri: str, root: Path, progress: Progress
) -> Synced:
    """See `autoloss.tracking.sync`."""
    expected = unchanged.wanted(cells_root, current_ids, root)  # before anything is read: what changes later is noticed
    found, unreadable = _read(cells_root)
    with opened(uri, root, progress) as store:
        synced = Synced(store.shown, views.address(store.experiment_id), unreadable=unreadable)
        stored = store.runs()
        live.show(store, stored, paces(cells_root / "scratch"))
        cells = _tidied(store, stored, found)
        if current_ids is not None:
            _follow_plan(store, cells, current_ids, synced)
        rows = [
            Row(run.info.run_id, run.info.start_time, run.data.params, run.data.tags, run.data.metrics)
            for run in cells.values()
        ]
        made = _import_missing(store, found, set(cells), current_ids, progress)
        synced.imported, synced.unchanged = len(made), len(found) - len(made)
        rows += made
        if store.shared and made:
            _tidied(store, store.runs(), found)  # of a cell that two importers wrote at once, both keep the same run
        progress("summaries", len(made), len(made))
        synced.summaries = summaries.write(store, rows, [r for r in stored if summaries.KEY in r.data.tags])
        tags = views.tags(rows, store.experiment_id)
        if not views.ours(store.experiment_tags.get(views.NOTE)):
            del tags[views.NOTE]
        store.tag_experiment(tags)
        progress("models", len(made), len(made))
        current = {row.tags["cell.id"]: row.run_id for row in rows if row.tags.get(CURRENT) == "true"}
        synced.models, unloadable = models.log_best(
            store, [(found[i], r) for i, r in current.items() if i in found], root
        )
        synced.unreadable += unloadable
        if expected and not synced.unreadable:
            _mark(store, expected, uri, root)
    return synced


def _mark(store: Store, expected: unchanged.Wanted, uri: str, root: Path) -> None:
    """Leaves the mark of a complete import, unless others have written meanwhile or are writing."""
    there = unchanged.stored(uri, root)
    if there and there.runs == store.present and not there.running:
        store.tag_experiment({unchanged.key(root): unchanged.mark(expected, there)})


def import_cells(cells_root: Path, current_ids: set[str] | None, uri: str, root: Path, progress: Progress) -> None:
    """Imports what has been finished so far, and shows how far training is: runs alone. Raises as `sync` does."""
    found, _ = _read(cells_root)
    with opened(uri, root, progress) as store:
        stored = store.runs()
        live.show(store, stored, paces(cells_root / "scratch"))
        _import_missing(store, found, set(_tidied(store, stored, found)), current_ids, progress)


def _import_missing(
    store: Store, found: dict[str, CellRun], there: set[str], current_ids: set[str] | None, progress: Progress
) -> list[Row]:
    missing = [record for id, record in found.items() if id not in there]
    rows = []
    with pictures.drawn(missing) as drawings:
        for i, (record, drawing) in enumerate(zip(missing, drawings, strict=True)):
            progress("importing cells", i, len(missing))
            rows.append(_import(store, record, current_ids is None or record.id in current_ids, drawing))
    return rows


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


def _tidied(store: Store, runs: list[Run], found: dict[str, CellRun]) -> dict[str, Run]:
    """The runs to keep, by cell id. Deletes incomplete ones, duplicates, and those with other numbers.

    An incomplete run that another importer is writing stays.
    """
    stay: dict[str, Run] = {}
    for run in sorted(runs, key=lambda run: run.info.run_id):
        tags = run.data.tags
        id, done = tags.get("cell.id"), tags.get(DONE)
        if id is None or (done is None and _is_being_written(store, tags)):
            continue  # a summary, a run of the user, or somebody else's work
        if done is None or (id in found and done != found[id].fingerprint) or id in stay:
            store.delete(run.info.run_id)
        else:
            stay[id] = run
    return stay


def _is_being_written(store: Store, tags: dict[str, str]) -> bool:
    return tags.get(IMPORTER, store.owner) != store.owner and time() - float(tags.get(SINCE, 0)) < ABANDONED


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
    run_id = store.create(record.name, {**tags, IMPORTER: store.owner, SINCE: str(int(time()))}, record.start)
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
