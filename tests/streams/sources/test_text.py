"""Files and streams as text, and what is said of a file that cannot be used."""

import gzip
import io
from pathlib import Path

import pytest

from config.errors import UserError
from streams.sources.text import fault_of, input_name, texts, unkept


def read(path: Path, encoding: str = "utf-8", chunk_bytes: int = 7) -> str:
    """The whole text of a file, read in small pieces."""
    return "".join(texts(path, encoding, chunk_bytes=chunk_bytes))


def refusal(path: Path, encoding: str = "utf-8") -> str:
    """The message with which a file is refused."""
    with pytest.raises(UserError) as caught:
        read(path, encoding)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252", "gb18030"])
def test_text_comes_back_whatever_the_pieces(tmp_path: Path, encoding: str) -> None:
    """A text in any encoding is read to itself, its byte order mark aside, though pieces cut characters."""
    text = "queue;é\r\nEspaña;1\r\n" * 5
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    assert read(path, encoding, chunk_bytes=3) == text
    if encoding == "utf-8-sig":
        assert read(path, "utf-8", chunk_bytes=2) == text


def test_gzip_is_known_by_its_ending(tmp_path: Path) -> None:
    """A file that ends in .gz is decompressed, and a broken one is refused."""
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert read(path) == "a,b\n1,2\n"
    path.write_bytes(path.read_bytes()[:9])
    assert refusal(path).startswith(f"{path}: is no complete gzip file")
    path.write_bytes(b"a,b\n1,2\n")
    assert refusal(path).startswith(f"{path}: is no complete gzip file")


@pytest.mark.parametrize("chunk_bytes", [1, 7, 1 << 20])
def test_what_stands_before_the_cut_of_a_gzip_file_is_read(tmp_path: Path, chunk_bytes: int) -> None:
    """Wherever it is cut, its lines so far come, and the last one says that it is cut off."""
    lines = [f"{number},{number * 7919 % 1000}\n" for number in range(3_000)]
    packed = gzip.compress("".join(lines).encode())
    path = tmp_path / "a.csv.gz"
    for size in (len(packed) - 1, len(packed) - 8, len(packed) // 2):
        path.write_bytes(packed[:size])
        *whole, last = read(path, chunk_bytes=chunk_bytes).splitlines(keepends=True)
        assert whole == lines[: len(whole)]
        assert len(whole) > 1_000
        assert fault_of(last) == "the file is cut off here, no complete gzip file; copy it again"
    path.write_bytes(packed[:-8] + bytes(8))
    assert read(path).startswith("".join(lines))
    assert fault_of(read(path)).startswith("the file is cut off here")


@pytest.mark.parametrize("chunk_bytes", [1, 5, 1 << 20])
@pytest.mark.parametrize(
    ("encoding", "bad"),
    [("utf-8", b"\xf1"), ("utf-8", b"\xe2\x82"), ("ascii", b"\x80"), ("windows-1252", b"\x81"), ("gb18030", b"\xff"),
     ("utf-8", b"\0\0\0"), ("utf-7", b"+\0"), ("iso2022_jp", b"\xff")],
)  # fmt: skip
def test_a_bad_byte_is_a_mark_in_its_line(tmp_path: Path, encoding: str, bad: bytes, chunk_bytes: int) -> None:
    """All other lines come as they are, behind it, too."""
    lines = [f"{number},x\n".encode() for number in range(20)]
    lines[7] = b"7," + bad + b"\n"
    path = tmp_path / "a.csv"
    path.write_bytes(b"".join(lines))
    read_lines = read(path, encoding, chunk_bytes).splitlines(keepends=True)
    odd = [number for number, line in enumerate(read_lines) if unkept(line)]
    assert (len(read_lines), odd) == (20, [7])
    assert read_lines[8:] == [line.decode() for line in lines[8:]]


def test_a_stream_is_read_and_stays_open() -> None:
    """A binary stream is read to its end and left to its owner."""
    stream = io.BytesIO(b"a\n1\n")
    assert "".join(texts(stream, "utf-8", chunk_bytes=2)) == "a\n1\n"
    assert not stream.closed
    assert input_name(stream) == input_name("-") == "standard input"


def test_files_that_cannot_be_used_are_refused_in_one_line(tmp_path: Path) -> None:
    """Missing, a folder, empty, binary, in another encoding: each names the file and what to do."""
    path = tmp_path / "a.csv"
    assert refusal(path) == f"{path}: no such file; check the path"
    assert refusal(tmp_path) == f"{tmp_path}: is a folder; name a file in it"
    path.write_bytes(b"")
    assert refusal(path) == f"{path}: is empty; a header line with the columns' names is the least"
    path.write_bytes(b"\xef\xbb\xbf \r\n\n")
    assert "is empty" in refusal(path)
    path.write_bytes(b"a,b\n1,2\n" + b"x\0y,3\n" * 3)
    assert refusal(path) == f"{path}: line 3 holds a NUL byte: a binary file; export it as delimited text"
    path.write_bytes(b"a\0b\n1,2\n")
    assert "line 1 holds a NUL byte" in refusal(path)
    path.write_bytes("a,b\n1,2\n".encode("utf-16"))
    assert refusal(path) == f"{path}: begins like UTF-16, and is read as utf-8; set encoding: utf-16"
    path.write_bytes(("a,b\n1,2\n" + "España,3\n" * 3 + "x,4\n" * 140).encode("windows-1252"))
    assert refusal(path) == (
        f"{path}: line 3: byte 0xf1 is not utf-8; set the source's encoding, for example windows-1252 or gb18030"
    )
    path.write_bytes("año,b\nx,3\n".encode())
    assert "line 1: byte 0xc3 is not ascii; set the source's encoding, for example utf-8" in refusal(path, "ascii")
    path.write_bytes("a\0b\n".encode("utf-16"))
    assert "holds a NUL character" in refusal(path, "utf-16")
