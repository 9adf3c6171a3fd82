"""Pages in a browser: what they measure at a given width.  Chromium, without a screen."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
]  # fmt: skip
MEASURE = """
window.addEventListener("load", () => {
  const found = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument, seen = {};
    const size = (e) => e.getBoundingClientRect();
    const all = [...page.querySelectorAll("math")];
    seen.formulas = all.length;
    seen.empty = all.filter((e) => size(e).width < 1 || size(e).height < 1).length;
    seen.errors = page.querySelectorAll("merror").length;
    seen.over = page.documentElement.scrollWidth - page.documentElement.clientWidth;
    seen.cut = [...page.querySelectorAll(".right, .left")]
      .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.scrollWidth - e.clientWidth);
    seen.lines = page.querySelectorAll(".line").length;
    seen.overlaps = [...page.querySelectorAll(".line")].filter((line) => {
      const [left, right] = line.children;
      return left.firstElementChild && size(left).right > size(right).left + 1;
    }).length;
    found[frame.title] = seen;
  }
  document.body.innerHTML = "<pre id=found>" + JSON.stringify(found) + "</pre>";
});
"""


def measured(pages: dict[str, str], widths: list[int], folder: Path) -> dict[str, Any]:
    """`NAME at WIDTH` -> how many formulas there are, how many are empty, what runs out of its box."""
    frames = [
        f'<iframe title="{name} at {width}" width="{width}" srcdoc="{html.escape(page)}"></iframe>'
        for name, page in pages.items()
        for width in widths
    ]
    whole = folder / "pages.html"
    whole.write_text(
        f"<!DOCTYPE html><meta charset=utf-8><script>{MEASURE}</script>" + "\n".join(frames), "utf-8"
    )
    command = [str(BROWSER), *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom", whole.as_uri()]
    output = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode()
    found = re.search(r'<pre id="found">(.*?)</pre>', output, re.S)
    assert found is not None, output[:400]
    measured: dict[str, Any] = json.loads(html.unescape(found.group(1)))
    return measured
