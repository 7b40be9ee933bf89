"""The C++ kernels behind NumPy buffers: GIL released, no policy, chosen at run time.

Every kernel has one translation unit per instruction set; `set_level` forces a lower one (tests
compare all of them with a slow oracle).
"""

from tenprint._native._kernels import (
    CodeModel,
    Curve,
    LeaderNetwork,
    MatchModel,
    PreparedSet,
    PreparedTemplate,
    best_level,
    has_avx512_bf16,
    level,
    match_explain,
    match_packed,
    match_score,
    packed_directory,
    read_memory,
    scan_codes,
    set_level,
    wsq_decode,
    wsq_encode,
)

__all__ = [
    "CodeModel",
    "Curve",
    "LeaderNetwork",
    "MatchModel",
    "PreparedSet",
    "PreparedTemplate",
    "best_level",
    "has_avx512_bf16",
    "level",
    "match_explain",
    "match_packed",
    "match_score",
    "packed_directory",
    "read_memory",
    "scan_codes",
    "set_level",
    "wsq_decode",
    "wsq_encode",
]
