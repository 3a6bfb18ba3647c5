"""What every room of training uses: errors, types, the log, processes beside the job."""
