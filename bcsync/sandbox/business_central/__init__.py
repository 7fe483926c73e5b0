"""The simulated Business Central: token endpoint, API v2.0 and published OData pages over SQLite."""
