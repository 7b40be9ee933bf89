"""Who may do what: agencies, users, credentials, the permission table, rate limits."""

from tenprint.access._agencies import Agency, add_agency, get_agency, list_agencies, set_agency
from tenprint.access._keys import Key, add_key, authenticate_key, get_key, list_keys, revoke_key
from tenprint.access._passwords import hash_password, password_matches
from tenprint.access._permissions import PermissionTable, check_role
from tenprint.access._rates import RateLimiter
from tenprint.access._schema import tables
from tenprint.access._sign_in import (
    Authenticator,
    Session,
    authenticate_session,
    confirm_second_factor,
    first_start,
    issue_code,
    new_second_factor,
    redeem_code,
    sign_in,
    sign_out,
    unlock,
)
from tenprint.access._types import AgencyKind, Caller, Part, Told
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
    "Agency",
    "AgencyKind",
    "Authenticator",
    "Caller",
    "Key",
    "Part",
    "PermissionTable",
    "RateLimiter",
    "Session",
    "Told",
    "User",
    "add_agency",
    "add_key",
    "add_user",
    "authenticate_key",
    "authenticate_session",
    "check_role",
    "confirm_second_factor",
    "end_sessions",
    "first_start",
    "get_agency",
    "get_key",
    "get_user",
    "hash_password",
    "issue_code",
    "list_agencies",
    "list_keys",
    "list_users",
    "new_second_factor",
    "password_matches",
    "redeem_code",
    "revoke_key",
    "set_agency",
    "set_password",
    "set_user",
    "sign_in",
    "sign_out",
    "tables",
    "unlock",
]
