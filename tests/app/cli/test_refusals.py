"""What the command line adds to a refused gesture."""

import pytest

from screenalytics_app.actions.moderation.errors import ConflictError, GoneError, NameConflictError
from screenalytics_app.cli.refusals import sentence_of
from screenalytics_resources.errors import UnknownError, UserError


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        pytest.param(ConflictError("No.", needs_confirm=True), "No. Use --confirm for that.", id="needs confirmation"),
        pytest.param(ConflictError("No."), "No.", id="cannot be confirmed"),
        pytest.param(NameConflictError("Two.", ["a", "b"]), "Two. Name it with --keep-name.", id="two names"),
        pytest.param(UnknownError("No x.", "identity"), "No x. `screenalytics identity list` lists the", id="identity"),
        pytest.param(UnknownError("No x.", "track"), "No x. `screenalytics identity list --wide` lists", id="track"),
        pytest.param(UnknownError("No x.", "gesture"), "No x. `screenalytics identity history` lists", id="gesture"),
        pytest.param(UnknownError("No x.", "episode"), "No x. `screenalytics status` lists", id="episode"),
        pytest.param(UnknownError("No x."), "No x.", id="something else"),
        pytest.param(GoneError("Gone.", "identity-00001"), "Gone.", id="gone"),
        pytest.param(UserError("No."), "No.", id="any other"),
    ],
)
def test_a_refusal_names_the_option_or_command_that_helps(error: UserError, sentence: str) -> None:
    assert sentence_of(error).startswith(sentence)
    assert ("--" in sentence_of(error) or "`" in sentence_of(error)) == (sentence != str(error))
