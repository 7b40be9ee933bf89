"""C++ kernels of tenprint; call them through the rooms, not directly."""

from collections.abc import Sequence
from typing import Annotated

import numpy
from numpy.typing import NDArray


def level() -> int:
    """The instruction set in force: 0 portable, 1 AVX2, 2 AVX-512."""

def best_level() -> int:
    """The best instruction set of this processor."""

def set_level(level: int) -> None:
    """Use this instruction set from now on (tests); ValueError if absent."""

class CodeModel:
    """The trained numbers of the fingers' codes. Immutable."""

    def __init__(self, shape: Annotated[NDArray[numpy.float32], dict(shape=(312, 48), order='C', device='cpu', writable=False)], shape_zero: Annotated[NDArray[numpy.float32], dict(shape=(48), order='C', device='cpu', writable=False)], linear: Annotated[NDArray[numpy.float32], dict(shape=(52, 64), order='C', device='cpu', writable=False)], square: Annotated[NDArray[numpy.float32], dict(shape=(52, 64), order='C', device='cpu', writable=False)], constant: Annotated[NDArray[numpy.float32], dict(shape=(64), order='C', device='cpu', writable=False)], mean: Annotated[NDArray[numpy.float32], dict(shape=(64, 64), order='C', device='cpu', writable=False)], scale: Annotated[NDArray[numpy.float32], dict(shape=(64, 64), order='C', device='cpu', writable=False)], share: Annotated[NDArray[numpy.float32], dict(shape=(64), order='C', device='cpu', writable=False)], count_scale: Annotated[NDArray[numpy.float32], dict(shape=(64), order='C', device='cpu', writable=False)], projection: Annotated[NDArray[numpy.float32], dict(shape=(3392, 192), order='C', device='cpu', writable=False)], offset: Annotated[NDArray[numpy.float32], dict(shape=(192), order='C', device='cpu', writable=False)], centroids: Annotated[NDArray[numpy.float32], dict(shape=(48, 15, 4), order='C', device='cpu', writable=False)]) -> None: ...

    def encode(self, data: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)], starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], stops: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], threads: int = 1, vectors: bool = False) -> tuple[int, Annotated[NDArray[numpy.uint8], dict(shape=(None, None))], Annotated[NDArray[numpy.float32], dict(shape=(None, None))] | None]:
        """
        Codes of packed records: the first record that cannot be read (or their number), the codes (n, 24) and, where wanted, the vectors (n, 192) they come from.
        """

    def fisher(self, data: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)], starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], stops: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> tuple[int, Annotated[NDArray[numpy.float32], dict(shape=(None, None))]]:
        """The Fisher vectors (n, 3392) of packed records, for training."""

    def quantise(self, vectors: Annotated[NDArray[numpy.float32], dict(shape=(None, 192), order='C', device='cpu', writable=False)]) -> Annotated[NDArray[numpy.uint8], dict(shape=(None, None))]:
        """The codes (n, 24) of vectors (n, 192)."""

class LeaderNetwork:
    """
    The LEADER minutiae network with packed weights; safe to share between threads.
    """

    def __init__(self, tensors: dict[str, Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)]], bfloat16: bool) -> None:
        """
        tensors: name to C-contiguous float32 array. ValueError where one is missing or misshapen.
        """

    def run(self, pixels: Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order='C', device='cpu', writable=False)], cells: Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order='C', device='cpu', writable=False)], threshold: float, most: int, threads: int = 1, position: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')] | None = None) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
        """
        Rows of (row, column, probability, cosine, sine, ending), best first, of an image whose sides are multiples of 32. cells: uint8, one for every 32 x 32 pixels, 0 to skip it. position: float32 map to fill.
        """

def has_avx512_bf16() -> bool:
    """Whether this processor multiplies bfloat16 (AVX-512 BF16)."""

class Curve:
    """A non-decreasing piecewise linear function."""

    def __init__(self, x: Sequence[float], y: Sequence[float]) -> None: ...

