//! What is frozen when a plan is settled, what differs since, and the digest that proves it.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::plans::rules::{Counters, Counts, PlanState, Terms, rate_percent};
use crate::platform::{Code, Fault, Result, seal};
use crate::sheets::posts::TargetRole;

/// A township's figures, settled, current, or the one less the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub quota: i64,
    /// Distinct people who met the plan (人数).
    pub completed: i64,
    /// Finished classes and courses (人次).
    pub person_times: i64,
    pub online_times: i64,
    pub offline_times: i64,
    /// Passed exams.
    pub passed: i64,
    /// People completed, in the order of [`TargetRole::ALL`].
    pub by_role: [i64; 4],
}

impl Figures {
    /// Adds the counters of one role.
    pub fn count(&mut self, role: TargetRole, counters: &Counters) {
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

    /// Adds another township's.
    pub fn add(&mut self, other: &Self) {
        self.quota += other.quota;
        self.completed += other.completed;
        self.person_times += other.person_times;
        self.online_times += other.online_times;
        self.offline_times += other.offline_times;
        self.passed += other.passed;
        for (slot, more) in self.by_role.iter_mut().zip(other.by_role) {
            *slot += more;
        }
    }

    /// What came on top of `before`.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let mut by_role = self.by_role;
        for (slot, was) in by_role.iter_mut().zip(before.by_role) {
            *slot -= was;
        }
        Self {
            quota: self.quota - before.quota,
            completed: self.completed - before.completed,
            person_times: self.person_times - before.person_times,
            online_times: self.online_times - before.online_times,
            offline_times: self.offline_times - before.offline_times,
            passed: self.passed - before.passed,
            by_role,
        }
    }

    /// The rate as the board shows it: unclamped, none where the quota is 0.
    #[must_use]
    pub fn rate(&self, terms: &Terms) -> Option<String> {
        let done = match terms.counts {
            Counts::People => self.completed,
            Counts::PersonTimes => self.person_times,
        };
        let decimals = u32::try_from(terms.rate_decimals).unwrap_or(1);
        rate_percent(done, self.quota, decimals).map(|rate| rate.to_string())
    }
}

/// A township's settled figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledRow {
    pub region_id: Uuid,
    pub figures: Figures,
    /// Percent as shown on the day of settling; none where the quota was 0.
    pub rate: Option<String>,
}

/// A settled plan (结算): when, by whom, and the digest of its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    pub plan_id: Uuid,
    pub county_id: Uuid,
    pub settled_at: i64,
    pub account_id: Option<Uuid>,
    /// Made while the county's ledger stood still: what has a greater id came later.
    pub boundary_id: Uuid,
    pub digest: Vec<u8>,
}

impl Settlement {
    /// SHA-256 over what was settled, a line a township in the order of their ids.
    #[must_use]
    pub fn digest_of(&self, rows: &[SettledRow]) -> Vec<u8> {
        let mut text = format!(
            "anpei settlement 1\n{} {} {} {} {}\n",
            self.county_id,
            self.plan_id,
            self.settled_at,
            self.account_id.unwrap_or_default(),
            self.boundary_id
        );
        let mut rows: Vec<&SettledRow> = rows.iter().collect();
        rows.sort_by_key(|row| row.region_id);
        for row in rows {
            let f = &row.figures;
            let [principal, safety_manager, key_post, other] = f.by_role;
            let figures = [
                f.quota,
                f.completed,
                f.person_times,
                f.online_times,
                f.offline_times,
                f.passed,
                principal,
                safety_manager,
                key_post,
                other,
            ];
            let figures = figures.map(|figure| figure.to_string()).join(" ");
            let rate = row.rate.as_deref().unwrap_or("—");
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{} {figures} {rate}", row.region_id);
        }
        seal::sha256(text.as_bytes())
    }
}

/// Whether a plan can be settled: closed, its period over, and not settled before.
pub(super) fn may_settle(state: PlanState, period_over: bool, settled: bool) -> Result<()> {
    if settled {
        return Err(Fault::new(Code::PlanSettled));
    }
    if state != PlanState::Closed {
        return Err(Fault::new(Code::PlanNotClosed));
    }
    if !period_over {
        return Err(Fault::new(Code::PlanPeriodRunning));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(region: u128, figures: Figures, rate: Option<&str>) -> SettledRow {
        SettledRow {
            region_id: Uuid::from_u128(region),
            figures,
            rate: rate.map(str::to_owned),
        }
    }

    fn settlement() -> Settlement {
        Settlement {
            plan_id: Uuid::from_u128(1),
            county_id: Uuid::from_u128(2),
            settled_at: 3,
            account_id: None,
            boundary_id: Uuid::from_u128(4),
            digest: Vec::new(),
        }
    }

    #[test]
    fn only_a_closed_plan_whose_period_is_over_is_settled_and_only_once() {
        let table = [
            (PlanState::Closed, true, false, None),
            (PlanState::Closed, true, true, Some(Code::PlanSettled)),
            (
                PlanState::Closed,
                false,
                false,
                Some(Code::PlanPeriodRunning),
            ),
            (PlanState::Published, true, false, Some(Code::PlanNotClosed)),
            (PlanState::Draft, true, false, Some(Code::PlanNotClosed)),
        ];
        for (state, over, settled, expected) in table {
            let told = may_settle(state, over, settled).err().map(|f| f.code);
            assert_eq!(told, expected, "{state:?} {over} {settled}");
        }
    }

    #[test]
    fn the_digest_knows_every_figure_and_no_order() {
        let figures = |n| Figures {
            quota: n,
            completed: 1,
            ..Figures::default()
        };
        let rows = [row(7, figures(10), Some("10.0")), row(8, figures(0), None)];
        let digest = settlement().digest_of(&rows);
        let turned = [rows[1].clone(), rows[0].clone()];
        assert_eq!(settlement().digest_of(&turned), digest);
        let changes: [fn(&mut SettledRow); 10] = [
            |row| row.region_id = Uuid::from_u128(9),
            |row| row.rate = None,
            |row| row.figures.quota += 1,
            |row| row.figures.completed += 1,
            |row| row.figures.person_times += 1,
            |row| row.figures.online_times += 1,
            |row| row.figures.offline_times += 1,
            |row| row.figures.passed += 1,
            |row| row.figures.by_role[0] += 1,
            |row| row.figures.by_role[3] += 1,
        ];
        for (place, change) in changes.into_iter().enumerate() {
            let mut rows = rows.clone();
            change(&mut rows[0]);
            assert_ne!(settlement().digest_of(&rows), digest, "change {place}");
        }
        let later = Settlement {
            settled_at: 4,
            ..settlement()
        };
        assert_ne!(later.digest_of(&rows), digest);
        assert_ne!(settlement().digest_of(&rows[..1]), digest);
    }

    #[test]
    fn what_came_since_and_what_stood_add_up() {
        let stood = Figures {
            quota: 10,
            completed: 5,
            person_times: 8,
            passed: 5,
            by_role: [1, 0, 0, 4],
            ..Figures::default()
        };
        let now = Figures {
            completed: 4,
            passed: 4,
            by_role: [1, 0, 0, 3],
            ..stood
        };
        let since = now.since(&stood);
        assert_eq!((since.completed, since.passed, since.quota), (-1, -1, 0));
        assert_eq!(since.by_role, [0, 0, 0, -1]);
        assert_eq!(now.since(&now), Figures::default());
    }
}
