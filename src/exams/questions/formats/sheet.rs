//! The columns of a sheet of questions, in the order of the template.

use super::{Line, content, letters, place, truth};
use crate::exams::questions::rules::{Content, Kind, letter};
use crate::platform::Code;
use crate::platform::intake::LineFault;
use crate::sheets::{self, Cell, Field, Limits, Schema, SheetError, cells};

/// The template's columns.
pub const HEADER: [&str; 14] = [
    "题型", "题目", "选项A", "选项B", "选项C", "选项D", "选项E", "选项F", "选项G", "选项H", "答案",
    "解析", "难度", "标签",
];

const OPTION_KEYS: [&str; 8] = [
    "option_a", "option_b", "option_c", "option_d", "option_e", "option_f", "option_g", "option_h",
];

macro_rules! field {
    ($key:literal: $($word:literal)+) => {
        Field { key: $key, words: &[$($word),+] }
    };
}

const SCHEMA: Schema = Schema {
    fields: &[
        field!("kind": "题型" "试题类型" "题目类型" "类型" "type" "kind"),
        field!("question": "题目" "题干" "试题" "试题内容" "题目内容" "question" "stem"),
        field!("option_a": "选项A" "A" "A选项" "option a"),
        field!("option_b": "选项B" "B" "B选项" "option b"),
        field!("option_c": "选项C" "C" "C选项" "option c"),
        field!("option_d": "选项D" "D" "D选项" "option d"),
        field!("option_e": "选项E" "E" "E选项" "option e"),
        field!("option_f": "选项F" "F" "F选项" "option f"),
        field!("option_g": "选项G" "G" "G选项" "option g"),
        field!("option_h": "选项H" "H" "H选项" "option h"),
        field!("answer": "答案" "正确答案" "标准答案" "参考答案" "answer"),
        field!("explanation": "解析" "试题解析" "答案解析" "说明" "explanation"),
        field!("difficulty": "难度" "难易度" "难度系数" "difficulty"),
        field!("tags": "标签" "知识点" "分类" "科目" "tags" "category"),
    ],
    required: &["question", "answer"],
};

/// Reads a sheet of questions.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Line>, SheetError> {
    let book = sheets::read(bytes, &Limits::default())?;
    let mut lines = Vec::new();
    for table in sheets::tables(&book, &SCHEMA)? {
        for line in table.lines() {
            let row = usize::try_from(line.sheet_row).unwrap_or(usize::MAX);
            lines.push(Line {
                place: place(lines.len() + 1, row),
                content: one(&line),
            });
        }
    }
    Ok(lines)
}

/// What a word above 题型 means; where nobody says, options and answer tell.
fn kind(text: &str, options: &[String], answer: &str) -> Option<Kind> {
    let word = text.trim().to_lowercase();
    let word = word.trim_end_matches('题');
    match word {
        "单选" | "单项选择" | "选择" | "single" | "single choice" => Some(Kind::Single),
        "多选" | "多项选择" | "不定项" | "不定项选择" | "multiple" | "multiple choice" => {
            Some(Kind::Multiple)
        }
        "判断" | "是非" | "对错" | "true_false" | "true/false" => Some(Kind::TrueFalse),
        "" if truth(answer).is_some() && options.iter().all(String::is_empty) => {
            Some(Kind::TrueFalse)
        }
        "" => Some(match letters(answer) {
            Some(places) if places.len() > 1 => Kind::Multiple,
            _ => Kind::Single,
        }),
        _ => None,
    }
}

fn difficulty(text: &str) -> Option<i32> {
    match text.trim() {
        "" => Some(super::USUAL_DIFFICULTY),
        "易" | "容易" | "简单" | "easy" => Some(1),
        "中" | "中等" | "一般" | "medium" => Some(3),
        "难" | "困难" | "hard" => Some(5),
        number => number.trim_end_matches(".0").parse().ok(),
    }
}

