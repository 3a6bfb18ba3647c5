"""Training itself: the `Trainer`, its batches, checkpoints, device and memory. Knows no task."""
