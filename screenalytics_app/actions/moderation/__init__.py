"""What people do with the identities of an episode. The command line and the HTTP API call the same functions."""
