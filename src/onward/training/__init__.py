"""Networks trained off line on recorded sessions, as a start before they go on online."""
