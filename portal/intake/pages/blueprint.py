"""Where the views of the intake hang."""

from flask import Blueprint

bp = Blueprint("intake", __name__, url_prefix="/impor")

ACTION = "intake.use"
