"""Places that artifacts can lie in: a local disk, and object storage that speaks S3. Nobody else knows which it is."""
