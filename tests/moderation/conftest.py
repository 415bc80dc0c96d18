"""The cast database of the tests of `facebank`."""

from tests.resources.facebank.conftest import cast

__all__ = ["cast"]
