//! Exams (考试): the bank of questions, papers drawn from it, and attempts at them.
//!
//! Room for `questions/` (题库), `papers/` (试卷规则) and `attempts/` (答卷). May not enter: what a course consists of,
//! and what hours count; a pass goes to the ledger through `hours`.

pub mod attempts;
pub mod papers;
pub mod questions;
