"""The identities of an episode as people left them, and the history of what they did."""

from collections.abc import Sequence
from dataclasses import replace

from rich.console import Group
from rich.text import Text

from screenalytics_app.actions.moderation.history import Entry
from screenalytics_app.cli.tables.layout import add_row, count, new_table, number, text, titled, word
from screenalytics_assets.moderation.state import ModeratedEpisode, ModeratedIdentity
from screenalytics_resources.plain_text import printable

GESTURE_WIDTH = 36
"""Of the id of a gesture, which is a UUID."""


def moderated_table(ep_id: str, moderated: ModeratedEpisode, wide: bool = False) -> Group:
    """Return one row per identity, and a line per track that is in none; tracks by name and versions if `wide`."""
    extra = [text("track ids"), word("version")] if wide else []
    table = new_table(word("identity"), text("name"), number("tracks"), text("marks"), *extra)
    for identity in moderated.identities:
        cells = (", ".join(identity.track_ids), identity.version) if wide else ()
        name = identity.person_id or identity.label or ""
        add_row(table, identity.identity_id, name, len(identity.track_ids), _marks(identity), *cells)
    lines = []
    if moderated.unassigned:
        names = ", ".join(moderated.unassigned) if wide else count(len(moderated.unassigned), "track")
        lines.append(Text(f"\nin no identity: {names}"))
    if moderated.dismissed:
        names = ", ".join(
            f"{track} ({reason.replace('_', ' ')})" for track, reason in sorted(moderated.dismissed.items())
        )
        lines.append(Text(f"\ndeleted: {names if wide else count(len(moderated.dismissed), 'track')}"))
    decided = count(moderated.last_seq, "decision")
    return titled(f"{ep_id}: {len(moderated.identities)} identities after {decided}", table, *lines)


def history_table(ep_id: str, entries: Sequence[Entry], wide: bool = False) -> Group:
    """Return one row per gesture, the newest first; the reason why one does not hold only if `wide`.

    The id of a gesture is whole in a terminal of 80 columns, because an undo needs it. Unless `wide`, it has a line of
    its own.
    """
    first, state = [number("no."), word("at"), text("by")], word("state")
    if wide:
        table = new_table(*first, text("what"), text("about"), state, text("why"), word("gesture"))
    else:
        table = new_table(*first, replace(text("what, about, gesture"), width=GESTURE_WIDTH), state)
    for entry in reversed(entries):
        what = " + ".join(kind.replace("_", " ") for kind in entry.kinds)
        cells = (entry.first_seq, f"{entry.at:%Y-%m-%d %H:%M}", entry.actor)
        if wide:
            add_row(table, *cells, what, ", ".join(entry.about), entry.status, entry.reason, entry.gesture_id)
        else:
            about = ", ".join(entry.about[:2]) + ("" if len(entry.about) < 3 else " …")
            lines = [f"{what}: {about}" if about else what, str(entry.gesture_id)]
            add_row(table, *cells, Text("\n".join(map(printable, lines))), entry.status)
    return titled(f"{ep_id}: {count(len(entries), 'gesture')}", table)


def _marks(identity: ModeratedIdentity) -> str:
    marks = [
        "locked" if identity.locked else "",
        "reviewed" if identity.reviewed else "",
        f"not {', '.join(sorted(identity.not_people))}" if identity.not_people else "",
        "own thumbnail" if identity.representative else "",
    ]
    return ", ".join(filter(None, marks))
