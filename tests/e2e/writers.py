"""Clients that write events over HTTP and send again what was not acknowledged, and a server that is killed meanwhile."""

import http.client
import json
import random
import threading
import time

from program import PATIENCE, Server, free_port

START = 1_700_000_000  # seconds; each event has a second of its own, by which it is found again
FEW = 0.02  # seconds until something is sent again


class Writers:
    """Threads that send batches of events with ids of their own. A batch is sent until it is acknowledged."""

    def __init__(self, port, token, clients=4, batch=5):
        self.port = port
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.batch = batch
        self.batches = [0] * clients  # acknowledged, by client
        self.repeated = 0  # batches sent again, because the answer was an error or did not come
        self.refused = []  # answers that say the client did wrong
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.write, args=(client,), daemon=True) for client in range(clients)]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        """Lets each client have its last batch acknowledged."""
        self.stopped.set()
        for thread in self.threads:
            thread.join(PATIENCE)
        if any(thread.is_alive() for thread in self.threads):
            raise AssertionError("a client was never acknowledged")

    def acknowledged(self):
        return sum(self.batches)

    def wait_for_more(self, batches=1):
        """Until so many more are acknowledged."""
        wanted, deadline = self.acknowledged() + batches, time.monotonic() + PATIENCE
        while self.acknowledged() < wanted:
            if time.monotonic() > deadline or self.refused:
                raise AssertionError(f"no more events are taken: {self.refused[:3]}")
            time.sleep(0.002)

    def second(self, client, batch, place):
        return START + (batch * self.batch + place) * len(self.batches) + client

    def seconds(self):
        """Of all events that were acknowledged."""
        return sorted(self.second(client, batch, place) for client, batches in enumerate(self.batches)
                      for batch in range(batches) for place in range(self.batch))

    def write(self, client):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self.stopped.is_set():
            batch = self.batches[client]
            body = json.dumps({"events": [
                {"user_id": f"writer-{client}", "track_id": f"i{place}", "event_id": f"w-{client}-{batch}-{place}",
                 "timestamp": self.second(client, batch, place)} for place in range(self.batch)]})
            while not self.sent(connection, body):
                self.repeated += 1
                time.sleep(FEW)
            self.batches[client] += 1
        connection.close()

    def sent(self, connection, body):
        try:
            connection.request("POST", "/ml-analytics/events", body, self.headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()  # the next request connects again
            return False
        if 400 <= answer.status < 500 and answer.status != 429:
            self.refused.append((answer.status, text))
        return answer.status == 200


def kill_while_written(case, kills, seed=1):
    """Kills `ml-analytics serve` with kill -9 so many times while clients write, and starts it again on the same port.

    The Writers, whose every event has been acknowledged by then.
    """
    draw = random.Random(seed)
    port = free_port()
    writers = None
    for _ in range(kills):
        with Server(case, port=port) as running:
            if writers is None:
                writers = Writers(port, running.token()).start()
            writers.wait_for_more()
            time.sleep(draw.random() * 0.05)  # any moment of a write
            running.process.kill()
            running.process.wait()
    with Server(case, port=port):
        writers.wait_for_more()
        writers.stop()
    return writers
