"""Which artifacts of an episode are missing or out of date, determined from their seals alone.

Every artifact carries its provenance. It is up to date exactly if building it now would give an equal provenance.
Therefore a run resumes where a killed run stopped, without Dagster's event log.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from screenalytics_assets.contract.exceptions_file import exceptions_sha256
from screenalytics_assets.contract.truth_file import truth_sha256
from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS
from screenalytics_assets.lineage.provenance import input_digests, provenance_of_hash, settings_sha256
from screenalytics_assets.settings.episode_settings import resolve_with_kept
from screenalytics_assets.settings.sources import Resolved
from screenalytics_resources.artifact import Provenance
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import NO_DECISIONS, decisions_sha256
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.people_file import cast_sha256
from screenalytics_resources.inference.packs import Pack, load_pack
from screenalytics_resources.project import config_dir
from screenalytics_resources.sealed_files import NewerArtifactError, Seal, read_seal


class Current:
    """Current settings. Each stage is resolved once and each pack is read once, for any number of episodes.

    `explicit` holds the settings given for one run, by asset. `kept` holds the settings kept with one episode, which
    make the object valid for that episode only.
    """

    def __init__(
        self, explicit: Mapping[str, Mapping[str, Any]] | None = None, kept: Mapping[str, Any] | None = None
    ) -> None:
        given = explicit or {}
        self._settings: dict[str, tuple[Resolved[Any], ...]] = {
            asset: tuple(resolve_with_kept(stage, given.get(asset, {}), kept or {}) for stage in row.settings)
            for asset, row in EPISODE_ARTIFACTS.items()
        }
        self._packs: dict[str, Pack] = {}
        self._hashes: dict[tuple[str, str | None], str] = {}

    def provenance(self, asset: str, seals: Mapping[str, Seal], external: Mapping[str, str]) -> Provenance:
        """Return the provenance that `asset` would have if it were built now from the artifacts with these seals."""
        row = EPISODE_ARTIFACTS[asset]
        inputs = input_digests(*(seals[name] for name in row.upstream if name in seals))
        inputs |= {name: external[name] for name in row.external if name in external}
        return provenance_of_hash(asset, self.settings_hash(asset, seals), inputs)

    def settings_hash(self, asset: str, seals: Mapping[str, Seal]) -> str:
        """Return the hash of the settings, and of the pack if `asset` reads one."""
        pack = self._pack(asset, seals) if EPISODE_ARTIFACTS[asset].uses_pack else None
        key = (asset, pack.name if pack else None)
        if key not in self._hashes:
            self._hashes[key] = settings_sha256(self._settings[asset], pack)
        return self._hashes[key]

    def _pack(self, asset: str, seals: Mapping[str, Seal]) -> Pack:
        """Return the pack that the settings name for tracks. Later artifacts use the pack of the stored tracks."""
        name = str(self._settings["tracks"][0].values.pack if asset == "tracks" else seals["tracks"].model_pack)
        if name not in self._packs:
            self._packs[name] = load_pack(name, config_dir())
        return self._packs[name]


def stale_assets(store: ArtifactStore, ep_id: str, current: Current, video_sha256: str) -> list[str]:
    """Return the assets of an episode that are missing or, by their seals, out of date, in the order of the graph.

    An unreadable seal counts as missing. The integrity checks find damage behind an intact seal.
    """
    stale: list[str] = []
    seals: dict[str, Seal] = {}
    external = {
        "video": video_sha256,
        "exceptions": exceptions_sha256(store, ep_id),
        "cast": cast_sha256(store, parse_ep_id(ep_id).show),
        "truth": truth_sha256(store, ep_id),
        **decided_input(store, ep_id),
    }
    for asset, row in EPISODE_ARTIFACTS.items():
        seal = _readable_seal(store, asset, ep_id)
        if (
            set(row.upstream) & set(stale)
            or seal is None
            or seal.provenance != current.provenance(asset, seals, external)
        ):
            stale.append(asset)
        else:
            seals[asset] = seal
    return stale


def decided_input(store: ArtifactStore, ep_id: str) -> dict[str, str]:
    """Return the decisions of people as an input: by name, or nothing if there are none.

    An episode without decisions has the provenance that it had before there could be any.
    """
    sha256 = decisions_sha256(store, ep_id)
    return {} if sha256 == NO_DECISIONS else {"decisions": sha256}


def first_gap(store: ArtifactStore, ep_id: str, assets: Sequence[str]) -> str | None:
    """Return the first of `assets` that is missing or was built from inputs that have changed since.

    `assets` are in the order of the graph. Settings are not compared: a run that starts from a later asset uses the
    earlier ones as they are.

    Raises:
        UserError: a seal cannot be read.
    """
    digests: dict[str, str] = {}
    for asset in assets:
        row = EPISODE_ARTIFACTS[asset]
        seal = read_seal(store, row.spec, ep_id)
        if seal is None or any(seal.provenance.inputs.get(name) != digests[name] for name in row.upstream):
            return asset
        digests[asset] = seal.digest
    return None


def other_settings(store: ArtifactStore, ep_id: str, current: Current) -> list[str]:
    """Return the artifacts that were built with settings or a pack other than those a run would use now."""
    seals = {asset: seal for asset in EPISODE_ARTIFACTS if (seal := _readable_seal(store, asset, ep_id)) is not None}
    return [
        asset
        for asset, seal in seals.items()
        if (asset == "tracks" or "tracks" in seals or not EPISODE_ARTIFACTS[asset].uses_pack)
        and seal.provenance.settings_sha256 != current.settings_hash(asset, seals)
    ]


def cleaned_assets(store: ArtifactStore, ep_id: str, assets: Sequence[str]) -> list[str]:
    """Return those of `assets` whose artifact was written by a cleanup."""
    seals = {asset: _readable_seal(store, asset, ep_id) for asset in assets}
    return [asset for asset, seal in seals.items() if seal is not None and seal.cleanup]


def _readable_seal(store: ArtifactStore, asset: str, ep_id: str) -> Seal | None:
    try:
        return read_seal(store, EPISODE_ARTIFACTS[asset].spec, ep_id)
    except NewerArtifactError:
        raise
    except UserError:
        return None
