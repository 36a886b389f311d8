from __future__ import annotations

from pathlib import Path

from crm.monitoring import memory

MB = 1 << 20


def laid_out(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_container_of_today_tells_what_is_taken_without_cached_files(tmp_path: Path):
    files = {
        "memory.current": f"{200 * MB}\n", "memory.max": f"{512 * MB}\n",
        "memory.stat": f"anon 1\ninactive_file {80 * MB}\n",
    }  # fmt: skip
    assert memory.read(laid_out(tmp_path, files)) == memory.Memory(120 * MB, 512 * MB)


def test_a_container_of_yesterday_tells_the_same(tmp_path: Path):
    files = {
        "memory/memory.usage_in_bytes": f"{200 * MB}\n", "memory/memory.limit_in_bytes": f"{512 * MB}\n",
        "memory/memory.stat": f"cache 5\ntotal_inactive_file {80 * MB}\n",
    }  # fmt: skip
    assert memory.read(laid_out(tmp_path, files)) == memory.Memory(120 * MB, 512 * MB)


def test_without_a_limit_the_process_tells_of_itself(tmp_path: Path):
    unlimited = laid_out(tmp_path / "two", {"memory.current": "1", "memory.max": "max\n"})
    before = laid_out(
        tmp_path / "one", {"memory/memory.usage_in_bytes": "1", "memory/memory.limit_in_bytes": f"{2**63 - 4096}"}
    )
    for folder in (unlimited, before, tmp_path / "none"):
        usage = memory.read(folder)
        assert usage.limit_bytes is None
        assert abs(usage.used_bytes - memory.resident()) < 64 * MB
