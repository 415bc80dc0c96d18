"""Suggestions: questions about the identities of an episode whose answers correct them with the fewest actions.

One file per kind of question. `suggest` builds all of them. `queue` brings stored questions in line with the decisions
made since.
"""