class MatchModel:
    """The fitted numbers of the matcher."""

    def __init__(self, first_location: Sequence[float], first_spread: Sequence[float], gate: float, first_score: Curve, weights: Sequence[float], second_location: Sequence[float], second_spread: Sequence[float], second_score: Curve, limits: tuple[float, float, float, float]) -> None: ...

class PreparedTemplate:
    """
    A template made ready for matching, from int32 rows (x, y, angle unit, weight percent). Immutable, safe to share between threads.
    """

    def __init__(self, minutiae: Annotated[NDArray[numpy.int32], dict(shape=(None, 4), order='C', device='cpu', writable=False)]) -> None: ...

    def __len__(self) -> int: ...

    @property
    def bytes(self) -> int: ...

    def words(self) -> list[list[int]]:
        """
        Each minutia's place in the given template and its descriptor, sorted by angle.
        """

class PreparedSet:
    """Many prepared templates; thread-safe."""

    def __init__(self) -> None: ...

    def append(self, template: PreparedTemplate) -> int:
        """Adds a template; its row."""

    def discard(self, row: int) -> None:
        """Empties a row; it scores 0 from now on."""

    def __len__(self) -> int: ...

    @property
    def bytes(self) -> int:
        """Memory held."""

    def compare(self, probe: PreparedTemplate, model: MatchModel, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None = None) -> Annotated[NDArray[numpy.float32], dict(shape=(None,))]:
        """One probe against all rows, or those named."""

def match_score(probe: PreparedTemplate, candidate: PreparedTemplate, model: MatchModel) -> float:
    """Minus log10 FMR of two templates."""

def match_packed(probes: Sequence[PreparedTemplate], data: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)], starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], stops: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], probe_of: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], model: MatchModel, threads: int) -> tuple[Annotated[NDArray[numpy.float32], dict(shape=(None,))], int]:
    """
    Scores of packed records against the probes they name, and the first record that cannot be read (-1: all can).
    """

def packed_directory(data: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)], starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], stops: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> tuple[Annotated[NDArray[numpy.int64], dict(shape=(None,))], Annotated[NDArray[numpy.int64], dict(shape=(None,))], Annotated[NDArray[numpy.int64], dict(shape=(None,))], Annotated[NDArray[numpy.uint8], dict(shape=(None,))], Annotated[NDArray[numpy.uint8], dict(shape=(None,))], int]:
    """
    Packed records in runs of bytes: run, start, stop, finger and quality of each, and the first run that holds anything else (-1: none does).
    """

def match_explain(probe: PreparedTemplate, candidate: PreparedTemplate, model: MatchModel) -> object:
    """
    Score, whether the second look was taken, pairs (probe, candidate, contribution, distance, angle, similarity), cosine, sine, dx, dy of the motion, the features, and the typical similarity.
    """

class NameWords:
    """Numbered words; one writer at a time, many readers."""

    def __init__(self) -> None: ...

    def add(self, packed: bytes) -> int:
        """The number of a new word."""

    def count(self, number: int, by: int) -> None:
        """So many more people have this word."""

    def frequencies(self, numbers: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> Annotated[NDArray[numpy.uint32], dict(shape=(None,))]:
        """How many people have each of these words."""

    def __len__(self) -> int: ...

    def alike(self, word: bytes, near: tuple[Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)], Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)]], keys: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)], waiting: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)], certain: Sequence[tuple[int, float]], least: float, compared: int, most: int) -> tuple[Annotated[NDArray[numpy.uint32], dict(shape=(None,))], Annotated[NDArray[numpy.float64], dict(shape=(None,))]]:
        """
        Numbers of the words most like a packed word, and their likeness, best first.
        """

    def score(self, names: Sequence[Sequence[bytes]], dates: Sequence[int], sex: int, people: tuple[Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)], Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)], Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)], Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)], Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)], Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)]], rows: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], identified: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> Annotated[NDArray[numpy.float64], dict(shape=(None,))]:
        """
        Scores of people against a query; negative where the long way is needed.
        """

