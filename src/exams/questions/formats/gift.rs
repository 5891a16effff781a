//! GIFT, Moodle's text of questions: what can be asked here is single, multiple and true-or-false; the rest is named.

use super::{Line, content, place, truth, unsupported};
use crate::exams::questions::rules::{Content, Kind};
use crate::platform::Code;
use crate::platform::intake::LineFault;

/// Whether anything in a text looks like an answer of GIFT.
pub(super) fn has_answers(text: &str) -> bool {
    let Some((open, close)) = braces(text) else {
        return false;
    };
    let inside = text.get(open + 1..close).unwrap_or_default().trim();
    inside.is_empty()
        || inside.starts_with(['=', '~', '#'])
        || truth(before_feedback(inside)).is_some()
}

/// The places of the first unescaped braces.
fn braces(text: &str) -> Option<(usize, usize)> {
    let open = plain_at(text, 0, &['{'])?;
    let close = plain_at(text, open + 1, &['}'])?;
    Some((open, close))
}

/// The place of the first of these characters from a place on that no backslash stands before.
fn plain_at(text: &str, from: usize, any: &[char]) -> Option<usize> {
    let mut escaped = false;
    for (place, c) in text.char_indices().filter(|(place, _)| *place >= from) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if any.contains(&c) {
            return Some(place);
        }
    }
    None
}

/// A text as it is meant: escapes resolved, a format's mark and tags of HTML left out.
fn meant(text: &str) -> String {
    let mut text = text.trim();
    for mark in ["[html]", "[moodle]", "[plain]", "[markdown]"] {
        text = text.strip_prefix(mark).unwrap_or(text);
    }
    let (mut out, mut chars, mut tag) = (
        String::with_capacity(text.len()),
        text.chars().peekable(),
        false,
    );
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some(c) => out.push(c),
                None => {}
            },
            '<' if chars
                .peek()
                .is_some_and(|next| next.is_ascii_alphabetic() || *next == '/') =>
            {
                tag = true;
            }
            '>' if tag => tag = false,
            _ if tag => {}
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

fn before_feedback(text: &str) -> &str {
    let end = plain_at(text, 0, &['#']).unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim()
}

/// An answer in braces: how right it is in percent, and its text.
struct Choice<'a> {
    right: f64,
    text: &'a str,
}

fn choices(inside: &str) -> Vec<Choice<'_>> {
    let mut found = Vec::new();
    let mut next = plain_at(inside, 0, &['=', '~']);
    while let Some(start) = next {
        let sign = inside.get(start..=start).unwrap_or_default();
        next = plain_at(inside, start + 1, &['=', '~']);
        let text = inside
            .get(start + 1..next.unwrap_or(inside.len()))
            .unwrap_or_default();
        let mut text = before_feedback(text);
        let mut right = if sign == "=" { 100.0 } else { 0.0 };
        if let Some((weight, rest)) = text.strip_prefix('%').and_then(|rest| rest.split_once('%')) {
            right = weight.parse().unwrap_or(right);
            text = rest;
        }
        found.push(Choice { right, text });
    }
    found
}

fn question(block: &str, tag: Option<&str>) -> Result<Content, LineFault> {
    let mut block = block.trim();
    if let Some(rest) = block.strip_prefix("::")
        && let Some((_, text)) = rest.split_once("::")
    {
        block = text.trim();
    }
    let (open, close) = braces(block).ok_or_else(|| LineFault::new("answer", Code::AnswerWrong))?;
    let part = |range: std::ops::Range<usize>| block.get(range).unwrap_or_default();
    let (before, after) = (part(0..open), part(close + 1..block.len()));
    let mut text = meant(before);
    if !after.trim().is_empty() {
        text = format!("{text}____{}", meant(after));
    }
    let mut inside = part(open + 1..close).trim();
    let mut explanation = String::new();
    if let Some((answers, general)) = inside.split_once("####") {
        (inside, explanation) = (answers.trim(), meant(general));
    }
    let mut question = if let Some(answer) = truth(before_feedback(inside)) {
        let mut question = content(Kind::TrueFalse, text);
        question.answer = vec![answer];
        question
    } else {
        chosen(text, inside)?
    };
    question.explanation = explanation;
    question.tags.extend(tag.map(ToOwned::to_owned));
    Ok(question)
}

