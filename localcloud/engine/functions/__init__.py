"""Lambda functions as processes of this machine: environment, code, workers and the pool that shares them out."""
