//! What a question is, when it is complete, and when an answer is right.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::platform::Code;
use crate::platform::intake::LineFault;
use crate::sheets::text::tight;

/// Fewest and most options of a question to choose from.
pub const OPTIONS: std::ops::RangeInclusive<usize> = 2..=8;
/// Most characters of a question, and of an explanation.
pub const MOST_TEXT: usize = 2_000;
/// Most characters of an option.
pub const MOST_OPTION: usize = 500;
/// Most tags, and characters of one.
pub const MOST_TAGS: usize = 10;
pub const MOST_TAG: usize = 30;
/// Easy to hard.
pub const DIFFICULTY: std::ops::RangeInclusive<i32> = 1..=5;
/// Where nobody said.
pub const USUAL_DIFFICULTY: i32 = 3;

/// A kind of question.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    poem_openapi::Enum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename = "QuestionKind", rename_all = "snake_case")]
pub enum Kind {
    /// 单选题
    Single,
    /// 多选题
    Multiple,
    /// 判断题
    TrueFalse,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 3] = [Kind::Single, Kind::Multiple, Kind::TrueFalse];

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Multiple => "multiple",
            Self::TrueFalse => "true_false",
        }
    }

    /// The kind of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        let found = Self::ALL.into_iter().find(|kind| kind.word() == word);
        found.unwrap_or(Self::Single)
    }

    /// As it is written in a sheet.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Single => "单选题",
            Self::Multiple => "多选题",
            Self::TrueFalse => "判断题",
        }
    }
}

/// A question as it is written (试题).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub kind: Kind,
    pub text: String,
    /// What to choose from; of a true-or-false question none: they are always 对 and 错.
    pub options: Vec<String>,
    /// Which of them are right, counted from 0, in order; of a true-or-false question 0 for true, 1 for false.
    pub answer: Vec<usize>,
    pub explanation: String,
    /// 1 easy to 5 hard.
    pub difficulty: i32,
    pub tags: Vec<String>,
    /// A picture it is asked by, handed in as a course's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture_id: Option<Uuid>,
}

/// The letter of an option in a sheet or on a screen.
#[must_use]
pub fn letter(place: usize) -> char {
    u8::try_from(place).map_or('?', |place| char::from(b'A' + place.min(25)))
}

impl Content {
    /// How many there are to choose from.
    #[must_use]
    pub fn choices(&self) -> usize {
        match self.kind {
            Kind::TrueFalse => 2,
            _ => self.options.len(),
        }
    }

    /// The texts tidied, blank options at the end and repeated tags left out, the answer in order.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        let tidy = |text: &mut String| *text = text.trim().to_owned();
        tidy(&mut self.text);
        tidy(&mut self.explanation);
        self.options.iter_mut().for_each(tidy);
        while self.options.last().is_some_and(String::is_empty) {
            self.options.pop();
        }
        let mut tags: Vec<String> = Vec::new();
        for mut tag in std::mem::take(&mut self.tags) {
            tidy(&mut tag);
            if !tag.is_empty() && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        self.tags = tags;
        self.answer.sort_unstable();
        self.answer.dedup();
        self
    }

    /// Whether it can be asked.
    ///
    /// # Errors
    /// The field at fault with what it must be.
    pub fn check(&self) -> Result<(), LineFault> {
        let long = |text: &str, most: usize| text.chars().count() > most;
        let invalid = |field, must: String| {
            LineFault::new(field, Code::InvalidField)
                .with("field", field)
                .with("reason", must)
        };
        if self.text.is_empty() {
            return Err(LineFault::new("text", Code::FieldMissing).with("field", "text"));
        }
        if long(&self.text, MOST_TEXT) {
            return Err(invalid("text", format!("1–{MOST_TEXT}")));
        }
        if long(&self.explanation, MOST_TEXT) {
            return Err(invalid("explanation", format!("0–{MOST_TEXT}")));
        }
        if !DIFFICULTY.contains(&self.difficulty) {
            return Err(invalid("difficulty", "1–5".to_owned()));
        }
        if self.tags.len() > MOST_TAGS || self.tags.iter().any(|tag| long(tag, MOST_TAG)) {
            return Err(invalid("tags", format!("0–{MOST_TAGS}, 1–{MOST_TAG}")));
        }
        self.check_options()?;
        self.check_answer()
    }

