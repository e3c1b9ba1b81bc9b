"""How a client is let in: its AARQ, what the meter's AARE means, and the proofs of HLS.

In come options and the meter's answers, out come the messages to send, in their order, or the
error that belongs to a refusal. Rule: what was proposed is not talked down: a meter that leaves
its proof, the ciphering or the mechanism out gets no question; and a key is tried once.
"""

from __future__ import annotations

from hardware.dlms.acse import (
    CONTEXT_LN,
    CONTEXT_LN_CIPHERED,
    REJECTED_FOR_NOW,
    Aare,
    Aarq,
    Diagnostic,
    Mechanism,
)
from hardware.dlms.apdu import Apdu, ExceptionResponse
from hardware.dlms.apdu_action import ActionRequest, ActionResponse
from hardware.dlms.cipher import Cipher, Plain
from hardware.dlms.conversation import REPLY_TO_HLS, is_accepted, is_challenged
from hardware.dlms.data import Data, octet_string
from hardware.dlms.hls import CHALLENGE_SIZE, Digest, Gmac, Prover, check_challenge
from hardware.dlms.initiate import MANAGEMENT, PUBLIC, InitiateRequest, ServiceError
from hardware.dlms.results import (
    DECIPHERING_ERROR,
    INVOCATION_COUNTER_ERROR,
    SUCCESS,
    exception_refusal,
    result_name,
)
from hardware.dlms.security import SuiteZero
from hardware.drivers.optical_access import Authentication, Hls, Reserve
from hardware.drivers.optical_line import OpticalOptions
from hardware.errors import (
    AccessDenied,
    CounterTooLow,
    LocalProtocolError,
    MeterError,
    NotSupported,
    PortLocked,
    RemoteProtocolError,
    Unproven,
    WrongMeterKey,
    WrongPassword,
)

PUBLIC_CLIENT = 16
_MECHANISMS = {
    Authentication.LLS: Mechanism.LLS,
    Authentication.HLS3: Mechanism.HLS_MD5,
    Authentication.HLS4: Mechanism.HLS_SHA1,
    Authentication.HLS5: Mechanism.HLS_GMAC,
}
_DENYING = {
    Diagnostic.MECHANISM_NOT_RECOGNISED,
    Diagnostic.MECHANISM_REQUIRED,
    Diagnostic.AUTHENTICATION_REQUIRED,
}


