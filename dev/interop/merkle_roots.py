"""Computes the roots of an export with pymerkle, and compares them with its checkpoints.

Usage: merkle_roots.py FOLDER [FOLDER ...]      each with what `portvakt audit export` wrote, or below it

Reads the entries from the tiles (C2SP tlog-tiles), and nothing of ours. Prints a line for each stream; ends with 1 when a root
is another than the checkpoint's.
"""

import base64
import pathlib
import sys

from pymerkle import InmemoryTree


def entries(folder, size):
    """The leaves of the entry bundles, in order."""
    number = 0
    left = size
    while left > 0:
        width = min(256, left)
        digits = f"{number % 1000:03}"
        rest = number // 1000
        while rest:
            digits = f"x{rest % 1000:03}/{digits}"
            rest //= 1000
        path = folder / "tile" / "entries" / (digits if width == 256 else f"{digits}.p/{width}")
        data = path.read_bytes()
        offset = 0
        for _ in range(width):
            length = int.from_bytes(data[offset:offset + 2], "big")
            yield data[offset + 2:offset + 2 + length]
            offset += 2 + length
        assert offset == len(data), f"{path} has more than its entries"
        left -= width
        number += 1


def main(folders):
    checkpoints = [path for folder in folders for path in sorted(pathlib.Path(folder).rglob("checkpoint"))]
    assert checkpoints, "no export"
    good = True
    for path in checkpoints:
        origin, size, root = path.read_text().split("\n")[:3]
        tree = InmemoryTree(algorithm="sha256")
        for leaf in entries(path.parent, int(size)):
            tree.append_entry(leaf)
        computed = tree.get_root() if hasattr(tree, "get_root") else tree.get_state()
        same = computed == base64.b64decode(root) and tree.get_size() == int(size)
        good = good and same
        print("same" if same else "ANOTHER ROOT", size, origin)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
