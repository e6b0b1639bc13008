"""Studies: the claims of two papers, tested, and the values that other libraries publish.

Beside the library and built on it; no part of the installed package.
"""
