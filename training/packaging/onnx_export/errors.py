"""Why there is no graph."""


class NotExportedError(Exception):
    """The message is a clause that completes "there is no graph: "."""
