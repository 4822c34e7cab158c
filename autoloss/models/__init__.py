"""Recommender models, one file each: `Model(field_sizes, n_outputs, **hyperparameters)(ids)` gives logits.

    from autoloss.models import MLP, Embedding, FirstOrder, logits

A file that starts with an underscore is a helper of this package.
"""

from typing import TYPE_CHECKING

from autoloss.lazy import attach

if TYPE_CHECKING:
    from autoloss.models._interactions import FactorizationMachine as FactorizationMachine
    from autoloss.models._interactions import InnerProducts as InnerProducts
    from autoloss.models._interactions import bi_interaction as bi_interaction
    from autoloss.models._kept import kept_gradients as kept_gradients
    from autoloss.models._kept import rows_read as rows_read
    from autoloss.models._layers import MLP as MLP
    from autoloss.models._layers import Attention as Attention
    from autoloss.models._layers import Dropout as Dropout
    from autoloss.models._layers import Embedding as Embedding
    from autoloss.models._layers import FirstOrder as FirstOrder
    from autoloss.models._layers import Output as Output
    from autoloss.models._layers import logits as logits
    from autoloss.models._layers import require as require
    from autoloss.models._layers import start_at as start_at
else:
    __getattr__, __dir__ = attach(__name__)
