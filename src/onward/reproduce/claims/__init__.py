"""Every claim of the two papers, in their order."""

from collections.abc import Mapping

from onward.reproduce.claim import AbstractClaim
from onward.reproduce.claims.a1 import A1
from onward.reproduce.claims.a2 import A2
from onward.reproduce.claims.a3 import A3
from onward.reproduce.claims.a4 import A4
from onward.reproduce.claims.a11 import A11

CLAIMS: Mapping[str, AbstractClaim] = {claim.id: claim() for claim in (A1, A2, A3, A4, A11)}
