"""Who may do what: agencies, users, credentials, the permission table, rate limits."""

from tenprint.access._agencies import (
    Agency,
    add_agency,
    get_agencies,
    get_agency,
    list_agencies,
    list_agency_ids,
    set_agency,
)
from tenprint.access._authenticator import Authenticator
from tenprint.access._codes import first_start, issue_code, redeem_code
from tenprint.access._keys import Key, add_key, authenticate_key, get_key, list_keys, revoke_key
from tenprint.access._lock_out import clear_failures
from tenprint.access._oidc import OidcIssuer, TokenVerifier
from tenprint.access._passwords import hash_password, password_matches
from tenprint.access._permissions import EXAMINE, PermissionTable, check_role
from tenprint.access._provider import Attempt, Identity, Provider
from tenprint.access._rates import RateLimiter
from tenprint.access._rules import SignInRules
from tenprint.access._schema import tables
from tenprint.access._second_factor import (
    confirm_second_factor,
    new_second_factor,
    reset_second_factor,
)
from tenprint.access._sessions import (
    Session,
    authenticate_session,
    lock_session,
    sign_out,
    touch_session,
)
from tenprint.access._sign_in import sign_in, sign_in_elsewhere, unlock
from tenprint.access._types import AgencyKind, Caller, Part, Reach, Told
from tenprint.access._users import (
    User,
    add_user,
    end_sessions,
    get_user,
    list_users,
    set_password,
    set_user,
)

__all__ = [
    "EXAMINE",
    "Agency",
    "AgencyKind",
    "Attempt",
    "Authenticator",
    "Caller",
    "Identity",
    "Key",
    "OidcIssuer",
    "Part",
    "PermissionTable",
    "Provider",
    "RateLimiter",
    "Reach",
    "Session",
    "SignInRules",
    "TokenVerifier",
    "Told",
    "User",
    "add_agency",
    "add_key",
    "add_user",
    "authenticate_key",
    "authenticate_session",
    "check_role",
    "clear_failures",
    "confirm_second_factor",
    "end_sessions",
    "first_start",
    "get_agencies",
    "get_agency",
    "get_key",
    "get_user",
    "hash_password",
    "issue_code",
    "list_agencies",
    "list_agency_ids",
    "list_keys",
    "list_users",
    "lock_session",
    "new_second_factor",
    "password_matches",
    "redeem_code",
    "reset_second_factor",
    "revoke_key",
    "set_agency",
    "set_password",
    "set_user",
    "sign_in",
    "sign_in_elsewhere",
    "sign_out",
    "tables",
    "touch_session",
    "unlock",
]
