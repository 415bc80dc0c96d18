"""Names of a forgotten person in identities."""

import pytest

from screenalytics_app.actions.cast.forget_artifacts import unnamed
from screenalytics_assets.contract.identity_records import Identities, Labels
from tests.tiny_episode import make_identity

ANN, BEN = Labels(person_id="ann", assigned_by="person"), Labels(person_id="ben", name="Ben", assigned_by="machine")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({"labels": ANN, "label": "Ann E."}, {"labels": Labels(), "label": None}, id="named"),
        pytest.param({"label": "Ann"}, {"label": None}, id="labelled"),
        pytest.param({"labels": BEN, "label": "Ben"}, {"labels": BEN, "label": "Ben"}, id="another-person"),
        pytest.param({"not_people": ("ann", "ben")}, {"not_people": ("ben",)}, id="refused"),
        pytest.param({"not_people": ("ann",)}, {"not_people": None}, id="refused-alone"),
        pytest.param({"labels": BEN, "not_people": ("ann",)}, {"labels": BEN, "not_people": None}, id="another-named"),
    ],
)
def test_a_forgotten_person_is_in_no_identity(before: dict[str, object], after: dict[str, object]) -> None:
    identity = make_identity(1, [1], 1.0)
    content = Identities.model_construct(identities=(identity.model_copy(update=before),))
    assert unnamed(content, {"ann"}, {"Ann"}).identities == (identity.model_copy(update=after),)
