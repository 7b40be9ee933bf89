"""What ten-prints cost that come as images: how many cores a day of them keeps busy."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import time
from typing import Any

from PIL import Image

from tenprint.cli.day._server import Server
from tenprint.cli.day._town import Progress, Town
from tenprint.cli.day._wire import Wire
from tenprint.model import TEN_FINGERS
from tenprint.synth import person

#: Ten-prints a day that the figure is said for.
A_DAY = 100_000


async def image_cost(town: Town, server: Server, count: int, progress: Progress) -> dict[str, Any]:
    """Search with ten flat images of `count` people who are not enrolled, one after the other.

    Nothing else runs, so the server's processor time is theirs.
    """
    wire = Wire(server.host, server.port)
    key = town.keys["border"][0]
    bodies = [_body(n) for n in range(count)]
    seconds, elapsed = 0.0, []
    for number, (name, body) in enumerate(bodies):
        before, begun = server.processor_seconds(), time.monotonic()
        status, _ = await wire.ask("POST", "/v1/transactions?wait=50", key, body)
        while status == 202:
            await asyncio.sleep(0.05)
            status, _ = await wire.ask("GET", f"/v1/transactions/{name}/answer?wait=50", key)
        elapsed.append(time.monotonic() - begun)
        seconds += server.processor_seconds() - before
        progress("ten-prints from images", number + 1, count)
    await wire.close()
    each = seconds / count
    return {
        "count": count,
        "core_seconds_each": round(each, 3),
        "elapsed_s_median": round(sorted(elapsed)[count // 2], 3),
        "cores_for_100000_a_day": round(each * A_DAY / 86400, 2),
    }


def _body(number: int) -> tuple[str, bytes]:
    who = person(900_000 + number)
    name = f"image-{int(time.time() * 1000)}-{number}"
    prints = []
    for finger in TEN_FINGERS:
        out = io.BytesIO()
        Image.fromarray(who.fingers[finger].impression(1)).save(out, "PNG", dpi=(500, 500))
        image = base64.b64encode(out.getvalue()).decode()
        prints.append({"finger": int(finger), "ppi": 500, "image": image})
    body = {"transaction": name, "class": "tenprint-search", "purpose": "border", "prints": prints}
    return name, json.dumps(body).encode()
