"""Partitions: one per episode, registered when its video arrives, and one per show."""

from dagster import DynamicPartitionsDefinition

EPISODES = DynamicPartitionsDefinition(name="episodes")
SHOWS = DynamicPartitionsDefinition(name="shows")
