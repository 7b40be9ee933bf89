"""What several tests need."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real test data; it is not part of the project."""
    shared = Path(os.environ.get("TENPRINT_SHARED", Path(__file__).parents[2] / "shared"))
    if not (shared / "data").is_dir():
        pytest.skip(f"real test data is not at {shared / 'data'}; set TENPRINT_SHARED")
    return shared / "data"
