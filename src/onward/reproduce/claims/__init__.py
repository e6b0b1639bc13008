"""Every claim of the two papers, in their order."""

from collections.abc import Mapping

from onward.reproduce.claim import AbstractClaim
from onward.reproduce.claims.a1 import A1
from onward.reproduce.claims.a5 import A5
from onward.reproduce.claims.b1 import B1
from onward.reproduce.claims.b2 import B2
from onward.reproduce.claims.b3 import B3
from onward.reproduce.claims.b4 import B4
from onward.reproduce.claims.b5 import B5
from onward.reproduce.claims.b6 import B6
from onward.reproduce.claims.b10 import B10

CLAIMS: Mapping[str, AbstractClaim] = {
    claim.id: claim() for claim in (A1, A5, B1, B2, B3, B4, B5, B6, B10)
}
