"""Settings of the Scrapy project: polite, bounded, and closed where Scrapy's own defaults are open.

What depends on the source (delay, limits, private addresses, whom to write to) comes with `-s` from
`spiders.listing`.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    _release = version("wellspring-leads")
except PackageNotFoundError:
    _release = "dev"

BOT_NAME = "wellspring"
SPIDER_MODULES = ["spiders.directory"]
USER_AGENT = f"wellspring-leads/{_release}"

# Politeness.
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "wellspring-leads"
DOWNLOAD_DELAY = 1
CONCURRENT_REQUESTS = CONCURRENT_REQUESTS_PER_DOMAIN = 1
AUTOTHROTTLE_ENABLED = True
COOKIES_ENABLED = False
REFERER_ENABLED = False

# What may be asked, and of whom.
ALLOW_PRIVATE_ADDRESSES = False
DOWNLOAD_HANDLERS = {"file": None, "data": None, "ftp": None, "s3": None}
TWISTED_DNS_RESOLVER = "spiders.address_guard.GuardedResolver"
# A proxy would resolve names itself, behind the back of the guard.
HTTPPROXY_ENABLED = False
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOADER_MIDDLEWARES = {
    "spiders.address_guard.AddressGuard": 40,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "spiders.address_guard.OwnHost": 50,
    "spiders.robots.UnreachableRobots": 110,
    "spiders.whole_body.WholeBody": 595,
}
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/xhtml+xml", "Accept-Encoding": "gzip"}

# Bounds.
DOWNLOAD_TIMEOUT = 30  # seconds
DOWNLOAD_MAXSIZE = 10 << 20  # bytes, also of what an answer unpacks to
DOWNLOAD_WARNSIZE = 2 << 20
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False
RETRY_TIMES = 2
DEPTH_LIMIT = 5  # pagination does not count
URLLENGTH_LIMIT = 2083
CLOSESPIDER_ERRORCOUNT = 20
CLOSESPIDER_TIMEOUT_NO_ITEM = 300  # seconds
MEMUSAGE_LIMIT_MB = 1024

# Nothing listens, nothing is kept.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
HTTPCACHE_ENABLED = False
# DEBUG prints every item, and items are personal data.
LOG_LEVEL = "INFO"
FEED_EXPORT_ENCODING = "utf-8"
EXTENSIONS = {
    "spiders.outcome.Outcome": 500, "scrapy.extensions.memusage.MemoryUsage": None, "spiders.memory.Memory": 0,
}  # fmt: skip
