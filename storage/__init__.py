"""Tables, unit of work, queries, media and migrations: the only place that knows SQL."""
