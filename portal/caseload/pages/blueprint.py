"""The blueprint that the views of families share."""

from flask import Blueprint

bp = Blueprint("households", __name__, url_prefix="/keluarga")
