//! What a login and a password may be, and when a refresh token still counts.

use crate::platform::{Code, Fault, Result};

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
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    if !(3..=64).contains(&login.len()) || !login.chars().all(plain) {
        return Err(Fault::field("/login", "3–64 [A-Za-z0-9._-@]"));
    }
    let length = password.chars().count();
    let one_letter = password
        .chars()
        .next()
        .is_some_and(|first| password.trim_start_matches(first).is_empty());
    if !(MIN_PASSWORD..=MAX_PASSWORD).contains(&length)
        || password.eq_ignore_ascii_case(login)
        || one_letter
    {
        return Err(Fault::new(Code::PasswordTooWeak).at("/password"));
    }
    Ok(())
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
    fn a_used_refresh_token_ends_its_family() {
        assert_eq!(judge_refresh(10, None, None, 5), Refresh::Rotate);
        assert_eq!(judge_refresh(10, None, None, 10), Refresh::Refuse);
        assert_eq!(judge_refresh(10, Some(3), None, 5), Refresh::EndFamily);
        assert_eq!(judge_refresh(10, Some(3), Some(4), 5), Refresh::Refuse);
    }
}
