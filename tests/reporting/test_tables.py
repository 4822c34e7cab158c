import csv
import io
import shutil
import subprocess
from dataclasses import replace

import fake_cells
import numpy as np
import pytest
from fake_files import project
from fake_records import PROVENANCE
from scipy import stats

from autoloss.errors import UserError
from autoloss.reporting import tables
from autoloss.reporting.material import Material, gather
from autoloss.reporting.results import by_seed, select
from autoloss.reporting.tables._write import escape
from autoloss.reporting.tables.numbers import numbers
from autoloss.reporting.tables.overall import overall
from autoloss.reporting.tables.significance import significance

CONTRACT = (
    "scale,dataset,model,method,seeds,auc_mean,auc_std,logloss_mean,logloss_std,logloss_calibrated_mean,"
    "paper_auc,paper_logloss,p_value,significant"
)


@pytest.fixture(scope="module")
def files(material):
    return tables.files(tables.build(material))


def lines(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_first_columns_of_the_overall_csv_are_the_contract(files):
    assert files["overall.csv"].splitlines()[0].startswith(CONTRACT + ",")


def test_every_table_is_written_in_three_forms(files):
    names = {name.rpartition(".")[0] for name in files}
    wanted = {
        "overall",
        "overall-tests",
        "datasets",
        "transfer",
        "efficiency",
        "frequency",
        "ablations",
        "claims",
        "cost",
    }
    assert wanted | {"failures", "ambiguities"} <= names
    assert set(files) == {f"{name}.{ending}" for name in names for ending in ("csv", "md", "tex")}


def test_a_table_says_which_rows_stand_behind_a_name(files):
    assert (
        "Data: Criteo (30,000 generated rows) and ML-20m (30,000 rows of ml-latest-small.zip)." in files["overall.md"]
    )


def test_means_and_deviations_are_those_of_the_cells(files, material):
    line = next(x for x in lines(files["overall.csv"]) if (x["dataset"], x["method"]) == ("criteo", "autoloss"))
    scores = [
        r.test["auc"] for r in select(material.results, experiment="overall", dataset="criteo", method="autoloss")
    ]
    assert float(line["auc_mean"]) == pytest.approx(np.mean(scores), abs=1e-9)
    assert float(line["auc_std"]) == pytest.approx(np.std(scores, ddof=1), abs=1e-9)
    assert (line["seeds"], line["paper_auc"], line["paper_comparable"]) == ("3", "0.8092", "false")


def test_the_p_value_is_the_paired_test_against_the_best_baseline(files, material):
    line = next(x for x in lines(files["overall.csv"]) if (x["dataset"], x["method"]) == ("ml-20m", "autoloss"))
    here = select(material.results, experiment="overall", dataset="ml-20m")
    ours = by_seed(select(here, method="autoloss"), "auc")
    best = max(("hinge", "ce", "slf"), key=lambda m: np.mean(list(by_seed(select(here, method=m), "auc").values())))
    theirs = by_seed(select(here, method=best), "auc")
    seeds = sorted(ours.keys() & theirs.keys())
    expected = stats.ttest_rel([ours[s] for s in seeds], [theirs[s] for s in seeds]).pvalue
    assert line["best_baseline"] == best and float(line["p_value"]) == pytest.approx(expected)
    assert all(x["p_value"] == "" for x in lines(files["overall.csv"]) if x["method"] != "autoloss")


def test_failed_and_missing_seeds_are_visible_in_every_form(files):
    hinge = [x for x in lines(files["overall.csv"]) if x["method"] == "hinge"]
    assert [(x["seeds"], x["failed"], x["missing"]) for x in hinge] == [("0", "0", "3"), ("2", "1", "0")]
    assert "2 of 3, 1 failed" in files["overall.md"] and "missing (3 missing of 3)" in files["overall.md"]
    assert "2 of 3, 1 failed" in files["overall.tex"]
    failed = [x for x in lines(files["failures.csv"]) if x["state"] == "failed"]
    assert [x["error"] for x in failed] == ["the loss is not finite at step 120 (hinge)"]


def test_the_papers_row_stands_below_ours_and_says_when_it_is_only_a_reference(files):
    rows = [line.split(" | ") for line in files["overall.md"].splitlines() if line.startswith("| Criteo | DeepFM")]
    assert rows[0][2] == "AUC" and rows[1][2] == "*AUC, paper* (reference only)"
    assert "*0.8092*" in rows[1]


def test_the_best_mean_is_bold_and_the_star_needs_significance(material):
    table = overall(material, "overall")
    auc = table.rows[0].values
    best = max((v for v in auc[3:7] if v.sort is not None), key=lambda v: v.sort)
    assert best.bold and sum(v.bold for v in auc) == 1
    starred = {
        r["metric"]: r["significant"] for r in significance(material, "overall").records if r["dataset"] == "criteo"
    }
    assert auc[6].star == (starred["auc"] == "better")


def test_what_the_seeds_can_detect_is_said_under_the_table(material):
    notes = " ".join(overall(material, "overall").notes)
    assert "detect with probability 0.8" in notes and "two-sided paired t-test" in notes
    record = significance(material, "overall").records[0]
    assert record["detectable"] > 0 and record["seeds_needed"] >= 2
    # Both sources of error together leave more room than either.
    assert record["both_low"] < min(record["rows_low"], record["difference_low"])
    assert record["both_high"] > record["rows_high"]


def test_a_table_refuses_to_mix_scales(material):
    mixed = [*material.results, replace(material.of("overall")[0], scale="full")]
    with pytest.raises(UserError, match="mix scales, found demo and full"):
        overall(Material(material.config, mixed), "overall")


def test_versions_that_differ_are_said(material):
    other = Material(material.config, material.results)
    first = material.of("overall")[3].cell_id
    origin = replace(PROVENANCE, versions={"torch": "1.0"}, git_commit="fedcba")
    other.__dict__["provenance"] = dict(material.provenance, **{first: origin})
    notes = " ".join(overall(other, "overall").notes)
    assert "different versions" in notes and "torch 1.0 (1 cell)" in notes and "2 commits" in notes


def test_at_full_scale_the_papers_numbers_apply(tmp_path):
    config = fake_cells.config(scale="full", overall={"datasets": ["criteo"], "models": ["deepfm"], "methods": ["ce"]})
    remote = config.datasets | {"criteo": config.datasets["criteo"].model_copy(update={"source": "remote"})}
    config = config.model_copy(update={"datasets": remote})
    table = overall(gather(config, project(tmp_path, config), tmp_path), "overall")
    assert table.rows[1].values[2].note == "" and table.records[0]["paper_comparable"]


def test_the_long_table_has_a_line_and_its_cells_for_every_number(material):
    table = numbers(material, "overall")
    assert len(table.rows) == 8 and all(len(row.behind) == 3 for row in table.rows)
    assert all(len(row.values) == len(table.columns) for row in table.rows)
    anchors = {value.link for row in overall(material, "overall").rows for value in row.values if value.link}
    assert anchors == {row.anchor for row in table.rows}


def test_the_same_results_give_the_same_bytes(material, files):
    again = gather(material.config, fake_cells.plan(material.config), material.root)
    assert tables.files(tables.build(again)) == files


def test_latex_escapes_what_latex_reads():
    assert escape("a_b & 5 % <x> {y} ± α ~") == r"a\_b \& 5 \% $<$x$>$ \{y\} $\pm$ $\alpha$ \textasciitilde{}"


def test_every_row_of_latex_has_as_many_entries_as_columns(files):
    for name in (n for n in files if n.endswith(".tex")):
        body = files[name].split(r"\toprule")[1].split(r"\bottomrule")[0]
        counts = {line.replace(r"\&", "").count("&") for line in body.splitlines() if line.endswith(r"\\")}
        assert len(counts) == 1, name


def test_latex_compiles_in_a_minimal_document(files, tmp_path):
    if not shutil.which("pdflatex"):
        pytest.skip("no TeX here; the test before this one checks the syntax")
    for name in files:
        (tmp_path / name).write_text(files[name])
    inputs = "".join(rf"\begin{{table}} \input{{{n}}} \end{{table}} \clearpage" for n in files if n.endswith(".tex"))
    document = r"\documentclass{article} \usepackage{booktabs} \begin{document}" + inputs + r"\end{document}"
    (tmp_path / "main.tex").write_text(document)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-1500:]
