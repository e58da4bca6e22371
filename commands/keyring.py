"""The keyring: private keys in files that only their owner can read, and the cards that introduce them.

Law: a passphrase is never in a flag's value; it comes from a prompt, from OUTCOMES_PASSPHRASE, or from the file
descriptor that OUTCOMES_PASSPHRASE_FD names. Keys are in OpenSSH's format under bcrypt with 64 rounds, mode
0600. (`BestAvailableEncryption` for PKCS#8 uses only 2,048 rounds of PBKDF2.)
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_ssh_private_key,
)

from ledger.errors import InputOutput, KeyProblem, Malformed, NotFound
from ledger.keys import OPENSSH_HEAD, check_possession, fingerprint, possession
from ledger.values import OFFICER, PublicKey, Signature, Token, decode_hook, encode_hook

if TYPE_CHECKING:
    from commands.chance import Dice

ROUNDS: Final = 64
OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True)
class Pen:
    """An officer who can sign: the office and its private key."""

    officer: str
    key: Ed25519PrivateKey
    protected: bool = True
    """Whether the key is kept under a passphrase."""

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an officer hands to whoever admits or appoints them: everything public about their key."""

    card: str
    origin: str
    officer: str
    holder: Token
    key: PublicKey
    proof: Signature

    def write(self) -> str:
        """The card as a file's text."""
        plain = msgspec.to_builtins(self, enc_hook=encode_hook)
        return json.dumps(plain, indent=2) + "\n"

    @classmethod
    def read(cls, path: Path) -> Card:
        """Read a card and check its proof. Raises NotFound, Malformed, SignatureInvalid."""
        try:
            card = msgspec.json.decode(path.read_bytes(), type=cls, dec_hook=decode_hook)
        except OSError as error:
            raise NotFound(f"{path}: {error.strerror}", next_step="outcomes key create OFFICER writes a card") from None
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Malformed(f"not an officer's card: {error}", where=str(path)) from None
        if card.card != CARD:
            raise Malformed(f"not an officer's card: it begins with {card.card!r}", where=str(path))
        check_possession(card.origin, card.officer, card.key, card.proof)
        return card


CARD: Final = "shared-outcomes officer card 1"


class Keyring:
    """The keys under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, officer: str) -> Path:
        """Where an officer's key is kept."""
        return self.folder / officer.replace("/", "_")

    def create(self, officer: str, dice: Dice, *, plain: bool = False) -> Pen:
        """Make a key. Raises KeyProblem if there is one, Malformed for a bad name."""
        check_officer(officer)
        path = self.path(officer)
        if path.exists():
            raise KeyProblem(
                f"{officer} has a key here already", where=str(path), next_step="outcomes key show OFFICER"
            )
        key = Ed25519PrivateKey.from_private_bytes(dice.bytes(32, f"key of {officer}"))
        save_private(path, key, None if plain else new_passphrase(officer))
        _write_owner_only(path.with_suffix(".pub"), public_line(key.public_key().public_bytes_raw(), officer).encode())
        return Pen(officer, key)

    def replace(self, officer: str, key: Ed25519PrivateKey, passphrase: bytes | None) -> None:
        """Put a new key in the place of an old one, which is kept beside it."""
        path = self.path(officer)
        if path.exists():
            old = load_public(path.with_suffix(".pub"))
            path.rename(path.with_name(f"{path.name}.was-{fingerprint(old)[7:15].replace('/', '-')}"))
        save_private(path, key, passphrase)
        _write_owner_only(path.with_suffix(".pub"), public_line(key.public_key().public_bytes_raw(), officer).encode())

    def unlock(self, officer: str) -> Pen:
        """An officer's key, unlocked. Raises KeyProblem."""
        check_officer(officer)
        path = self.path(officer)
        if not path.exists():
            raise KeyProblem(
                f"there is no key of {officer} in {self.folder}",
                next_step=f"outcomes key create {officer}, or OUTCOMES_HOME names another folder",
            )
        key, protected = load_private(path, officer)
        return Pen(officer, key, protected)

    def officers(self) -> list[tuple[str, bytes]]:
        """Each officer with a key here, and its public half."""
        paths = sorted(self.folder.glob("*.pub")) if self.folder.is_dir() else []
        return [(path.stem.replace("_", "/", 1), load_public(path)) for path in paths]

    def holder(self, organisation: str, staff_number: str, dice: Dice) -> Token:
        """A holder token: an HMAC of the staff number under a key of the organisation's that stays here."""
        path = self.folder / f"{organisation}.holder-key"
        if not path.exists():
            _write_owner_only(path, base64.b64encode(dice.bytes(32, f"holder key of {organisation}")))
        _require_private(path)
        return Token(hmac.digest(base64.b64decode(path.read_bytes()), staff_number.encode(), "sha256"))


def check_officer(officer: str) -> None:
    """Refuse a name that is not an office's. Raises Malformed."""
    import re

    if not re.match(OFFICER, officer):
        raise Malformed(f"{officer!r} is not an officer: write an organisation and an office, as in GB-LAE-BPL/s151")


