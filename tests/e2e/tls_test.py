"""HTTPS by the program itself: what a handshake gives, what is refused, and a certificate that changes while it runs."""

import contextlib
import fcntl
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import termios
import threading
import time
import unittest
import warnings

from program import PATIENCE, PROGRAM, Case, Server, free_port, wait_for

RECOMMEND = "/ml-analytics/recommendations"


class TlsServer(Server):
    """A server with the certificate `name`, which is also whom its clients trust."""

    def __init__(self, case, name="a", *arguments):
        self.name = name
        super().__init__(case, "--set", f"server.tls_certificate={case.folder}/{name}.pem",
                         "--set", f"server.tls_key={case.folder}/{name}.key", *arguments)

    def __enter__(self):
        deadline = time.monotonic() + PATIENCE
        try:
            while True:
                try:
                    with self.connect():
                        return self
                except OSError:
                    if self.process.poll() is not None or time.monotonic() > deadline:
                        raise AssertionError(f"no server: {self.text()}") from None
                    time.sleep(0.05)
        except BaseException:
            self.__exit__()
            raise

    def context(self, name=None):
        return ssl.create_default_context(cafile=self.case.folder / f"{name or self.name}.pem")

    def connect(self, context=None):
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        try:
            return (context or self.context()).wrap_socket(raw, server_hostname="localhost")
        except BaseException:
            raw.close()
            raise

    def https(self, name=None):
        return http.client.HTTPSConnection("localhost", self.port, timeout=60, context=self.context(name))


