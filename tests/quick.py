"""What is quick to compile, where nothing is asked of how fast it is."""

from onward.learning import xla

# As a user has them.
KERNEL_OPTIONS = dict(xla.KERNEL_OPTIONS)


def quicken_kernels() -> None:
    """Compile a learner's kernels without optimization; to be called before any is made."""
    xla.KERNEL_OPTIONS["xla_backend_optimization_level"] = 0
