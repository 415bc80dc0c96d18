"""Logger of waits for something that another process holds. The command line shows its messages."""

import logging

WAITS = logging.getLogger("screenalytics.waits")
