"""Figures of a run as inline SVG that takes its colours from the page; of a network, as images."""
