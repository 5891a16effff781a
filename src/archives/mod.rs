//! What is kept of a person, whole, and how long what is kept (个人数据导出、保存期限).
//!
//! Owns `retention_rule`. Invariants: whoever takes somebody's data away stands in the audit log, with a reason unless
//! it is his own; nothing is kept shorter than the law says; the ledger and the audit log are never removed by us.
//! May not enter: rules of other rooms; what may go is removed by the room that owns it.

pub mod api;
mod export;
mod retention;
pub mod rules;
mod store;

pub use export::{PersonFile, export_person};
pub use retention::{Due, Report, TASK, purge, report, rules_of, set_rules};
pub use rules::{Kind, Rule};
