//! What a login and a password may be, and when a refresh token still counts.

use crate::platform::{Code, Fault, Result, Role};

/// Fewest characters of a password (等保: length before complexity).
pub const MIN_PASSWORD: usize = 10;
/// Most characters of a password, so that nobody makes us hash megabytes.
pub const MAX_PASSWORD: usize = 200;
/// Days a refresh token is good for.
pub const REFRESH_DAYS: i64 = 30;

/// Checks a new login and password.
///
/// # Errors
/// `invalid_field`, `password_too_weak`.
pub fn check_new(login: &str, password: &str) -> Result<()> {
    check_login(login)?;
    check_password(login, password)
}

/// Checks a new login.
///
/// # Errors
/// `invalid_field`.
pub fn check_login(login: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    if !(3..=64).contains(&login.len()) || !login.chars().all(plain) {
        return Err(Fault::field("/login", "3–64 [A-Za-z0-9._-@]"));
    }
    Ok(())
}

/// Passwords that guessers try first, of those long enough to pass otherwise (small letters).
const COMMON: [&str; 24] = [
    "1234567890",
    "0123456789",
    "12345678910",
    "123456789a",
    "a123456789",
    "1q2w3e4r5t",
    "1qaz2wsx3edc",
    "q1w2e3r4t5",
    "qwertyuiop",
    "qwerty1234",
    "qwerty12345",
    "asdfghjkl;",
    "zxcvbnm123",
    "password12",
    "password123",
    "password1234",
    "admin12345",
    "admin123456",
    "administrator",
    "woaini1314",
    "woaini520",
    "iloveyou1314",
    "5201314520",
    "anquan1234",
];

/// Checks a new password: long before complex (NIST SP 800-63B), not the login, not a common one, not one sign.
///
/// # Errors
/// `password_too_weak`.
pub fn check_password(login: &str, password: &str) -> Result<()> {
    let length = password.chars().count();
    let one_letter = password
        .chars()
        .next()
        .is_some_and(|first| password.trim_start_matches(first).is_empty());
    if !(MIN_PASSWORD..=MAX_PASSWORD).contains(&length)
        || password.eq_ignore_ascii_case(login)
        || one_letter
        || COMMON.contains(&password.to_lowercase().as_str())
    {
        return Err(Fault::new(Code::PasswordTooWeak).at("/password"));
    }
    Ok(())
}

/// At what kind of place a role is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    County,
    Region,
    Enterprise,
    /// A worker is himself; he activates his account instead of being invited.
    Person,
}

/// Where a role is held.
#[must_use]
pub const fn place_of(role: Role) -> Place {
    match role {
        Role::Worker => Place::Person,
        Role::EnterpriseManager => Place::Enterprise,
        Role::Trainer | Role::Inspector | Role::TownshipOfficer => Place::Region,
        Role::CountyOfficer | Role::CountyAdmin | Role::SystemAdmin | Role::Auditor => {
            Place::County
        }
    }
}

/// Who may invite to what: never above oneself, and business does not make its own auditors (三员分立).
#[must_use]
pub const fn may_give(giver: Role, role: Role) -> bool {
    match giver {
        Role::SystemAdmin => !matches!(role, Role::Worker),
        Role::CountyAdmin => matches!(
            role,
            Role::EnterpriseManager
                | Role::Trainer
                | Role::Inspector
                | Role::TownshipOfficer
                | Role::CountyOfficer
        ),
        Role::TownshipOfficer => {
            matches!(
                role,
                Role::EnterpriseManager | Role::Trainer | Role::Inspector
            )
        }
        _ => false,
    }
}

/// What to do with a presented refresh token.
#[derive(Debug, PartialEq, Eq)]
pub enum Refresh {
    /// Give the next one.
    Rotate,
    /// Too old or ended.
    Refuse,
    /// It was used before, so somebody holds a copy: end the whole family.
    EndFamily,
}

/// Judges a refresh token by its instants (microseconds).
#[must_use]
pub const fn judge_refresh(
    expires_at: i64,
    used_at: Option<i64>,
    ended_at: Option<i64>,
    now: i64,
) -> Refresh {
    if ended_at.is_some() {
        Refresh::Refuse
    } else if used_at.is_some() {
        Refresh::EndFamily
    } else if expires_at <= now {
        Refresh::Refuse
    } else {
        Refresh::Rotate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_and_odd_logins_are_refused() {
        let table = [
            ("chen.li", "correct horse", true),
            ("chen.li", "short", false),
            ("chen.li-2020", "CHEN.LI-2020", false),
            ("chen.li", "aaaaaaaaaaaa", false),
            ("陈力", "correct horse", false),
            ("ab", "correct horse", false),
            ("chen.li", "Password123", false),
            ("chen.li", "1234567890", false),
        ];
        for (login, password, good) in table {
            assert_eq!(
                check_new(login, password).is_ok(),
                good,
                "{login} {password}"
            );
        }
    }

    #[test]
    fn nobody_invites_above_himself_and_business_makes_no_auditors() {
        let given = |giver| -> Vec<Role> {
            Role::ALL
                .into_iter()
                .filter(|role| may_give(giver, *role))
                .collect()
        };
        use Role as R;
        assert_eq!(
            given(R::TownshipOfficer),
            [R::EnterpriseManager, R::Trainer, R::Inspector]
        );
        for role in [R::CountyAdmin, R::SystemAdmin, R::Auditor, R::Worker] {
            assert!(!given(R::CountyAdmin).contains(&role), "{role:?}");
        }
        for giver in [R::Worker, R::Trainer, R::Auditor, R::CountyOfficer] {
            assert!(given(giver).is_empty(), "{giver:?}");
        }
    }

    #[test]
    fn a_used_refresh_token_ends_its_family() {
        assert_eq!(judge_refresh(10, None, None, 5), Refresh::Rotate);
        assert_eq!(judge_refresh(10, None, None, 10), Refresh::Refuse);
        assert_eq!(judge_refresh(10, Some(3), None, 5), Refresh::EndFamily);
        assert_eq!(judge_refresh(10, Some(3), Some(4), 5), Refresh::Refuse);
    }
}
