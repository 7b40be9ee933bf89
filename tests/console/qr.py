"""A reader of QR codes (ISO/IEC 18004): versions 1 to 10, level M, bytes; corrects nothing."""

from __future__ import annotations

import re

Modules = list[list[bool]]

#: By version: check bytes of a block, then how many blocks of how many data bytes.
BLOCKS = {
    1: (10, ((1, 16),)), 2: (16, ((1, 28),)), 3: (26, ((1, 44),)), 4: (18, ((2, 32),)),
    5: (24, ((2, 43),)), 6: (16, ((4, 27),)), 7: (18, ((4, 31),)), 8: (22, ((2, 38), (2, 39))),
    9: (22, ((3, 36), (2, 37))), 10: (26, ((4, 43), (1, 44))),
}  # fmt: skip

ALIGNED = {
    1: (), 2: (6, 18), 3: (6, 22), 4: (6, 26), 5: (6, 30), 6: (6, 34), 7: (6, 22, 38),
    8: (6, 24, 42), 9: (6, 26, 46), 10: (6, 28, 50),
}  # fmt: skip

MASKS = (
    lambda y, x: (y + x) % 2,
    lambda y, x: y % 2,
    lambda y, x: x % 3,
    lambda y, x: (y + x) % 3,
    lambda y, x: (y // 2 + x // 3) % 2,
    lambda y, x: y * x % 2 + y * x % 3,
    lambda y, x: (y * x % 2 + y * x % 3) % 2,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
)


def drawn(path: str, size: int, quiet: int = 4) -> Modules:
    """The modules that an SVG path draws, without the blank margin."""
    found = [[False] * (size - 2 * quiet) for _ in range(size - 2 * quiet)]
    assert re.fullmatch(r"(M\d+ \d+h\d+v1h-\d+z)+", path)
    for x, y, wide, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path):
        assert wide == back
        for dx in range(int(wide)):
            found[int(y) - quiet][int(x) - quiet + dx] = True
    return found


def read(modules: Modules) -> str:
    """The text of a code."""
    size = len(modules)
    version = (size - 17) // 4
    level, mask = _format(modules)
    assert level == 0, "not of level M"
    bits = []
    for right in (*range(size - 1, 6, -2), 5, 3, 1):
        upwards = (size - 1 - right if right > 6 else size - 2 - right) // 2 % 2 == 0
        for y in reversed(range(size)) if upwards else range(size):
            for x in (right, right - 1):
                if not _fixed(version, size, y, x):
                    bits.append(modules[y][x] ^ (MASKS[mask](y, x) == 0))
    sent = [_number(bits[at : at + 8]) for at in range(0, len(bits) // 8 * 8, 8)]
    data = b"".join(_blocks(version, sent))
    plain = [bool(byte >> shift & 1) for byte in data for shift in range(7, -1, -1)]
    assert _number(plain[:4]) == 4, "not in bytes"
    start = 12 if version < 10 else 20
    length = _number(plain[4:start])
    end = start + 8 * length
    return bytes(_number(plain[at : at + 8]) for at in range(start, end, 8)).decode()


def _number(bits: list[bool]) -> int:
    return int("".join("01"[bit] for bit in bits), 2)


def _format(modules: Modules) -> tuple[int, int]:
    """Level and mask, the same at both places that tell them."""
    size = len(modules)
    near = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    far = [(size - 1 - n, 8) for n in range(7)] + [(8, size - 8 + n) for n in range(8)]
    one, two = (_number([modules[y][x] for y, x in at]) ^ 0x5412 for at in (near, far))
    assert one == two
    rest = one
    for bit in range(14, 9, -1):
        if rest >> bit & 1:
            rest ^= 0x537 << (bit - 10)
    assert rest == 0, "the format's own check fails"
    return one >> 13, one >> 10 & 7


def _fixed(version: int, size: int, y: int, x: int) -> bool:
    """Whether a module holds no data."""
    corner = (y < 9 and (x < 9 or x >= size - 8)) or (y >= size - 8 and x < 9)
    told = version >= 7 and (
        (y < 6 and size - 11 <= x < size - 8) or (x < 6 and size - 11 <= y < size - 8)
    )
    places = ALIGNED[version]
    eye = any(
        abs(y - cy) <= 2 and abs(x - cx) <= 2
        for cy in places
        for cx in places
        if (cy, cx) not in {(6, 6), (6, places[-1]), (places[-1], 6)}
    )
    return corner or told or eye or y == 6 or x == 6


def _blocks(version: int, sent: list[int]) -> list[bytes]:
    """The data of each block, once its check bytes are right."""
    check, groups = BLOCKS[version]
    sizes = [size for count, size in groups for _ in range(count)]
    blocks: list[list[int]] = [[] for _ in sizes]
    rest = iter(sent)
    for n in range(max(sizes)):
        for block, size in zip(blocks, sizes, strict=True):
            if n < size:
                block.append(next(rest))
    for _ in range(check):
        for block in blocks:
            block.append(next(rest))
    for block in blocks:
        for power in range(check):
            value = 0
            for byte in block:
                value = _times(value, _two_to(power)) ^ byte
            assert value == 0, "a block's check bytes are wrong"
    return [bytes(block[:size]) for block, size in zip(blocks, sizes, strict=True)]


def _times(a: int, b: int) -> int:
    """In the field of 256 elements with x^8 + x^4 + x^3 + x^2 + 1."""
    found = 0
    while b:
        if b & 1:
            found ^= a
        a = a << 1 ^ (0x11D if a & 0x80 else 0)
        b >>= 1
    return found


def _two_to(power: int) -> int:
    found = 1
    for _ in range(power):
        found = _times(found, 2)
    return found
