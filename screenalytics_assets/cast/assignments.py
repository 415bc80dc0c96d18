"""Converts matches to the document `cast_assignments.json` and to owners for the database."""

from collections.abc import Sequence

from screenalytics_assets.cast.lookup import CastMatches
from screenalytics_assets.cast.match_people import PersonMatch
from screenalytics_assets.contract.cast_records import CastAssignment, CastAssignments, CastCandidate, LostName
from screenalytics_assets.contract.identity_records import Identity
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.facebank.records import AssignedBy, Owner
from screenalytics_resources.inference.packs import Pack

NO_CAST = "The show has no cast."


def cast_assignments_of(
    ep_id: str, identities: Sequence[Identity], cast: CastMatches | None, pack: Pack, lost: Sequence[LostName] = ()
) -> CastAssignments:
    """Return the document.

    Args:
        ep_id: the episode.
        identities: identities of the episode.
        cast: the matches, or None if the show has no cast.
        pack: model pack of the matches.
        lost: names given by people to faces that are no longer found.
    """
    show = parse_ep_id(ep_id).show
    if cast is None:
        rows = [_without_cast(identity) for identity in identities]
    else:
        rows = [_row(match, cast) for match in cast.matches]
    bounds = pack.thresholds
    return CastAssignments(
        ep_id=ep_id,
        show=show,
        cast_size=len(cast.names) if cast else 0,
        model_pack=pack.name,
        cast_sim=bounds.cast_sim,
        cast_margin=bounds.cast_margin,
        cast_review_sim=bounds.cast_review_sim,
        assigned=sum(row.status == "assigned" for row in rows),
        needs_review=sum(row.status == "needs_review" for row in rows),
        unknown=sum(row.status == "unknown" for row in rows),
        lost_names=tuple(lost),
        assignments=tuple(rows),
    )


def machine_owners(ep_id: str, cast: CastMatches, pack: Pack) -> list[Owner]:
    """Return the owners of identities that the machine named; names given by people are left out."""
    show = parse_ep_id(ep_id).show
    return [
        Owner(
            show=show,
            ep_id=ep_id,
            identity_id=match.identity_id,
            person_id=match.person_id,
            assigned_by="machine",
            similarity=match.similarity,
            runner_up=match.candidates[1][1] if len(match.candidates) > 1 else None,
            pack=pack.name,
        )
        for match in cast.matches
        if match.person_id is not None and match.identity_id not in cast.owned
    ]


def _row(match: PersonMatch, cast: CastMatches) -> CastAssignment:
    assigned_by: AssignedBy = "person" if match.identity_id in cast.owned else "machine"
    return CastAssignment(
        identity_id=match.identity_id,
        status=match.status,
        person_id=match.person_id,
        name=cast.names.get(match.person_id) if match.person_id else None,
        assigned_by=assigned_by if match.person_id else None,
        similarity=_rounded(match.similarity),
        margin=_rounded(match.margin),
        candidates=tuple(
            CastCandidate(person_id=person, name=cast.names[person], similarity=round(similarity, 4))
            for person, similarity in match.candidates
        ),
        reason=match.reason,
    )


def _without_cast(identity: Identity) -> CastAssignment:
    return CastAssignment(
        identity_id=identity.identity_id,
        status="unknown",
        person_id=None,
        name=None,
        assigned_by=None,
        similarity=None,
        margin=None,
        candidates=(),
        reason=NO_CAST,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
