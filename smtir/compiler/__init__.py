"""Walk a module through its stages: run the passes, verify, snapshot, record."""
