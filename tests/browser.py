"""Drives a real browser by its debugging pipe: keys, scripts, pictures.  No library, no port."""

import base64
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO, Any

FOUND = shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE = 120.0  # seconds that a test may take in a browser before it is ended
CODES = {
    "Enter": 13,
    "Tab": 9,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    " ": 32,
    "Delete": 46,
}


class Browser:
    """One page of a running browser.

    Args:
        commands, answers: the pipe's ends.
    """

    def __init__(self, commands: IO[bytes], answers: IO[bytes]):
        self._commands, self._answers = commands, answers
        self._sent, self._session = 0, ""
        targets = self._call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        attached = self._call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]

    def _call(self, method: str, **given: Any) -> dict[str, Any]:
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": given}
        message |= {"sessionId": self._session} if self._session else {}
        self._commands.write(json.dumps(message).encode() + b"\0")
        while True:
            text = bytearray()
            while (byte := self._answers.read(1)) != b"\0":
                assert byte, "the browser has ended"
                text += byte
            answer = json.loads(text)
            if answer.get("id") == self._sent:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def open(self, page: Path, width: int = 1000, height: int = 900) -> None:
        """Shows a file in a window of that size, and waits until it is there."""
        self.resize(width, height)
        self._call("Page.navigate", url=page.as_uri())
        self.run("new Promise(done => document.readyState === 'complete' ? done() : "
                 "addEventListener('load', () => done()))")  # fmt: skip

    def resize(self, width: int, height: int) -> None:
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                   deviceScaleFactor=1, mobile=width < 600)  # fmt: skip

    def run(self, script: str) -> Any:
        """The value of an expression, of a promise once it is kept."""
        found = self._call("Runtime.evaluate", expression=script, awaitPromise=True,
                           returnByValue=True)  # fmt: skip
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str, repeated: bool = False) -> None:
        """A key on the keyboard, down and up; `repeated`: as if it were held down."""
        code = {"key": key, "windowsVirtualKeyCode": CODES.get(key, ord(key.upper()[0]))}
        text = {"Enter": "\r", "Tab": ""}.get(key, key if len(key) == 1 else "")
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self._call("Input.dispatchKeyEvent", **down, **code, autoRepeat=repeated)
        self._call("Input.dispatchKeyEvent", type="keyUp", **code)

    def settings(self, **media: str) -> None:
        """What a reader prefers, such as prefers_color_scheme="dark"."""
        features = [{"name": k.replace("_", "-"), "value": v} for k, v in media.items()]
        self._call("Emulation.setEmulatedMedia", features=features)

    def names(self, role: str) -> list[str]:
        """What a screen reader calls the elements of a role, such as "heading"."""
        nodes = self._call("Accessibility.getFullAXTree")["nodes"]
        found = (node for node in nodes if node.get("role", {}).get("value") == role)
        return [node.get("name", {}).get("value", "") for node in found]

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot")["data"]))


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A headless browser whose profile lies in `folder`; ended afterwards."""
    assert FOUND
    theirs, commands = os.pipe()
    answers, ours = os.pipe()

    def at_three_and_four() -> None:  # where the browser looks for its pipe
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (theirs, ours)]
        os.dup2(ends[0], 3)
        os.dup2(ends[1], 4)

    command = [FOUND, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
    command += [f"--user-data-dir={folder}", "--no-first-run", "--disable-dev-shm-usage"]
    with subprocess.Popen(
        [*command, "about:blank"],
        pass_fds=(3, 4),
        preexec_fn=at_three_and_four,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(theirs)
        os.close(ours)
        watchdog = Timer(PATIENCE, process.kill)  # then whoever reads from it is told
        watchdog.start()
        try:
            with os.fdopen(commands, "wb", 0) as written, os.fdopen(answers, "rb") as read:
                yield Browser(written, read)
        finally:
            watchdog.cancel()
            process.terminate()
