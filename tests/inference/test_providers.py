"""Execution providers: the meaning of each device name, with and without CUDA."""

import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.inference import providers
from screenalytics_resources.inference.providers import CPU, CUDA, choose_providers, cuda_problem

CPU_ONLY = ((CPU, {}),)
choose_uncached = choose_providers.__wrapped__


@pytest.fixture(scope="module")
def no_cuda() -> None:
    if cuda_problem("0") is None:
        pytest.skip("CUDA works on this machine")


@pytest.mark.parametrize("device", ["gpu", "CPU", "cuda:", "cuda:x", "cuda:-1", "cuda:1 ", "cuda1", "", "cpu\n"])
def test_unknown_device_is_rejected(device: str) -> None:
    with pytest.raises(UserError, match=r"Unknown device .*: use auto, cpu, cuda or cuda:N"):
        choose_providers(device)


def test_cpu() -> None:
    chosen = choose_providers("cpu")
    assert (chosen.requested, chosen.used, chosen.providers, chosen.note) == ("cpu", CPU, CPU_ONLY, None)


@pytest.mark.usefixtures("no_cuda")
@pytest.mark.parametrize("device", ["cuda", "cuda:0", "cuda:7"])
def test_explicit_cuda_without_cuda_is_rejected(device: str) -> None:
    with pytest.raises(UserError, match=rf"Device '{device}' cannot be used \(.+\)\. Fix CUDA or choose"):
        choose_providers(device)


@pytest.mark.usefixtures("no_cuda")
def test_auto_without_cuda_is_noted_without_other_output(capfd: pytest.CaptureFixture[str]) -> None:
    chosen = choose_uncached("auto")
    assert (chosen.used, chosen.providers) == (CPU, CPU_ONLY)
    assert chosen.note.startswith("auto: CUDA is not usable (")
    assert chosen.note.endswith("), running on the CPU")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("device", "device_id"),
    [
        pytest.param("auto", "0", id="auto"),
        pytest.param("cuda", "0", id="first"),
        pytest.param("cuda:3", "3", id="by-number"),
    ],
)
def test_with_cuda(monkeypatch: pytest.MonkeyPatch, device: str, device_id: str) -> None:
    probed = []
    monkeypatch.setattr(providers, "cuda_problem", probed.append)
    chosen = choose_uncached(device)
    assert probed == [device_id]
    assert (chosen.used, chosen.note) == (CUDA, None)
    assert chosen.providers == ((CUDA, {"device_id": device_id, "use_tf32": "0"}), (CPU, {}))


def test_runtime_without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "driver_problem", lambda: None)
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [CPU])
    assert cuda_problem("0") == "this ONNX Runtime was built without CUDA"


class Driver:
    """Replaces NVIDIA's driver library."""

    def __init__(self, error: int, gpus: int) -> None:
        self.cuInit = lambda flags: error
        self._gpus = gpus

    def cuDeviceGetCount(self, count) -> int:  # noqa: N802
        count._obj.value = self._gpus
        return 0


@pytest.mark.parametrize(
    ("error", "gpus", "problem"),
    [
        pytest.param(100, 0, "the NVIDIA driver reports error 100", id="error"),
        pytest.param(0, 0, "the NVIDIA driver reports no GPU", id="no-gpu"),
        pytest.param(0, 2, None, id="two-gpus"),
    ],
)
def test_driver(monkeypatch: pytest.MonkeyPatch, error: int, gpus: int, problem: str | None) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda name: Driver(error, gpus))
    assert providers.driver_problem() == problem


def test_without_a_driver_cuda_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_DRIVER", "libno-such-driver.so.1")
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: pytest.fail("ONNX Runtime was asked"))
    assert cuda_problem("0") == "no NVIDIA driver, because libno-such-driver.so.1 cannot be loaded"


def test_providers_are_chosen_once_per_process() -> None:
    assert choose_providers("cpu") is choose_providers("cpu")
