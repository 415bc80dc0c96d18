"""Moderation: what the decisions of people mean for the tracks and identities of an episode. Pure functions.

Tracks apply decisions when they are made, so this folder lies below them and knows only the contract.
"""
