"""The history of the schemas: one folder of revisions for the till, one for the hub."""