fn chosen(text: String, inside: &str) -> Result<Content, LineFault> {
    let choices = choices(inside);
    let matching = choices.iter().any(|choice| choice.text.contains("->"));
    // A number to reckon, a word to write, pairs to match, an essay: not asked here.
    let wrong = choices.iter().filter(|choice| choice.right <= 0.0).count();
    if inside.starts_with('#') || matching || wrong == 0 {
        return Err(unsupported());
    }
    let right = |choice: &Choice<'_>| choice.right > 0.0;
    let answer: Vec<usize> = (choices.iter().enumerate())
        .filter(|(_, choice)| right(choice))
        .map(|(place, _)| place)
        .collect();
    let kind = if answer.len() > 1 {
        Kind::Multiple
    } else {
        Kind::Single
    };
    let mut question = content(kind, text);
    question.options = choices.iter().map(|choice| meant(choice.text)).collect();
    question.answer = answer;
    Ok(question)
}

/// Reads a text of questions.
pub(super) fn read(text: &str) -> Vec<Line> {
    let (mut lines, mut block, mut row) = (Vec::new(), String::new(), 0);
    let mut tag: Option<String> = None;
    let mut close = |block: &mut String, row: usize, tag: Option<&str>| {
        if !block.trim().is_empty() {
            lines.push(Line {
                place: place(lines.len() + 1, row),
                content: question(block, tag),
            });
        }
        block.clear();
    };
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim();
        if trimmed.starts_with("//") {
            continue;
        }
        if let Some(path) = trimmed.strip_prefix("$CATEGORY:") {
            close(&mut block, row, tag.as_deref());
            let last = path.rsplit('/').next().unwrap_or_default().trim();
            tag = Some(last.to_owned()).filter(|last| !last.is_empty() && last != "$course$");
            continue;
        }
        // A blank line ends a question, unless its answers are still open.
        let answers_open = block.contains('{') && braces(&block).is_none();
        if trimmed.is_empty() && !answers_open {
            close(&mut block, row, tag.as_deref());
            continue;
        }
        if block.is_empty() {
            row = number;
        }
        block.push_str(line);
        block.push('\n');
    }
    close(&mut block, row, tag.as_deref());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r"// 安全题库
$CATEGORY: $course$/消防

::灭火器::[html]<b>油锅起火</b>应当{
  =盖上锅盖 # 对
  ~用水泼
  ~端着跑 \= 危险
  ####隔绝空气即可灭火。
}

安全帽过期后可以继续使用。{F}

下列属于个体防护用品的有 {~%50%安全帽 ~%50%安全带 ~%-100%手机}

三加二等于 {#5:0}

我国的首都是 {=北京}

配对 {=红->禁止 =黄->警告}

谈谈体会 {}

没有答案

遇险应先 {=撤离 ~围观} 再报告。
";

    #[test]
    fn what_can_be_asked_is_read_and_the_rest_is_named_with_its_row() {
        let read = read(TEXT);
        let told: Vec<_> = (read.iter())
            .map(|line| match &line.content {
                Ok(q) => (line.place.sheet_row, q.kind.word(), q.answer.clone()),
                Err(fault) => (line.place.sheet_row, fault.code.word(), vec![]),
            })
            .collect();
        assert_eq!(
            told,
            [
                (4, "single", vec![0]),
                (11, "true_false", vec![1]),
                (13, "multiple", vec![0, 1]),
                (15, "question_kind_unknown", vec![]),
                (17, "question_kind_unknown", vec![]),
                (19, "question_kind_unknown", vec![]),
                (21, "question_kind_unknown", vec![]),
                (23, "answer_wrong", vec![]),
                (25, "single", vec![0]),
            ]
        );
        let first = read[0].content.as_ref().unwrap();
        assert_eq!(first.text, "油锅起火应当");
        assert_eq!(first.options, ["盖上锅盖", "用水泼", "端着跑 = 危险"]);
        assert_eq!(
            (first.explanation.as_str(), &first.tags[..]),
            ("隔绝空气即可灭火。", &["消防".to_owned()][..])
        );
        assert_eq!(
            read[8].content.as_ref().unwrap().text,
            "遇险应先____再报告。"
        );
    }

    #[test]
    fn nothing_written_there_brings_the_reader_down() {
        for text in [
            "{",
            "}",
            "\\",
            "::",
            "::a",
            "{=",
            "{~%",
            "{~%50",
            "<",
            "a{T#}",
            "$CATEGORY:",
            "{=a\\",
            "{}{}",
            "一{=二~三",
        ] {
            let _ = read(text);
            let _ = has_answers(text);
        }
    }
}
