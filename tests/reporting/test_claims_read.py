"""The files that hold the paper's claims and numbers."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from autoloss import registry
from autoloss.errors import UserError
from autoloss.reporting import labels
from autoloss.reporting.claims import load_claims, load_paper
from autoloss.reporting.claims.claim import OrderClaim, SavingClaim, StarClaim, ValueClaim

FOLDER = Path(__file__).parents[2] / "reports" / "paper"
CLAIMS, PAPER = load_claims(FOLDER), load_paper(FOLDER)
FAMILIES = [("focal", "kl", "hinge", "ce"), ("melu", "bohb", "darts"), ("slf", "autoloss")]
ROWS = [(d, m, k, row) for d, models in PAPER.items() for m, metrics in models.items() for k, row in metrics.items()]


def test_every_number_of_the_papers_table_is_a_claim():
    values = {(c.dataset, c.model, c.metric, c.method): c.value for c in CLAIMS if isinstance(c, ValueClaim)}
    assert values == {(d, m, k, method): x for d, m, k, row in ROWS for method, x in row.items()}
    assert len(values) == 72
    assert sum(isinstance(c, StarClaim) for c in CLAIMS) == len(ROWS) == 8


def test_the_papers_own_numbers_bear_out_its_sentences():
    for _, _, metric, row in ROWS:
        sign = 1 if metric == "auc" else -1
        for lower, higher in pairwise(FAMILIES):
            assert min(sign * row[m] for m in higher) > max(sign * row[m] for m in lower)
        assert max(row, key=lambda m: sign * row[m]) == "autoloss"


def test_every_section_of_the_paper_has_claims():
    sections = Counter(c.id.split("/")[0] for c in CLAIMS)
    assert sections == {
        "datasets": 8, "overall": 72, "best": 1, "significant": 8, "families": 4, "transfer": 6, "efficiency": 4,
    }  # fmt: skip
    texts = {c.id: c.text for c in CLAIMS}
    assert texts["overall/ml-20m/ipnn/autoloss/auc"] == "ML-20m, IPNN: AutoLoss reaches a test AUC of 0.7756."


def test_claims_use_names_that_have_a_title_and_parameters_that_exist():
    contenders = {c for claim in CLAIMS if isinstance(claim, OrderClaim) for group in claim.order for c in group}
    contenders |= {c for claim in CLAIMS if isinstance(claim, SavingClaim) for c in (claim.method, claim.reference)}
    assert {c.method for c in contenders} <= set(labels.METHODS)
    assert {m for claim in CLAIMS for m in getattr(claim, "models", ())} <= set(labels.MODELS)
    assert {c.method for c in contenders if c.every} == {"autoloss"}
    assert "every" in registry.hyperparameters("methods", "autoloss").model_fields


def test_a_scale_that_cannot_test_a_claim_says_why():
    assert all(claim.elsewhere for claim in CLAIMS if set(claim.scales) != {"demo", "small", "full"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {id: a, text: b, mark: P, scales: [full], check: none, sacles: 1}", "sacles: Extra inputs"),
        ("- {id: a, text: b, mark: P, scales: [huge], check: none}", "'huge'"),
        ("- {id: a, text: b, mark: P, scales: [], check: magic}", "magic"),
        ("- {id: a, text: '{colour}', mark: P, scales: [], check: star, each: overall}", "unknown placeholder"),
        ("- {id: a, text: b, mark: P, scales: [], check: value, each: overall}", "tolerance: expected a number"),
        ("- &x {id: a, text: b, mark: P, scales: [], check: none}\n- *x", "'a' occurs twice"),
        ("a: b", "expected a list"),
        ("- [", "not valid YAML"),
    ],
)
def test_a_claim_that_is_not_well_formed_is_one_clear_line(tmp_path, text, message):
    (tmp_path / "overall.yaml").write_text("criteo: {deepfm: {auc: {ce: 0.8}}}")
    (tmp_path / "claims.yaml").write_text(text)
    with pytest.raises(UserError) as error:
        load_claims(tmp_path)
    assert message in str(error.value) and "claims.yaml" in str(error.value) and "\n" not in str(error.value)
