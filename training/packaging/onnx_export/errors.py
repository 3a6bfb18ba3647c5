"""Why there is no graph."""


class NotExportedError(Exception):
    """The message is a clause that goes on from "there is no graph: "."""
