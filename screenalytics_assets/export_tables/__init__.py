"""Flat tables of the stored artifacts, for pandas, DuckDB, R or a spreadsheet: columns, frames and files.

Code belongs here if it only reshapes stored artifacts into tables. Measures that are not in an artifact belong in the
folder of the artifact that should hold them, and choosing episodes belongs in `screenalytics_app.actions.export`.
"""
