"""Plays the opening of the main story in a fresh demo and photographs the page for the README.

Run it as `python docs/take_picture.py docs/pictures/console.png`; it needs Chromium.
"""
# ruff: noqa: S310  (it only talks to the demo that it has started itself)

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

PORT = 8097
ROOT = f"http://127.0.0.1:{PORT}"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def call(path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ROOT + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def say(person: str, text: str) -> None:
    call(f"/api/people/{person}/messages", {"text": text})
    call("/api/clock", {"advance": "PT0S"})


def press(person: str, label: str) -> None:
    for message in reversed(call(f"/api/people/{person}/messages")):
        for choice in message["choices"]:
            if label in choice["label"]:
                call(f"/api/people/{person}/messages", {"press": choice["value"], "message": message["id"]})
                call("/api/clock", {"advance": "PT0S"})
                return
    raise LookupError(label)


def ceiling() -> bytes:
    """A drawn picture of a damp ceiling: no photo of anybody's home."""
    picture = Image.new("RGB", (640, 420), (232, 228, 220))
    draw = ImageDraw.Draw(picture)
    for step in range(40, 0, -1):
        tone = 170 + step
        draw.ellipse(
            (220 - 4 * step, 130 - 3 * step, 430 + 4 * step, 250 + 3 * step), fill=(tone, tone - 12, tone - 40)
        )
    for x in (270, 330, 390):
        draw.line((x, 250, x, 330), fill=(120, 140, 160), width=5)
    target = BytesIO()
    picture.save(target, "JPEG", quality=85)
    return target.getvalue()


def upload(person: str, picture: bytes) -> None:
    mark = "----huiyin"
    disposition = 'Content-Disposition: form-data; name="files"; filename="天花板.jpg"'
    head = f"--{mark}\r\n{disposition}\r\nContent-Type: image/jpeg\r\n\r\n"
    body = head.encode() + picture + f"\r\n--{mark}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    urllib.request.urlopen(urllib.request.Request(f"{ROOT}/api/people/{person}/messages", body, kind)).close()
    call("/api/clock", {"advance": "PT0S"})


def play() -> None:
    people = call("/api/people")
    site = min(p["site"] for p in people if p["role"] == "front_desk")
    owner = next(p["id"] for p in people if p["role"] == "owner" and p["site"] == site)
    desk = next(p["id"] for p in people if p["role"] == "front_desk" and p["site"] == site)
    say(owner, "我要投诉卫生间天花板漏水")
    for answer in ("漏水渗水", "家里"):
        press(owner, answer)
    upload(owner, ceiling())
    for answer in ("完成", "正常处理"):
        press(owner, answer)
    say(owner, "明天下午三点后")
    for answer in ("对", "确认"):
        press(owner, answer)
    press(desk, "派单给")
    technicians = [p["id"] for p in people if p["role"] == "technician" and p["site"] == site]
    handler = next(t for t in technicians if call(f"/api/people/{t}/messages"))
    press(handler, "接单")
    neighbour = [p["id"] for p in people if p["role"] == "owner" and p["site"] == site][5]
    say(neighbour, "我要投诉楼道灯不亮")
    for answer in ("水电故障", "公共区域", "跳过", "正常处理", "跳过", "确认"):
        press(neighbour, answer)
    call("/api/clock", {"advance": "PT6M"})


def main(target: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bot", "demo", "--port", str(PORT), "--db", str(Path(folder) / "demo.db")]
        with subprocess.Popen(command) as demo:
            try:
                wait()
                play()
                photograph(target)
            finally:
                demo.terminate()


def wait() -> None:
    for _ in range(200):
        try:
            call("/readyz")
        except OSError:
            time.sleep(0.1)
        else:
            return


def photograph(target: str) -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1840, "height": 1000})
        page.goto(ROOT)
        page.wait_for_timeout(1500)
        page.get_by_role("heading", name="傅文静").click()
        page.wait_for_timeout(1500)
        page.screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
