"""Every claim of the two papers, in their order."""

from collections.abc import Mapping

from onward.reproduce.claim import AbstractClaim
from onward.reproduce.claims.a1 import A1

CLAIMS: Mapping[str, AbstractClaim] = {claim.id: claim() for claim in (A1,)}
