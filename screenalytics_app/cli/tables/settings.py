"""Effective settings, and model packs."""

from collections import defaultdict

from rich.console import Group
from rich.text import Text

from screenalytics_app.actions.packs import PackSummary
from screenalytics_app.actions.settings_overview import SettingsOverview
from screenalytics_app.cli.tables.layout import add_row, new_table, text, titled, word

STAGE_FILES = "config/pipeline/"


def settings_table(overview: SettingsOverview, wide: bool = False) -> Group:
    """Return one row per setting, grouped by stage; the folder of the stage files only if `wide`."""
    table = new_table(word("setting"), text("value"), text("from"))
    stage = ""
    for setting in overview.settings:
        if setting.stage != stage:
            stage = setting.stage
            add_row(table, Text(stage, style="bold"))
        source = setting.source if wide else setting.source.removeprefix(STAGE_FILES)
        add_row(table, f"  {setting.name}", setting.value, source)
    note = "" if wide else f" (YAML files are in {STAGE_FILES.rstrip('/')})"
    return titled(f"settings with model pack {overview.pack}{note}", table)


def packs_table(packs: tuple[PackSummary, ...], wide: bool = False) -> Group:
    """Return one row per model pack, and below the licences; titles and licences as columns if `wide`."""
    columns = [text("pack"), word("commercial use"), word("thresholds"), word("installed")]
    table = new_table(*columns, *([text("title"), text("licence")] if wide else []))
    for pack in packs:
        add_row(
            table,
            pack.name,
            "yes" if pack.commercial_use else "no",
            "calibrated" if pack.calibrated else "not calibrated",
            "yes" if pack.installed else "no",
            *((pack.title, pack.licence) if wide else ()),
        )
    by_licence = defaultdict(list)
    for pack in packs:
        by_licence[pack.licence].append(pack.name)
    licences = [Text(f"\n{', '.join(names)}\n  {licence}") for licence, names in by_licence.items()]
    return titled("model packs", table, *([] if wide else licences))