    fn check_options(&self) -> Result<(), LineFault> {
        let wrong = || LineFault::new("options", Code::OptionsWrong);
        if self.kind == Kind::TrueFalse {
            return if self.options.is_empty() {
                Ok(())
            } else {
                Err(wrong())
            };
        }
        let texts: Vec<String> = self.options.iter().map(|option| tight(option)).collect();
        let blank = texts.iter().any(String::is_empty);
        let twice =
            (1..texts.len()).any(|n| texts.iter().take(n).any(|one| Some(one) == texts.get(n)));
        let long = self
            .options
            .iter()
            .any(|option| option.chars().count() > MOST_OPTION);
        if blank || twice || long || !OPTIONS.contains(&texts.len()) {
            return Err(wrong());
        }
        Ok(())
    }

    fn check_answer(&self) -> Result<(), LineFault> {
        let known = self.answer.iter().all(|place| *place < self.choices());
        let count = match self.kind {
            Kind::Multiple => self.answer.len() >= 2,
            _ => self.answer.len() == 1,
        };
        if known && count {
            Ok(())
        } else {
            Err(LineFault::new("answer", Code::AnswerWrong))
        }
    }

    /// The same question, however it is spaced and in whatever order its options stand.
    #[must_use]
    pub fn sameness(&self) -> String {
        let mut options: Vec<String> = self.options.iter().map(|option| bare(option)).collect();
        options.sort_unstable();
        let told = format!(
            "{}|{}|{}",
            self.kind.word(),
            bare(&self.text),
            options.join("|")
        );
        // “What does this sign mean?” is as many questions as it has pictures.
        match self.picture_id {
            Some(picture) => format!("{told}|{picture}"),
            None => told,
        }
    }

    /// The right options' texts, to tell whether two say the same of one question.
    #[must_use]
    pub fn right(&self) -> Vec<String> {
        let mut right: Vec<String> = match self.kind {
            Kind::TrueFalse => self.answer.iter().map(ToString::to_string).collect(),
            _ => (self.answer.iter())
                .filter_map(|place| self.options.get(*place))
                .map(|option| bare(option))
                .collect(),
        };
        right.sort_unstable();
        right
    }
}

/// A text without spaces, punctuation and case.
#[must_use]
pub fn bare(text: &str) -> String {
    let letters = tight(text);
    letters
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single() -> Content {
        Content {
            kind: Kind::Single,
            text: "电气火灾应先做什么？".into(),
            options: ["切断电源", "用水泼", "打开窗", "逃跑"]
                .map(Into::into)
                .to_vec(),
            answer: vec![0],
            explanation: String::new(),
            difficulty: 2,
            tags: vec!["电工".into()],
            picture_id: None,
        }
    }

    #[test]
    fn a_question_is_complete_or_its_fault_is_named() {
        type Change = fn(&mut Content);
        let table: [(&str, Change); 15] = [
            ("", |_| {}),
            ("text", |q| q.text.clear()),
            ("text", |q| q.text = "长".repeat(MOST_TEXT + 1)),
            ("options", |q| q.options.truncate(1)),
            ("options", |q| q.options[1] = " 切断 电源".into()),
            ("options", |q| q.options[2].clear()),
            ("options", |q| q.options[3] = "长".repeat(MOST_OPTION + 1)),
            ("answer", |q| q.answer = vec![4]),
            ("answer", |q| q.answer.clear()),
            ("answer", |q| q.answer = vec![0, 1]),
            ("answer", |q| q.kind = Kind::Multiple),
            ("options", |q| q.kind = Kind::TrueFalse),
            ("", |q| {
                q.kind = Kind::TrueFalse;
                q.options.clear();
            }),
            ("difficulty", |q| q.difficulty = 6),
            ("tags", |q| q.tags = vec!["签".repeat(MOST_TAG + 1)]),
        ];
        for (n, (field, change)) in table.into_iter().enumerate() {
            let mut question = single();
            change(&mut question);
            let told = question.check().err().map_or("", |fault| fault.field);
            assert_eq!(told, field, "row {n}");
        }
    }

    #[test]
    fn one_question_is_one_however_it_is_written() {
        let same = Content {
            text: " 电气火灾， 应先做什么?".into(),
            options: ["逃跑", "打开窗", "用水泼", "切断电源。"]
                .map(Into::into)
                .to_vec(),
            answer: vec![3],
            ..single()
        };
        assert_eq!(same.sameness(), single().sameness());
        assert_eq!(same.right(), single().right());
        let other = Content {
            answer: vec![0],
            ..same
        };
        assert_ne!(other.right(), single().right());
        let pictured = Content {
            picture_id: Some(Uuid::from_u128(1)),
            ..single()
        };
        assert_ne!(pictured.sameness(), single().sameness());
        let tidy = Content {
            tags: vec![" 电工".into(), "电工".into(), String::new()],
            ..single()
        };
        assert_eq!(tidy.tidied().tags, ["电工"]);
    }
}
