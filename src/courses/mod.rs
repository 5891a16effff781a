//! Courses to learn online (线上课程), and what learners have of them.

pub mod progress;
