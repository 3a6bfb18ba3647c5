"""Asynchronous inference: requests that wait in the store, are answered by an endpoint, and end as objects in S3."""
