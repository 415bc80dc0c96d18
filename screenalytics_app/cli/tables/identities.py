"""The identities of an episode or of a show, longest on screen first."""

from rich.console import Group

from screenalytics_app.cli.tables.layout import add_row, new_table, number, text, titled, word
from screenalytics_assets.contract.identity_records import Identities, Identity
from screenalytics_assets.contract.season_records import SeasonIdentities


def identities_table(content: Identities, wide: bool = False) -> Group:
    """Return one row per identity of an episode; names and remarks if there are any, or if `wide`, with the rest.

    `uncertain` is the number of tracks whose membership is uncertain, and the seconds that only these tracks show.
    """
    ordered = sorted(content.identities, key=lambda i: (-i.seconds_on_screen, i.identity_id))
    named = wide or any(_name(identity) for identity in ordered)
    remarked = wide or any(_remarks(identity) for identity in ordered)
    doubted = wide or any(_uncertain(identity) for identity in ordered)
    table = new_table(
        word("identity"),
        *([text("name")] if named else []),
        *(number(name) for name in ("tracks", "seconds", "cohesion")),
        *([number("uncertain")] if doubted else []),
        *([number("faces"), number("lowest")] if wide else []),
        *([text("remarks")] if remarked else []),
    )
    for identity in ordered:
        add_row(
            table,
            identity.identity_id,
            *([_name(identity)] if named else []),
            len(identity.track_ids),
            f"{identity.seconds_on_screen:.1f}",
            f"{identity.cohesion:.3f}",
            *([_uncertain(identity)] if doubted else []),
            *([identity.size, f"{identity.min_identity_sim:.3f}"] if wide else []),
            *([_remarks(identity)] if remarked else []),
        )
    return titled(f"{content.ep_id}: {len(content.identities)} identities", table)


def _name(identity: Identity) -> str:
    return identity.label or identity.labels.name or identity.labels.person_id or ""


def _uncertain(identity: Identity) -> str:
    """Return such as `2 (3.4 s)`, or "" if all tracks are certain."""
    tracks = sum(member.uncertain for member in identity.members or ())
    return f"{tracks} ({identity.uncertain_seconds or 0.0:.1f} s)" if tracks else ""


def season_table(content: SeasonIdentities, wide: bool = False) -> Group:
    """Return one row per identity of a show; the episodes by name only if `wide`."""
    facts = content.metadata
    title = (
        f"{content.show}: {facts.num_identities} identities of {facts.num_tracks} tracks in {facts.num_episodes} "
        f"episodes ({facts.mode} run, {facts.num_unusable_tracks} unusable tracks)"
    )
    columns = [word("identity"), number("tracks"), number("episodes"), number("seconds"), number("cohesion")]
    table = new_table(*columns, *([number("lowest"), text("in")] if wide else []))
    for identity in sorted(content.identities, key=lambda i: (-i.seconds_on_screen, i.identity_id)):
        add_row(
            table,
            identity.identity_id,
            identity.num_tracks,
            len(identity.tracks),
            f"{identity.seconds_on_screen:.1f}",
            f"{identity.cohesion:.3f}",
            *((f"{identity.min_similarity:.3f}", ", ".join(identity.tracks)) if wide else ()),
        )
    return titled(title, table)


def _remarks(identity: Identity) -> str:
    remarks = [
        "split off" if identity.outlier_reason else "",
        "low cohesion" if identity.low_cohesion else "",
        "locked" if identity.locked else "",
    ]
    return ", ".join(filter(None, remarks))
