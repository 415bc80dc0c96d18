"""Package list of the wheel. All other metadata is in pyproject.toml.

The default configuration is edited at the top of the repository and read at run time, so a wheel contains it as the
data-only package `screenalytics_resources.defaults`. pyproject.toml cannot add such a package to the discovered ones.
"""

from setuptools import find_namespace_packages, setup
from setuptools.command.build_py import build_py

DEFAULTS = "screenalytics_resources.defaults"
REVIEW = "screenalytics_app.review"


class BuildPackages(build_py):
    """Build step that copies only data files from the top of the repository."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """Return `(package, module, file)` per module: none for DEFAULTS, which leaves out this file."""
        return [] if package == DEFAULTS else super().find_package_modules(package, package_dir)


setup(
    packages=[
        *find_namespace_packages(include=["screenalytics_app*", "screenalytics_assets*", "screenalytics_resources*"]),
        DEFAULTS,
    ],
    package_dir={DEFAULTS: "."},
    package_data={
        DEFAULTS: ["dagster.yaml", "config/*/*.yaml"],
        REVIEW: ["*.html", "*.svg", "*.js"],
        f"{REVIEW}.vendor": ["*.js", "LICENSE-*", "SHA256SUMS"],
        f"{REVIEW}.styles": ["*.css"],
        **{f"{REVIEW}.{folder}": ["*.js"] for folder in ("api", "components", "pages", "state")},
        "screenalytics_app.api": ["static/*", "static/swagger/*"],
    },
    cmdclass={"build_py": BuildPackages},
)
