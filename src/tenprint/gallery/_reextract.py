"""Templates extracted again from the originals, after the extractor has become better."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol

from tenprint.extract import Extractor, split_slap
from tenprint.formats import pack, read_image, unpack_all
from tenprint.gallery._rules import single_finger
from tenprint.model import Finger, Impression, InputError, StoreFormatError, Template
from tenprint.store import Encounter, TruthStore

#: Encounters extracted and written at a time: seconds of work, so that little is lost if stopped.
BATCH = 32

#: What a slap may show.
_SLAPS = {
    Finger.PLAIN_RIGHT_FOUR: tuple(Finger(n) for n in (2, 3, 4, 5)),
    Finger.PLAIN_LEFT_FOUR: tuple(Finger(n) for n in (7, 8, 9, 10)),
    Finger.PLAIN_THUMBS: (Finger.RIGHT_THUMB, Finger.LEFT_THUMB),
}


@dataclass(frozen=True)
class KeptImage:
    """An image that templates were extracted from.

    Attributes
    ----------
    finger : Finger
        The position it was taken as (slaps too).
    ppi : float, optional
        By default what the file says, else 500.
    data : bytes
        The file as it came.
    impression : Impression, optional
        How it was taken; by default what the old template says.
    shape : (int, int), optional
        Height and width, where `data` is nothing but grey levels.
    missing : tuple of Finger
        Of a slap: fingers that are not there.
    boxes : mapping of Finger to tuple, optional
        Of a slap: where its fingers are.
    """

    finger: Finger
    ppi: float | None
    data: bytes = field(repr=False)
    impression: Impression | None = None
    shape: tuple[int, int] | None = None
    missing: tuple[Finger, ...] = ()
    boxes: Mapping[Finger, tuple[float, ...]] | None = None


class KeptImages(Protocol):
    """Where images are kept; encounters are named by the store's numbers of person and encounter.

    Thread-safe, or used by one thread.
    """

    def count(self) -> int:
        """Of how many encounters there are images."""

    def kept(self, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
        """Encounters with images, ascending, after the one named; (0, 0) to begin."""

    def of(self, person: int, encounter: int) -> list[KeptImage]:
        """The images of one encounter; StoreFormatError where one is missing or damaged."""


class StoredOriginals:
    """The images in the store itself."""

    def __init__(self, store: TruthStore) -> None:
        self._store = store

    def count(self) -> int:
        """As of `KeptImages`, and so the others."""
        return self._store.count_originals()

    def kept(self, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
        """Encounters with images."""
        return self._store.kept_originals(after, limit)

    def of(self, person: int, encounter: int) -> list[KeptImage]:
        """The images of one encounter."""
        return [
            KeptImage(each.finger, each.ppi, each.image)
            for each in self._store.originals_of(person, encounter)
        ]


#: Writes new templates where the old ones are still there; the encounters where they are not.
Write = Callable[[Sequence[tuple[int, int, bytes]], Sequence[bytes]], list[tuple[int, int]]]


@dataclass
class ReextractReport:
    """What `tenprint.gallery.Gallery.reextract` did, in encounters.

    Attributes
    ----------
    replaced : int
        Extracted again.
    without_originals : int
        Of these no image is kept; left as they were.
    changed_meanwhile : int
        Deleted, or given other prints, while they were extracted; left as they were.
    unusable : dict of (str, int) to str
        Person and encounter whose images gave no usable print, and why; left as they were.
    """

    replaced: int = 0
    without_originals: int = 0
    changed_meanwhile: int = 0
    unusable: dict[tuple[str, int], str] = field(default_factory=dict)


def reextract_all(
    store: TruthStore,
    write: Write,
    extractor: Extractor,
    threads: int,
    kept: KeptImages,
    progress: Callable[[int, int], None] | None = None,
) -> ReextractReport:
    """Extract every kept original again; `write` puts the templates into the truth."""
    report = ReextractReport()
    total, done = kept.count(), 0
    with ThreadPoolExecutor(threads) as pool:
        for some in _batches(kept):
            # Templates before images: who replaces both in between is noticed by `write`.
            stored = _stored(store, some)
            images = [_read(kept, each) for each in stored]
            made = list(pool.map(lambda a, b: _again(extractor, a, b), stored, images))
            updates = [
                (each.id, each.encounter, new)
                for each, new in zip(stored, made, strict=True)
                if isinstance(new, bytes)
            ]
            known = [
                each.packed for each, new in zip(stored, made, strict=True) if type(new) is bytes
            ]
            stale = write(updates, known) if updates else []
            report.replaced += len(updates) - len(stale)
            report.changed_meanwhile += len(some) - len(stored) + len(stale)
            names = store.names_of([each.id for each in stored])
            for each, new in zip(stored, made, strict=True):
                if isinstance(new, str) and each.id in names:
                    report.unusable[names[each.id], each.encounter] = new
            done += len(some)
            if progress:
                progress(done, max(total, done))
    report.without_originals = max(0, store.count()[1] - done)
    return report


def _read(kept: KeptImages, of: Encounter) -> list[KeptImage] | str:
    """An encounter's images; or why they cannot be read."""
    try:
        return kept.of(of.id, of.encounter)
    except StoreFormatError as error:
        return error.message


