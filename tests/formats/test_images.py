"""Images in: every format, its resolution, its limits, and hostile files."""

import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from tenprint.formats import ResolutionWarning, media_type, read_image, read_small, resample
from tenprint.formats._headers import jp2_levels
from tenprint.model import (
    FingerImage,
    ImageError,
    ImageFormatError,
    ImageSizeError,
    InputError,
)


def ridges(height: int = 40, width: int = 60) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width]
    return (127 + 100 * np.sin((x + 0.3 * y) / 1.4)).astype(np.uint8)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def encoded(form: str, ppi: int | None = 500, pixels: NDArray[np.uint8] | None = None) -> bytes:
    options: dict[str, Any] = (
        {} if ppi is None or form in ("PPM", "JPEG2000") else {"dpi": (ppi, ppi)}
    )
    if form == "JPEG":
        options["quality"] = 100
    return saved(Image.fromarray(ridges() if pixels is None else pixels), form, **options)


FORMS = ["PNG", "TIFF", "BMP", "JPEG", "JPEG2000", "PPM"]


@pytest.mark.parametrize("form", FORMS)
def test_every_format_gives_its_pixels(form: str) -> None:
    image = read_image(encoded(form), ppi=500)
    assert np.abs(image.pixels.astype(int) - ridges()).max() <= (6 if form == "JPEG" else 0)
    assert not image.pixels.flags.writeable


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "JPEG"])
def test_resolution_of_the_file_counts(form: str) -> None:
    image = read_image(encoded(form, 1000))
    assert image.ppi == pytest.approx(1000, rel=1e-3)
    assert not image.ppi_assumed
    assert image.pixels.shape == (20, 30)


def test_from_path_whatever_its_name_and_from_file(tmp_path: Path) -> None:
    path = tmp_path / "print.jpg"
    path.write_bytes(encoded("PNG"))
    for source in (path, str(path), io.BytesIO(path.read_bytes())):
        assert (read_image(source).pixels == ridges()).all()
    assert read_image(path).source == str(path)


def png_with_phys(across: int, down: int, unit: int) -> bytes:
    data = encoded("PNG", None)
    body = b"pHYs" + struct.pack(">IIB", across, down, unit)
    return data[:33] + struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body)) + data[33:]


def tiff_with_unit(unit: int, value: float) -> bytes:
    tags = ImageFileDirectory_v2()
    tags[296], tags[282], tags[283] = unit, value, value
    return saved(Image.fromarray(ridges()), "TIFF", tiffinfo=tags)


def jfif_with_unit(unit: int, across: int, down: int) -> bytes:
    data = bytearray(encoded("JPEG", 500))
    at = data.index(b"JFIF\0") + 7
    data[at : at + 5] = struct.pack(">BHH", unit, across, down)
    return bytes(data)


def jp2_with_resolution(kind: bytes, per_metre: int) -> bytes:
    data = encoded("JPEG2000")
    inner = struct.pack(">I4sHHHHbb", 18, kind, per_metre, 1, per_metre, 1, 0, 0)
    box = struct.pack(">I4s", 8 + len(inner), b"res ") + inner
    at = data.index(b"jp2h") - 4
    (size,) = struct.unpack_from(">I", data, at)
    grown = struct.pack(">I", size + len(box))
    return data[:at] + grown + data[at + 4 : at + size] + box + data[at + size :]


@pytest.mark.parametrize(
    "data",
    [
        png_with_phys(39370, 39370, 1),
        tiff_with_unit(2, 1000.0),
        tiff_with_unit(3, 1000 / 2.54),
        jfif_with_unit(1, 1000, 1000),
        jfif_with_unit(2, 394, 394),
        jp2_with_resolution(b"resc", 39370),
        jp2_with_resolution(b"resd", 39370),
    ],
)
def test_absolute_units_count(data: bytes) -> None:
    image = read_image(data)
    assert image.ppi == pytest.approx(1000, rel=2e-3)
    assert image.pixels.shape == (20, 30)


@pytest.mark.parametrize(
    "data",
    [
        png_with_phys(39370, 39370, 0),
        png_with_phys(3780, 3780, 1),  # 96 ppi: a screen's
        png_with_phys(2**31 - 1, 2**31 - 1, 1),
        tiff_with_unit(1, 500.0),
        tiff_with_unit(2, 1.0),
        tiff_with_unit(2, 2500.0),
        jfif_with_unit(0, 500, 500),
        encoded("PPM"),
        encoded("JPEG2000"),
    ],
)
def test_no_usable_resolution_warns_and_500_is_assumed(data: bytes) -> None:
    with pytest.warns(ResolutionWarning, match=r"bytes: no usable resolution"):
        image = read_image(data)
    assert image.ppi == 500
    assert image.ppi_assumed
    assert image.pixels.shape == (40, 60)
    assert not read_image(data, ppi=500).ppi_assumed