class Tls(Case):
    def setUp(self):
        super().setUp()
        self.certificate("a")

    def certificate(self, name, *kind):
        kind = kind or ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
        subprocess.run(["openssl", "req", "-x509", *kind, "-nodes", "-days", "2", "-subj", f"/CN={name}",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.folder / f"{name}.key",
                        "-out", self.folder / f"{name}.pem"], check=True, capture_output=True)
        (self.folder / f"{name}.key").chmod(0o600)

    def ask(self, connection, method, path, body=None, headers=None):
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()

    def test_answers_over_https_on_one_connection(self):
        with TlsServer(self) as server, contextlib.closing(server.https()) as connection:
            status, headers, _ = self.ask(connection, "GET", "/health")
            self.assertEqual(status, 200)
            self.assertEqual(headers["Strict-Transport-Security"], "max-age=31536000")
            socket_before = connection.sock
            bearer = {"Authorization": f"Bearer {server.token()}", "Content-Type": "application/json"}
            events = json.dumps({"events": [{"user_id": "u", "track_id": f"t{i}", "context": {"note": "x" * 1100}}
                                            for i in range(1000)]})
            status, _, body = self.ask(connection, "POST", "/ml-analytics/events", events, bearer)
            self.assertEqual((status, json.loads(body)["added"]), (200, 1000))
            self.assertIs(connection.sock, socket_before, "the connection was not kept")
            # The answer to a refused upload arrives although the client sends on.
            status, _, body = self.ask(connection, "POST", "/ml-analytics/events", b"x" * (11 << 20), bearer)
            self.assertEqual(status, 413)
            self.assertIn(f"https://127.0.0.1:{server.port}", server.text())

    def test_the_handshake(self):
        with TlsServer(self) as server:
            context = server.context()
            context.set_alpn_protocols(["h2", "http/1.1"])
            with server.connect(context) as connection:
                self.assertEqual(connection.selected_alpn_protocol(), "http/1.1")
                self.assertEqual(connection.version(), "TLSv1.3")
            context = server.context()
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            with server.connect(context) as connection:
                self.assertEqual(connection.version(), "TLSv1.2")
                self.assertRegex(connection.cipher()[0], "^ECDHE-.*(GCM|CHACHA20)")
            context = server.context()
            context.set_alpn_protocols(["h2"])
            with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
                server.connect(context)
            context = server.context()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
            context.set_ciphers("ALL:@SECLEVEL=0")
            with self.assertRaises(OSError):
                server.connect(context)
            # Plain HTTP, and garbage, find nobody.
            for request in (b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 1000):
                with socket.create_connection(("127.0.0.1", server.port), timeout=60) as plain:
                    plain.sendall(request)
                    with contextlib.suppress(ConnectionResetError):
                        self.assertNotIn(b"HTTP/1.1 200", plain.recv(4096))
            with contextlib.closing(server.https()) as connection:
                self.assertEqual(self.ask(connection, "GET", "/health/live")[0], 200)

    def test_an_end_is_told_from_a_cut(self):
        with TlsServer(self) as server, server.connect() as connection:
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = b""
            while chunk := connection.recv(4096):  # raises without a close_notify
                answer += chunk
            self.assertTrue(answer.startswith(b"HTTP/1.1 200"), answer)

    def test_a_silent_handshake_is_closed(self):
        with TlsServer(self, "a", "--set", "server.request_timeout=0.3") as server:
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as silent:
                silent.sendall(b"\x16\x03\x01")
                self.assertEqual(silent.recv(1), b"")

    def test_hangup_changes_the_certificate_and_drops_nobody(self):
        self.certificate("b")
        with TlsServer(self) as server, contextlib.closing(server.https()) as kept:
            self.assertEqual(self.ask(kept, "GET", "/health/live")[0], 200)
            stop, failures = threading.Event(), []

            busy = server.https()

            def ask_all_the_time():
                with contextlib.closing(busy) as connection:
                    while not stop.is_set():
                        try:
                            if self.ask(connection, "GET", "/health/live")[0] != 200:
                                failures.append("status")
                        except (OSError, http.client.HTTPException) as error:
                            failures.append(repr(error))
                            return

            asking = threading.Thread(target=ask_all_the_time)
            asking.start()
            # One that cannot be used changes nothing.
            (self.folder / "a.pem").write_text("nonsense")
            server.process.send_signal(signal.SIGHUP)
            self.wait_for_log(server, "stays the old one")
            (self.folder / "a.pem").write_bytes((self.folder / "b.pem").read_bytes())
            (self.folder / "a.key").write_bytes((self.folder / "b.key").read_bytes())
            server.process.send_signal(signal.SIGHUP)
            self.wait_for_log(server, "was read anew")
            deadline = time.monotonic() + PATIENCE
            while True:  # until the thread of the connections has it
                with server.connect(self.trust_all()) as connection:
                    if connection.getpeercert(binary_form=True) == self.der("b"):
                        break
                self.assertLess(time.monotonic(), deadline)
            stop.set()
            asking.join()
            self.assertEqual(failures, [])
            self.assertEqual(self.ask(kept, "GET", "/health/live")[0], 200, "the old connection goes on")
            with contextlib.closing(server.https("b")) as connection:
                self.assertEqual(self.ask(connection, "GET", "/health/live")[0], 200)
            self.assertEqual(server.stop(signal.SIGTERM), 0)

    def trust_all(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def der(self, name):
        return ssl.PEM_cert_to_DER_cert((self.folder / f"{name}.pem").read_text())

    def test_without_tls_a_hangup_is_none_but_of_a_terminal(self):
        with Server(self) as server:
            server.process.send_signal(signal.SIGHUP)
            self.wait_for_log(server, "there is no TLS certificate to read anew")
            self.assertEqual(server.get("/health/live")[0], 200)
            self.assertEqual(server.stop(signal.SIGTERM), 0)
        terminal, side = os.openpty()
        port = free_port()
        with subprocess.Popen([PROGRAM, "serve", "--port", str(port)], cwd=self.folder, env=self.environment,
                              stdin=side, stdout=side, stderr=subprocess.DEVNULL, start_new_session=True,
                              preexec_fn=lambda: fcntl.ioctl(side, termios.TIOCSCTTY, 0)) as process:
            os.close(side)
            wait_for(port, process, self.folder / "none")
            os.close(terminal)
            self.assertEqual(process.wait(PATIENCE), -signal.SIGHUP)

    def wait_for_log(self, server, words):
        deadline = time.monotonic() + PATIENCE
        while words not in server.text():
            self.assertLess(time.monotonic(), deadline, server.text())
            time.sleep(0.05)

    def test_what_is_wrong_with_the_files_is_one_line(self):
        self.works("user", "add", "root", "--role", "admin")  # so that no first start tells a password
        self.certificate("b")
        self.certificate("rsa", "-newkey", "rsa:2048")
        subprocess.run(["openssl", "ec", "-in", self.folder / "a.key", "-aes256", "-passout", "pass:secret",
                        "-out", self.folder / "locked.key"], check=True, capture_output=True)
        (self.folder / "locked.key").chmod(0o600)
        self.write("open.key", (self.folder / "a.key").read_bytes()).chmod(0o644)
        self.write("none.key", "nonsense").chmod(0o600)

        def says(what, certificate, key):
            given = [f"--set=server.tls_certificate={self.folder}/{certificate}"] if certificate else []
            given += [f"--set=server.tls_key={self.folder}/{key}"] if key else []
            self.fails(1, what, "serve", "--port", "0", *given)
        says("server.tls_key '.*b.key' is not the key of server.tls_certificate '.*a.pem'", "a.pem", "b.key")
        says("server.tls_key '.*rsa.key' is not the key of", "a.pem", "rsa.key")
        says("server.tls_key: '.*open.key' holds a key, and everybody on this machine can reach it .mode 0644.: chmod o=",
             "a.pem", "open.key")
        says("server.tls_key '.*locked.key' is no private key in PEM without a passphrase", "a.pem", "locked.key")
        says("server.tls_key '.*none.key' is no private key", "a.pem", "none.key")
        says("server.tls_certificate '.*a.key' is no certificate in PEM", "a.key", "a.key")
        says("server.tls_certificate: .*none.pem", "none.pem", "a.key")
        says("server.tls_certificate.* is set and server.tls_key is not", "a.pem", None)


if __name__ == "__main__":
    unittest.main()
