"""A headless Chromium, driven by the DevTools protocol over a pair of pipes: what a page asks for, shows and complains of."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
import unittest

CHROMIUM = shutil.which("chromium")
PATIENCE = 120  # seconds for a page


class Browser:
    """Use as a context. Everything that any page or worker asks for is in `requests`, complaints are in `complaints`."""

    def __init__(self):
        if CHROMIUM is None:
            raise unittest.SkipTest("skipped: no chromium")
        self.home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_browser, self.write = os.pipe()
        self.read, from_browser = os.pipe()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
                 f"--user-data-dir={self.home.name}", "--window-size=1400,1800", "about:blank"]
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}', CHROMIUM, *flags],
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.asked = 0
        self.requests = []
        self.complaints = []
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        self.watch(self.session)
        self.call("Page.enable", session=self.session)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.send("Browser.close", {}, None)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.write)
        os.close(self.read)
        self.home.cleanup()

    def watch(self, session):
        for method in ("Network.enable", "Log.enable", "Runtime.enable"):
            self.send(method, {}, session)
        self.send("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}, session)
        self.send("Runtime.runIfWaitingForDebugger", {}, session)

    def send(self, method, parameters, session):
        self.asked += 1
        message = {"id": self.asked, "method": method, "params": parameters}
        os.write(self.write, json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        return self.asked

    def call(self, method, parameters=None, session=None):
        number = self.send(method, parameters or {}, session)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            message = self.next_message(deadline)
            if message.get("id") == number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]
        raise AssertionError(f"{method}: no answer")

    def next_message(self, deadline):
        while b"\0" not in self.buffer:
            if not select.select([self.read], [], [], max(0, deadline - time.monotonic()))[0]:
                return {}
            piece = os.read(self.read, 1 << 16)
            if not piece:
                raise AssertionError("the browser has ended")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(line)
        self.note(message.get("method"), message.get("params", {}))
        return message

    def note(self, method, told):
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("warning", "error"):
            self.complaints.append(told["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(told["exceptionDetails"])[:500])
        elif method == "Target.attachedToTarget":
            self.watch(told["sessionId"])

    def run(self, script):
        """The value of an expression in the page."""
        result = self.call("Runtime.evaluate", {"expression": script, "returnByValue": True}, self.session)
        if "exceptionDetails" in result:
            raise AssertionError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, script):
        """Until the expression is true in the page."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.run(f"!!({script})"):
                return
            time.sleep(0.1)
        raise AssertionError(f"never came: {script}; the page says: {self.run('document.body.innerText')[:1000]} {self.complaints}")

    def open(self, address):
        self.call("Page.navigate", {"url": address}, self.session)
        self.wait(f"location.href.startsWith({json.dumps(address)}) && document.readyState == 'complete'")

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", {"format": "png"}, self.session)["data"]
        path.write_bytes(base64.b64decode(data))
