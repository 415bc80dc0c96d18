"""Schemas of the artifacts and of the files that users write, and the code that reads them.

A record type, a file specification or a reader of such a file belongs here. Code that computes an artifact belongs in
the artifact's folder, file storage and seals in `screenalytics_resources`, the table of artifacts in `lineage`.
"""
