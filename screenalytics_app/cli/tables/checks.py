"""The asset checks of a run: a count, and what each failed check says."""

from collections.abc import Sequence

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from screenalytics_app.actions.check_results import CheckResult
from screenalytics_app.cli.tables.layout import add_row, count, new_table, text, titled, word
from screenalytics_resources.plain_text import printable

STYLES = {"passed": "green", "WARN": "yellow", "ERROR": "bold red", "BLOCKS": "bold red"}
INDENT = 10


def checks_report(checks: Sequence[CheckResult], wide: bool = False) -> Group:
    """Return every failed check with its sentence across the full width, worst first; if `wide`, passed ones too."""
    shown = [check for check in checks if wide or not check.passed]
    shown.sort(key=lambda check: -list(STYLES).index(_state(check)))
    return titled(_count(checks), *(part for check in shown for part in _check(check)))


def checks_table(checks: Sequence[CheckResult]) -> Group:
    """Return one row per check with its state, in the order of evaluation."""
    table = new_table(text("asset"), text("check"), word("state"))
    for check in checks:
        state = _state(check)
        add_row(table, check.asset, check.name, Text(state, style=STYLES[state]))
    return titled("evaluated on the stored artifacts", table)


def _count(checks: Sequence[CheckResult]) -> str:
    states = [_state(check) for check in checks]
    passed, warnings = states.count("passed"), states.count("WARN")
    failed = len(states) - passed - warnings
    counts = [
        f"{passed} passed",
        count(warnings, "warning") if warnings else "",
        f"{failed} failed" if failed else "",
    ]
    return f"checks: {', '.join(filter(None, counts))}"


def _check(check: CheckResult) -> tuple[Text, Padding]:
    state = _state(check)
    head = Text.assemble("  ", (f"{state:<8}", STYLES[state]), f"{check.asset}: {check.name}")
    return head, Padding(Text(printable(check.description)), (0, 0, 0, INDENT))


def _state(check: CheckResult) -> str:
    if check.passed:
        return "passed"
    return "BLOCKS" if check.blocks else check.severity
