//! What somebody is told of his exam, in Chinese and English.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Attempt, rules};
use crate::exams::papers::Paper;
use crate::notices::Words;
use crate::notices::inbox::Both;
use crate::people::letters::{self, Letter};
use crate::platform::Result;
use crate::platform::idempotency::Work;

/// Tells each whose attempt was graded how it went.
///
/// # Errors
/// Database faults; then the work fails too.
pub(super) async fn graded(
    work: &Work<'_>,
    graded: &[Attempt],
    papers: &HashMap<Uuid, Paper>,
) -> Result<()> {
    let letters = graded.iter().filter_map(|attempt| {
        let paper = papers.get(&attempt.paper_id)?;
        Some(Letter {
            person_id: attempt.person_id,
            cause: format!("exam.result:{}", attempt.id),
            template: "exam_result",
            words: result(&paper.title, attempt),
            sent: None,
            picture: None,
        })
    });
    letters::write(work, letters.collect()).await?;
    Ok(())
}

fn result(title: &str, attempt: &Attempt) -> Both {
    let score = rules::of_hundred(attempt.points.unwrap_or(0), attempt.most_points);
    let score = format!("{}.{:02}", score / 100, score % 100);
    let (zh, en) = if attempt.passed == Some(true) {
        ("合格", "Passed")
    } else {
        ("不合格", "Not passed")
    };
    Both {
        zh: Words {
            subject: format!("考试成绩：{title} {zh}"),
            text: format!("得分 {score}（百分制），{zh}。打开应用的“学习”可以查看答卷或再考。"),
        },
        en: Words {
            subject: format!("Your exam “{title}”: {en}"),
            text: format!(
                "{score} of 100 points. Open “Learn” in the app to see it, or to sit it again."
            ),
        },
    }
}
