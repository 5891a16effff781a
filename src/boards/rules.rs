//! Sums and rates of a board.

mod forecast;
mod reasons;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::certificates::ClaimProgress;
use crate::places::Region;
use crate::plans::rules::Counts;
use crate::plans::settle::Figures;
use crate::plans::{Counters, rate_percent};
use crate::sheets::posts::TargetRole;

pub use forecast::{Asked, Forecast, Step, Trend, TrendPoint, expected, trend};
pub use reasons::{Reason, reason};

/// Decimals of the claim rate in reports: 119.25 %.
const CLAIM_DECIMALS: u32 = 2;

/// One township's figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionRow {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub quota: i64,
    /// Distinct people who met the plan (人数).
    pub completed: i64,
    /// Finished classes and courses (人次).
    pub person_times: i64,
    pub online_times: i64,
    pub offline_times: i64,
    pub classes_held: i64,
    /// Passed exams.
    pub passed: i64,
    /// People completed, in the order of [`TargetRole::ALL`].
    pub by_role: [i64; 4],
    /// Percent; none where the quota is 0.
    pub rate: Option<Decimal>,
    pub due: i64,
    pub claimed: i64,
    pub claimed_on_list: i64,
    pub claimed_outside_list: i64,
    /// Percent; none where nothing is due.
    pub claim_rate: Option<Decimal>,
    /// The last day of training that is counted here.
    pub last_training_day: Option<NaiveDate>,
    /// When the training figures last changed, in microseconds since 1970.
    pub progress_updated_at: Option<i64>,
    /// When the claim figures last changed, in microseconds since 1970.
    pub claims_updated_at: Option<i64>,
    /// What corrections changed since the plan was settled; the figures above are the settled ones then.
    pub later: Option<Figures>,
}

impl RegionRow {
    pub(super) fn of(region: &Region) -> Self {
        Self {
            id: region.id,
            code: region.code.clone(),
            name: region.name.clone(),
            ..Self::default()
        }
    }

    pub(super) fn count(&mut self, role: TargetRole, counters: &Counters) {
        self.completed += counters.people;
        self.person_times += counters.person_times;
        self.online_times += counters.online_times;
        self.offline_times += counters.offline_times;
        self.passed += counters.passes;
        for (slot, each) in self.by_role.iter_mut().zip(TargetRole::ALL) {
            if each == role {
                *slot += counters.people;
            }
        }
    }

    pub(super) fn claims(&mut self, claims: &ClaimProgress) {
        self.due = claims.due;
        self.claimed_on_list = claims.claimed_on_list;
        self.claimed_outside_list = claims.claimed_outside_list;
        self.claims_updated_at = Some(claims.updated_at).filter(|at| *at > 0);
    }

    /// What can be settled of them.
    pub(super) const fn figures(&self) -> Figures {
        Figures {
            quota: self.quota,
            completed: self.completed,
            person_times: self.person_times,
            online_times: self.online_times,
            offline_times: self.offline_times,
            passed: self.passed,
            by_role: self.by_role,
        }
    }

    /// Puts the settled figures in the place of the current ones, and what came since beside them.
    pub(super) fn settle(&mut self, settled: &Figures) {
        self.later = Some(self.figures().since(settled));
        self.quota = settled.quota;
        self.completed = settled.completed;
        self.person_times = settled.person_times;
        self.online_times = settled.online_times;
        self.offline_times = settled.offline_times;
        self.passed = settled.passed;
        self.by_role = settled.by_role;
    }

    /// What is still missing to the quota, in the figure that the plan's rate counts; never below 0.
    #[must_use]
    pub fn gap(&self, counts: Counts) -> i64 {
        (self.quota - self.done(counts)).max(0)
    }

    /// The figure that the plan's rate counts.
    #[must_use]
    pub fn done(&self, counts: Counts) -> i64 {
        match counts {
            Counts::People => self.completed,
            Counts::PersonTimes => self.person_times,
        }
    }

    fn add(&mut self, other: &Self) {
        self.quota += other.quota;
        self.completed += other.completed;
        self.person_times += other.person_times;
        self.online_times += other.online_times;
        self.offline_times += other.offline_times;
        self.classes_held += other.classes_held;
        self.passed += other.passed;
        self.due += other.due;
        self.claimed_on_list += other.claimed_on_list;
        self.claimed_outside_list += other.claimed_outside_list;
        for (slot, more) in self.by_role.iter_mut().zip(other.by_role) {
            *slot += more;
        }
        self.last_training_day = self.last_training_day.max(other.last_training_day);
        self.progress_updated_at = self.progress_updated_at.max(other.progress_updated_at);
        self.claims_updated_at = self.claims_updated_at.max(other.claims_updated_at);
        if let Some(later) = &other.later {
            self.later.get_or_insert_default().add(later);
        }
    }

    fn set_rates(&mut self, counts: Counts, decimals: u32) {
        let done = self.done(counts);
        self.claimed = self.claimed_on_list + self.claimed_outside_list;
        self.rate = rate_percent(done, self.quota, decimals);
        self.claim_rate = rate_percent(self.claimed, self.due, CLAIM_DECIMALS);
    }
}

