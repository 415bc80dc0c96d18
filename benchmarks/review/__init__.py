"""What an analyst does with the review pages, in a real browser."""
