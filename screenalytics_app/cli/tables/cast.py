"""The cast of a show: people, who the identities of an episode are, and reference faces."""

from rich.console import Group
from rich.text import Text

from screenalytics_app.actions.cast.facebank import Facebank, FacebankEntry
from screenalytics_app.actions.cast.people import Cast
from screenalytics_app.actions.cast.person_overview import PersonOverview
from screenalytics_app.cli.tables.layout import add_row, new_table, number, text, titled, word
from screenalytics_assets.contract.cast_records import CastAssignment, CastAssignments


def people_table(cast: Cast, wide: bool = False) -> Group:
    """Return one row per person; aliases and identities by name only if `wide`."""
    columns = [text("person"), text("name"), text("role"), number("faces"), number("identities")]
    table = new_table(*columns, *([text("aliases"), text("owned")] if wide else []))
    for person in cast.people:
        counts = (person.reference_faces, len(person.identities))
        names = (", ".join(person.aliases), ", ".join(person.identities)) if wide else ()
        add_row(table, person.person_id, person.name, person.role, *counts, *names)
    return titled(f"cast of {cast.show}: {len(cast.people)} people", table)


def person_report(overview: PersonOverview, wide: bool = False) -> Group:
    """Return a person's name, aliases and identities, one line each, and the reference faces as a table."""
    person = overview.person
    lines = [f"also known as {', '.join(person.aliases)}"] if person.aliases else []
    lines += [f"is {o.identity_id} of {o.ep_id}, assigned by the {o.assigned_by}" for o in overview.owned]
    role = f", {person.role}" if person.role else ""
    title = f"{person.name}  {person.person_id} of {person.show}{role}"
    return titled(title, *map(Text, lines), facebank_table(overview.facebank, wide))


def facebank_table(facebank: Facebank, wide: bool = False) -> Group:
    """Return one row per reference face with its mean similarity to the person's others, `*` for the featured one."""
    table = new_table(word("reference face"), text("person"), text("from"), number("px"), number("similarity"))
    if wide:
        table = new_table(
            *(word("reference face"), text("person"), text("from"), number("px"), number("similarity")),
            *(number("lowest"), number("highest"), number("sharpness"), number("detection")),
        )
    for entry in facebank.faces:
        seed = entry.seed
        mark = " *" if entry.featured else ""
        cells = (f"{seed.seed_id}{mark}", seed.person_id, seed.origin, f"{seed.quality.face_px:.0f}")
        add_row(table, *cells, *_similarities(entry)[: 3 if wide else 1], *(_quality(entry) if wide else ()))
    title = f"reference faces of {facebank.show} (similarity to the person's others, pack {facebank.pack}; * featured)"
    return titled(title, table)


def assignments_table(content: CastAssignments, wide: bool = False) -> Group:
    """Return one row per identity: who it is, or the best candidate; the full reasons only if `wide`."""
    columns = [word("identity"), text("name"), word("assigned by"), number("similarity")]
    table = new_table(*columns, *([text("candidates"), text("reason")] if wide else [text("best candidate")]))
    for row in content.assignments:
        similarity = "" if row.similarity is None else f"{row.similarity:.3f}"
        candidates = [f"{c.person_id} {c.similarity:.2f}" for c in row.candidates[:3]]
        details = (", ".join(candidates), row.reason) if wide else (candidates[0] if candidates else "",)
        add_row(table, row.identity_id, row.name or "", _by(row), similarity, *details)
    title = f"{content.ep_id}: {content.assigned} assigned, {content.needs_review} to review, {content.unknown} unknown"
    return titled(title, table)


def _by(row: CastAssignment) -> str:
    return {"assigned": row.assigned_by or "", "needs_review": "to review", "unknown": "-"}[row.status]


def _similarities(entry: FacebankEntry) -> tuple[str, str, str]:
    found = entry.similarity
    return ("-", "-", "-") if found is None else (f"{found.mean:.3f}", f"{found.lowest:.3f}", f"{found.highest:.3f}")


def _quality(entry: FacebankEntry) -> tuple[str, str]:
    return f"{entry.seed.quality.crop_std:.0f}", f"{entry.seed.quality.det_score:.2f}"
