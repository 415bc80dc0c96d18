"""What a decision still says after a person was forgotten."""

from collections.abc import Callable, Collection

from screenalytics_resources.decisions.records import Decision

ERASED = "[erased]"


def without_person(decision: Decision, ids: Collection[str], mentions: Callable[[str], bool]) -> Decision:
    """Return the decision without a person.

    A person id in `ids`, and a label for which `mentions` is true, are erased. The decision is then `forgotten`: it
    says nothing any more, but keeps its number. If the person has used the log, their name as an actor is erased too.
    """
    value = decision.value
    says_person = value.person_id in ids
    says_name = value.text is not None and mentions(value.text)
    changes: dict[str, object] = {}
    if says_person or says_name:
        erased = {"person_id": None if says_person else value.person_id, "text": None if says_name else value.text}
        changes["value"] = value.model_copy(update={**erased, "forgotten": True})
    if mentions(decision.actor):
        changes |= {"actor": ERASED, "idempotency_key": None}
    elif decision.idempotency_key and mentions(decision.idempotency_key):
        changes["idempotency_key"] = None
    return decision.model_copy(update=changes) if changes else decision
