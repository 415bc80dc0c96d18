"""Streams of server-sent events. One poll serves all who listen to the same thing."""
