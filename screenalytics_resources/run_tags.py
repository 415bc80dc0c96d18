"""Tags by which a run says where it came from."""

STARTED_BY_TAG = "screenalytics/started_by"
COMMAND_LINE = "command line"
"""Value of a run of the command line, which makes all that is downstream of what it makes, or says why not."""
