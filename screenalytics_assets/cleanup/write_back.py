"""A cleanup's result takes the place of the artifacts that it was made from, all or none."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal

from screenalytics_assets.cleanup.artifact_set import CLEANED, ArtifactSet
from screenalytics_assets.contract.cleanup_records import CleanupReport
from screenalytics_assets.contract.schemas import CLEANUP_REPORT, TRACKS, CleanupReportDocument
from screenalytics_assets.identities.sheet_file import write_sheet
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_assets.lineage.provenance import provenance
from screenalytics_resources.artifact import TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UnavailableError
from screenalytics_resources.promotion import Journal, Staged, staging
from screenalytics_resources.sealed_files import save_document, save_table
from screenalytics_resources.sealed_tables import announce_table, settle_table

SET = tuple(EPISODE_SPECS[asset] for asset in CLEANED)


def changed_assets(before: ArtifactSet, after: ArtifactSet) -> list[str]:
    """Assets whose content the cleanup changed, in the order of the graph."""
    was, now = before.digests, after.digests
    return [asset for asset in CLEANED if asset in now and now[asset] != was.get(asset)]


def report_document(report: CleanupReport, before: ArtifactSet) -> CleanupReportDocument:
    """The report with its provenance: the artifacts that the cleanup was made from."""
    pack = before.faces.model_pack if before.faces else None
    return CleanupReportDocument(report.ep_id, report, provenance("cleanup_report", (), before.digests), pack)


def write_report(store: ArtifactStore, report: CleanupReport, before: ArtifactSet) -> None:
    """Write the report alone: nothing else changes."""
    save_document(store, CLEANUP_REPORT, report_document(report, before))


def write_back(store: ArtifactStore, before: ArtifactSet, after: ArtifactSet, report: CleanupReport) -> list[str]:
    """Replace what changed, together with the report, all or none; the assets that were replaced.

    Call it with the episode's lock held. The set that was there is kept; see `promotion`.

    Raises:
        OSError: a full disk, say; then nothing has changed.
    """
    ep_id, changed = report.ep_id, changed_assets(before, after)
    with staging(store, ep_id) as staged:
        stage_crop_index(staged)
        for spec in SET:
            if spec.asset in changed:
                save: Any = save_table if isinstance(spec, TableSpec) else save_document
                save(staged.files, spec, getattr(after, spec.asset), cleanup=report.cleanup_id)
            else:
                for path in spec.paths(ep_id):
                    staged.take(path)
        write_report(staged.files, report, before)
        promote_set(staged, "cleanup", changed)
    if after.identities and after.faces:
        write_sheet(store, ep_id, after.identities.content.identities, after.faces.rows)
    return changed


def promote_set(staged: Staged, kind: Literal["cleanup", "restore"], changed: Sequence[str]) -> Journal:
    """Promote the staged set. A reader that comes in between finds each table with its seal."""
    tables = [spec for spec in SET if isinstance(spec, TableSpec)]
    for spec in tables:
        announce_table(staged.files, staged.target, spec, staged.ep_id)
    journal = staged.promote(kind, changed, set_paths(staged.ep_id))
    with suppress(OSError, UnavailableError):  # the set is in place, and a side file with two seals is valid
        for spec in tables:
            settle_table(staged.target, spec, staged.ep_id)
    return journal


def stage_crop_index(staged: Staged) -> None:
    """The tracks' seal holds the hash of the crops' index, which no cleanup changes."""
    staged.take(f"frames/{staged.ep_id}/{TRACKS.crops}")


def set_paths(ep_id: str) -> list[str]:
    """Files below the data root that are replaced, and kept, together."""
    return [path for spec in (*SET, CLEANUP_REPORT) for path in spec.paths(ep_id)]
