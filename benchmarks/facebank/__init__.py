"""Accuracy and speed of naming people of a cast, and the rate of strangers who get a name.

The clustering that precedes naming is measured in `benchmarks/identities`. The cast database itself belongs in
`screenalytics_resources/facebank`.
"""
