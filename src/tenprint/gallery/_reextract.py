"""Templates extracted again from the originals, after the extractor has become better."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from tenprint.extract import Extractor, split_slap
from tenprint.formats import pack, read_image, unpack_all
from tenprint.gallery._rules import single_finger
from tenprint.model import Finger, InputError, Template
from tenprint.store import Encounter, Original, TruthStore

#: Encounters extracted and written at a time: seconds of work, so that little is lost if stopped.
BATCH = 32

#: What a slap may show.
_SLAPS = {
    Finger.PLAIN_RIGHT_FOUR: tuple(Finger(n) for n in (2, 3, 4, 5)),
    Finger.PLAIN_LEFT_FOUR: tuple(Finger(n) for n in (7, 8, 9, 10)),
    Finger.PLAIN_THUMBS: (Finger.RIGHT_THUMB, Finger.LEFT_THUMB),
}

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
    progress: Callable[[int, int], None] | None = None,
) -> ReextractReport:
    """Extract every kept original again; `write` puts the templates into the truth."""
    report = ReextractReport()
    total, done = store.count_originals(), 0
    with ThreadPoolExecutor(threads) as pool:
        for some in _batches(store):
            # Templates before images: who replaces both in between is noticed by `write`.
            stored = _stored(store, some)
            images = [store.originals_of(each.id, each.encounter) for each in stored]
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


def _batches(store: TruthStore) -> Iterator[list[tuple[int, int]]]:
    after = (0, 0)
    while some := store.kept_originals(after, BATCH):
        yield some
        after = some[-1]


def _stored(store: TruthStore, wanted: Sequence[tuple[int, int]]) -> list[Encounter]:
    found = store.encounters_of([key for key, _ in wanted], active_only=False)
    chosen = set(wanted)
    return [each for each in found if (each.id, each.encounter) in chosen]


def _again(extractor: Extractor, old: Encounter, images: Sequence[Original]) -> bytes | str:
    """One encounter's new templates, packed; or why there are none."""
    before: dict[Finger, list[Template]] = defaultdict(list)
    for template in unpack_all(old.packed):
        before[template.finger].append(template)
    shown: Counter[Finger] = Counter()
    made: dict[Finger, list[Template]] = defaultdict(list)
    reasons: list[str] = []
    for each in images:
        shown.update(_SLAPS.get(each.finger, (each.finger.anatomical,)))
        try:
            fresh = _extract(extractor, each)
        except InputError as error:
            reasons.append(f"{each.finger.label}: {error.message}")
            continue
        for template in fresh:
            if template.quality > 0 and len(template):
                made[template.finger].append(template)
            else:
                reasons.append(f"{template.finger.label}: {template.reason or 'quality 0'}")
    # A finger with more templates than images has some from elsewhere: all of it stays.
    better = {finger: new for finger, new in made.items() if shown[finger] >= len(before[finger])}
    if not better:
        return "; ".join(reasons) or "no print in its images"
    kept = [(finger, better.get(finger, found)) for finger, found in before.items()]
    kept += [(finger, new) for finger, new in better.items() if finger not in before]
    impressions = {f: found[0].impression for f, found in before.items() if found}
    return b"".join(
        pack(replace(one, impression=impressions.get(finger, one.impression)))
        for finger, found in kept
        for one in found
    )


def _extract(extractor: Extractor, original: Original) -> list[Template]:
    image = read_image(original.image, original.ppi)
    if original.finger.is_slap:
        parts = split_slap(image, original.finger)
        return [extractor.extract(each.image, finger=each.finger) for each in parts]
    return [extractor.extract(image, finger=single_finger(original.finger))]
