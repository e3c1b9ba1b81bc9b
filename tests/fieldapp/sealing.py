"""Seals a meter's keys as the office does (HPKE, RFC 9180), for tests without one."""

from __future__ import annotations

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from fieldapp.domain.meter_keys import MeterKeys, SealedKeys, binding, pack
from fieldapp.store import secrets
from fieldapp.store.device import Device

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def sealed_for(
    owner: Device, keys: MeterKeys, laptop: str = "", plain: bytes = b""
) -> SealedKeys:
    """Sealed to this laptop's key; bound to another one, or holding something else."""
    public = X25519PublicKey.from_public_bytes(secrets.agreement_key(owner.private_key))
    bound_to = binding(laptop or owner.laptop, keys.meter)
    body = _SUITE.encrypt(plain or pack(keys), public, info=bound_to)
    return SealedKeys(meter=keys.meter, sealed=body)
