"""Every claim of the two papers, the second in both of its versions, in their order."""

from collections.abc import Mapping

from papers.claim import AbstractClaim
from papers.claims.a1 import A1
from papers.claims.a2 import A2
from papers.claims.a3 import A3
from papers.claims.a4 import A4
from papers.claims.a5 import A5
from papers.claims.a6 import A6
from papers.claims.a7 import A7
from papers.claims.a8 import A8
from papers.claims.a9 import A9
from papers.claims.a10 import A10
from papers.claims.a11 import A11
from papers.claims.b1 import B1
from papers.claims.b2 import B2
from papers.claims.b3 import B3
from papers.claims.b4 import B4
from papers.claims.b5 import B5
from papers.claims.b6 import B6
from papers.claims.b7 import B7
from papers.claims.b8 import B8
from papers.claims.b9 import B9
from papers.claims.b10 import B10
from papers.claims.c1 import C1
from papers.claims.c2 import C2
from papers.claims.c3 import C3
from papers.claims.c4 import C4
from papers.claims.c5 import C5
from papers.claims.c6 import C6
from papers.claims.c7 import C7
from papers.claims.c8 import C8

PATHS = (A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11)
CREDIT = (B1, B2, B3, B4, B5, B6, B7, B8, B9, B10)
IMMEDIATE = (C1, C2, C3, C4, C5, C6, C7, C8)
CLAIMS: Mapping[str, AbstractClaim] = {claim.id: claim() for claim in (*PATHS, *CREDIT, *IMMEDIATE)}
