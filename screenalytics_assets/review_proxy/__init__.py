"""A copy of the video for the review pages, where browsers do not play the original."""
