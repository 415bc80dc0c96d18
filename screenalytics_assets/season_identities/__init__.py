"""The artifact `season_identities`: which tracks of all episodes of a show show the same person.

Code that gathers the episodes of a show, clusters their tracks and keeps the ids stable belongs here. The algorithms on
plain vectors belong in `clustering`, the identities of a single episode in `identities`, and the names of people in
`cast`.
"""
