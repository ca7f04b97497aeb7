"""What people call a camera, as pages print it beside the name of its stream."""

from app.db.queries.stream_pages import StreamRow


def alias(row: StreamRow) -> str:
    """Return camera and site, whichever of them is told; "" where no alias is imported."""
    return " · ".join(filter(None, (row.camera, row.site)))
