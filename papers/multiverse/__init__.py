"""A claim over the whole family of plausible protocols, and not under one guess of it.

A world (`worlds/`, one a file) is a space of protocols and the methods that are run under each.
Every draw of the space is a job; a claim reads the draws (`Universe`), and its result says in which
share of them it holds, which factors decide, and which protocol comes nearest to the paper.
"""
