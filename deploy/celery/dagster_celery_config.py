"""Celery settings of a worker. `dagster_celery.app` imports this module by name if its folder is in PYTHONPATH."""

import os

broker_url = os.environ["SCREENALYTICS_CELERY_BROKER"]
result_backend = os.environ["SCREENALYTICS_CELERY_BACKEND"]
worker_prefetch_multiplier = 1
worker_disable_prefetch = True  # otherwise a busy worker reserves a second episode
worker_hijack_root_logger = True
