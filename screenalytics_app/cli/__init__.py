"""The command line: one file per group of commands, the tables they show, and their options.

This is the only place that knows typer and rich. A command turns options into a request, calls an action and shows the
record that the action returns; anything that a second caller would need too belongs in `screenalytics_app.actions`.
"""
