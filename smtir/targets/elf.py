"""Symbols of 64-bit little-endian ELF files, objects and programs."""

from __future__ import annotations

import struct
from typing import NamedTuple

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_SYMBOL_TABLE = 2
_FUNCTION = 2


class Symbol(NamedTuple):
    """A named symbol: ``address`` is the offset in its section in an object file."""

    name: str
    address: int
    size: int
    defined: bool
    is_function: bool
    is_local: bool


def is_elf(data: bytes) -> bool:
    """Whether ``data`` is a file that :func:`symbols` reads."""
    return data[:6] == b"\x7fELF\x02\x01"


def symbols(data: bytes) -> list[Symbol]:
    """The named symbols of an ELF file, in its own order."""
    if not is_elf(data):
        raise ValueError("not a 64-bit little-endian ELF file")
    header = _HEADER.unpack_from(data)
    offset, count = header[6], header[12]
    sections = [_SECTION.unpack_from(data, offset + index * _SECTION.size) for index in range(count)]
    found = []
    for section in sections:
        if section[1] != _SYMBOL_TABLE:
            continue
        names = sections[section[6]][4]
        for start in range(section[4], section[4] + section[5], _SYMBOL.size):
            name, info, _, index, address, size = _SYMBOL.unpack_from(data, start)
            text = data[names + name : data.index(b"\0", names + name)].decode(errors="replace")
            if text:
                found.append(Symbol(text, address, size, index != 0, info & 15 == _FUNCTION, info >> 4 == 0))
    return found


def undefined(data: bytes) -> set[str]:
    """Names that an object file needs from elsewhere."""
    return {symbol.name for symbol in symbols(data) if not symbol.defined}


def defined(data: bytes) -> set[str]:
    """Names that an object file offers to others."""
    return {symbol.name for symbol in symbols(data) if symbol.defined and not symbol.is_local}