def card_of(pen: Pen, origin: str, holder: Token) -> Card:
    """The card that introduces an officer's key to one ledger."""
    proof = pen.key.sign(possession(origin, pen.officer, pen.public))
    return Card(
        card=CARD, origin=origin, officer=pen.officer, holder=holder, key=PublicKey(pen.public), proof=Signature(proof)
    )


# -- files ----------------------------------------------------------------------------------------


def save_private(path: Path, key: Ed25519PrivateKey, passphrase: bytes | None, *, replace: bool = True) -> None:
    """Write a private key, mode 0600; without a passphrase it is not encrypted. Raises InputOutput, KeyProblem."""
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase is not None:
        encryption = PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(ROUNDS).build(passphrase)
    _write_owner_only(path, key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, encryption), replace=replace)


def load_private(path: Path, whose: str) -> tuple[Ed25519PrivateKey, bool]:
    """Read a private key, asking for its passphrase if it has one; whether it has. Raises KeyProblem."""
    _require_private(path)
    data = path.read_bytes()
    try:
        return _ed25519(load_ssh_private_key(data, None), path), False
    except (TypeError, ValueError) as error:
        if "password" not in str(error).lower() and "encrypted" not in str(error).lower():
            raise KeyProblem("not a private key in OpenSSH's format", where=str(path)) from None
    except UnsupportedAlgorithm:
        raise KeyProblem("not an Ed25519 key", where=str(path)) from None
    try:
        return _ed25519(load_ssh_private_key(data, ask_passphrase(whose)), path), True
    except ValueError:
        raise KeyProblem(
            f"the passphrase does not open the key of {whose}",
            where=str(path),
            next_step="try again; nothing was recorded",
        ) from None


def _ed25519(key: Any, path: Path) -> Ed25519PrivateKey:
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyProblem("not an Ed25519 key", where=str(path))
    return key


def public_line(public: bytes, comment: str) -> str:
    """A public key in OpenSSH's one-line form."""
    return f"ssh-ed25519 {base64.b64encode(OPENSSH_HEAD + public).decode()} {comment}\n"


def load_public(path: Path) -> bytes:
    """The 32 bytes of a public key file. Raises KeyProblem."""
    try:
        blob = base64.b64decode(path.read_text().split()[1], validate=True)
    except (OSError, IndexError, ValueError):
        blob = b""
    if len(blob) != len(OPENSSH_HEAD) + 32 or not blob.startswith(OPENSSH_HEAD):
        raise KeyProblem("not an Ed25519 public key", where=str(path))
    return blob[len(OPENSSH_HEAD) :]


def _require_private(path: Path) -> None:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise KeyProblem(f"{error.strerror}", where=str(path)) from None
    if mode & 0o077:
        raise KeyProblem(f"others can read this key (mode {mode:04o})", where=str(path), next_step=f"chmod 600 {path}")


def _write_owner_only(path: Path, data: bytes, *, replace: bool = True) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        if not replace:
            raise KeyProblem(
                "there is a key there already: of another ledger, or somebody is founding one",
                where=str(path),
                next_step="outcomes view trail shows whether there is a ledger; --log-key FILE names another place",
            ) from None
        path.unlink()
        _write_owner_only(path, data)
        return
    except OSError as error:
        raise InputOutput(f"{error.strerror}", where=str(path)) from None
    with os.fdopen(file, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


# -- passphrases ------------------------------------------------------------------------------------


def _handed_over() -> bytes | None:
    """A passphrase from the environment or an open file descriptor, if there is one."""
    if (number := os.environ.get("OUTCOMES_PASSPHRASE_FD")) is not None:
        try:
            with os.fdopen(os.dup(int(number)), "rb") as stream:
                return stream.readline().rstrip(b"\r\n")
        except (OSError, ValueError):
            raise KeyProblem(f"OUTCOMES_PASSPHRASE_FD={number} is not an open file descriptor") from None
    text = os.environ.get("OUTCOMES_PASSPHRASE")
    return None if text is None else text.encode()


def ask_passphrase(whose: str) -> bytes:
    """The passphrase of a key. Raises KeyProblem where nobody can be asked."""
    handed = _handed_over()
    if handed is not None:
        return handed
    if not _can_ask():
        raise KeyProblem(
            f"the key of {whose} needs a passphrase, and there is no terminal to ask for it",
            next_step="set OUTCOMES_PASSPHRASE, or OUTCOMES_PASSPHRASE_FD to an open file descriptor",
        )
    return str(click.prompt(f"Passphrase of {whose}", hide_input=True, err=True)).encode()


def new_passphrase(whose: str) -> bytes:
    """A passphrase for a new key, asked for twice. Raises KeyProblem where nobody can be asked."""
    handed = _handed_over()
    if handed is None:
        if not _can_ask():
            return ask_passphrase(whose)
        asked = click.prompt(f"New passphrase for {whose}", hide_input=True, confirmation_prompt=True, err=True)
        handed = str(asked).encode()
    if not handed:
        raise KeyProblem("a key is not kept without a passphrase")
    return handed


def _can_ask() -> bool:
    context = click.get_current_context(silent=True)
    no_input = bool(context and context.find_root().params.get("no_input"))
    return not no_input and os.isatty(0)
