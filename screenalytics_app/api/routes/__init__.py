"""Endpoints, a file per resource."""
