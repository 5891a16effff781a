//! What a paper asks, whom it lets in and when, and how its questions are drawn.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::exams::questions::rules::Kind;
use crate::platform::{Fault, Result};

/// Most questions of one paper.
pub const MOST_QUESTIONS: u32 = 300;
const MINUTE: i64 = 60_000_000;

/// What is shown of an exam once it is graded (试后查看).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename = "ExamReview", rename_all = "snake_case")]
pub enum Review {
    /// 只看得分
    #[default]
    Score,
    /// 看自己每题对错
    Marks,
    /// 看每题对错、正确答案和解析
    Explanations,
}

/// So many questions of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    pub kind: Kind,
    /// About this only.
    pub tag: Option<String>,
    /// From … to …, 1 easy to 5 hard.
    pub difficulty: Option<(i32, i32)>,
    pub count: u32,
    /// Points of each question.
    pub points: u32,
}

/// A paper's rules (组卷规则).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    pub sections: Vec<Section>,
    /// Minutes from start to deadline.
    pub minutes: i32,
    /// Percent of all points that pass.
    pub pass_percent: i32,
    /// How often one may try; as often as he likes where none is named.
    pub attempts: Option<i32>,
    /// Minutes between two attempts.
    pub wait_minutes: i32,
    /// Questions within a section, and their options, in an order of one's own.
    pub shuffled: bool,
    /// Half the points of a multiple-choice question for whoever chose only right options, but not all.
    pub half_for_missing: bool,
    pub review: Review,
    /// Microseconds since 1970.
    pub opens_at: Option<i64>,
    pub closes_at: Option<i64>,
}

impl Rules {
    /// Questions in all.
    #[must_use]
    pub fn questions(&self) -> u32 {
        self.sections
            .iter()
            .fold(0, |sum, section| sum.saturating_add(section.count))
    }

    /// Whether they can be meant.
    ///
    /// # Errors
    /// The fields at fault.
    pub fn check(&self) -> Result<()> {
        let fault = |pointer: &str, must: &str| Err(Fault::field(pointer, must));
        if self.sections.is_empty() {
            return fault("/sections", "1–20");
        }
        for (place, section) in self.sections.iter().enumerate() {
            let hard = |(from, to): (i32, i32)| 1 <= from && from <= to && to <= 5;
            if !section.difficulty.is_none_or(hard) {
                return fault(&format!("/sections/{place}/difficulty_from"), "1–5");
            }
        }
        if !(1..=MOST_QUESTIONS).contains(&self.questions()) {
            return fault("/sections", &format!("1–{MOST_QUESTIONS}"));
        }
        match (self.opens_at, self.closes_at) {
            (Some(opens), Some(closes)) if closes <= opens => fault("/closes", "> opens"),
            _ => Ok(()),
        }
    }
}

/// Why somebody may not begin now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Not yet, or no more.
    NotOpen,
    /// All attempts are used.
    Used,
    /// Again from this instant on.
    TooSoon(i64),
}

/// Whether an attempt may begin, after those before it: how many, and when the last one ended.
///
/// # Errors
/// Why not.
pub fn may_begin(
    rules: &Rules,
    now: i64,
    attempts: i32,
    last_ended: Option<i64>,
) -> std::result::Result<(), Closed> {
    let opened = rules.opens_at.is_none_or(|opens| opens <= now);
    if !opened || rules.closes_at.is_some_and(|closes| closes <= now) {
        return Err(Closed::NotOpen);
    }
    if rules.attempts.is_some_and(|most| most <= attempts) {
        return Err(Closed::Used);
    }
    let again = last_ended.map(|ended| ended + i64::from(rules.wait_minutes) * MINUTE);
    match again {
        Some(again) if now < again => Err(Closed::TooSoon(again)),
        _ => Ok(()),
    }
}

/// When an attempt that begins now ends: never after the paper closes.
#[must_use]
pub fn ends_at(rules: &Rules, now: i64) -> i64 {
    let ends = now + i64::from(rules.minutes) * MINUTE;
    rules.closes_at.map_or(ends, |closes| ends.min(closes))
}

