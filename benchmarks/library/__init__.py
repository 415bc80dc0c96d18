"""Cost of a library of many episodes: backfill time, memory of the daemon, and time by number of episodes.

The cost of one episode is measured by `benchmarks.main_job`. The platform that runs the library belongs in
`benchmarks/live`.
"""
