"""Short made-up music files with tags in several formats: what they hold is no music, but their tags and frames are real."""

import math
import random
import struct

FORMATS = ("mp3", "flac", "wav", "ogg")


def _id3(tags):
    frames = b""
    for name, value in (("TIT2", tags["title"]), ("TPE1", tags["artist"]), ("TALB", tags["album"]),
                        ("TCON", tags["genre"]), ("TRCK", str(tags["track"]))):
        body = b"\x03" + value.encode()
        frames += name.encode() + _synchsafe(len(body)) + b"\0\0" + body
    if "advisory" in tags:
        body = b"\x03ITUNESADVISORY\0" + tags["advisory"].encode()
        frames += b"TXXX" + _synchsafe(len(body)) + b"\0\0" + body
    return b"ID3\x04\0\0" + _synchsafe(len(frames)) + frames


def _synchsafe(size):
    return bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))


def _comments(tags):
    names = {"title": "TITLE", "artist": "ARTIST", "album": "ALBUM", "genre": "GENRE", "track": "TRACKNUMBER"}
    entries = [f"{names[key]}={value}".encode() for key, value in tags.items()]
    body = struct.pack("<I", 4) + b"test" + struct.pack("<I", len(entries))
    return body + b"".join(struct.pack("<I", len(entry)) + entry for entry in entries)


def _ogg_page(serial, number, position, body, flags=0):
    segments = [255] * (len(body) // 255) + [len(body) % 255]
    head = b"OggS\0" + bytes([flags]) + struct.pack("<qII", position, serial, number) + b"\0\0\0\0"
    page = head + bytes([len(segments)]) + bytes(segments) + body
    crc = 0
    for byte in page:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _OGG_CRC[crc >> 24 ^ byte]
    return page[:22] + struct.pack("<I", crc) + page[26:]


def _ogg_table():
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7) & 0xFFFFFFFF if value & 0x80000000 else value << 1
        table.append(value)
    return table


_OGG_CRC = _ogg_table()


def _wav(rate, samples, tags):
    tag = _id3(tags)
    tag += b"\0" * (len(tag) & 1)
    body = (b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16) + b"data" +
            struct.pack("<I", len(samples)) + samples + b"id3 " + struct.pack("<I", len(tag)) + tag)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def write_wav(path, rate, samples, tags):
    """A real recording: mono, 16 bits, `samples` as little-endian bytes."""
    path.write_bytes(_wav(rate, samples, tags))


KINDS = ("tones", "noise", "pulses")


def sound_of(kind, seed, rate=8000, seconds=6):
    """Samples of one of KINDS, as little-endian bytes: chords, filtered noise, or clicks; each seed is another one."""
    draw = random.Random(f"{kind} {seed}")
    pitch = 150 * 2 ** (draw.random() * 1.5)
    gap = int(rate * (0.2 + 0.2 * draw.random()))
    smooth, last, samples = 0.2 + 0.5 * draw.random(), 0.0, []
    for i in range(rate * seconds):
        if kind == "tones":
            value = sum(math.sin(2 * math.pi * pitch * ratio * i / rate) for ratio in (1, 1.25, 1.5)) / 3
        elif kind == "noise":
            last = smooth * last + (1 - smooth) * (2 * draw.random() - 1)
            value = last
        else:
            value = math.exp(-(i % gap) / 60) * math.sin(2 * math.pi * 4 * pitch * (i % gap) / rate)
        samples.append(int(9000 * value))
    return struct.pack(f"<{len(samples)}h", *samples)


def make(form, tags, seed, size=3000):
    """Bytes of a file in one of FORMATS; `tags`: title, artist, album, genre, track. The same seed is the same sound."""
    sound = bytes(draw & 0x7F for draw in random.Random(seed).randbytes(size))
    if form == "mp3":
        return _id3(tags) + b"".join(b"\xFF\xFB\x90\x64" + sound[:413].ljust(413, b"\0") for _ in range(20)) + sound
    if form == "flac":
        info = b"\x10\0\x10\0" + b"\0" * 6 + b"\x0A\xC4\x42\xF0\0\x01\x58\x88" + b"\x11" * 16
        comments = _comments(tags)
        return (b"fLaC" + b"\0" + struct.pack(">I", len(info))[1:] + info + b"\x84" +
                struct.pack(">I", len(comments))[1:] + comments + b"\xFF\xF8" + sound)
    if form == "wav":
        return _wav(8000, sound, tags)
    head = b"OpusHead\x01\x02\x38\x01" + struct.pack("<IhB", 48000, 0, 0)
    return (_ogg_page(7, 0, 0, head, 2) + _ogg_page(7, 1, 0, b"OpusTags" + _comments(tags)) +
            _ogg_page(7, 2, 48000, sound[:200]) + _ogg_page(7, 3, 96000, sound[200:400], 4))


def write_library(folder, count, seed=1):
    """`count` files of all formats below `folder`, by artist and album; the songs are 0 to count - 1."""
    for song in range(count):
        write_song(folder, song, seed=seed)


def song_path(folder, song):
    return folder / f"Artist {song % 97:02}" / f"Album {song % 5}" / f"{song:05}.{FORMATS[song % len(FORMATS)]}"


def write_song(folder, song, seed=1, title=None, path=None):
    path = path or song_path(folder, song)
    tags = {"title": title or f"Song {song}", "artist": f"Artist {song % 97:02}", "album": f"Album {song % 5}",
            "genre": ("rock", "jazz", "folk")[song % 3], "track": song % 20 + 1}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make(path.suffix[1:], tags, seed * 1_000_003 + song))
    return path
