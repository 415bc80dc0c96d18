"""Writes a cleanup's result: replaces either all of the changed artifacts or none."""

from collections.abc import Sequence
from contextlib import suppress

from screenalytics_assets.cleanup.artifact_set import CLEANED, ArtifactSet
from screenalytics_assets.contract.cleanup_records import CleanupReport
from screenalytics_assets.contract.schemas import CLEANUP_REPORT, TRACKS, CleanupReportDocument
from screenalytics_assets.identities.sheet_file import write_sheet
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_assets.lineage.provenance import provenance
from screenalytics_resources.artifact import TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UnavailableError
from screenalytics_resources.promotion import Journal, PromotionKind, Staged, staging
from screenalytics_resources.sealed_files import save_artifact, save_document
from screenalytics_resources.sealed_tables import announce_table, settle_table

CLEANED_SPECS = tuple(EPISODE_SPECS[asset] for asset in CLEANED)
"""Specs of the assets that a cleanup may replace, in the order of the graph."""


def changed_assets(before: ArtifactSet, after: ArtifactSet) -> list[str]:
    """Return the assets whose content the cleanup changed, in the order of the graph."""
    old, new = before.digests, after.digests
    return [asset for asset in CLEANED if asset in new and new[asset] != old.get(asset)]


def report_document(report: CleanupReport, before: ArtifactSet) -> CleanupReportDocument:
    """Return the report with its provenance: the artifacts before the cleanup."""
    pack = before.faces.model_pack if before.faces else None
    return CleanupReportDocument(report.ep_id, report, provenance("cleanup_report", (), before.digests), pack)


def write_report(store: ArtifactStore, report: CleanupReport, before: ArtifactSet) -> None:
    """Write the report and no other artifact."""
    save_document(store, CLEANUP_REPORT, report_document(report, before))


def write_back(store: ArtifactStore, before: ArtifactSet, after: ArtifactSet, report: CleanupReport) -> list[str]:
    """Replace the changed artifacts and the report, all or none, and return the replaced assets.

    The caller must hold the episode's lock. The replaced files are kept; see `promotion`.

    Raises:
        OSError: writing failed, for example because the disk is full. Nothing has changed in that case.
    """
    ep_id, changed = report.ep_id, changed_assets(before, after)
    with staging(store, ep_id) as staged:
        stage_crop_index(staged)
        for spec in CLEANED_SPECS:
            if spec.asset in changed:
                save_artifact(staged.files, spec, after.present[spec.asset], cleanup=report.cleanup_id)
            else:
                for path in spec.paths(ep_id):
                    staged.take(path)
        write_report(staged.files, report, before)
        promote_set(staged, "cleanup", changed)
    if after.identities and after.faces:
        write_sheet(store, ep_id, after.identities.content.identities, after.faces.rows)
    return changed


def promote_set(
    staged: Staged, kind: PromotionKind, changed: Sequence[str], paths: Sequence[str] | None = None
) -> Journal:
    """Promote the staged files at `paths`, by default the whole set.

    A reader that comes in between finds each table with its seal.
    """
    tables = [spec for spec in CLEANED_SPECS if isinstance(spec, TableSpec)]
    for spec in tables:
        announce_table(staged.files, staged.target, spec, staged.ep_id)
    journal = staged.promote(kind, changed, set_paths(staged.ep_id) if paths is None else paths)
    with suppress(OSError, UnavailableError):  # the set is in place, and a side file with two seals is valid
        for spec in tables:
            settle_table(staged.target, spec, staged.ep_id)
    return journal


def stage_crop_index(staged: Staged) -> None:
    """Stage the index of the crops. No cleanup changes it, but the seal of the tracks covers its hash."""
    staged.take(f"frames/{staged.ep_id}/{TRACKS.crops}")


def set_paths(ep_id: str) -> list[str]:
    """Return the files, relative to the data root, that are replaced and kept together."""
    return [path for spec in (*CLEANED_SPECS, CLEANUP_REPORT) for path in spec.paths(ep_id)]
