"""The cast of a show: people, who the identities of an episode are, and reference faces."""

from rich.console import Group
from rich.text import Text

from screenalytics_app.actions.cast.facebank import Facebank, FacebankEntry
from screenalytics_app.actions.cast.people import Cast
from screenalytics_app.actions.cast.person_overview import PersonOverview
from screenalytics_app.cli.tables.layout import add_row, new_table, number, text, titled, word
from screenalytics_assets.contract.cast_records import CastAssignment, CastAssignments
from screenalytics_resources.plain_text import printable


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
    by = {"person": "a person", "machine": "the machine"}
    lines += [f"is {o.identity_id} of {o.ep_id}, assigned by {by[o.assigned_by]}" for o in overview.owned]
    role = f", {person.role}" if person.role else ""
    title = f"{person.name}  {person.person_id} of {person.show}{role}"
    sentences = [Text(printable(line)) for line in lines]
    return Group(Text(printable(title), style="bold"), *sentences, Text(), facebank_table(overview.facebank, wide))


def facebank_table(facebank: Facebank, wide: bool = False) -> Group:
    """Return one row per reference face with its mean similarity to the person's others, `*` for the featured one."""
    columns = [word("reference face"), text("person"), text("from"), number("px"), number("similarity")]
    extra = [number(name) for name in ("lowest", "highest", "sharpness", "detection")] if wide else []
    table = new_table(*columns, *extra)
    for entry in facebank.faces:
        seed = entry.seed
        mark = " *" if entry.featured else ""
        cells = (f"{seed.seed_id}{mark}", seed.person_id, seed.origin, f"{seed.quality.face_px:.0f}")
        add_row(table, *cells, *_similarities(entry)[: 3 if wide else 1], *(_quality(entry) if wide else ()))
    title = f"reference faces of {facebank.show}, compared under pack {facebank.pack} (* featured)"
    return titled(title, table)


def assignments_table(content: CastAssignments, wide: bool = False) -> Group:
    """Return one row per identity: who it is, or the likeliest person with a `?`; reasons only if `wide`."""
    columns = [word("identity"), text("name"), number("similarity"), word("assigned by")]
    table = new_table(*columns, *([text("candidates"), text("reason")] if wide else []))
    for row in content.assignments:
        similarity = "" if row.similarity is None else f"{row.similarity:.3f}"
        candidates = ", ".join(f"{c.person_id} {c.similarity:.2f}" for c in row.candidates[:3])
        add_row(table, row.identity_id, _name(row), similarity, _by(row), *((candidates, row.reason) if wide else ()))
    title = f"{content.ep_id}: {content.assigned} assigned, {content.needs_review} to review, {content.unknown} unknown"
    reasons = {row.reason for row in content.assignments}
    common = [Text(f"\n{reasons.pop()}")] if len(reasons) == 1 and not wide else []
    return titled(title, table, *common)


def _name(row: CastAssignment) -> str:
    if row.status == "needs_review" and row.candidates:
        return f"{row.candidates[0].name}?"
    return row.name or ""


def _by(row: CastAssignment) -> str:
    return {"assigned": row.assigned_by or "", "needs_review": "to review", "unknown": "-"}[row.status]


def _similarities(entry: FacebankEntry) -> tuple[str, str, str]:
    found = entry.similarity
    return ("-", "-", "-") if found is None else (f"{found.mean:.3f}", f"{found.lowest:.3f}", f"{found.highest:.3f}")


def _quality(entry: FacebankEntry) -> tuple[str, str]:
    return f"{entry.seed.quality.crop_std:.0f}", f"{entry.seed.quality.det_score:.2f}"