def test_given_resolution_wins() -> None:
    image = read_image(encoded("PNG", 500), ppi=250)
    assert image.pixels.shape == (80, 120)
    assert image.ppi == 250


@pytest.mark.parametrize(
    "ppi", [0, -500, 99, 2001, float("nan"), float("inf"), "500 ppi", [], 10**400]
)
def test_impossible_given_resolution(ppi: Any) -> None:
    with pytest.raises(InputError, match="ppi"):
        read_image(ridges(), ppi=ppi)


def test_pixels_that_are_not_square() -> None:
    assert read_image(png_with_phys(39370, 19685, 1)).pixels.shape == (40, 30)


def test_resampling_is_antialiased_and_keeps_the_mean() -> None:
    fine = np.tile(np.array([0, 255], np.uint8), (100, 50))
    grey = resample(fine, 1000)
    assert grey.shape == (50, 50)
    assert np.abs(grey[5:-5, 5:-5].astype(int) - 127).max() <= 2
    assert resample(fine, 503) is fine
    assert resample(fine, (500, 1000)).shape == (50, 100)
    assert resample(np.zeros((1, 1), np.uint8), 2000).shape == (1, 1)


def test_arrays() -> None:
    pixels = ridges()
    image = read_image(pixels)
    assert image.ppi_assumed
    pixels[:] = 0
    assert (image.pixels == ridges()).all()
    assert read_image(ridges()[::2, ::-1]).pixels.shape == (20, 60)
    for wrong in (pixels > 0, pixels / 255, pixels[0], pixels[None], pixels.astype(np.uint16)):
        with pytest.raises(ImageFormatError, match="uint8"):
            read_image(wrong)
    with pytest.raises(ImageSizeError):
        read_image(np.zeros((0, 5), np.uint8))


def test_ready_image_is_returned() -> None:
    image = read_image(ridges())
    assert read_image(image) is image
    with pytest.raises(ImageError, match="ready"):
        read_image(image, ppi=1000)


def test_raw() -> None:
    data = ridges().tobytes()
    assert (read_image(data, 500, raw_shape=(40, 60)).pixels == ridges()).all()
    for shape in ((60, 41), (0, 0), (1, 10**9), (40,), ("a", 2), None):
        with pytest.raises(ImageError):
            read_image(data, 500, raw_shape=shape)  # type: ignore[arg-type]


def test_colour_palette_bits_and_transparency() -> None:
    def grey(image: Image.Image, form: str = "PNG", **options: Any) -> Any:
        return read_image(saved(image, form, **options), 500).pixels

    black = Image.new("RGBA", (3, 3), (0, 0, 0, 0))
    assert (grey(black) == 255).all()
    assert (grey(Image.new("LA", (3, 3), (0, 0))) == 255).all()
    assert grey(Image.new("RGB", (3, 3), (255, 0, 0)))[0, 0] == 76
    palette = Image.new("P", (3, 3), 1)
    palette.putpalette([0, 0, 0, 200, 200, 200])
    assert grey(palette)[0, 0] == 200
    assert grey(palette, transparency=1)[0, 0] == 255
    assert grey(Image.new("1", (3, 3), 1), "TIFF")[0, 0] == 255
    assert abs(int(grey(Image.new("CMYK", (8, 8), (0, 0, 0, 255)), "JPEG")[0, 0])) <= 2


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM", "JPEG2000"])
def test_16_bits_are_scaled(form: str) -> None:
    levels = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    image = Image.fromarray(levels)
    data = saved(image, form)
    pixels = read_image(data, 500).pixels
    assert np.abs(pixels.astype(int) - np.arange(256).reshape(16, 16)).max() <= 1


def test_16_bit_tiff_with_white_zero() -> None:
    tags = ImageFileDirectory_v2()
    tags[262] = 0
    data = saved(Image.fromarray(np.full((4, 4), 65535, np.uint16)), "TIFF", tiffinfo=tags)
    if Image.open(io.BytesIO(data)).tag_v2[262] != 0:  # type: ignore[attr-defined]
        data = data.replace(
            struct.pack("<HHIHH", 262, 3, 1, 1, 0), struct.pack("<HHIHH", 262, 3, 1, 0, 0)
        )
    assert (read_image(data, 500).pixels == 0).all()


