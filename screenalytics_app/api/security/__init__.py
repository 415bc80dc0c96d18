"""Who may ask for what. Pure ASGI middleware, so that streams and ranges of files pass through unbuffered."""
