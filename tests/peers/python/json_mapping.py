"""Python's mapping of Protocol Buffers to JSON, for comparison.

    python json_mapping.py GENERATED < CASES

Each line of the input is a `test.json.All` in JSON. For each a line is printed: `{"bytes": BASE64, "json": {...}}`, or
`{"error": TEXT}` where it is refused.
"""

import base64
import json
import sys

sys.path.insert(0, sys.argv[1])

import json_pb2 as pb  # noqa: E402
from google.protobuf import json_format  # noqa: E402


def mapped(line):
    try:
        message = json_format.Parse(line, pb.All())
    except json_format.ParseError as error:
        return {"error": str(error)}
    return {
        "bytes": base64.b64encode(message.SerializeToString()).decode(),
        "json": json_format.MessageToDict(message),
    }


for line in sys.stdin:
    print(json.dumps(mapped(line)))
