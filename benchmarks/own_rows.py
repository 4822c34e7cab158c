"""A table of one's own from `describe` to `predict`, beside gradient boosting and the best possible predictions.

Run: python -m benchmarks.own_rows [--rows 20000] [--predict 1000000] [--seeds 3]

Generates a csv: numbers whose effects rise and fall, a date, texts, missing values, an id, a yes/no label, drawn from
known probabilities. Runs the commands that docs/data.md shows, with the settings that `describe` prints and the shipped
params.yaml, and prints the seconds and the peak memory of each. Then the test AUC of DeepFM with cross-entropy on the
split that it was trained with, that of scikit-learn's HistGradientBoostingClassifier on the same rows, and that of the
true probabilities. --predict writes so many rows more and predicts them. All of it happens in a temporary folder.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import yaml

from autoloss.data.encode.split import TEST, TRAIN, random_split

CITIES, DEVICES, BRANDS, DAYS = 40, 5, 300, 730
FIRST_DAY = date(2022, 1, 1)
FEATURES = ("age", "price", "temperature", "noise", "day", "city", "device", "brand")
EFFECTS = 7  # seed of the effects: those of the rows differ
SHIPPED = Path(__file__).parent.parent / "params.yaml"


def main() -> None:
    """Generates, runs, compares and prints."""
    parser = argparse.ArgumentParser(description="A table of one's own, from describe to predict.")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--predict", type=int, default=0, help="rows to predict beside those")
    parser.add_argument("--seeds", type=int, default=3, help="training runs with different seeds")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        frame, truth = generated(chosen.rows, seed=0)
        frame.write_csv(root / "orders.csv")
        described = _run(root, "data", "describe", "orders.csv", "--label", "clicked")
        _write_params(root, described, chosen.seeds)
        _run(root, "train", "--dataset", "orders", "--method", "ce")
        split = random_split(0, chosen.rows, 0)
        frame.filter(pl.Series(split == TEST)).write_csv(root / "test.csv")
        _run(root, "predict", "ce-deepfm-orders-s0", "test.csv", "--out", "predictions.csv")
        _compare(root, frame, truth, split)
        if chosen.predict:
            generated(chosen.predict, seed=1)[0].write_csv(root / "more.csv")
            _run(root, "predict", "ce-deepfm-orders-s0", "more.csv", "--out", "more-predictions.csv")


def generated(rows: int, seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Rows, and the true probability of each label."""
    rng, effects = np.random.default_rng(seed), np.random.default_rng(EFFECTS)
    age = np.round(rng.gamma(9, 4.5, rows) + 16, 1)
    price = np.round(np.exp(rng.normal(3, 1, rows)), 2)
    temperature = np.round(rng.normal(12, 8, rows), 2)
    days = rng.integers(0, DAYS, rows)
    city, device, brand = (_skewed(rng, size, rows) for size in (CITIES, DEVICES, BRANDS))
    unknown = rng.random(rows) < 0.1
    calendar = pl.Series([FIRST_DAY + timedelta(days=day) for day in range(DAYS)]).gather(days)
    weekend, month = (calendar.dt.weekday() > 5).to_numpy(), calendar.dt.month().to_numpy()
    z = (
        -1.2 * ((age - 50) / 15) ** 2
        + 0.9 * np.sin(temperature / 4)
        + 0.5 * np.where(unknown, 1.0, -np.abs(np.log(price) - 3))
        + effects.normal(0, 0.5, CITIES)[city]
        + effects.normal(0, 0.5, DEVICES)[device]
        + effects.normal(0, 0.5, BRANDS)[brand]
        + effects.normal(0, 0.4, (CITIES, DEVICES))[city, device]
        + 0.6 * weekend
        + 0.5 * np.cos(2 * np.pi * month / 12)
    )
    p = 1 / (1 + np.exp(0.6 - z))
    columns = {
        "visit": pl.select(pl.lit("v") + pl.Series(rng.permutation(rows)).cast(pl.String)).to_series(),
        "age": age,
        "price": pl.Series(price).set(pl.Series(unknown), None),
        "temperature": temperature,
        "noise": rng.normal(size=rows).round(4),
        "day": calendar,
        "city": pl.Series([f"city {i}" for i in range(CITIES)]).gather(city),
        "device": pl.Series(["phone", "laptop", "tablet", "tv", "watch"]).gather(device),
        "brand": pl.Series([f"brand {i}" for i in range(BRANDS)]).gather(brand),
        "clicked": np.where(rng.random(rows) < p, "yes", "no"),
    }
    return pl.DataFrame(columns), p


def _skewed(rng: np.random.Generator, size: int, rows: int) -> np.ndarray:
    """[rows] categories below `size`, the first ones more frequent."""
    weights = 1 / np.arange(1, size + 1) ** 0.8
    return rng.choice(size, rows, p=weights / weights.sum())


def _run(root: Path, *words: str) -> str:
    """Runs a command of ours in `root`; prints what it said and what it took, and returns what it said."""
    began = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(SHIPPED.parent)}
    command = [sys.executable, "-m", "autoloss", *words]
    with subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"autoloss {' '.join(words)}: exit status {process.returncode}")
    seconds, peak = time.perf_counter() - began, usage.ru_maxrss / 1e6
    print(f"$ autoloss {' '.join(words)}\n{said}→ {seconds:.1f} s, at most {peak:.2f} GB of memory\n", flush=True)
    return said


def _write_params(root: Path, described: str, seeds: int) -> None:
    """The shipped params.yaml with the entries that `describe` printed, and nothing else to train."""
    shipped = yaml.safe_load(SHIPPED.read_text())
    printed = yaml.safe_load(described[described.index("datasets:") :])
    (root / "params.yaml").write_text(yaml.safe_dump({**shipped, **printed, "seeds": seeds}))


def _compare(root: Path, frame: pl.DataFrame, truth: np.ndarray, split: np.ndarray) -> None:
    """Prints the test AUC of our cells, of gradient boosting, and of the truth."""
    ours = [json.loads(path.read_text())["test"]["auc"] for path in sorted(root.glob("results/cells/*/metrics.json"))]
    y, test = (frame["clicked"] == "yes").to_numpy(), split == TEST
    print(f"DeepFM, cross-entropy           {', '.join(f'{auc:.4f}' for auc in ours)}")
    print(f"HistGradientBoostingClassifier  {_auc(y[test], boosted(frame, y, split == TRAIN)[test]):.4f}")
    print(f"best possible                   {_auc(y[test], truth[test]):.4f}\n", flush=True)


def boosted(frame: pl.DataFrame, y: np.ndarray, training: np.ndarray) -> np.ndarray:
    """[n] probabilities from scikit-learn's gradient boosting at its defaults; the parts of the date are columns."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    texts = ("city", "device")  # as categories; it takes at most 255 values, so brands are numbers
    day = [getattr(frame["day"].dt, part)() for part in ("year", "month", "day", "weekday")]
    numbers = [frame[name] for name in FEATURES[:4]]
    brand = frame["brand"].str.split(" ").list.last().cast(pl.Float64)
    codes = [frame[name].rank("dense") for name in texts]
    x = np.column_stack([column.cast(pl.Float64).to_numpy() for column in (*numbers, *day, brand, *codes)])
    categorical = [False] * (x.shape[1] - len(texts)) + [True] * len(texts)
    model = HistGradientBoostingClassifier(categorical_features=categorical, random_state=0)
    return model.fit(x[training], y[training]).predict_proba(x)[:, 1]


def _auc(y: np.ndarray, p: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(y, p))


if __name__ == "__main__":
    main()
