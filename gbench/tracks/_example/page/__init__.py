"""What shows the results; only the stage `report` depends on it."""
