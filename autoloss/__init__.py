"""AutoLoss: automated loss function search in recommendations, a reproduction and a library.

    from autoloss import AutoLoss, CrossEntropy, Focal, Hinge, train_step

docs/library.md has examples. Names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from autoloss.lazy import attach

if TYPE_CHECKING:
    from autoloss.errors import UserError as UserError
    from autoloss.losses._loss import Loss as Loss
    from autoloss.losses._loss import Prediction as Prediction
    from autoloss.losses._loss import stack as stack
    from autoloss.losses.cross_entropy import CrossEntropy as CrossEntropy
    from autoloss.losses.focal import Focal as Focal
    from autoloss.losses.hinge import Hinge as Hinge
    from autoloss.losses.huber import Huber as Huber
    from autoloss.losses.kl import KL as KL
    from autoloss.losses.log_cosh import LogCosh as LogCosh
    from autoloss.losses.mae import MAE as MAE
    from autoloss.losses.mse import MSE as MSE
    from autoloss.methods.autoloss import AutoLoss as AutoLoss
    from autoloss.methods.autoloss_tabular import AutoLossTabular as AutoLossTabular
    from autoloss.methods.contract.look_ahead import LookAhead as LookAhead
    from autoloss.methods.contract.method import Method as Method
    from autoloss.methods.contract.step import train_step as train_step
    from autoloss.methods.darts import DARTS as DARTS
    from autoloss.methods.fixed import Fixed as Fixed
    from autoloss.methods.helpers.preconditioner import register_preconditioner as register_preconditioner
    from autoloss.methods.manual import Manual as Manual
    from autoloss.methods.melu import MeLU as MeLU
    from autoloss.methods.slf import SLF as SLF
    from autoloss.methods.uniform import Uniform as Uniform
else:
    __getattr__, __dir__ = attach(__name__)
