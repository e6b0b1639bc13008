"""Features and classes that appear, vanish or come back, with what was learnt kept."""
