"""The track's page, on the report's kit, and the section that the root's page shows of it."""
