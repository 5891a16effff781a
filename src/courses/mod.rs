//! Courses to learn online (线上课程), their files, and what learners have of them.

pub mod media;
pub mod progress;
