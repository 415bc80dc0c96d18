"""The artifact `track_embeddings`: one embedding per track, pooled from the embeddings of its accepted faces.

Code that combines the face embeddings of one track belongs here. The embeddings of single faces belong in `faces`, and
the comparison of tracks in `clustering` and `identities`. The names of the pooling methods are in
`clustering.pooling_method`, because the settings need them, too.
"""
