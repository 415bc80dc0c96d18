"""The commands `cast ...`."""

from typing import Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.identity_options import Actor, Confirm
from screenalytics_app.cli.options import AsJson, EpId, PersonId, Show, Wide, open_store
from screenalytics_resources.errors import UserError

cast_app = typer.Typer(help="People of a show, and which identities belong to them.", no_args_is_help=True)


@cast_app.command("add")
def add(
    show: Show,
    person: PersonId,
    name: Annotated[str | None, typer.Option(help="Name; default: derived from the id.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="Another name; can be repeated.")] = None,
    role: Annotated[str, typer.Option(help="Such as main or guest.")] = "",
) -> None:
    """Add a person to a show."""
    from screenalytics_app.actions.cast.people import NewPerson, add_person

    added = add_person(open_store(), NewPerson(show, person, name, alias or (), role))
    output.say(f"{added.name} is {added.person_id} in {show}")


@cast_app.command("list")
def list_(show: Show, wide: Wide = False, as_json: AsJson = False) -> None:
    """Show the people of a show."""
    from screenalytics_app.actions.cast.people import list_cast
    from screenalytics_app.cli.tables.cast import people_table

    cast = list_cast(open_store(), show)
    if as_json:
        output.write_json(cast)
    else:
        output.show(people_table(cast, wide), wide)


@cast_app.command("show")
def show_(
    ep_id: Annotated[str | None, typer.Option("--ep-id", help="Episode, such as demo-s01e01.")] = None,
    show: Annotated[str | None, typer.Option(help="Show of the person.")] = None,
    person: Annotated[str | None, typer.Option(help="Person, such as ada-example.")] = None,
    wide: Wide = False,
    as_json: AsJson = False,
) -> None:
    """Show who the identities of an episode are, or one person with identities and reference faces."""
    if ep_id and not (show or person):
        _show_assignments(ep_id, wide, as_json)
    elif show and person and not ep_id:
        _show_person(show, person, wide, as_json)
    else:
        raise UserError("Give --ep-id for an episode, or --show and --person for one person.")


@cast_app.command("remove")
def remove(
    show: Show,
    person: PersonId,
    force: Annotated[
        bool, typer.Option("--force", help="Also if the person has reference faces or identities.")
    ] = False,
) -> None:
    """Remove a person from a show; `forget` also erases the name from the artifacts."""
    from screenalytics_app.actions.cast.people import remove_person

    removed = remove_person(open_store(), show, person, force)
    output.say(f"removed {person} and {len(removed)} pictures")


@cast_app.command("merge")
def merge(
    show: Show,
    source: Annotated[str, typer.Option(help="Person to merge into the other.")],
    target: Annotated[str, typer.Option(help="Person that stays.")],
) -> None:
    """Merge one person into another: reference faces, identities and names."""
    from screenalytics_app.actions.cast.people import merge_people

    kept = merge_people(open_store(), show, source, target)
    output.say(f"{source} is now part of {kept.person_id}, also known as {', '.join(kept.aliases)}")


@cast_app.command("assign")
def assign(
    ep_id: EpId,
    identity: Annotated[str, typer.Option(help="Identity, such as identity-00001.")],
    person: PersonId,
    actor: Actor,
    confirm: Confirm = False,
) -> None:
    """Record who an identity is; no later run changes that."""
    from screenalytics_app.actions.cast import assignments

    changed = assignments.assign(open_store(), ep_id, identity, person, actor, confirm)
    output.say(f"{identity} of {ep_id} is {person}" if changed else f"{identity} of {ep_id} was {person} already")


@cast_app.command("unassign")
def unassign(
    ep_id: EpId,
    identity: Annotated[str, typer.Option(help="Identity, such as identity-00001.")],
    actor: Actor,
) -> None:
    """Withdraw the name that a person gave to an identity."""
    from screenalytics_app.actions.cast import assignments

    assignments.unassign(open_store(), ep_id, identity, actor)
    output.say(f"{identity} of {ep_id} has no name given by hand any more")


@cast_app.command("forget")
def forget(
    person: PersonId,
    show: Annotated[str | None, typer.Option(help="In this show only; default: in every show.")] = None,
) -> None:
    """Erase a person: reference faces, vectors, pictures and names. Tracks stay, without a name."""
    from screenalytics_app.actions.cast.forget import forget_person

    result = forget_person(open_store(), person, show)
    for line in result.lines:
        output.say(line, label="removed")
    for sentence in result.damaged:
        output.say(sentence, label="damaged", style="bold yellow")
    for file in result.of_user:
        output.say(f"{file}: it is yours, and it names {person}", label="kept")
    for place in result.left:
        output.say(place, label="left", style="bold red")
    if result.left:
        raise UserError(
            f"{person} is not forgotten yet: {len(result.left)} places above still contain the person. Resolve what "
            "they state, and repeat the command."
        )
    if result.resumed:
        output.say(f"finished an earlier call: {person} is forgotten")
    elif not result.lines:
        output.say(f"nothing of {person} was found in {', '.join(result.shows) or 'any show'}")


def _show_assignments(ep_id: str, wide: bool, as_json: bool) -> None:
    from screenalytics_app.actions.cast.assignments import lost_name_sentences, shown_assignments
    from screenalytics_app.cli.tables.cast import assignments_table

    assignments = shown_assignments(open_store(), ep_id)
    if as_json:
        output.write_json(assignments)
    else:
        output.show(assignments_table(assignments, wide), wide)
        output.say_each(lost_name_sentences(assignments), label="lost name:", style="yellow")


def _show_person(show: str, person: str, wide: bool, as_json: bool) -> None:
    from screenalytics_app.actions.cast.person_overview import person_overview
    from screenalytics_app.cli.tables.cast import person_report

    overview = person_overview(open_store(), show, person)
    if as_json:
        output.write_json(overview)
    else:
        output.show(person_report(overview, wide), wide)
