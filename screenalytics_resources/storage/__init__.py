"""Storage back ends of the artifact store: a local disk, and object storage that speaks S3.

Atomic writes, listings, locks and staged folders of either back end belong here, behind the protocol `Place`. Names and
layout of artifacts belong to `artifact_store.py`, file formats to `sealed_files.py`, and the replacement of a set of
files to `promotion.py`. Code outside this package does not know which back end it uses.
"""
