"""Celery's settings in a worker; `dagster_celery.app` imports this module by its name where PYTHONPATH leads to it."""

import os

broker_url = os.environ["SCREENALYTICS_CELERY_BROKER"]
result_backend = os.environ["SCREENALYTICS_CELERY_BACKEND"]
worker_prefetch_multiplier = 1
worker_disable_prefetch = True  # else a busy worker keeps a second episode to itself
worker_hijack_root_logger = True
