"""The HTTP API. Routes translate requests to functions of `screenalytics_app.actions`, which hold all behaviour."""
