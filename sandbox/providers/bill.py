"""What a stand-in charges: its own account of the work that it did."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sandbox.clock import SandboxClock
from sandbox.providers.received import Received, current


class Outcome(StrEnum):
    """What the work that was charged came to."""

    DONE = "done"
    """All its pictures were given out."""
    UNSAFE = "unsafe"
    """Some of its pictures were withheld or flagged, and charged all the same."""
    REFUSED = "refused"
    """Refused after the work had begun, where the provider charges that."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One line of the bill: one work that was carried out."""

    at: float
    """Epoch seconds of the sandbox's clock."""
    id: str
    """The provider's request id, or ours where the provider takes ours."""
    model: str
    pictures: int
    usd: Decimal
    """For all the pictures together."""
    outcome: Outcome
    order: Received | None = None
    """The request that ordered the work; None where none did."""


class Bill(list[Charge]):
    """All charges of one stand-in, oldest first."""

    def __init__(self, clock: SandboxClock) -> None:
        super().__init__()
        self._clock = clock

    def charge(
        self,
        request: str,
        *,
        model: str,
        pictures: int,
        price: Decimal,
        outcome: Outcome = Outcome.DONE,
    ) -> Charge:
        """Add a line, at so many US dollars a picture."""
        line = Charge(
            at=self._clock.now(),
            id=request,
            model=model,
            pictures=pictures,
            usd=price * pictures,
            outcome=outcome,
            order=current.get(None),
        )
        self.append(line)
        return line

    @property
    def total(self) -> Decimal:
        """US dollars of all charges."""
        return sum((line.usd for line in self), Decimal(0))
