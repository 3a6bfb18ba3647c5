"""The classes of a drop, by number."""

from __future__ import annotations

from functions.inspect.rows.keys import CLASS_MASK


class Classes:
    """Numbers class names in order of appearance and counts their rows."""

    def __init__(self) -> None:
        self.ids: dict[str | None, int] = {}
        self.overflow = 0

    def id_of(self, name: str | None) -> int:
        class_id = self.ids.get(name)
        if class_id is not None:
            return class_id
        if len(self.ids) >= CLASS_MASK:
            self.overflow += 1
            return CLASS_MASK
        self.ids[name] = len(self.ids)
        return self.ids[name]
