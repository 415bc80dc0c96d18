"""Names of the methods that pool the embeddings of one track; `track_embeddings.pooling` implements them."""

from typing import Literal

PoolingMethod = Literal["mean", "median", "max", "quality_weighted", "norm_weighted"]
