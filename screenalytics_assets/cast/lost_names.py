"""Names that people gave to faces that a result no longer finds."""

from collections.abc import Sequence

from screenalytics_assets.contract.cast_records import LostName
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_resources.decisions.records import Decision


def lost_names(decisions: Sequence[Decision], identities: Identities) -> tuple[LostName, ...]:
    """Return the names that these identities lost, unless a later decision that holds gave the same name again.

    `decisions` are those of the episode, in order of seq.
    """
    fates = identities.decisions
    if fates is None:
        return ()
    lost = {fate.seq for fate in fates.lost if fate.kind == "is_person"}
    without_effect = lost | {fate.seq for fate in fates.overruled}
    named = [one for one in decisions[: fates.last_seq] if one.kind == "is_person" and one.value.person_id]
    given_again = {one.value.person_id: one.seq for one in named if one.seq not in without_effect}
    return tuple(
        LostName(identity_id=one.subjects[0].identity_id, person_id=one.value.person_id)
        for one in named
        if one.seq in lost
        and given_again.get(one.value.person_id, 0) < one.seq
        and one.subjects
        and one.subjects[0].identity_id is not None
        and one.value.person_id is not None
    )
