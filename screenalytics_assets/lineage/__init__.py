"""Which artifacts exist, what each is built from, and whether building it again would change anything.

The table of artifacts, provenance, staleness and versions belong here. What the files contain belongs in `contract`,
the values of settings in `settings`, and everything that needs Dagster in `dagster_support`.
"""
