"""Jobs: runs of Dagster that a person starts through the API. A job is a small file; its run is found by a tag."""
