"""QR codes, read back by a reader of our own."""

from __future__ import annotations

import pytest
from tests.console.qr import drawn, read

from tenprint.console._qr import qr_code


@pytest.mark.parametrize("length", [1, 14, 26, 42, 62, 84, 106, 122, 152, 180, 213])
def test_a_code_is_read_back(length: int) -> None:
    """Of each version to 10, as far as it goes."""
    text = "".join(chr(97 + n * 7 % 26) for n in range(length))
    code = qr_code(text)
    modules = drawn(code.path, code.size)
    assert read(modules) == text
    assert len(modules) == len(modules[0])


def test_a_fault_is_noticed_by_the_reader() -> None:
    code = qr_code("otpauth://totp/tenprint:ada?secret=ABC")
    modules = drawn(code.path, code.size)
    modules[-1][-1] ^= True
    with pytest.raises(AssertionError, match="check bytes"):
        read(modules)