@pytest.mark.parametrize("form", ["TIFF", "F", "LAB"])
def test_pixels_of_other_kinds_are_refused(form: str) -> None:
    mode = "I" if form == "TIFF" else form
    with pytest.raises(ImageFormatError, match="not read"):
        read_image(saved(Image.new(mode, (4, 4)), "TIFF"), 500)


@pytest.mark.parametrize("form", ["PNG", "TIFF", "JPEG"])
def test_orientation_is_obeyed(form: str) -> None:
    pixels = np.zeros((40, 60), np.uint8)
    pixels[:, :30] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise
    data = saved(Image.fromarray(pixels), form, exif=exif, dpi=(1000, 500))
    image = read_image(data)
    assert image.pixels.shape == (30, 40) or image.pixels.shape == (60, 20)
    upright = read_image(data, 500).pixels
    assert upright.shape == (60, 40)
    assert (upright[:25] > 250).all()
    assert (upright[35:] < 5).all()


def test_first_frame_is_read() -> None:
    frames = [Image.fromarray(ridges()), Image.new("L", (5, 5))]
    data = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert (read_image(data, 500).pixels == ridges()).all()


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize("size", [(16_001, 1), (1, 16_001), (8001, 8000), (65535, 65535), (0, 5)])
def test_size_is_checked_before_decoding(size: tuple[int, int]) -> None:
    width, height = size
    tail = b"\0\0\0\0IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    wsq = b"\xff\xa0\xff\xa2" + struct.pack(
        ">HBBHHBHBHBH", 17, 0, 255, height, width, 0, 0, 0, 0, 0, 0
    )
    for data in (b"P5 %d %d 255\n" % size, png_header(*size) + tail, wsq):
        with pytest.raises(ImageError) as caught:
            read_image(data, 500)
        assert isinstance(caught.value, ImageSizeError) or 0 in size


def test_size_after_upsampling_is_checked() -> None:
    with pytest.raises(ImageSizeError, match="at 500 ppi"):
        read_image(np.zeros((1, 4000), np.uint8), ppi=100)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(50),
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"8BPS\0\1" + bytes(40),
        b"BM",
        b"\xff\xa0",
        b"P5",
    ],
)
def test_not_an_image(data: bytes) -> None:
    with pytest.raises(ImageFormatError, match=f"{len(data)} bytes"):
        read_image(data, 500)


def test_unreadable_sources(tmp_path: Path) -> None:
    for source in (tmp_path, tmp_path / "missing.png", "no\0name", io.StringIO("text"), 7, None):
        with pytest.raises(ImageFormatError):
            read_image(source, 500)  # type: ignore[arg-type]


def test_too_many_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tenprint.formats._source.MAX_BYTES", 99)
    path = tmp_path / "large.png"
    path.write_bytes(bytes(100))
    for source in (bytes(100), path):
        with pytest.raises(ImageSizeError, match="larger than"):
            read_image(source)


@pytest.mark.parametrize("form", FORMS)
def test_every_cut_is_an_error_or_an_image(form: str) -> None:
    data = encoded(form)
    ends = 0
    for size in range(len(data)):
        try:
            read_image(data[:size], 500)
        except ImageError as error:
            assert str(size) in str(error.source) or size == 0  # noqa: PT017
        else:
            ends += 1  # only what follows the pixels was missing
    assert ends < 100


SEEDS = [encoded(form) for form in FORMS] + [
    tiff_with_unit(2, 1000.0),
    png_with_phys(39370, 39370, 1),
    jp2_with_resolution(b"resc", 39370),
    saved(Image.new("P", (9, 9)), "PNG"),
    saved(Image.new("1", (9, 9)), "TIFF", compression="group4"),
    saved(Image.new("L", (9, 9)), "TIFF", compression="jpeg"),
    saved(Image.new("RGBA", (9, 9)), "PNG"),
    saved(Image.fromarray(np.zeros((4, 4), np.uint16)), "TIFF"),
]


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 100),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_hostile_changes(data: bytes, changes: list[tuple[int, int]], early: int) -> None:
    """Whatever the bytes, there is an image or one of our errors."""
    broken = bytearray(data)
    for at, value in changes:
        # half of them in the first hundred bytes, where headers lie
        broken[at % (100 if at % 2 else len(broken)) % len(broken)] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = read_image(bytes(broken[: len(broken) - early]))
        except ImageError:
            return
    assert isinstance(image, FingerImage)


