"""Clustering of unit vectors: linkage, density clustering, constraints, outliers, adoption and cohesion.

Modules here work on arrays of vectors and labels; they read no artifacts and know nothing of episodes or Dagster. The
clustering of an episode's tracks belongs in `identities`, that of a show in `season_identities`, and the pooling of
face embeddings in `track_embeddings`.
"""
