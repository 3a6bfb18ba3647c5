"""What two rooms must agree on, as code. It needs the standard library alone."""
