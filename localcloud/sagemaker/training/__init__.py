"""Training jobs: real processes in a tree shaped like `/opt/ml`."""
