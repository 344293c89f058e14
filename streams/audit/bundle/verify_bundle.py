"""Check a bundle without intervalwatch: python verify_bundle.py october.zip [--public-key iw.key.pub]."""

import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import IO

__all__ = ["MANIFEST", "SEAL", "SIGNATURE", "problems"]

MANIFEST, SIGNATURE, SEAL, MOST = "manifest.json", "manifest.sig", 71, 1 << 26


def _digest(stream: "IO[bytes]", most: int) -> "tuple[int, str]":
    found, size = hashlib.sha256(), 0
    while part := stream.read(min(1 << 20, most + 1 - size)):
        found.update(part)
        size += len(part)
    return size, found.hexdigest()


def problems(path: str, public_key: "bytes | None" = None) -> "list[str]":
    """Everything that is wrong with a bundle, a line each; empty: every byte is as it was written."""
    with Path(path).open("rb") as raw, zipfile.ZipFile(raw) as bundle:
        names = bundle.namelist()
        if names.count(MANIFEST) != 1 or bundle.getinfo(MANIFEST).file_size > MOST:
            return [f"{MANIFEST}: is missing, stands twice, or is too large"]
        signed = bundle.read(MANIFEST)
        files = {each["name"]: (each["size"], each["sha256"]) for each in json.loads(signed)["files"]}
        found = [f"{name}: stands twice" for name in sorted(set(names)) if names.count(name) > 1]
        found += [f"{name}: is missing" for name in files if name not in names]
        found += [f"{name}: is not in the manifest" for name in names if name not in {*files, MANIFEST, SIGNATURE}]
        for name in (name for name in files if names.count(name) == 1):
            try:
                whole = _digest(bundle.open(name), files[name][0]) == files[name]
            except Exception:  # noqa: BLE001  whatever zlib and zipfile meet there, it is not as it was written
                whole = False
            found += [] if whole else [f"{name}: was changed"]
        if public_key is not None:
            from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415  for this alone

            try:
                load_pem_public_key(public_key).verify(bundle.read(SIGNATURE), signed)  # type: ignore[call-arg, union-attr]
            except Exception:  # noqa: BLE001  none, another key's, or of another manifest
                found.append(f"{SIGNATURE}: is not this key's signature of {MANIFEST}")
        raw.seek(0)
        sealed = _digest(raw, Path(path).stat().st_size - SEAL - 1)[1]
        if not found and raw.read() != f"sha256={sealed}".encode():
            found.append(f"{path}: bytes between its files were changed")
    return found


if __name__ == "__main__":
    keys = [Path(sys.argv[place + 1]).read_bytes() for place, text in enumerate(sys.argv) if text == "--public-key"]
    told = problems(sys.argv[1], keys[0] if keys else None)
    good = "whole, and signed with this key" if keys else "whole; --public-key FILE says who signed it"
    print("\n".join(told) or good)
    sys.exit(bool(told))