@pytest.mark.parametrize("path", ["DB1_B/101_1.tif", "DB4_B/110_8.tif"])
def test_fvc_files_carry_no_resolution(shared_data: Path, path: str) -> None:
    with pytest.warns(ResolutionWarning, match="1 x 1 ppi"):
        assert read_image(shared_data / "fvc2002" / path).ppi_assumed


def test_sfinge_files_carry_a_screen_resolution(shared_data: Path) -> None:
    with pytest.warns(ResolutionWarning, match="95.98"):
        assert read_image(shared_data / "sfinge" / "10_1.png").pixels.shape == (392, 292)


def test_wsq_is_what_its_reference_decode_is(shared_data: Path) -> None:
    pytest.importorskip("tenprint.formats._wsq")
    for stem in ("sample", "wsq-original"):
        image = read_image(shared_data / "wsq" / f"{stem}.wsq", 500)
        name = stem.replace("original", "converted")
        reference = read_image(shared_data / "wsq" / f"{name}.png", 500)
        assert (image.pixels == reference.pixels).all()


def test_ten_print_card_in_1000_ppi_becomes_500(shared_data: Path) -> None:
    path = min((shared_data / "ansi-nist" / "tenprint-card").glob("fp-1*.png"))
    whole = read_image(path, 500).pixels.shape
    half = read_image(path, 1000).pixels.shape
    assert half == (round(whole[0] / 2), round(whole[1] / 2))


def test_16_bit_transparent_level_is_white() -> None:
    levels = np.arange(16, dtype=np.uint16).reshape(4, 4) * 1000
    data = saved(Image.fromarray(levels), "PNG", transparency=3000)
    pixels = read_image(data, 500).pixels
    assert pixels[0, 3] == 255
    assert pixels[0, 2] == 8


def test_wsq_cut_off_before_its_frame_header() -> None:
    with pytest.raises(ImageFormatError, match="frame header"):
        read_image(b"\xff\xa0\xff\xa8\x00\x05abc", 500)


@pytest.mark.parametrize(
    ("start", "media"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"MM\0*", "image/tiff"),
        (b"BM", "image/bmp"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
        (b"\xff\x4f\xff\x51", "image/j2c"),
        (b"\xff\xa0", "image/x-wsq"),
        (b"P5", "image/x-portable-graymap"),
        (b"GIF89a", None),
        (b"", None),
    ],
)
def test_media_types_go_by_content(start: bytes, media: str | None) -> None:
    assert media_type(start + bytes(20)) == media


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", [(801, 640), (330, 1001), (97, 64)])
@pytest.mark.parametrize("longest", [1, 50, 160])
def test_a_small_picture_is_the_image_made_small(
    form: str, shape: tuple[int, int], longest: int
) -> None:
    y, x = np.mgrid[: shape[0], : shape[1]]
    smooth = (127 + 60 * np.sin(x / 70) + 60 * np.cos(y / 90)).astype(np.uint8)
    data = encoded(form, pixels=smooth)
    small = read_small(data, longest)
    whole = Image.fromarray(read_image(data, ppi=500).pixels)
    whole.thumbnail((longest, longest), Image.Resampling.BOX)
    assert max(small.shape) <= longest
    assert np.abs(np.subtract(small.shape, whole.size[::-1])).max() <= 1
    again = np.asarray(whole.resize(small.shape[::-1]), int)
    assert np.abs(small.astype(int) - again).mean() < 6


@pytest.mark.parametrize("levels", [1, 3, 6])
@pytest.mark.parametrize("bare", [False, True])
def test_jpeg_2000_is_halved_as_often_as_it_can_be(levels: int, bare: bool) -> None:
    pixels = np.full((1200, 900), 90, np.uint8)
    data = saved(Image.fromarray(pixels), "JPEG2000", num_resolutions=levels, no_jp2=bare)
    assert jp2_levels(data) == levels - 1
    assert read_small(data, 40).shape == (40, 30)
    for cut in (3, 20, 60, len(data) // 2):
        jp2_levels(data[:cut])
        with pytest.raises(ImageFormatError):
            read_small(data[:cut], 40)


@given(st.binary(max_size=60))
def test_hostile_headers_of_jpeg_2000(tail: bytes) -> None:
    for head in (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n"):
        assert 0 <= jp2_levels(head + tail) <= 32
        with pytest.raises(ImageError):
            read_small(head + tail, 40)
