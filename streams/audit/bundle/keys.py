"""Keys that sign bundles: Ed25519, the private one in a file that its owner alone can read."""

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from config.errors import UserError

__all__ = ["new_key", "public_key_of", "read_private_key", "read_public_key"]


def new_key(path: Path) -> Path:
    """Write a new private key, and beside it the public one, `FILE.pub`; neither replaces a file.

    Returns:
        The file of the public key.

    Raises:
        UserError: a file is there already, or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    public = path.with_name(path.name + ".pub")
    private_text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for file, text, mode in ((path, private_text, 0o600), (public, public_key_of(key), 0o644)):
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
                stream.write(text)
        except FileExistsError:
            raise UserError(f"{file}: exists; a key is never written over: name another file") from None
        except OSError as error:
            raise UserError(f"{file}: cannot be written: {error.strerror}; name another file") from None
    return public


def public_key_of(key: Ed25519PrivateKey) -> bytes:
    """The public half, PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """The private key in a file.

    Raises:
        UserError: the file cannot be read, or holds no Ed25519 key without a password.
    """
    try:
        key = load_pem_private_key(_bytes(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UserError(f"{path}: holds no Ed25519 key; make one with `intervalwatch bundle --new-key FILE`")
    return key


def read_public_key(path: Path) -> bytes:
    """The public key in a file, PEM.

    Raises:
        UserError: the file cannot be read, or holds no public key.
    """
    text = _bytes(path)
    try:
        load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        raise UserError(f"{path}: holds no public key; it is the file FILE.pub beside the key that signed") from None
    return text


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; name the file of a key") from None
