"""Databases of the till and the hub: tables, guards, the unit of work, queries, keys and backups."""
