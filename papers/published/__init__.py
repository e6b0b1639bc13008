"""Values that other libraries publish, beside what comes out here: `make published`."""