class Admission:
    """One try to be let in; made anew for each.

    Attributes:
        cipher: what protects the association.
    """

    def __init__(self, options: OpticalOptions, reserve: Reserve) -> None:
        """Come in as `options` say; the counters of `reserve` must be there already.

        Raises:
            LocalProtocolError: options that do not go together.
        """
        self._options = options
        self.cipher: Cipher = Plain()
        self._challenge = b""
        self._prover: Prover | None = None
        if options.auth.is_high:
            self._prepare(options, reserve)

    def _prepare(self, options: OpticalOptions, reserve: Reserve) -> None:
        hls = options.hls
        if hls is None or (options.auth is Authentication.HLS5 and hls.keys is None):
            raise LocalProtocolError(f"{options.auth} without what it takes")
        self._challenge = hls.chance(CHALLENGE_SIZE)
        if hls.keys is None:
            self._prover = _digest(options.auth, hls)
            return
        is_gmac = options.auth is Authentication.HLS5
        # Taken first: the APDUs then follow each other without a gap (see `Gmac`).
        counter = reserve.take() if is_gmac else None
        cipher = SuiteZero(hls.keys, hls.system_title, reserve.take, general=hls.general)
        self.cipher = cipher
        self._prover = Gmac(cipher, counter) if is_gmac else _digest(options.auth, hls)

    def aarq(self) -> Aarq:
        """The first message."""
        options = self._options
        wanted = PUBLIC if options.client == PUBLIC_CLIENT else MANAGEMENT
        ciphered = isinstance(self.cipher, SuiteZero)
        title = options.hls.system_title if ciphered and options.hls else None
        return Aarq(
            context=CONTEXT_LN_CIPHERED if ciphered else CONTEXT_LN,
            mechanism=self._mechanism,
            authentication=self._challenge if options.auth.is_high else options.password,
            system_title=title,
            user_information=InitiateRequest(wanted).to_bytes(),
        )

    def reply(self, answer: Apdu) -> ActionRequest | None:
        """What to send after the AARE; None where the client is in.

        Raises:
            WrongPassword, WrongMeterKey, AccessDenied, PortLocked, NotSupported, MeterError:
                the meter's refusal.
            CounterTooLow: the meter has seen higher counters.
            Unproven: it would let the client in without a proof of its own.
            RemoteProtocolError: another mechanism than asked for, or no challenge to answer.
        """
        if not isinstance(answer, Aare):
            raise self._refusal(answer)
        if self._prover is None and is_accepted(answer):
            return None
        if self._prover is None or not is_challenged(answer):
            raise self._rejected(answer)
        if answer.mechanism is not self._mechanism:
            raise RemoteProtocolError(f"mechanism {answer.mechanism.name} was not asked for")
        theirs = check_challenge(answer.authentication, self._challenge)
        return ActionRequest(REPLY_TO_HLS, octet_string(self._prover.prove(theirs)))

    def check(self, answer: Apdu) -> None:
        """The answer to our proof: the meter's own.

        Raises:
            WrongMeterKey: our proof did not convince.
            Unproven: the meter's does not hold.
            MeterError, RemoteProtocolError: another answer.
        """
        if not isinstance(answer, ActionResponse):
            raise self._refusal(answer)
        if answer.result != SUCCESS:
            raise WrongMeterKey(f"proof refused: {result_name(answer.result)}")
        proof = answer.returned
        given = proof.value if isinstance(proof, Data) else None
        if self._prover is None or not isinstance(given, bytes):
            raise Unproven("the meter gives no proof")
        if not self._prover.holds(given, self._challenge):
            raise Unproven("the meter's proof does not hold")

    @property
    def _mechanism(self) -> Mechanism:
        return _MECHANISMS.get(self._options.auth, Mechanism.NONE)

    def _refusal(self, answer: Apdu) -> MeterError | RemoteProtocolError:
        """What another message than the expected one means here."""
        what = "association"
        if isinstance(answer, ExceptionResponse):
            if answer.service_error == DECIPHERING_ERROR:
                return WrongMeterKey(f"{what}: deciphering error")
            if answer.service_error == INVOCATION_COUNTER_ERROR:
                return CounterTooLow(f"{what}: counter {answer.expected_counter} expected")
        return unexpected(answer, what)

    def _rejected(self, answer: Aare) -> MeterError | RemoteProtocolError:
        text = f"association refused: result {answer.result}, diagnostic {answer.diagnostic}"
        if is_accepted(answer):
            return Unproven("the meter skips the proofs")
        told = answer.diagnostic if answer.by_user else Diagnostic.NONE
        if told == Diagnostic.AUTHENTICATION_FAILURE:
            return self._denied(text)
        if answer.result == REJECTED_FOR_NOW and told not in _DENYING:
            return PortLocked(text)
        if told == Diagnostic.CONTEXT_NOT_SUPPORTED:
            return NotSupported(text)
        return AccessDenied(text)

    def _denied(self, text: str) -> AccessDenied:
        if self._options.auth is Authentication.LLS:
            return WrongPassword(text)
        return WrongMeterKey(text) if self._options.auth.is_high else AccessDenied(text)


def unexpected(answer: Apdu, what: str) -> MeterError | RemoteProtocolError:
    """The error for an answer that is none to the question `what`."""
    if isinstance(answer, ExceptionResponse):
        return exception_refusal(what, answer.service_error)
    if isinstance(answer, ServiceError):
        return MeterError(f"{what}: confirmed-service-error {answer.kind}.{answer.value}")
    return RemoteProtocolError(f"{what}: {type(answer).__name__} in the place of an answer")


def _digest(auth: Authentication, hls: Hls) -> Digest:
    return Digest("md5" if auth is Authentication.HLS3 else "sha1", hls.secret)
