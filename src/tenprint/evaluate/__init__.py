"""Accuracy and speed protocols and their reports.

`evaluate_fvc` runs the protocol of the Fingerprint Verification Competitions over a folder;
`assess` does the same arithmetic on the scores of any matcher. `evaluate_speed` measures the
machine. `evaluate_names` searches for people by name among millions, `evaluate_name_cases` compares
labelled pairs of names.
"""

from tenprint.evaluate._bootstrap import FingerScores, bootstrap
from tenprint.evaluate._cache import TemplateCache
from tenprint.evaluate._curves import Calibration, RejectCurve, calibrate, reject_curve
from tenprint.evaluate._dataset import Database, find_databases, leave_one_out
from tenprint.evaluate._extraction import ExtractedDatabase, extract_databases
from tenprint.evaluate._fvc import Failure, FvcReport, Rates, ScoredDatabase, assess
from tenprint.evaluate._fvc_page import fvc_html, write_fvc_html
from tenprint.evaluate._machine import describe_run
from tenprint.evaluate._metrics import (
    OperatingPoints,
    ScoreTable,
    equal_error_rate,
    fnmr_at_fmr,
    operating_points,
    rank_one,
)
from tenprint.evaluate._name_cases import NamePair, evaluate_name_cases, read_name_pairs
from tenprint.evaluate._name_search import evaluate_names
from tenprint.evaluate._progress import Progress
from tenprint.evaluate._protocol import evaluate_fvc
from tenprint.evaluate._scale import evaluate_scale
from tenprint.evaluate._scale_page import scale_html, write_scale_html
from tenprint.evaluate._scoring import score_database, score_pairs
from tenprint.evaluate._speed import (
    LevelSpeed,
    SpeedReport,
    SubjectSpeed,
    evaluate_speed,
    measure_speed,
)
from tenprint.evaluate._speed_page import speed_html, write_speed_html
from tenprint.evaluate._strangers import evaluate_strangers
from tenprint.evaluate._subjects import Subject, folder_subjects, synthetic_subjects

__all__ = [
    "Calibration",
    "Database",
    "ExtractedDatabase",
    "Failure",
    "FingerScores",
    "FvcReport",
    "LevelSpeed",
    "NamePair",
    "OperatingPoints",
    "Progress",
    "Rates",
    "RejectCurve",
    "ScoreTable",
    "ScoredDatabase",
    "SpeedReport",
    "Subject",
    "SubjectSpeed",
    "TemplateCache",
    "assess",
    "bootstrap",
    "calibrate",
    "describe_run",
    "equal_error_rate",
    "evaluate_fvc",
    "evaluate_name_cases",
    "evaluate_names",
    "evaluate_scale",
    "evaluate_speed",
    "evaluate_strangers",
    "extract_databases",
    "find_databases",
    "fnmr_at_fmr",
    "folder_subjects",
    "fvc_html",
    "leave_one_out",
    "measure_speed",
    "operating_points",
    "rank_one",
    "read_name_pairs",
    "reject_curve",
    "scale_html",
    "score_database",
    "score_pairs",
    "speed_html",
    "synthetic_subjects",
    "write_fvc_html",
    "write_scale_html",
    "write_speed_html",
]
