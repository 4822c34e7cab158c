"""`autoloss train --rerun`: the command that the page gives for a number."""

import html
import json
import re
import shlex

from autoloss import seals


def test_the_command_on_the_page_trains_again_and_finds_the_same_numbers(trained):
    trained.autoloss("report")
    page = (trained.root / "reports" / "index.html").read_text()
    command = shlex.split(html.unescape(re.search(r"<code>autoloss (train --rerun [^<]*)</code>", page)[1]))
    ids = command[2:]
    before = {id: (trained.root / "results" / "cells" / id / "metrics.json").stat() for id in ids}
    printed = trained.autoloss(*command)
    for id in ids:
        assert f"{id}: rerun gives the same numbers: test auc" in printed
        assert (trained.root / "logs" / "cells" / f"{id}.rerun.log").is_file()
        assert (trained.root / "results" / "cells" / id / "metrics.json").stat() == before[id]
    assert list((trained.root / "results" / "scratch").glob("*.rerun")) == []


def test_a_number_that_does_not_come_out_again_is_said_in_one_line(trained):
    cell = next((trained.root / "results" / "cells").glob("ce-*-s0-*"))
    metrics = json.loads((cell / "metrics.json").read_text())
    auc, metrics["test"]["auc"] = metrics["test"]["auc"], 0.75
    (cell / "metrics.json").write_text(json.dumps(metrics))
    about = json.loads((cell / "cell.json").read_text())
    about["provenance"]["threads"] = 8
    (cell / "cell.json").write_text(json.dumps(about))
    seals.seal(cell, "cell.json")
    printed = trained.autoloss("train", "--rerun", cell.name, fails=True)
    assert f"rerun differs: test auc {auc} instead of 0.75; here threads 1 instead of 8" in printed
    assert json.loads((cell / "metrics.json").read_text()) == metrics  # what was there is kept


def test_a_cell_that_is_not_there_is_trained(trained, tiny):
    tiny["seeds"] = 3
    trained.params(tiny)
    cell = next(row["cell"] for row in trained.plan() if row["state"] != "done")
    trained.autoloss("train", "--rerun", cell)
    assert (trained.root / "results" / "cells" / cell / "metrics.json").is_file()
