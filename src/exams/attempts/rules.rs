//! Which answer stands, what it comes to, and what the answers of many tell of a question.

use std::collections::BTreeMap;

use crate::exams::papers::rules::{Item, Rules};
use crate::exams::questions::rules::{Content, Kind};
use crate::platform::seal;

/// After the deadline answers are still taken for so long: they were given in time and had a bad network.
pub const GRACE: i64 = 60_000_000;
/// Answers of one request at most.
pub const MOST_ANSWERS: usize = 300;

/// An answer as a phone sends it: letters of the options as they stand on its screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Of the question, from 0.
    pub position: i32,
    /// In order, each once.
    pub chosen: String,
    /// When it was given, in microseconds since 1970 by the server's clock as the phone knows it.
    pub given_at: i64,
}

impl Given {
    /// Held between the attempt's start and its arrival: a phone's clock does not make an answer younger or older.
    #[must_use]
    pub fn held(mut self, started_at: i64, arrived_at: i64) -> Self {
        self.given_at = self.given_at.clamp(started_at, arrived_at.max(started_at));
        let mut letters: Vec<char> = self.chosen.chars().collect();
        letters.sort_unstable();
        letters.dedup();
        self.chosen = letters.into_iter().collect();
        self
    }
}

/// The last of several answers to each question: by when they were given, of one instant the one sent last.
#[must_use]
pub fn latest(all: impl IntoIterator<Item = Given>) -> BTreeMap<i32, Given> {
    let mut last: BTreeMap<i32, Given> = BTreeMap::new();
    for given in all {
        match last.get(&given.position) {
            Some(kept) if kept.given_at > given.given_at => {}
            _ => {
                last.insert(given.position, given);
            }
        }
    }
    last
}

/// The options chosen, as the question has them, from letters as they stood on the screen; none where a letter is none
/// of its options.
#[must_use]
pub fn places(chosen: &str, order: &[usize]) -> Option<Vec<usize>> {
    let place = |letter: char| {
        let shown = u32::from(letter).checked_sub(u32::from('A'))?;
        order.get(usize::try_from(shown).ok()?).copied()
    };
    let mut places: Vec<usize> = chosen.chars().map(place).collect::<Option<_>>()?;
    places.sort_unstable();
    places.dedup();
    Some(places)
}

/// Points of an answer, in hundredths, and whether it is right: all or nothing, but for half the points where the paper
/// gives them to whoever chose only right options of several, and not all.
#[must_use]
pub fn points(
    content: &Content,
    chosen: &[usize],
    worth: i64,
    half_for_missing: bool,
) -> (i64, bool) {
    if chosen == content.answer {
        return (worth, true);
    }
    let only_right =
        !chosen.is_empty() && chosen.iter().all(|place| content.answer.contains(place));
    if half_for_missing && content.kind == Kind::Multiple && only_right {
        (worth / 2, false)
    } else {
        (0, false)
    }
}

/// A question graded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub position: i32,
    /// Letters of the options as the question has them.
    pub chosen: String,
    pub is_right: bool,
    /// In hundredths.
    pub points: i64,
}

/// Fewest wrong answers that, given alike by two, are worth telling of: by chance alone two rarely err alike in so many.
pub const TELLING_WRONGS: usize = 4;

/// What somebody answered wrongly, to be found again with others who erred alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub count: i32,
    /// Of every wrong answer given, whatever the order they were asked in.
    pub hash: Vec<u8>,
}

/// The wrong answers of an attempt, where there are enough to tell anything; what was left blank is no answer.
#[must_use]
pub fn wrong(items: &[Item], marks: &[Mark]) -> Option<Wrong> {
    let given = marks.iter().zip(items);
    let given = given.filter(|(mark, _)| !mark.is_right && !mark.chosen.is_empty());
    let mut wrong: Vec<String> = given
        .map(|(mark, item)| format!("{}={}", item.version_id.simple(), mark.chosen))
        .collect();
    if wrong.len() < TELLING_WRONGS {
        return None;
    }
    wrong.sort_unstable();
    Some(Wrong {
        count: i32::try_from(wrong.len()).unwrap_or(i32::MAX),
        hash: seal::sha256(wrong.join("\n").as_bytes()),
    })
}

/// Grades an attempt; `answer` gives the letters on the screen and `content` what a question says.
#[must_use]
pub fn grade<'a>(
    rules: &Rules,
    items: &[Item],
    answer: impl Fn(i32) -> Option<String>,
    content: impl Fn(&Item) -> Option<&'a Content>,
) -> Vec<Mark> {
    let mark = |(position, item): (i32, &Item)| {
        let chosen = answer(position).and_then(|chosen| places(&chosen, &item.order));
        let chosen = chosen.unwrap_or_default();
        let (points, is_right) = content(item).map_or((0, false), |content| {
            points(content, &chosen, item.points, rules.half_for_missing)
        });
        Mark {
            position,
            chosen: chosen
                .iter()
                .map(|place| crate::exams::questions::rules::letter(*place))
                .collect(),
            is_right,
            points,
        }
    };
    (0..).zip(items).map(mark).collect()
}

/// Whether so many of all points pass.
#[must_use]
pub const fn passes(points: i64, most: i64, percent: i32) -> bool {
    points * 100 >= most * percent as i64
}

/// Points of 100, in hundredths, half up.
#[must_use]
pub const fn of_hundred(points: i64, most: i64) -> i64 {
    if most == 0 {
        return 0;
    }
    (points * 10_000 * 2 + most) / (most * 2)
}

/// Sums over the graded answers to one question of a paper.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    pub asked: f64,
    pub right: f64,
    /// Of the attempts' points of 100.
    pub score: f64,
    pub score_squared: f64,
    /// Of those who had it right.
    pub score_of_right: f64,
}

