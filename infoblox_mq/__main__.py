"""`python -m infoblox_mq`, the same as `infoblox-mq`."""

import sys

from infoblox_mq.main import main

if __name__ == "__main__":
    sys.exit(main())
