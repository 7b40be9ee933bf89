"""The one truth: who is enrolled, with which templates.

`PeopleStore` keeps people and packed templates in one SQLite file through SQLAlchemy Core; the
statements are the same for other databases.
"""

from tenprint.store._schema import FORMAT_VERSION, MAX_PERSON
from tenprint.store._store import PeopleStore, StoredTemplate

__all__ = ["FORMAT_VERSION", "MAX_PERSON", "PeopleStore", "StoredTemplate"]
