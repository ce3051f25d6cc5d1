"""The crawl's own memory. Scrapy's extension asks for `ru_maxrss`, and on Linux a process is born with its parent's: a
crawl that a large load had started was over its limit before its first page."""

from pathlib import Path

from scrapy.extensions.memusage import MemoryUsage

STATUS = Path("/proc/self/status")


class Memory(MemoryUsage):
    """Scrapy's MemoryUsage over the most that this program itself has held."""

    def get_virtual_size(self) -> int:
        """Bytes: `VmHWM`, which begins anew with the program (proc(5)); elsewhere than on Linux, Scrapy's figure."""
        if not STATUS.exists():
            return super().get_virtual_size()
        lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
