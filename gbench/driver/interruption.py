"""Ctrl-C and SIGTERM at a safe point."""

import signal
from types import FrameType


class Interruption:
    """Within the block Ctrl-C and SIGTERM wait for the next `check`; a second one does not.

    Raised just anywhere, an interruption is lost if Python happens to be forking.
    """

    def __enter__(self) -> "Interruption":
        self.asked = False
        kinds = (signal.SIGINT, signal.SIGTERM)
        self._before = {kind: signal.signal(kind, self._ask) for kind in kinds}
        return self

    def __exit__(self, *error: object) -> None:
        for kind, handler in self._before.items():
            signal.signal(kind, handler)

    def check(self) -> None:
        """
        Raises:
            KeyboardInterrupt: there was an interruption.
        """
        if self.asked:
            raise KeyboardInterrupt

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