/// A question drawn: its version, the order its options are shown in, its points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    #[serde(rename = "v")]
    pub version_id: Uuid,
    /// Which option stands first, second, … on the screen.
    #[serde(rename = "o")]
    pub order: Vec<usize>,
    /// In hundredths.
    #[serde(rename = "p")]
    pub points: i64,
}

/// Numbers that follow from a seed, the same wherever they are drawn (SplitMix64, Steele et al. 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for place in (1..all.len()).rev() {
            let other = self.below(place + 1);
            all.swap(place, other);
        }
    }
}

/// A section that asks for more than there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    pub section: usize,
    pub wanted: u32,
    pub found: u32,
}

/// Draws a paper from the pools of its sections, no question twice.
///
/// The scarcest section draws first, so that a general one does not take what only the special one can use.
///
/// # Errors
/// The first section that asks for more than there is.
pub fn draw(
    rules: &Rules,
    pools: &[Vec<Uuid>],
    seed: u64,
) -> std::result::Result<Vec<Vec<Uuid>>, Short> {
    let mut dice = Dice(seed);
    let mut drawn: Vec<Vec<Uuid>> = vec![Vec::new(); rules.sections.len()];
    let mut taken: HashSet<Uuid> = HashSet::new();
    let mut order: Vec<usize> = (0..rules.sections.len()).collect();
    order.sort_by_key(|section| pools.get(*section).map_or(0, Vec::len));
    for section in order {
        let (Some(rule), Some(pool)) = (rules.sections.get(section), pools.get(section)) else {
            continue;
        };
        let mut left: Vec<Uuid> = pool
            .iter()
            .copied()
            .filter(|id| !taken.contains(id))
            .collect();
        dice.shuffle(&mut left);
        left.truncate(usize::try_from(rule.count).unwrap_or(0));
        let found = u32::try_from(left.len()).unwrap_or(u32::MAX);
        if found < rule.count {
            return Err(Short {
                section,
                wanted: rule.count,
                found,
            });
        }
        if !rules.shuffled {
            left.sort_unstable();
        }
        taken.extend(left.iter().copied());
        if let Some(slot) = drawn.get_mut(section) {
            *slot = left;
        }
    }
    Ok(drawn)
}

