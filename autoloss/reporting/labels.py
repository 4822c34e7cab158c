"""What things are called in tables and figures, and which numbers of the paper they stand beside."""

METHODS = {
    "focal": "Focal",
    "kl": "KL",
    "hinge": "Hinge",
    "ce": "CE",
    "melu": "MeLU",
    "bohb": "BOHB",
    "darts": "DARTS",
    "slf": "SLF",
    "autoloss": "AutoLoss",
    "uniform": "Uniform",
    "grid": "Grid",
    "manual": "Manual",
}
MODELS = {"deepfm": "DeepFM", "ipnn": "IPNN", "nfm": "NFM", "autoint": "AutoInt"}
DATASETS = {"criteo": "Criteo", "ml-20m": "ML-20m", "ml-25m": "ML-25m", "avazu": "Avazu"}
LOSSES = {"cross_entropy": "Cross-entropy", "ce": "Cross-entropy", "focal": "Focal", "kl": "KL (smoothed)", "hinge": "Hinge"}
METRICS = {
    "auc": "AUC",
    "auc_hand_till": "AUC (Hand–Till)",
    "logloss": "Logloss",
    "logloss_calibrated": "Logloss, calibrated",
    "ece": "Calibration error",
    "rmse": "RMSE",
    "mae": "MAE",
}
OURS = "autoloss"
HIGHER_IS_BETTER = {"auc", "auc_hand_till"}


def title(name: str) -> str:
    """The name as the paper writes it, or a readable form of it: `autoloss_f1` → `AutoLoss f1`."""
    for known in (METHODS, MODELS, DATASETS, LOSSES):
        if name in known:
            return known[name]
    head, _, tail = name.partition("_")
    return f"{METHODS[head]} {tail.replace('_', ' ')}" if head in METHODS and tail else name.replace("_", " ")


def metric(name: str) -> str:
    """The metric's name in a heading."""
    return METRICS.get(name, name)


def headline_metrics(task: str) -> tuple[str, ...]:
    """The metrics that a table shows for a task, the first being the one that decides."""
    return ("rmse", "mae") if task == "regression" else ("auc", "logloss", "logloss_calibrated")
