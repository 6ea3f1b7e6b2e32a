"""A real browser without a window: Debian's chromium, driven by selenium, with no way to the network."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
    "disable-component-update", "disable-sync", "disable-dev-shm-usage", "force-device-scale-factor=1",
    "host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")


@contextmanager
def browser(profile: Path) -> Iterator[Any]:
    """A driver of a browser with a new, empty profile; the test is skipped where there is none."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("no chromium with chromedriver is installed (Debian: chromium, chromium-driver)")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"user-data-dir={profile}"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def viewport(driver: Any, width: int, height: int, *, mobile: bool = False, dark: bool = False) -> None:
    """Size of the window's inside, and which colours its reader prefers."""
    size = {"width": width, "height": height, "deviceScaleFactor": 2 if mobile else 1, "mobile": mobile}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def requested(driver: Any) -> list[str]:
    """Addresses that the page has asked for since the last call."""
    events = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]


def keep(name: str, content: bytes, folder: Path) -> Path:
    """Keep a picture or a PDF: in the folder that DRIFTSIM_ARTEFACTS names, else in the test's own."""
    place = Path(os.environ.get("DRIFTSIM_ARTEFACTS") or folder)
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(content)
    return place / name


def screenshot(driver: Any, name: str, folder: Path) -> Path:
    """A picture of what the window shows."""
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    return keep(name, base64.b64decode(shot["data"]), folder)
