"""C++ kernels of tenprint; call them through the rooms, not directly."""



def level() -> int:
    """The instruction set in force: 0 portable, 1 AVX2, 2 AVX-512."""

def best_level() -> int:
    """The best instruction set of this processor."""

def set_level(level: int) -> None:
    """Use this instruction set from now on (tests); ValueError if absent."""
