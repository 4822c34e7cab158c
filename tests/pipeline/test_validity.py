"""Validity lies in the path: what changed trains again, and nothing else."""

import shutil

EVERYTHING = [f"{method} {seed}" for method in ("autoloss", "ce", "focal") for seed in (0, 1)]


def test_a_finished_project_has_nothing_to_train(trained):
    assert trained.missing() == []


def test_a_clone_with_its_results_has_nothing_to_train_whatever_the_file_times(trained, tmp_path):
    for file in sorted(trained.root.rglob("*")):
        if file.is_file():
            file.touch()
    assert trained.missing() == []


def test_a_parameter_of_one_method_trains_its_cells_only(trained, tiny):
    tiny["methods"]["autoloss"]["every"] = 3
    trained.params(tiny)
    assert trained.missing() == ["autoloss 0", "autoloss 1"]
    assert {row["reason"] for row in trained.plan() if row["reason"]} == {"method.params.every: 2 → 3"}


def test_a_loss_parameter_trains_every_method_that_uses_the_loss(trained, tiny):
    tiny["losses"]["focal"]["gamma"] = 1.0
    trained.params(tiny)
    assert trained.missing() == ["autoloss 0", "autoloss 1", "focal 0", "focal 1"]


def test_one_more_seed_trains_that_seed_only(trained, tiny):
    tiny["seeds"] = 3
    trained.params(tiny)
    assert trained.missing() == ["autoloss 2", "ce 2", "focal 2"]


def test_device_and_threads_are_no_part_of_a_result(trained, tiny):
    tiny |= {"threads": 2, "device": "cpu", "cells_per_job": 1}
    trained.params(tiny)
    assert trained.missing() == []


def test_timings_taken_on_the_processor_do_not_count_for_cuda(trained, tiny):
    timing = {**tiny["experiments"]["overall"], "kind": "timing", "methods": ["ce"], "seeds": 1}
    tiny["experiments"]["speed"] = timing
    trained.params(tiny | {"device": "cpu"})
    trained.train()
    assert trained.missing() == []
    trained.params(tiny | {"device": "cuda"})
    assert trained.missing() == ["ce 0"]


def test_code_of_one_method_trains_its_cells_only(trained):
    trained.edit("autoloss/methods/autoloss.py", "class AutoLoss(", "CHANGED = 1\n\n\nclass AutoLoss(")
    assert trained.missing() == ["autoloss 0", "autoloss 1"]
    assert {row["reason"] for row in trained.plan() if row["reason"]} == {"code changed: autoloss.methods.autoloss"}


def test_an_imported_helper_trains_all_that_import_it(trained):
    trained.edit("autoloss/models/_layers.py", "import torch", "import torch\n\nCHANGED = 1")
    assert trained.missing() == EVERYTHING


def test_code_that_trains_nothing_and_comments_train_nothing(trained):
    trained.edit("autoloss/reporting/render.py", '"""', '"""Changed. ')
    (trained.root / "autoloss" / "reporting" / "render.py").open("a").write("\nCHANGED = 1\n")
    (trained.root / "autoloss" / "cells" / "plan.py").open("a").write("\nCHANGED = 1\n")
    (trained.root / "autoloss" / "methods" / "darts.py").open("a").write("\nCHANGED = 1\n")
    (trained.root / "autoloss" / "training" / "loop.py").open("a").write("\n# a comment\n")
    trained.edit("autoloss/models/deepfm.py", '"""', '"""Other words: ')
    assert trained.missing() == []


def test_other_data_train_everything(trained, tiny):
    tiny["datasets"]["ratings"]["synthetic_seed"] = 5
    trained.params(tiny)
    trained.autoloss("data", "prepare", "ratings")
    assert trained.missing() == EVERYTHING


def test_missing_data_are_one_line_that_says_how_to_make_them(trained):
    shutil.rmtree(trained.root / "data" / "encoded")
    printed = trained.autoloss("verify", fails=True)
    assert "ratings not encoded yet; `dvc repro data` does it" in printed
    assert len(printed.strip().splitlines()) == 1
    assert "not encoded yet: ratings; `dvc repro data`" in trained.autoloss("plan")


def test_an_unplanned_cell_is_refused(trained):
    printed = trained.autoloss("train", "ce-deepfm-ratings-s0-0123456789ab", fails=True)
    assert "not in the plan" in printed


def test_a_result_can_be_told_from_its_cell_json(trained):
    import json

    rows = trained.plan()
    about = json.loads((trained.root / "results" / "cells" / rows[0]["cell"] / "cell.json").read_text())
    assert about["spec"]["training"]["batch_size"] == 200
    assert about["spec"]["model"]["params"]["dim"] == 4
    assert about["provenance"]["versions"]["torch"]
    assert about["provenance"]["hardware"]["id"].startswith("hw-")


def test_a_broken_plugin_is_one_line_where_it_is_used_and_stops_nothing_where_not(trained, tiny):
    (trained.root / "autoloss" / "losses" / "broken.py").write_text("class Broken:\n    gamma = = 1\n")
    assert trained.missing() == []
    tiny["losses"]["broken"] = {}
    trained.params(tiny)
    printed = trained.autoloss("plan", fails=True)
    assert printed == "error: autoloss/losses/broken.py:2: not valid Python: invalid syntax\n"


def test_an_import_that_the_digest_does_not_cover_is_refused_before_training(trained):
    late = "def late():\n    from autoloss.reporting import labels\n\n    return labels\n\n\nclass AutoLoss("
    trained.edit("autoloss/methods/autoloss.py", "class AutoLoss(", late)
    printed = trained.autoloss("train", "--method", "autoloss", fails=True)
    lines = [line for line in printed.splitlines() if "autoloss.reporting.labels, which the code digest" in line]
    assert len(lines) == 2, "of both seeds, though the first one's process trains the second one"
    log = trained.root / "logs" / "cells" / f"{lines[1].partition(':')[0]}.log"
    assert "autoloss.methods.autoloss, line " in lines[1] and " on cpu with " not in log.read_text()