class NameSums:
    """Sums over people; one search at a time."""

    def __init__(self) -> None: ...

    def best(self, lists: Sequence[tuple[Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)], Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)]]], groups: Sequence[tuple[int, Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)], Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)]]], names: int, alive: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)], wanted: int, named: int) -> tuple[Annotated[NDArray[numpy.int32], dict(shape=(None,))], Annotated[NDArray[numpy.float32], dict(shape=(None,))]]:
        """
        Rows of the people that share most, and what that is worth. A group is the number of its lists, keys (or spans of keys) and worths; the first `names` groups are names.
        """

def name_likeness(a: bytes, b: bytes) -> tuple[float, bool]:
    """Likeness of two packed words, and whether they are one text."""

def date_likeness(a: int, b: int) -> float:
    """Likeness of packed dates."""

def near_dates(packed: int) -> tuple[Annotated[NDArray[numpy.uint32], dict(shape=(None,))], Annotated[NDArray[numpy.float64], dict(shape=(None,))]]:
    """Dates that may be meant by a packed date, and their likeness."""

def scan_codes(planes: Sequence[Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)]], queries: Sequence[tuple[Sequence[int], Annotated[NDArray[numpy.uint8], dict(shape=(None, 48, 16), order='C', device='cpu', writable=False)]]], rows: int, k: Sequence[int], membership: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order='C', device='cpu', writable=False)] | None = None, status: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)] | None = None, galleries: int = 4294967295, statuses: int = 4294967295, threads: int = 1, early: Sequence[tuple[int, int]] = []) -> list[tuple[Annotated[NDArray[numpy.int64], dict(shape=(None,))], Annotated[NDArray[numpy.uint16], dict(shape=(None,))]]]:
    """
    All queries against all codes in one pass. A query is its plane numbers and a table of 48 x 16 values for each, the largest of the parts of every fourth byte together at most 255. Of query q the best k[q] rows with their scores. With early, a pair a query: everybody is scored by the query's first planes, as many as the first number says, and only the best of them, as many as the second, by the others too.
    """

def read_memory(data: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)], threads: int = 1) -> int:
    """Reads an array once; for measuring memory."""

def synth_grow(ridges: Annotated[NDArray[numpy.int16], dict(shape=(None, None), order='C', device='cpu', writable=False)], direction: Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order='C', device='cpu', writable=False)], period: Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order='C', device='cpu', writable=False)], inside: Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order='C', device='cpu', writable=False)], bank: Annotated[NDArray[numpy.int16], dict(shape=(None, None, None, None), order='C', device='cpu', writable=False)], rounds: int, shift: int) -> Annotated[NDArray[numpy.int16], dict(shape=(None, None))]:
    """
    Ridges (int16, within 1023) filtered `rounds` times by the filter each pixel names.
    """

def synth_spline(coefficients: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], step: float, height: int, width: int) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
    """A uniform cubic B-spline surface with knots `step` pixels apart."""

def synth_warp(image: Annotated[NDArray[numpy.int16], dict(shape=(None, None), order='C', device='cpu', writable=False)], x_from: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], y_from: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], step: int, outside: float, height: int, width: int) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
    """
    The image resampled at the places named by two grids with knots `step` pixels apart.
    """

def synth_population(seed: int, first: int, count: int, impression: int, fingers: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)], classes: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], anatomy: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], touch: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> tuple[Annotated[NDArray[numpy.uint8], dict(shape=(None,))], Annotated[NDArray[numpy.int64], dict(shape=(None,))]]:
    """
    Packed templates of fictitious people one after the other, and the length of each.
    """

def wsq_decode(data: bytes, most_side: int, most_pixels: int) -> tuple[Annotated[NDArray[numpy.uint8], dict(shape=(None, None))], bytes]:
    """
    Pixels (uint8, height x width) and the comments of a WSQ image; ValueError where damaged.
    """

def wsq_encode(pixels: Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order='C', device='cpu', writable=False)], bitrate: float, comment: str) -> bytes:
    """
    The WSQ stream of grey pixels at a nominal rate in bits a pixel; ValueError out of range.
    """
