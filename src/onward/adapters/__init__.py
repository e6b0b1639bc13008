"""Onward behind the interfaces of other libraries."""
