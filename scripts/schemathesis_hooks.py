"""What Schemathesis cannot know by itself of the document; loaded by scripts/schemathesis_roles.py."""

import schemathesis

# The pieces of a tus upload are bytes like any others.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
