"""Upkeep: what has expired, and files that belong to nothing."""

from __future__ import annotations

from sqlalchemy import select

from tenprint.model import ConflictError, NotFoundError
from tenprint.records._base import Base
from tenprint.records._encounters import Encounters
from tenprint.records._expunging import Expunging
from tenprint.records._schema import doomed, encounters, images, people
from tenprint.records._types import Swept

#: Seconds after which a file without a row belongs to no transaction that may yet commit.
ORPHAN_AGE = 3600.0

_CHUNK = 200


class Sweeping(Encounters, Expunging, Base):
    """The part of `Records` that removes what nobody may keep."""

    def sweep(self, *, orphans: bool = False, orphan_age: float = ORPHAN_AGE) -> Swept:
        """Remove what has expired, erase files given up; call it every minute or so.

        Somebody whose last encounter has expired is expunged, with the reason ``retention``.
        Where a first attempt could not clear the database's log because somebody was reading, it
        is tried again.

        Parameters
        ----------
        orphans : bool
            Also look through all image files for those that no row knows (a crash, or a
            transaction rolled back, leaves them): at start, and once a day.
        orphan_age : float
            Seconds; files younger than this may belong to a transaction that is under way.
        """
        gone = people_gone = submissions = 0
        while rows := self._expired():
            for key, person, encounter in rows:
                if person is None:
                    with self.store.transaction() as connection:
                        self.discard_submission(connection, key)
                    submissions += 1
                    continue
                gone += 1
                try:
                    with self.store.writing() as change:
                        try:
                            self.delete_encounter(change, person, encounter)
                        except ConflictError:
                            self.expunge(change, person, "retention")
                            people_gone += 1
                except NotFoundError:
                    pass  # somebody else was first
        with self.store.reading() as connection:
            files = list(connection.execute(select(doomed.c.file)).scalars())
        erased = self._erase_doomed(files)
        if orphans:
            erased += self._erase_orphans(orphan_age)
        if self._unclean or erased or submissions:
            self._unclean = not self.scrub()
        return Swept(gone, people_gone, submissions, erased)

    def _expired(self) -> list[tuple[int, str | None, str]]:
        query = (
            select(encounters.c.key, people.c.person, encounters.c.encounter)
            .outerjoin(people, people.c.number == encounters.c.person)
            .where(encounters.c.until <= self.clock())
            .order_by(encounters.c.key)
            .limit(_CHUNK)
        )
        with self.store.reading() as connection:
            return [(row.key, row.person, row.encounter) for row in connection.execute(query)]

    def _erase_orphans(self, age: float) -> int:
        done = 0
        for names in self.vault.files.older_than(age):
            for start in range(0, len(names), _CHUNK):
                some = names[start : start + _CHUNK]
                query = select(images.c.file).where(images.c.file.in_(some))
                with self.store.reading() as connection:
                    known = set(connection.execute(query).scalars())
                done += self.vault.files.erase(name for name in some if name not in known)
        return done
