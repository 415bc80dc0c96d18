"""Bodies of answers, made from the artifacts of an episode and the decisions about it."""
