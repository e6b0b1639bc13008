"""Every claim of the two papers, in their order."""

from collections.abc import Mapping

from onward.reproduce.claim import AbstractClaim
from onward.reproduce.claims.a1 import A1
from onward.reproduce.claims.a2 import A2
from onward.reproduce.claims.a3 import A3
from onward.reproduce.claims.a4 import A4
from onward.reproduce.claims.a5 import A5
from onward.reproduce.claims.a6 import A6
from onward.reproduce.claims.a7 import A7
from onward.reproduce.claims.a8 import A8
from onward.reproduce.claims.a9 import A9
from onward.reproduce.claims.a10 import A10
from onward.reproduce.claims.a11 import A11
from onward.reproduce.claims.b1 import B1
from onward.reproduce.claims.b2 import B2
from onward.reproduce.claims.b3 import B3
from onward.reproduce.claims.b4 import B4
from onward.reproduce.claims.b5 import B5
from onward.reproduce.claims.b6 import B6
from onward.reproduce.claims.b7 import B7
from onward.reproduce.claims.b8 import B8
from onward.reproduce.claims.b9 import B9
from onward.reproduce.claims.b10 import B10

PATHS = (A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11)
CREDIT = (B1, B2, B3, B4, B5, B6, B7, B8, B9, B10)
CLAIMS: Mapping[str, AbstractClaim] = {claim.id: claim() for claim in (*PATHS, *CREDIT)}
