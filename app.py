import sys

from portal import create_app
from portal.config import Misconfigured

try:
    app = create_app()
except Misconfigured as error:
    sys.exit(str(error))  # one sentence for whoever starts it, whatever the server or command
