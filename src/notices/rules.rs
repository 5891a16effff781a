//! Addresses, masks, and how long to wait before the next try.

use chrono::{DateTime, Days, FixedOffset, Timelike};
use serde::{Deserialize, Serialize};

use crate::platform::State;
use crate::platform::config::QuietHours;

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Channel {
    /// 电子邮件
    Mail,
    /// 短信等消息网关
    Gateway,
}

impl Channel {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Gateway => "gateway",
        }
    }

    /// The channel of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        if word == "gateway" {
            Self::Gateway
        } else {
            Self::Mail
        }
    }
}

/// Tries before a message is given up: some six hours in all.
pub(super) const MAX_ATTEMPTS: i32 = 16;
const FIRST_WAIT: i64 = 1;
const LONGEST_WAIT: i64 = 3_600;

/// Seconds to wait after the n-th failed try: 1, 2, 4 … up to an hour.
#[must_use]
pub(super) fn wait_seconds(attempts: i32) -> i64 {
    let doubled = u32::try_from(attempts.max(1) - 1).unwrap_or(0).min(20);
    (FIRST_WAIT << doubled).min(LONGEST_WAIT)
}

/// A day in microseconds.
pub(super) const DAY: i64 = 24 * HOUR;
/// An hour in microseconds.
pub(super) const HOUR: i64 = 3_600_000_000;

/// Whether a message may wait for the morning, and for its recipient to have had fewer: nobody stands at a door with it.
#[must_use]
pub(super) fn may_wait(template: &str) -> bool {
    super::choices::LetterKind::of_template(template).is_some()
        || matches!(
            template,
            "objection_raised" | "objection_answered" | "correction_answered" | "quota_report"
        )
}

/// From when a message may be sent: at once, or when the quiet hours of the county are over.
#[must_use]
pub(super) fn earliest(state: &State, template: &str, now: i64) -> i64 {
    if may_wait(template) {
        after_quiet(state.settings.quiet_hours, state.clock.local(now)).timestamp_micros()
    } else {
        now
    }
}

/// An instant, or the end of the quiet hours it lies in.
fn after_quiet(quiet: QuietHours, at: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
    let QuietHours { from, to } = quiet;
    let hour = at.hour();
    let within = if from <= to {
        (from..to).contains(&hour)
    } else {
        hour >= from || hour < to
    };
    if !within {
        return at;
    }
    let day = if hour < to { at } else { at + Days::new(1) };
    let end = day.date_naive().and_hms_opt(to, 0, 0);
    end.and_then(|end| end.and_local_timezone(*at.offset()).single())
        .unwrap_or(at)
}

/// An e-mail address as typed, cleaned and in small letters; none when it is none.
#[must_use]
pub fn read_email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let fits = text.len() <= 254 && text.parse::<lettre::Address>().is_ok();
    fits.then_some(text)
}

/// `z***@example.com`: enough to know one's own.
#[must_use]
pub fn mask_email(address: &str) -> String {
    let (name, host) = address.split_once('@').unwrap_or((address, ""));
    let first: String = name.chars().take(1).collect();
    format!("{first}***@{host}")
}

pub(super) fn mask(channel: Channel, to: &str) -> String {
    match channel {
        Channel::Mail => mask_email(to),
        Channel::Gateway => {
            let signs: Vec<char> = to.chars().collect();
            let keep = |range: std::ops::Range<usize>| -> String {
                signs
                    .get(range)
                    .map(|part| part.iter().collect())
                    .unwrap_or_default()
            };
            let length = signs.len();
            if length < 8 {
                "***".to_owned()
            } else {
                format!("{}****{}", keep(0..3), keep(length - 4..length))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_masked() {
        let table = [
            (" Chen.Li@Example.com ", Some("chen.li@example.com")),
            ("nobody", None),
            ("a@b\r\nBcc: c@d", None),
            ("", None),
        ];
        for (typed, expected) in table {
            assert_eq!(read_email(typed).as_deref(), expected, "{typed:?}");
        }
        assert_eq!(mask_email("chen.li@example.com"), "c***@example.com");
        assert_eq!(mask(Channel::Gateway, "13800001234"), "138****1234");
        assert_eq!(mask(Channel::Gateway, "110"), "***");
    }

    #[test]
    fn what_can_wait_waits_for_the_end_of_the_quiet_hours() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap();
        let night = QuietHours { from: 21, to: 8 };
        for (quiet, told, from) in [
            (
                night,
                "2020-06-01T20:59:59+08:00",
                "2020-06-01T20:59:59+08:00",
            ),
            (
                night,
                "2020-06-01T21:00:00+08:00",
                "2020-06-02T08:00:00+08:00",
            ),
            (
                night,
                "2020-06-30T23:30:00+08:00",
                "2020-07-01T08:00:00+08:00",
            ),
            (
                night,
                "2020-06-01T07:59:59+08:00",
                "2020-06-01T08:00:00+08:00",
            ),
            (
                night,
                "2020-06-01T08:00:00+08:00",
                "2020-06-01T08:00:00+08:00",
            ),
            (
                QuietHours { from: 12, to: 14 },
                "2020-06-01T13:10:00+08:00",
                "2020-06-01T14:00:00+08:00",
            ),
            (
                QuietHours { from: 0, to: 0 },
                "2020-06-01T00:10:00+08:00",
                "2020-06-01T00:10:00+08:00",
            ),
        ] {
            assert_eq!(after_quiet(quiet, at(told)), at(from), "{told}");
        }
        assert_eq!(QuietHours::read("21-8"), Ok(night));
        for wrong in ["", "21", "24-8", "9-x"] {
            assert!(QuietHours::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_failed_try_waits_twice_as_long_up_to_an_hour() {
        let waits: Vec<i64> = (1..=MAX_ATTEMPTS).map(wait_seconds).collect();
        assert_eq!(
            waits,
            [
                1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 3_600, 3_600, 3_600, 3_600
            ]
        );
    }
}