def _batches(kept: KeptImages) -> Iterator[list[tuple[int, int]]]:
    after = (0, 0)
    while some := kept.kept(after, BATCH):
        yield some
        after = some[-1]


def _stored(store: TruthStore, wanted: Sequence[tuple[int, int]]) -> list[Encounter]:
    found = store.encounters_of([key for key, _ in wanted], active_only=False)
    chosen = set(wanted)
    return [each for each in found if (each.id, each.encounter) in chosen]


def _again(extractor: Extractor, old: Encounter, images: Sequence[KeptImage] | str) -> bytes | str:
    """One encounter's new templates, packed; or why there are none."""
    if isinstance(images, str):
        return images
    before: dict[Finger, list[Template]] = defaultdict(list)
    for template in unpack_all(old.packed):
        before[template.finger].append(template)
    shown: Counter[Finger] = Counter()
    made: dict[Finger, list[Template]] = defaultdict(list)
    reasons: list[str] = []
    for each in images:
        positions = _SLAPS.get(each.finger, (each.finger.anatomical,))
        shown.update(position for position in positions if position not in each.missing)
        try:
            fresh = _extract(extractor, each)
        except InputError as error:
            reasons.append(f"{each.finger.label}: {error.message}")
            continue
        for template in fresh:
            if template.quality > 0 and len(template):
                made[template.finger].append(_as_taken(template, each, before[template.finger]))
            else:
                reasons.append(f"{template.finger.label}: {template.reason or 'quality 0'}")
    # A finger with more templates than images has some from elsewhere: all of it stays.
    better = {finger: new for finger, new in made.items() if shown[finger] >= len(before[finger])}
    if not better:
        return "; ".join(reasons) or "no print in its images"
    kept = [(finger, better.get(finger, found)) for finger, found in before.items()]
    kept += [(finger, new) for finger, new in better.items() if finger not in before]
    return b"".join(pack(one) for _, found in kept for one in found)


def _as_taken(template: Template, of: KeptImage, before: Sequence[Template]) -> Template:
    """With the impression that the image has, else the one that the old template had."""
    if of.impression is not None or not before:
        return template
    return replace(template, impression=before[0].impression)


def _extract(extractor: Extractor, kept: KeptImage) -> list[Template]:
    image = read_image(kept.data, kept.ppi, raw_shape=kept.shape, warn=False)
    impression = kept.impression or Impression.LIVE_SCAN_PLAIN
    if kept.finger.is_slap:
        parts = split_slap(image, kept.finger, boxes=kept.boxes, missing=kept.missing)
        return [
            extractor.extract(each.image, finger=each.finger, impression=impression)
            for each in parts
        ]
    return [extractor.extract(image, finger=single_finger(kept.finger), impression=impression)]
