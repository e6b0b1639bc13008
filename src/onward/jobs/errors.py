"""The error of this room."""


class JobsError(ValueError):
    """Jobs, a folder or a place that cannot be used; the message says what to change."""
