"""The learner: what is carried, the one loop, what is compiled of it, and what is admitted."""
