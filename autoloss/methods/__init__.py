"""Rules for the weights of candidate losses, one file each.

    from autoloss.methods import LookAhead, Method, Mixture, train_step

`contract` says what a method is and how a training step uses it; `helpers` holds what methods share.
"""

from typing import TYPE_CHECKING

from autoloss.lazy import attach

if TYPE_CHECKING:
    from autoloss.methods.contract.inputs import Inputs as Inputs
    from autoloss.methods.contract.inputs import ValidBatch as ValidBatch
    from autoloss.methods.contract.inputs import arguments as arguments
    from autoloss.methods.contract.inputs import call as call
    from autoloss.methods.contract.look_ahead import LookAhead as LookAhead
    from autoloss.methods.contract.look_ahead import TrainingPass as TrainingPass
    from autoloss.methods.contract.method import Method as Method
    from autoloss.methods.contract.random_state import random_from as random_from
    from autoloss.methods.contract.step import train_step as train_step
    from autoloss.methods.helpers.controller import Controller as Controller
    from autoloss.methods.helpers.controller import Network as Network
    from autoloss.methods.helpers.controller import SharedDistribution as SharedDistribution
    from autoloss.methods.helpers.diagnostics import BINS as BINS
    from autoloss.methods.helpers.diagnostics import Record as Record
    from autoloss.methods.helpers.hypergradient import as_validated as as_validated
    from autoloss.methods.helpers.hypergradient import example_hypergradients as example_hypergradients
    from autoloss.methods.helpers.mixture import EVERY as EVERY
    from autoloss.methods.helpers.mixture import Mixture as Mixture
    from autoloss.methods.helpers.outer import MixtureObjective as MixtureObjective
    from autoloss.methods.helpers.outer import is_outer_objective as is_outer_objective
    from autoloss.methods.helpers.outer import meta_objective as meta_objective
    from autoloss.methods.helpers.outer import outer_loss as outer_loss
    from autoloss.methods.helpers.saved import load_controller as load_controller
    from autoloss.methods.helpers.search import Constant as Constant
    from autoloss.methods.helpers.search import Prune as Prune
    from autoloss.methods.helpers.search import SearchResult as SearchResult
    from autoloss.methods.helpers.search import Train as Train
    from autoloss.methods.helpers.search import Trial as Trial
    from autoloss.methods.helpers.search import TrialRecord as TrialRecord
    from autoloss.methods.helpers.search import best as best
    from autoloss.methods.helpers.selector import Selector as Selector
    from autoloss.methods.helpers.table import Table as Table
    from autoloss.methods.helpers.taught import TaughtSelector as TaughtSelector
    from autoloss.methods.helpers.temperature import Schedule as Schedule
    from autoloss.methods.helpers.temperature import relaxed as relaxed
    from autoloss.methods.helpers.temperature import straight_through as straight_through
    from autoloss.methods.helpers.vector import GlobalVector as GlobalVector
else:
    __getattr__, __dir__ = attach(__name__)
