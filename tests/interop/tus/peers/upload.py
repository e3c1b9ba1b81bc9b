"""Uploads a file with tuspy: `upload.py URL TOKEN FILE PIECE STOP_AT METADATA`; its place out.

METADATA is JSON. URL is where files are announced, or a file's own place to go on with it.
"""

import json
import sys

from tusclient import client


def main() -> None:
    url, token, path, piece, stop_at, metadata = sys.argv[1:]
    headers = {"Authorization": f"Bearer {token}"}
    goes_on = not url.endswith("/files")
    uploader = client.TusClient("" if goes_on else url, headers=headers).uploader(
        path,
        chunk_size=int(piece),
        metadata=json.loads(metadata),
        **({"url": url} if goes_on else {}),
    )
    uploader.upload(stop_at=int(stop_at) or None)
    print(uploader.url)  # noqa: T201  the caller reads it


main()
