"""AutoLoss: automated loss function search in recommendations, a reproduction and a library.

    from autoloss import AutoLoss, CrossEntropy, Focal, Hinge, train_step

Names are imported when they are first used: `import autoloss` alone loads nothing else. docs/library.md has an example.
"""

from importlib import import_module

_HOMES = {
    "losses.cross_entropy": ("CrossEntropy",),
    "losses.focal": ("Focal",),
    "losses.hinge": ("Hinge",),
    "losses.huber": ("Huber",),
    "losses.kl": ("KL",),
    "losses.log_cosh": ("LogCosh",),
    "losses.mae": ("MAE",),
    "losses.mse": ("MSE",),
    "losses._loss": ("Loss", "Prediction", "stack"),
    "methods.autoloss": ("AutoLoss",),
    "methods.darts": ("DARTS",),
    "methods.fixed": ("Fixed",),
    "methods.manual": ("Manual",),
    "methods.melu": ("MeLU",),
    "methods.slf": ("SLF",),
    "methods.uniform": ("Uniform",),
    "methods._method": ("LookAhead", "Method"),
    "methods._step": ("train_step",),
    "errors": ("UserError",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'autoloss' has no attribute '{name}'; it has: {', '.join(__all__)}")
    return getattr(import_module(f"autoloss.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
