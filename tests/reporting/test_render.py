import json
import shutil

import fake_cells
import fake_files
import pytest

from autoloss.reporting import page, render
from autoloss.reporting.page.answer import answer


@pytest.fixture
def copied(small, report, tmp_path):
    """The project with its report, to be spoilt."""
    shutil.copytree(small.root, tmp_path / "copy")
    return tmp_path / "copy"


def snapshot(folder):
    return {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_report_that_crashes_leaves_the_old_one(small, copied, monkeypatch):
    before = snapshot(copied / "reports")

    def crash(*_):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(render.figures, "build", lambda *_: [])
    monkeypatch.setattr(page, "page", crash)
    with pytest.raises(RuntimeError):
        render.render(small.config, small.plan, copied)
    assert snapshot(copied / "reports") == before  # nothing changed, and no scratch folder stays


@pytest.mark.parametrize("name", ["tables/mine.csv", "figures/mine.svg", "plots/notes/mine.txt", "mine.html"])
def test_a_file_of_the_users_beside_the_report_stays(name, small, copied, monkeypatch):
    monkeypatch.setattr(render.figures, "build", lambda *_: [])
    mine = copied / "reports" / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("precious")
    render.render(small.config, small.plan, copied)
    render.render(small.config, small.plan, copied)
    assert mine.read_text() == "precious"


def test_files_that_are_no_longer_made_are_removed_and_all_others_listed(small, copied, monkeypatch):
    monkeypatch.setattr(render.figures, "build", lambda *_: [])
    reports = copied / "reports"
    assert list((reports / "figures").glob("*.svg"))
    written = render.render(small.config, small.plan, copied)
    assert not list((reports / "figures").glob("*.svg"))
    assert written[-1] == reports / "index.html" and all(p.is_file() for p in written)
    assert (reports / "paper" / "overall.yaml").is_file()


CONFLICT = '{\n<<<<<<< HEAD\n "files": ["tables/mine.csv"]\n=======\n "files": []\n>>>>>>> theirs\n}\n'


@pytest.mark.parametrize("text", [CONFLICT, "[]", "{}", '{"files": "tables"}', '{"files": [1]}', "\udcff"])
def test_a_list_that_is_not_as_the_last_report_left_it_is_written_anew_and_nothing_is_removed(
    small, copied, monkeypatch, text
):
    monkeypatch.setattr(render.figures, "build", lambda *_: [])
    reports = copied / "reports"
    (reports / render.WRITTEN).write_text(text, errors="surrogateescape")
    (reports / "tables" / "mine.csv").write_text("precious")
    figures = snapshot(reports / "figures")
    written = render.render(small.config, small.plan, copied)
    assert (reports / "tables" / "mine.csv").read_text() == "precious"
    assert {name for name in figures if name.suffix == ".svg"} <= snapshot(reports / "figures").keys()
    listed = json.loads((reports / render.WRITTEN).read_text())["files"]
    assert listed == [str(path.relative_to(reports)) for path in written]


def test_metrics_for_dvc_are_a_file_per_dataset_model_and_method(report):
    metrics = {f.name: json.loads(f.read_text()) for f in (report / "metrics").iterdir()}
    there = {name for name in metrics if name.startswith("criteo-deepfm-")}
    assert there == {f"criteo-deepfm-{m}.json" for m in ("ce", "slf", "autoloss")}  # hinge was never trained
    assert set(metrics["criteo-deepfm-ce.json"]) == {"auc", "logloss", "logloss_calibrated"}
    cells = metrics["cells.json"]
    assert (cells["training runs failed"], cells["training runs missing"]) == (1, 4)


def test_the_answer_is_there_in_markdown_too(report, material):
    said = (report / "tables" / "answer.md").read_text()
    for lead, text in answer(material, "overall").paragraphs:
        assert f"**{lead}:** {text}" in said


def test_plots_for_dvc_are_long_csv_files(report):
    curves = (report / "plots" / "learning_curves.csv").read_text().splitlines()
    assert curves[0] == "dataset,model,method,train_examples,metric,value"
    assert len(curves) == 1 + 7 * 16  # seven trainings with results, sixteen evaluations
    assert (report / "plots" / "overall.csv").read_text().startswith("dataset,model,method,seed,auc")


@pytest.mark.parametrize(
    "skip", [("timing-",), ("autoloss", "ce"), ("",)], ids=["no timing", "no AutoLoss, no CE", "nothing"]
)
def test_a_report_is_made_of_whatever_is_finished(skip, tmp_path):
    config = fake_cells.config(**fake_cells.SMALL)
    plan = fake_files.project(tmp_path, config, skip=skip)
    assert all(path.is_file() for path in render.render(config, plan, tmp_path))
    assert (tmp_path / "reports" / "index.html").is_file()
