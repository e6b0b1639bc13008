"""Members that become one learner: networks, lines and forecasters side by side."""
