"""What Schemathesis cannot write by itself."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def one_line(_context, value):
    """The contract says what a line is: a body of one."""
    return json.dumps(value).encode()
