"""What a job reads before it computes anything."""
