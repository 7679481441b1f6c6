"""The one function every sentence for people goes through.

Catalogues are gettext's: `tui/locale/<language>/LC_MESSAGES/seqtui.mo`, chosen by LANGUAGE,
LC_ALL, LC_MESSAGES or LANG. Without one, the English of the source is shown.
"""

from __future__ import annotations

import gettext
from pathlib import Path

_catalogue = gettext.translation("seqtui", Path(__file__).parent / "locale", fallback=True)


def _(message: str) -> str:
    """The message in the user's language. Insert values afterwards, with `str.format`."""
    return _catalogue.gettext(message)
