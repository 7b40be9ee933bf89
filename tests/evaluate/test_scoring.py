"""Scores of pairs, and rank 1 over several databases."""

from dataclasses import replace

import numpy as np
import pytest

from tenprint.evaluate import ExtractedDatabase, score_database, score_pairs
from tenprint.evaluate._scoring import score_rank_one
from tenprint.match import TemplateSet


def test_each_pair_gets_the_matchers_score(make_templates):
    templates = make_templates(3, 3)
    pairs = np.array([(4, 1), (0, 1), (0, 8), (4, 4), (7, 2), (0, 1)])
    scores = score_pairs(templates, pairs)
    slow = [TemplateSet([templates[b]]).compare(templates[a])[0] for a, b in pairs]
    np.testing.assert_allclose(scores, slow, rtol=1e-6)
    assert scores.dtype == np.float64
    assert scores[1] > scores[2]


def test_threads_and_order_do_not_matter(make_templates):
    templates = make_templates(4, 2)
    pairs = np.stack(np.triu_indices(8, 1), axis=1)
    order = np.random.default_rng(1).permutation(len(pairs))
    alone = score_pairs(templates, pairs)
    together = score_pairs(templates, pairs[order], threads=2)
    np.testing.assert_array_equal(alone[order], together)


def test_a_failed_extraction_scores_zero(make_templates):
    templates = [*make_templates(2, 2), None]
    scores = score_pairs(templates, [(0, 1), (0, 4), (4, 0)])
    assert scores[0] > 0
    assert scores[1:].tolist() == [0, 0]
    assert score_pairs([None, None], [(0, 1)]).tolist() == [0]
    assert score_pairs(templates, []).shape == (0,)


def test_progress_counts_probes(make_templates):
    told = []
    score_pairs(
        make_templates(2, 2),
        [(0, 1), (0, 2), (1, 2)],
        progress=lambda *step: told.append(step),
        stage="compare",
    )
    assert told == [("compare", 1, 2), ("compare", 2, 2)]


def test_a_database_and_rank_one(make_scored, make_templates):
    extracted = []
    for seed, name in enumerate(("A", "B")):
        database = make_scored(name, fingers=3, impressions=3).database
        extracted.append(ExtractedDatabase(database, make_templates(3, 3, seed), []))
    scored = score_database(extracted[0])
    assert (len(scored.genuine), len(scored.impostor)) == (9, 27)
    assert np.median(scored.genuine) > scored.impostor.max()
    assert scored.quality.tolist() == [80] * 9
    assert score_rank_one(extracted) == 1.0
    # A print that gave no template is never found: one of twelve probes.
    lost = [*extracted[0].templates[:2], None, *extracted[0].templates[3:]]
    found = score_rank_one([replace(extracted[0], templates=lost), extracted[1]])
    assert found == pytest.approx(11 / 12)