fn one(line: &sheets::Line<'_>) -> Result<Content, LineFault> {
    // As it was written: the marks of a question are its author's.
    let written = |key: &str| match line.cell(key) {
        Cell::Text(text) => text.trim().to_owned(),
        cell => cells::text(cell),
    };
    let mut options: Vec<String> = OPTION_KEYS.iter().map(|key| written(key)).collect();
    let answer = line.text("answer");
    let unknown = || LineFault::new("kind", Code::QuestionKindUnknown);
    let kind = kind(&line.text("kind"), &options, &answer).ok_or_else(unknown)?;
    let mut question = content(kind, written("question"));
    let wrong = || LineFault::new("answer", Code::AnswerWrong);
    question.answer = if kind == Kind::TrueFalse {
        // Some write the two choices out: they say nothing.
        options.clear();
        let by_letter = || letters(&answer).filter(|places| places.len() == 1);
        match truth(&answer) {
            Some(place) => vec![place],
            None => by_letter().ok_or_else(wrong)?,
        }
    } else {
        letters(&answer).ok_or_else(wrong)?
    };
    question.options = options;
    question.explanation = written("explanation");
    let invalid = || {
        LineFault::new("difficulty", Code::InvalidField)
            .with("field", "难度 difficulty")
            .with("reason", "1–5")
    };
    question.difficulty = difficulty(&line.text("difficulty")).ok_or_else(invalid)?;
    let tags = line.text("tags");
    let each = tags.split([';', '；', ',', '，', '、', '/', '|', ' ']);
    question.tags = each.map(ToOwned::to_owned).collect();
    Ok(question)
}

/// A question as a row of the template.
#[must_use]
pub fn row(question: &Content) -> Vec<String> {
    let answer: String = match question.kind {
        Kind::TrueFalse if question.answer == [0] => "对".to_owned(),
        Kind::TrueFalse => "错".to_owned(),
        _ => question.answer.iter().map(|place| letter(*place)).collect(),
    };
    let mut cells = vec![question.kind.chinese().to_owned(), question.text.clone()];
    cells.extend(
        (0..OPTION_KEYS.len()).map(|n| question.options.get(n).cloned().unwrap_or_default()),
    );
    cells.extend([
        answer,
        question.explanation.clone(),
        question.difficulty.to_string(),
        question.tags.join("；"),
    ]);
    cells
}

#[cfg(test)]
mod tests {
    use super::super::{Format, read};
    use super::*;

    #[test]
    fn a_sheet_is_read_as_people_write_it() {
        let sheet = "\
安全生产题库
题型,题干,A,B,C,D,正确答案,解析,难易度,知识点
单选题,红色表示,禁止,警告,指令,提示,A,国标,易,安全标志
多选,必须持证的有,电工,焊工,打字员,,\"A、B\",,中,电工；焊接
判断题,安全带低挂高用是正确的,对,错,,,错误,应高挂低用,2,高处作业
,未写题型的单选,甲,乙,,,b,,,
,未写题型的判断,,,,,√,,,
,未写题型的多选,甲,乙,丙,,ac,,,
填空题,首都是,,,,,北京,,,
单选题,没有这个选项,甲,乙,,,D,,,
单选题,答案写错,甲,乙,,,甲,,,
单选题,难度写错,甲,乙,,,A,,很难,
单选题,,甲,乙,,,A,,,
";
        let told: Vec<_> = (read(sheet.as_bytes(), None).unwrap().iter())
            .map(|line| match &line.content {
                Ok(q) => (line.place.sheet_row, q.kind.word(), q.answer.clone()),
                Err(fault) => (line.place.sheet_row, fault.code.word(), vec![]),
            })
            .collect();
        assert_eq!(
            told,
            [
                (3, "single", vec![0]),
                (4, "multiple", vec![0, 1]),
                (5, "true_false", vec![1]),
                (6, "single", vec![1]),
                (7, "true_false", vec![0]),
                (8, "multiple", vec![0, 2]),
                (9, "question_kind_unknown", vec![]),
                (10, "answer_wrong", vec![]),
                (11, "answer_wrong", vec![]),
                (12, "invalid_field", vec![]),
                (13, "field_missing", vec![]),
            ]
        );
    }

    #[test]
    fn what_is_exported_reads_back_as_it_was() {
        let bank = include_bytes!("../../../../samples/xinchang_2020/questions.csv");
        let questions: Vec<Content> = (read(bank, Some(Format::Sheet)).unwrap().into_iter())
            .map(|line| line.content.unwrap())
            .collect();
        assert!(questions.len() >= 200);
        let mut written = csv::Writer::from_writer(Vec::new());
        written.write_record(HEADER).unwrap();
        for question in &questions {
            written.write_record(row(question)).unwrap();
        }
        let again = read(&written.into_inner().unwrap(), None).unwrap();
        let again: Vec<Content> = again
            .into_iter()
            .map(|line| line.content.unwrap())
            .collect();
        assert_eq!(again, questions);
    }
}
