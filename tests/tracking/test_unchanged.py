"""An import with nothing to do is recognised without MLflow; whatever changes is noticed."""

import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from mlflow import MlflowClient

from autoloss import records, seals
from autoloss.cells.record import RECORD
from autoloss.errors import UserError
from autoloss.tracking import sync, unchanged
from autoloss.training.outcome import OUTCOME
from autoloss.training.pace import PACE, Pace

URI = "sqlite:///mlflow.db"


def imported(root: Path, ids: set[str] | None = None):
    """Imports everything; the cells that the store is then found to have."""
    sync(root / "results", ids, URI, root)
    return recorded(root, ids)


def recorded(root: Path, ids: set[str] | None = None):
    return unchanged.recorded(root / "results", ids, URI, root)


def change_a_number(root, folder, client, experiment):
    text = (folder / OUTCOME).read_text()
    (folder / OUTCOME).write_text(text.replace("0.8", "0.9", 1))


def seal_another_number(root, folder, client, experiment):
    change_a_number(root, folder, client, experiment)
    seals.seal(folder, RECORD)


def remove_a_cell(root, folder, client, experiment):
    shutil.rmtree(folder)


def begin_to_train(root, folder, client, experiment):
    records.write(Pace(1, 100, 200, 1000.0, "auc", None, None, 1.0), root / "results" / "scratch" / "a-cell" / PACE)


def delete_a_run(root, folder, client, experiment):
    client.delete_run(client.search_runs([experiment], "params.kind = 'train'")[0].info.run_id)


def delete_a_summary(root, folder, client, experiment):
    client.delete_run(client.search_runs([experiment], "params.kind = 'summary'")[0].info.run_id)


def tag_a_run(root, folder, client, experiment):
    client.set_tag(client.search_runs([experiment], "params.kind = 'train'")[0].info.run_id, "cell.current", "false")


def edit_the_views(root, folder, client, experiment):
    client.delete_experiment_tag(experiment, "mlflow.note.content")


def delete_the_experiment(root, folder, client, experiment):
    client.delete_experiment(experiment)


def register_another_model(root, folder, client, experiment):
    client.create_registered_model("autoloss-model-criteo-demo")
    client.create_model_version("autoloss-model-criteo-demo", str(root))
    client.set_registered_model_alias("autoloss-model-criteo-demo", "best", "1")


CHANGES = (
    change_a_number, seal_another_number, remove_a_cell, begin_to_train, delete_a_run, delete_a_summary, tag_a_run,
    edit_the_views, delete_the_experiment, register_another_model,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_noticed_until_an_import_has_dealt_with_it(root, cell, change):
    folders = [cell(root / "results", seed=seed) for seed in range(2)]
    assert recorded(root) is None
    assert imported(root) == 2
    client = MlflowClient(f"sqlite:///{root / 'mlflow.db'}")
    change(root, folders[0], client, client.get_experiment_by_name("autoloss").experiment_id)
    assert recorded(root) is None
    left = {remove_a_cell: 1, change_a_number: None, begin_to_train: None}.get(change, 2)
    assert imported(root) == left  # what is damaged or in training is told each time


def test_a_new_cell_another_plan_other_code_and_another_folder_are_noticed(root, cell, monkeypatch, tmp_path):
    first = cell(root / "results").name
    assert imported(root, {first}) == 1
    assert recorded(root, set()) is None
    assert recorded(root, None) is None
    with monkeypatch.context() as patch:
        patch.setattr(unchanged, "_code", lambda: "edited")
        assert recorded(root, {first}) is None
    shutil.copytree(root, tmp_path / "clone")
    assert recorded(tmp_path / "clone", {first}) is None
    assert recorded(root, {first}) == 1
    cell(root / "results", seed=1)
    assert recorded(root, {first}) is None


def test_clones_that_share_an_experiment_both_find_nothing_to_do(root, cell, monkeypatch):
    cell(root / "results")
    shutil.copytree(root / "results", root / "clone" / "results")
    uri = f"sqlite:///{root / 'mlflow.db'}"
    for _ in range(2):
        for folder in (root, root / "clone"):
            sync(folder / "results", None, uri, folder)
    assert [unchanged.recorded(folder / "results", None, uri, folder) for folder in (root, root / "clone")] == [1, 1]


def test_a_run_that_somebody_adds_during_an_import_leaves_no_mark(root, cell, monkeypatch):
    cell(root / "results")
    read = unchanged.stored

    def later(uri, root):
        client = MlflowClient(f"sqlite:///{root / 'mlflow.db'}")
        client.create_run(client.get_experiment_by_name("autoloss").experiment_id)
        return read(uri, root)

    monkeypatch.setattr(unchanged, "stored", later)
    sync(root / "results", None, URI, root)
    monkeypatch.undo()
    assert recorded(root) is None


def test_a_missing_file_is_not_created_and_foreign_tables_tell_nothing(root, cell):
    (root / "mlflow.db").unlink()
    assert recorded(root) is None
    assert not (root / "mlflow.db").exists()
    (root / "mlflow.db").touch()
    assert unchanged.stored(URI, root) is None


def test_a_server_is_asked_by_the_import_itself_and_an_unusable_store_is_told(root, cell):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        assert unchanged.stored(f"http://127.0.0.1:{server.server_port}", root) is None
    with pytest.raises(UserError, match=r"MLflow store http://127.0.0.1:9: the server cannot be reached"):
        unchanged.recorded(root / "results", None, "http://127.0.0.1:9", root)


def test_a_run_with_nothing_new_does_not_import_mlflow(enter, cell):
    params = {"scale": "demo", "datasets": {}, "losses": {}, "models": {}, "methods": {}, "experiments": {}}
    root = enter(params)
    cell(root / "results")
    assert imported(root, set()) == 1
    program = "import sys; sys.modules['mlflow'] = None\nfrom autoloss.tracking import follow; follow.main()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        process.stdin.write("60\n")
        process.stdin.flush()  # and left open: its end would end the process
        assert process.stdout.readline() == "MLflow sqlite:///mlflow.db, experiment autoloss: 1 cells recorded\n"
