"""Moderation: what the decisions of people mean for the tracks and identities of an episode. Pure functions."""
