//! Courses to learn online (线上课程), their files, who learns them, and what learners have of them.

pub mod library;
pub mod media;
pub mod progress;
pub mod study;
