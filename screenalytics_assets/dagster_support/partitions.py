"""Partitions: one per episode, registered when its video arrives, and one per show."""

from collections.abc import Sequence

from dagster import DynamicPartitionsDefinition, PartitionKeyRange


class LastingPartitions(DynamicPartitionsDefinition):
    """Dynamic partitions whose runs in progress end as usual if their partition is deleted in the UI."""

    def get_partition_keys_in_range(self, partition_key_range: PartitionKeyRange) -> Sequence[str]:
        """Return the keys of a range. A single key is not looked up, because its run was checked when it started."""
        if partition_key_range.start == partition_key_range.end:
            return [partition_key_range.start]
        return super().get_partition_keys_in_range(partition_key_range)


EPISODES = LastingPartitions(name="episodes")
SHOWS = LastingPartitions(name="shows")
