//! Which rule applies when (证书规则): how long a certificate is valid and when it is re-examined, as dated data.
//!
//! Owns `certificate_rule`. Invariants: a rule has its days, and what is asked of a day is judged by the rules of that day;
//! the rules are the law's, alike for every county. May not enter: what is on record of a certificate (that is the room
//! around), the colours of a verdict.

pub mod api;
pub mod rules;
pub mod rules_states;
#[cfg(test)]
mod rules_table;
mod seed;
mod store;

pub use rules::{Dates, OnRecord, Rule, RuleKind, Rules, dates, rests_on, status_on};
pub use rules_states::{IssuerState, Standing, Status};
pub use seed::ensure_rules;
pub use store::rules as law;
