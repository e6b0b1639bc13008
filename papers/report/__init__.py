"""Finished claims as a page, as Markdown and as figures. Never trains."""

from papers.report.pages import write_claims

__all__ = ["write_claims"]
