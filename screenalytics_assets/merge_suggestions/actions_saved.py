"""Actions of a person that a yes saves: those by hand that it replaces, and other questions that it answers.

An action is a press of the pointer or a key. The other questions are those that need no answer after a yes.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.suggestion_records import QuestionKind

BY_HAND: Mapping[QuestionKind, float] = {"merge": 3.0, "name": 2.0, "cut": 3.0, "not_a_face": 2.0, "home": 2.0}
"""Select two and merge; select and press the digit of the name; click, shift-click and digit; select and dismiss;
select and digit."""
WITHOUT_TARGET = 2.0
"""Of a cut whose tracks have no likely home: they still need a name."""


def answered_by(asked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many other questions a yes to each pair answers, (K, K), given which pairs are `asked` (K, K).

    If two identities are one, a third identity needs to be compared only once with both. `asked` is symmetric.
    """
    pairs = asked.astype(np.int64)
    return np.asarray(pairs @ pairs)