impl Sums {
    /// Share that had it right (难度系数): 1 is easy.
    #[must_use]
    pub fn difficulty(&self) -> Option<f64> {
        (self.asked > 0.0).then(|| self.right / self.asked)
    }

    /// How well it tells good from weak (区分度): the correlation of having it right with the whole score, from -1 to 1;
    /// none where all had it right or wrong, or all scored alike.
    #[must_use]
    pub fn discrimination(&self) -> Option<f64> {
        let (n, right) = (self.asked, self.right);
        let wrong = n - right;
        let spread = n * self.score_squared - self.score * self.score;
        if right <= 0.0 || wrong <= 0.0 || spread <= 0.0 {
            return None;
        }
        let covariance = n * self.score_of_right - right * self.score;
        Some(covariance / (right * wrong * spread).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn multiple() -> Content {
        Content {
            kind: Kind::Multiple,
            text: "多选".into(),
            options: ["一", "二", "三", "四"].map(Into::into).to_vec(),
            answer: vec![0, 2, 3],
            explanation: String::new(),
            difficulty: 3,
            tags: Vec::new(),
            picture_id: None,
        }
    }

    #[test]
    fn an_answer_is_worth_all_nothing_or_half() {
        for (chosen, half, told) in [
            (&[0, 2, 3][..], false, (200, true)),
            (&[0, 2], false, (0, false)),
            (&[0, 2], true, (100, false)),
            (&[0], true, (100, false)),
            (&[0, 1, 2, 3], true, (0, false)),
            (&[1], true, (0, false)),
            (&[], true, (0, false)),
        ] {
            assert_eq!(
                points(&multiple(), chosen, 200, half),
                told,
                "{chosen:?} {half}"
            );
        }
        let single = Content {
            kind: Kind::Single,
            answer: vec![1],
            ..multiple()
        };
        assert_eq!(points(&single, &[1], 200, true), (200, true));
        assert_eq!(points(&single, &[0], 200, true), (0, false));
    }

    #[test]
    fn letters_on_the_screen_are_options_of_the_question() {
        let order = [2, 0, 3, 1];
        assert_eq!(places("A", &order), Some(vec![2]));
        assert_eq!(places("DB", &order), Some(vec![0, 1]));
        assert_eq!(places("", &order), Some(vec![]));
        assert_eq!(places("E", &order), None);
        assert_eq!(places("a", &order), None);
    }

    #[test]
    fn the_last_answer_stands_in_whatever_order_they_come() {
        let given = |chosen: &str, given_at| Given {
            position: 3,
            chosen: chosen.into(),
            given_at,
        };
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let all = [given("A", 10), given("B", 20), given("C", 30)];
            let sent = order.map(|n| all[n].clone());
            assert_eq!(latest(sent)[&3].chosen, "C", "{order:?}");
        }
        let twice = latest([given("A", 10), given("B", 10)]);
        assert_eq!(twice[&3].chosen, "B", "of one instant the one sent last");
        assert_eq!(given("CAAB", 5).held(10, 20), given("ABC", 10));
        assert_eq!(
            given("A", 50).held(10, 20).given_at,
            20,
            "no answer of tomorrow"
        );
    }

    #[test]
    fn a_pass_is_exact_and_a_score_is_half_up() {
        for (points, most, percent, pass) in [
            (7_999, 10_000, 80, false),
            (8_000, 10_000, 80, true),
            (2, 3, 67, false),
        ] {
            assert_eq!(passes(points, most, percent), pass, "{points}/{most}");
        }
        assert_eq!(of_hundred(1, 3), 3_333);
        assert_eq!(of_hundred(2, 3), 6_667);
        assert_eq!(of_hundred(1, 0), 0);
    }

    #[test]
    fn a_question_that_the_good_know_tells_them_apart() {
        let sums = |rows: &[(f64, bool)]| {
            rows.iter().fold(Sums::default(), |sum, (score, right)| {
                let right = f64::from(u8::from(*right));
                Sums {
                    asked: sum.asked + 1.0,
                    right: sum.right + right,
                    score: sum.score + score,
                    score_squared: sum.score_squared + score * score,
                    score_of_right: sum.score_of_right + right * score,
                }
            })
        };
        let good = sums(&[(90.0, true), (80.0, true), (40.0, false), (30.0, false)]);
        assert_eq!(good.difficulty(), Some(0.5));
        assert!(good.discrimination().unwrap() > 0.95);
        let bad = sums(&[(90.0, false), (80.0, false), (40.0, true), (30.0, true)]);
        assert!(bad.discrimination().unwrap() < -0.95);
        assert_eq!(sums(&[(90.0, true), (30.0, true)]).discrimination(), None);
        assert_eq!(sums(&[(50.0, true), (50.0, false)]).discrimination(), None);
        assert_eq!(Sums::default().difficulty(), None);
    }

    proptest! {
        #[test]
        fn answers_sent_again_and_in_any_order_end_the_same(
            rows in proptest::collection::vec((0..5_i32, 0..4_usize, 0..1_000_i64), 1..40),
            seed in any::<u64>(),
        ) {
            let given = |(position, option, at): &(i32, usize, i64)| Given {
                position: *position,
                chosen: crate::exams::questions::rules::letter(*option).to_string(),
                // No two of one question at one instant: order of sending is no part of this.
                given_at: at * 10 + i64::try_from(*option).unwrap(),
            };
            let once: Vec<Given> = rows.iter().map(given).collect();
            let mut many: Vec<Given> = once.iter().chain(&once).cloned().collect();
            let mut turn = seed;
            for place in (1..many.len()).rev() {
                turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                many.swap(place, usize::try_from(turn >> 33).unwrap() % (place + 1));
            }
            prop_assert_eq!(latest(once), latest(many));
        }
    }
}
