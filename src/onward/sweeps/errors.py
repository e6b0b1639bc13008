"""The error of this room."""


class SweepError(ValueError):
    """A sweep that cannot be run as it was asked for; the message says what to change."""
