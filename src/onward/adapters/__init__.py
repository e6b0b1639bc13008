"""The learner in the forms that other libraries ask for. Each needs that library installed."""
