"""The artifact `identities`: which tracks of an episode show the same person, with ids that last from run to run.

Code that turns the track embeddings of one episode into identities belongs here, with its checks and the contact sheet.
The algorithms on plain vectors belong in `clustering`, identities across episodes in `season_identities`, names of
people in `cast`, and the comparison with labelled tracks in `identity_evaluation`.
"""
