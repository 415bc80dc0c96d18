"""What each asset is made from, and whether making it again would change anything.

Every artifact carries its provenance: the version of the code, a hash of the settings, and the digests of
what it was made from. It is up to date exactly if the same values come out again, so `run` can pick up where
a killed run stopped, without asking Dagster's event log.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from screenalytics_assets.contract.exceptions_file import exceptions_sha256
from screenalytics_assets.contract.schemas import ARTIFACTS
from screenalytics_assets.contract.truth_file import truth_sha256
from screenalytics_assets.settings.sources import Resolved, combined_sha256, own_settings, resolve
from screenalytics_assets.settings.stages import ASSET_SETTINGS
from screenalytics_resources.artifact import Provenance
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.people_file import cast_sha256
from screenalytics_resources.inference.packs import Pack, load_pack
from screenalytics_resources.project import config_dir
from screenalytics_resources.sealed_files import Seal, read_seal

CODE_VERSIONS: Mapping[str, str] = {
    "episode_video": "1",
    "tracks": "1",
    "faces": "1",
    "track_embeddings": "2",
    "identities": "2",
    "cast_assignments": "1",
    "track_reps": "1",
    "identity_evaluation": "1",
    "season_identities": "1",
    "cleanup_report": "1",
}
"""Raise an asset's version whenever its output changes for the same input and settings."""

UPSTREAM: Mapping[str, tuple[str, ...]] = {
    "episode_video": (),
    "tracks": ("episode_video",),
    "faces": ("tracks",),
    "track_embeddings": ("tracks", "faces"),
    "identities": ("tracks", "faces", "track_embeddings"),
    "cast_assignments": ("tracks", "track_embeddings", "identities"),
    "track_reps": ("faces", "track_embeddings", "identities"),
    "identity_evaluation": ("tracks", "identities"),
}
USES_PACK = frozenset({"tracks", "faces", "identities", "cast_assignments"})
"""Assets that read models or thresholds of the pack, so that a change of its file changes them."""


def provenance(
    asset: str, settings: tuple[Resolved[Any], ...], inputs: Mapping[str, str], pack: Pack | None = None
) -> Provenance:
    """Provenance of `asset` made with these settings from inputs with these digests."""
    return _provenance(asset, _settings_sha256(settings, pack), inputs)


def _settings_sha256(settings: tuple[Resolved[Any], ...], pack: Pack | None) -> str:
    return combined_sha256(settings, pack.model_dump_json() if pack else "")


def _provenance(asset: str, settings_sha256: str, inputs: Mapping[str, str]) -> Provenance:
    ordered = dict(sorted(inputs.items()))
    return Provenance(asset=asset, code_version=CODE_VERSIONS[asset], settings_sha256=settings_sha256, inputs=ordered)


class Current:
    """What the settings are now, each stage resolved and each pack read once, for any number of episodes.

    `explicit` holds a run's own settings by asset.
    """

    def __init__(self, explicit: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        given = explicit or {}
        self._settings: dict[str, tuple[Resolved[Any], ...]] = {
            asset: tuple(resolve(stage, config_dir(), own_settings(stage, given.get(asset, {}))) for stage in stages)
            for asset, stages in ASSET_SETTINGS.items()
            if asset in UPSTREAM
        }
        self._packs: dict[str, Pack] = {}
        self._hashes: dict[tuple[str, str | None], str] = {}

    def provenance(self, asset: str, seals: Mapping[str, Seal], files: Mapping[str, str]) -> Provenance:
        """What making `asset` now from the artifacts `seals` would state; `files` are hashes of what else it reads."""
        pack = self._pack(asset, seals) if asset in USES_PACK else None
        inputs = {name: seals[name].digest for name in UPSTREAM[asset] if name in seals} | dict(files)
        key = (asset, pack.name if pack else None)
        if key not in self._hashes:
            self._hashes[key] = _settings_sha256(self._settings[asset], pack)
        return _provenance(asset, self._hashes[key], inputs)

    def _pack(self, asset: str, seals: Mapping[str, Seal]) -> Pack:
        """The pack of the settings for tracks, and for all that follows the one the tracks were made with."""
        name = str(self._settings["tracks"][0].values.pack if asset == "tracks" else seals["tracks"].model_pack)
        if name not in self._packs:
            self._packs[name] = load_pack(name, config_dir())
        return self._packs[name]


def stale_assets(store: ArtifactStore, ep_id: str, current: Current, video_sha256: str) -> list[str]:
    """The assets of an episode that are missing or, going by their seals, out of date, in the order of the graph.

    A seal that cannot be read counts as missing; damage behind an intact seal is for the checks to find.
    """
    stale: list[str] = []
    seals: dict[str, Seal] = {}
    exceptions = exceptions_sha256(store, ep_id)
    files = {
        "episode_video": {"video": video_sha256},
        "identities": {"exceptions": exceptions},
        "cast_assignments": {"exceptions": exceptions, "cast": cast_sha256(store, parse_ep_id(ep_id).show)},
        "identity_evaluation": {"truth": truth_sha256(store, ep_id)},
    }
    for asset, upstream in UPSTREAM.items():
        seal = None if set(upstream) & set(stale) else _seal(store, asset, ep_id)
        if seal is None or seal.provenance != current.provenance(asset, seals, files.get(asset, {})):
            stale.append(asset)
        else:
            seals[asset] = seal
    return stale


def first_gap(store: ArtifactStore, ep_id: str, assets: Sequence[str]) -> str | None:
    """The first of `assets` (in the order of the graph) that is missing or was made from what no longer lies there.

    Their settings do not matter: whoever starts from a later asset builds on these as they are. Raises `UserError`
    for a seal that cannot be read.
    """
    digests: dict[str, str] = {}
    for asset in assets:
        seal = read_seal(store, ARTIFACTS[asset], ep_id)
        if seal is None or any(seal.provenance.inputs.get(name) != digests[name] for name in UPSTREAM[asset]):
            return asset
        digests[asset] = seal.digest
    return None


def other_settings(store: ArtifactStore, ep_id: str, current: Current) -> list[str]:
    """Artifacts of the episode that were made with other settings, or another pack, than a run would use now."""
    seals = {asset: seal for asset in UPSTREAM if (seal := _seal(store, asset, ep_id)) is not None}
    return [
        asset
        for asset, seal in seals.items()
        if (asset == "tracks" or "tracks" in seals or asset not in USES_PACK)
        and seal.provenance.settings_sha256 != current.provenance(asset, seals, {}).settings_sha256
    ]


def cleaned_assets(store: ArtifactStore, ep_id: str, assets: Sequence[str]) -> list[str]:
    """Those of `assets` whose artifact a cleanup has written."""
    return [asset for asset in assets if (seal := _seal(store, asset, ep_id)) is not None and seal.cleanup]


def _seal(store: ArtifactStore, asset: str, ep_id: str) -> Seal | None:
    try:
        return read_seal(store, ARTIFACTS[asset], ep_id)
    except UserError:
        return None
