"""The facts of a small encoded dataset, as `prepare` would write them: for tests that need no arrays."""

from dataclasses import replace

from autoloss.data.facts import SPLITS, Facts, Origin

FACTS = Facts(
    name="a",
    format="criteo",
    task="binary",
    n_classes=None,
    n_outputs=1,
    rows=10,
    rows_per_split={"train": 8, "valid": 1, "test": 1},
    field_names=("f1", "f2"),
    field_sizes=(5, 7),
    class_shares=dict.fromkeys(SPLITS, (0.5, 0.5)),
    sha256="0" * 64,
    files={},
    bytes=0,
    bad_rows=0,
    dropped=0,
    bayes={"auc": 0.8031, "logloss": 0.4301},
    source=Origin("synthetic", seed=0),
    terms="generated",
    citation="",
    request="",
    settings={},
)
REAL = Origin("remote", file="ml-latest-small.zip")


def fake_facts(name: str = "a", **changes: object) -> Facts:
    """FACTS under another name, with changes."""
    return replace(FACTS, name=name, **changes)
