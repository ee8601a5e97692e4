"""What every page stands on: marks on views, answers, forms and fields, words, the frame. Here are the extension objects,
no logic; `office/pages/people.py` tells `login_manager` how to load a user."""

from flask_babel import Babel
from flask_compress import Compress
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from portal.kernel.base import Base

db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate(directory="migrations")
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()
LANGUAGE_COOKIE = "bahasa"
"""Remembers the language of a browser, for its login page."""
compress = Compress()
