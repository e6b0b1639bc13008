"""Every claim of the two papers, in their order."""

from collections.abc import Mapping

from onward.reproduce.claim import AbstractClaim
from onward.reproduce.claims.a1 import A1
from onward.reproduce.claims.a9 import A9
from onward.reproduce.claims.b7 import B7
from onward.reproduce.claims.b8 import B8
from onward.reproduce.claims.b9 import B9

CLAIMS: Mapping[str, AbstractClaim] = {claim.id: claim() for claim in (A1, A9, B7, B8, B9)}
