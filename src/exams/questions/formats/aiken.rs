//! Aiken: a question, its options a line each (`A.` or `A)`), and `ANSWER: B`.

use super::{Line, content, letters, place};
use crate::exams::questions::rules::Kind;
use crate::platform::Code;
use crate::platform::intake::LineFault;
use crate::sheets::text::plain;

/// What an `ANSWER:` line says.
pub(super) fn answer(line: &str) -> Option<&str> {
    let line = line.trim();
    let head = line.find([':', '：'])?;
    let (word, rest) = line.split_at(head);
    let known = word.eq_ignore_ascii_case("answer") || word == "答案";
    known.then(|| rest.trim_start_matches([':', '：']).trim())
}

/// The option a line is, if it is one.
fn option(line: &str) -> Option<(usize, String)> {
    let line = plain(line.trim());
    let mut chars = line.chars();
    let letter = chars.next()?.to_ascii_uppercase();
    let mark = chars.next()?;
    if !('A'..='H').contains(&letter) || !".)、:．）".contains(mark) {
        return None;
    }
    let place = usize::from(u8::try_from(letter).ok()? - b'A');
    Some((place, chars.as_str().trim().to_owned()))
}

#[derive(Default)]
struct Open {
    row: usize,
    text: Vec<String>,
    options: Vec<(usize, String)>,
}

impl Open {
    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.options.is_empty()
    }

    fn closed(self, number: usize, answer: Option<&str>) -> Line {
        let read = || {
            let options = (self.options.iter()).enumerate();
            if options.clone().any(|(n, (place, _))| n != *place) {
                return Err(LineFault::new("options", Code::OptionsWrong));
            }
            let wrong = || LineFault::new("answer", Code::AnswerWrong);
            let right = letters(answer.ok_or_else(wrong)?).ok_or_else(wrong)?;
            let kind = if right.len() > 1 {
                Kind::Multiple
            } else {
                Kind::Single
            };
            let mut question = content(kind, self.text.join("\n"));
            question.options = self.options.iter().map(|(_, text)| text.clone()).collect();
            question.answer = right;
            Ok(question)
        };
        let content = read();
        Line {
            place: place(number, self.row),
            content,
        }
    }
}

/// Reads a text of questions.
pub(super) fn read(text: &str) -> Vec<Line> {
    let (mut lines, mut open) = (Vec::new(), Open::default());
    for (row, line) in (1..).zip(text.lines()) {
        if let Some(told) = answer(line) {
            let done = std::mem::take(&mut open);
            lines.push(done.closed(lines.len() + 1, Some(told)));
        } else if let Some(found) = option(line).filter(|_| !open.text.is_empty()) {
            open.options.push(found);
        } else if !line.trim().is_empty() {
            // A new question before the answer of the last: that one has none.
            if !open.options.is_empty() {
                let done = std::mem::take(&mut open);
                lines.push(done.closed(lines.len() + 1, None));
            }
            if open.is_empty() {
                open.row = row;
            }
            open.text.push(line.trim().to_owned());
        }
    }
    if !open.is_empty() {
        lines.push(open.closed(lines.len() + 1, None));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_is_read_or_named_with_its_row() {
        let text = "\
什么颜色表示禁止？
A. 红色
B) 蓝色
C、绿色
ANSWER: A

哪些属于特种作业？
可多选
A. 电工作业
B. 高处作业
C. 打字
答案：AB

没有答案的题
A. 一
B. 二
选项跳号
A. 一
C. 三
ANSWER: A
答案超出选项
A. 一
B. 二
ANSWER: D
只有题目
";
        let told: Vec<_> = (read(text).iter())
            .map(|line| match &line.content {
                Ok(q) => (line.place.sheet_row, q.kind.word(), q.answer.clone()),
                Err(fault) => (line.place.sheet_row, fault.code.word(), vec![]),
            })
            .collect();
        assert_eq!(
            told,
            [
                (1, "single", vec![0]),
                (7, "multiple", vec![0, 1]),
                (14, "answer_wrong", vec![]),
                (17, "options_wrong", vec![]),
                (21, "single", vec![3]),
                (25, "answer_wrong", vec![]),
            ]
        );
        let two = &read(text)[1];
        assert_eq!(
            two.content.as_ref().unwrap().text,
            "哪些属于特种作业？\n可多选"
        );
        // An answer beyond the options is told by the question's own check.
        assert!(read(text)[4].content.as_ref().unwrap().check().is_err());
    }
}
