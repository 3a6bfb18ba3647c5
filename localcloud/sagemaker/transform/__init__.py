"""Transform jobs: a model server that answers the objects below an S3 prefix, and ends with them."""
