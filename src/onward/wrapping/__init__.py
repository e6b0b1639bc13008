"""What is built around a learner or a mixture: late labels, forecasts, intervals."""
