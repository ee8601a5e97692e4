"""`/wilayah`: the areas by Kemendagri code, and who works where."""

from flask import Blueprint, Response

from portal.pages import access, responses
from portal.records.reports import areas

bp = Blueprint("areas", __name__, url_prefix="/wilayah")


@bp.get("")
@access.signed_in("area.manage")
def index() -> Response:
    return responses.page("areas/index.html", rows=areas.staffed())