/// The questions drawn as they are asked, each with the order of its options; `choices` tells how many it has.
#[must_use]
pub fn asked(
    rules: &Rules,
    drawn: &[Vec<Uuid>],
    choices: impl Fn(&Uuid) -> usize,
    seed: u64,
) -> Vec<Item> {
    // Another row of numbers than the draw's.
    let mut dice = Dice(!seed);
    let mut items = Vec::new();
    for (rule, ids) in rules.sections.iter().zip(drawn) {
        for id in ids {
            let mut order: Vec<usize> = (0..choices(id)).collect();
            // 对 before 错, always.
            if rules.shuffled && rule.kind != Kind::TrueFalse {
                dice.shuffle(&mut order);
            }
            items.push(Item {
                version_id: *id,
                order,
                points: i64::from(rule.points) * 100,
            });
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(tag: Option<&str>, count: u32) -> Section {
        Section {
            kind: Kind::Single,
            tag: tag.map(Into::into),
            difficulty: None,
            count,
            points: 2,
        }
    }

    fn rules(sections: Vec<Section>) -> Rules {
        Rules {
            sections,
            minutes: 30,
            pass_percent: 80,
            attempts: Some(2),
            wait_minutes: 10,
            shuffled: true,
            half_for_missing: false,
            review: Review::Score,
            opens_at: Some(100 * MINUTE),
            closes_at: Some(200 * MINUTE),
        }
    }

    fn ids(range: std::ops::Range<u128>) -> Vec<Uuid> {
        range.map(Uuid::from_u128).collect()
    }

    #[test]
    fn who_may_begin_when() {
        let rules = rules(vec![section(None, 1)]);
        for (now, attempts, ended, told) in [
            (99, 0, None, Err(Closed::NotOpen)),
            (100, 0, None, Ok(())),
            (199, 0, None, Ok(())),
            (200, 0, None, Err(Closed::NotOpen)),
            (150, 1, Some(141), Err(Closed::TooSoon(151 * MINUTE))),
            (150, 1, Some(140), Ok(())),
            (150, 2, Some(110), Err(Closed::Used)),
        ] {
            let ended = ended.map(|minute: i64| minute * MINUTE);
            assert_eq!(
                may_begin(&rules, now * MINUTE, attempts, ended),
                told,
                "{now} {attempts}"
            );
        }
        assert_eq!(ends_at(&rules, 110 * MINUTE), 140 * MINUTE);
        assert_eq!(
            ends_at(&rules, 190 * MINUTE),
            200 * MINUTE,
            "never after it closes"
        );
    }

    #[test]
    fn a_draw_follows_from_its_seed_and_asks_nothing_twice() {
        // The general section could take all five of the special one.
        let rules = rules(vec![section(None, 10), section(Some("电工"), 5)]);
        let pools = [ids(0..15), ids(0..5)];
        let mut seen = HashSet::new();
        for seed in 0..200 {
            let drawn = draw(&rules, &pools, seed).unwrap();
            assert_eq!(drawn, draw(&rules, &pools, seed).unwrap(), "the same again");
            let all: HashSet<&Uuid> = drawn.iter().flatten().collect();
            assert_eq!((drawn[0].len(), drawn[1].len(), all.len()), (10, 5, 15));
            assert!(drawn[1].iter().all(|id| pools[1].contains(id)));
            seen.insert(drawn);
        }
        assert!(seen.len() > 190, "everybody's is his own: {}", seen.len());
        let short = draw(&rules, &[ids(0..14), ids(0..5)], 1).unwrap_err();
        assert_eq!(
            short,
            Short {
                section: 0,
                wanted: 10,
                found: 9
            }
        );
    }

    #[test]
    fn options_stand_in_an_order_of_ones_own_and_true_stays_before_false() {
        let mut true_false = section(None, 1);
        true_false.kind = Kind::TrueFalse;
        let mut rules = rules(vec![section(None, 2), true_false]);
        let drawn = [ids(0..2), ids(2..3)];
        let choices = |id: &Uuid| if id.as_u128() == 2 { 2 } else { 4 };
        let mut orders = HashSet::new();
        for seed in 0..100 {
            let items = asked(&rules, &drawn, choices, seed);
            for item in &items {
                let mut sorted = item.order.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, (0..choices(&item.version_id)).collect::<Vec<_>>());
                assert_eq!(item.points, 200);
            }
            assert_eq!(items[2].order, [0, 1]);
            orders.insert(items[0].order.clone());
        }
        assert_eq!(orders.len(), 24, "every order comes up");
        rules.shuffled = false;
        assert_eq!(asked(&rules, &drawn, choices, 7)[0].order, [0, 1, 2, 3]);
    }

    #[test]
    fn rules_that_cannot_be_meant_are_named() {
        type Change = fn(&mut Rules);
        let table: [(&str, Change); 6] = [
            ("", |_| {}),
            ("/sections", |r| r.sections.clear()),
            ("/sections", |r| r.sections[0].count = 0),
            ("/sections", |r| r.sections[0].count = MOST_QUESTIONS + 1),
            ("/sections/0/difficulty_from", |r| {
                r.sections[0].difficulty = Some((4, 2))
            }),
            ("/closes", |r| r.closes_at = r.opens_at),
        ];
        for (n, (pointer, change)) in table.into_iter().enumerate() {
            let mut rules = rules(vec![section(None, 1)]);
            change(&mut rules);
            let told = rules
                .check()
                .err()
                .map_or(String::new(), |fault| fault.errors[0].at.clone());
            assert_eq!(told, pointer, "row {n}");
        }
    }
}
