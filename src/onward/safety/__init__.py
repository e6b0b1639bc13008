"""What keeps a learner safe: checkpoints in a folder, a log of every update, guards, a fallback."""
