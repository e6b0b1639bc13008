"""Checkpoints: a learner, its state and a note in one file."""
