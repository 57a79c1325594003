"""Opens connections that ask once each and then wait: idle.py PORT COUNT PID. Prints how many are open and what the server takes."""
import os
import socket
import sys

port, count, pid = (int(word) for word in sys.argv[1:])
user = "GET /ml-analytics/users/u{}/recommendations?limit=20&algorithm=ials HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n"


def answer(connection):
    text = b""
    while b"\r\n\r\n" not in text:
        text += connection.recv(65536)
    head, body = text.split(b"\r\n\r\n", 1)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split()[1])


open_ones = []
for i in range(count):
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(user.format(i % 500, os.environ["TOKEN"]).encode())
    if answer(connection) != 200:
        sys.exit("not answered 200")
    open_ones.append(connection)
with open(f"/proc/{pid}/status", encoding="utf-8") as file:
    kilobytes = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
# The first ones still work.
for connection in open_ones[:100]:
    connection.sendall(user.format(1, os.environ["TOKEN"]).encode())
    if answer(connection) != 200:
        sys.exit("a connection was closed")
print(f"{len(open_ones)} open, {kilobytes * 1024 / 1e6:.0f} MB")