/// Both rates of a scope.
#[derive(Clone, Debug)]
pub struct Board {
    /// Id, title, year; none before the first plan.
    pub plan: Option<(Uuid, String, i32)>,
    /// The instant the figures were read, in microseconds since 1970.
    pub as_of: i64,
    /// The day through which training is counted, where one was asked for.
    pub through: Option<NaiveDate>,
    /// When the plan was settled, where its settled figures are shown.
    pub settled_at: Option<i64>,
    /// Which figure the rate counts.
    pub counts: Counts,
    pub decimals: u32,
    pub quota: i64,
    pub completed: i64,
    pub person_times: i64,
    pub rate: Option<Decimal>,
    pub due: i64,
    pub claimed: i64,
    pub claimed_on_list: i64,
    pub claimed_outside_list: i64,
    pub claim_rate: Option<Decimal>,
    /// In code order.
    pub regions: Vec<RegionRow>,
    /// The sum of the regions.
    pub total: RegionRow,
}

impl Board {
    pub(super) fn of(mut regions: Vec<RegionRow>, counts: Counts, decimals: u32) -> Self {
        let mut total = RegionRow::default();
        for row in &mut regions {
            row.set_rates(counts, decimals);
            total.add(row);
        }
        total.set_rates(counts, decimals);
        Self {
            plan: None,
            as_of: 0,
            through: None,
            settled_at: None,
            counts,
            decimals,
            quota: total.quota,
            completed: total.completed,
            person_times: total.person_times,
            rate: total.rate,
            due: total.due,
            claimed: total.claimed,
            claimed_on_list: total.claimed_on_list,
            claimed_outside_list: total.claimed_outside_list,
            claim_rate: total.claim_rate,
            regions,
            total,
        }
    }
}

impl Board {
    /// The board of somebody who reaches no township: his own figures are the total.
    pub(super) fn own(mut total: RegionRow, counts: Counts, decimals: u32) -> Self {
        total.set_rates(counts, decimals);
        let mut board = Self::of(Vec::new(), counts, decimals);
        board.quota = total.quota;
        board.completed = total.completed;
        board.person_times = total.person_times;
        board.rate = total.rate;
        board.due = total.due;
        board.claimed = total.claimed;
        board.claimed_on_list = total.claimed_on_list;
        board.claimed_outside_list = total.claimed_outside_list;
        board.claim_rate = total.claim_rate;
        board.total = total;
        board
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(quota: i64, completed: i64, due: i64, on: i64, outside: i64) -> RegionRow {
        RegionRow {
            quota,
            completed,
            person_times: completed * 2,
            due,
            claimed_on_list: on,
            claimed_outside_list: outside,
            ..RegionRow::default()
        }
    }

    #[test]
    fn a_settled_board_shows_what_was_settled_and_beside_it_what_came_since() {
        let settled = Figures {
            quota: 10,
            completed: 5,
            person_times: 10,
            by_role: [5, 0, 0, 0],
            ..Figures::default()
        };
        let mut corrected = row(10, 4, 0, 0, 0);
        corrected.by_role = [4, 0, 0, 0];
        corrected.settle(&settled);
        let mut added = row(5, 1, 0, 0, 0);
        added.settle(&Figures::default());
        let board = Board::of(vec![corrected, added], Counts::People, 1);
        let [first, second] = board.regions.as_slice() else {
            panic!("two townships");
        };
        assert_eq!((first.completed, first.by_role), (5, [5, 0, 0, 0]));
        assert_eq!(first.rate.map(|r| r.to_string()).as_deref(), Some("50.0"));
        let since = first.later.unwrap_or_default();
        assert_eq!((since.completed, since.person_times), (-1, -2));
        assert_eq!((second.quota, second.rate), (0, None));
        let since = board.total.later.unwrap_or_default();
        assert_eq!((board.completed, since.completed, since.quota), (5, 0, 5));
    }

    #[test]
    fn totals_are_sums_and_rates_are_of_the_totals() {
        let rows = vec![
            row(2_150, 2_614, 700, 690, 150),
            row(10_750, 12_892, 2_988, 2_922, 636),
            row(0, 0, 0, 0, 0),
        ];
        let board = Board::of(rows, Counts::People, 1);
        let text = |rate: Option<Decimal>| rate.map(|rate| rate.to_string());
        assert_eq!(
            (board.completed, board.quota, text(board.rate)),
            (15_506, 12_900, Some("120.2".into()))
        );
        assert_eq!(
            (board.claimed, board.due, text(board.claim_rate)),
            (4_398, 3_688, Some("119.25".into()))
        );
        assert_eq!(
            board
                .regions
                .iter()
                .map(|r| text(r.rate))
                .collect::<Vec<_>>(),
            [Some("121.6".into()), Some("119.9".into()), None]
        );
        let times = Board::of(vec![row(100, 60, 0, 0, 0)], Counts::PersonTimes, 1);
        assert_eq!(text(times.rate), Some("120.0".into()));
    }
}
