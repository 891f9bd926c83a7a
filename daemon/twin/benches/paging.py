"""The loop that is written first in Python: httpx gets a page, json parses it, the next link is followed."""

import json
import sys
import time

import httpx

objects, url, began = 0, sys.argv[1], time.monotonic()
with httpx.Client() as client:
    while url:
        page = json.loads(client.get(url).content)
        objects += len(page["value"])
        url = page.get("@odata.nextLink")
print(f"Python with httpx and json: {objects} users, {objects / (time.monotonic() - began):.0f} objects/s")
