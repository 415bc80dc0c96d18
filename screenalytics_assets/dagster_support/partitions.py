"""Partitions: every episode is one, registered when its video arrives."""

from dagster import DynamicPartitionsDefinition

EPISODES = DynamicPartitionsDefinition(name="episodes")
SHOWS = DynamicPartitionsDefinition(name="shows")
