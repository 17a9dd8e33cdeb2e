"""What solvers minimise: penalised mean loss as a function of one flat vector."""

from .objective import Objective
from .penalty import Penalty

__all__ = ["Objective", "Penalty"]
