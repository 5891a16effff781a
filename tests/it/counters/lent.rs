//! Townships lend each other quota and people change employers: boards, balances and call lists keep agreeing.

use proptest::prelude::*;
use reqwest::StatusCode;
use serde_json::json;

use super::Story;

/// What a county allots to its two townships.
const ALLOTTED: [i64; 2] = [10, 5];
const DAYS: [&str; 3] = ["2020-03-01", "2020-05-12", "2020-09-01"];

/// A proposal of one township to the other, and what becomes of it.
#[derive(Clone, Debug)]
pub(super) struct Loan {
    from: usize,
    amount: i64,
    day: &'static str,
    end: End,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Open,
    Agreed,
    Refused,
    Withdrawn,
}

pub(super) fn loan() -> impl Strategy<Value = Loan> {
    let end = prop_oneof![
        1 => Just(End::Open),
        4 => Just(End::Agreed),
        1 => Just(End::Refused),
        1 => Just(End::Withdrawn),
    ];
    (0..2_usize, 1..7_i64, prop::sample::select(&DAYS[..]), end).prop_map(
        |(from, amount, day, end)| Loan {
            from,
            amount,
            day,
            end,
        },
    )
}

impl Story<'_> {
    /// The quota of a township at the end of a day.
    fn quota(&self, township: usize, day: &str) -> i64 {
        let lent = self.model.lent[township].iter();
        let until = lent.filter(|(of, _)| *of <= day);
        ALLOTTED[township] + until.map(|(_, amount)| amount).sum::<i64>()
    }

    pub(super) async fn lend(&mut self, loan: &Loan) {
        let regions = [self.county.a, self.county.b];
        let (lender, borrower) = (loan.from, 1 - loan.from);
        let path = format!("/v1/plans/{}/loans", self.county.plan);
        let body = json!({"from_region_id": regions[lender], "to_region_id": regions[borrower],
            "amount": loan.amount, "day": loan.day, "reason": "帮扶"});
        let proposed = self.townships[lender].make(&path, &body).await;
        let of = |word: &str| format!("{path}/{}/{word}", proposed["id"].as_str().unwrap());
        let (by, word) = match loan.end {
            End::Open => return,
            End::Agreed => (borrower, "agreement"),
            End::Refused => (borrower, "refusal"),
            End::Withdrawn => (lender, "refusal"),
        };
        let (status, told) = self.townships[by].post(&of(word), &json!({})).await;
        if !matches!(loan.end, End::Agreed) {
            assert_eq!(status, StatusCode::OK, "{told}");
            return;
        }
        let later = DAYS.into_iter().filter(|day| *day >= loan.day);
        let enough = later.map(|day| self.quota(lender, day)).min() >= Some(loan.amount);
        if enough {
            assert_eq!(status, StatusCode::OK, "{told}");
            self.model.lent[lender].push((loan.day, -loan.amount));
            self.model.lent[borrower].push((loan.day, loan.amount));
        } else {
            assert_eq!(told["code"], "quota_too_small", "{told}");
        }
    }

    /// Somebody who is on file starts at an enterprise.
    pub(super) async fn starts_at(&self, person: usize, shop: usize, day: &str) {
        let Some(id) = self.person_id(person).await else {
            return;
        };
        let shop = [self.county.shop_a, self.county.shop_b][shop];
        let body = json!({"enterprise_id": shop, "role": "other", "from_day": day});
        let path = format!("/v1/people/{id}/employment");
        let (status, told) = self.officer.post(&path, &body).await;
        assert_eq!(status, StatusCode::OK, "{told}");
    }

    /// Board, overview and balances say what was lent, on any day.
    pub(super) async fn check_quotas(&self) {
        let regions = [self.county.a, self.county.b];
        let quotas = format!("/v1/plans/{}/quotas", self.county.plan);
        let overview = self.officer.read(&quotas).await;
        for day in DAYS.into_iter().chain(["2020-01-01", "2020-12-31"]) {
            let board = format!("/v1/boards/progress?as_of={day}");
            let board = self.officer.read(&board).await;
            let expected = [0, 1].map(|township| self.quota(township, day));
            assert_eq!(board["quota"], expected.iter().sum::<i64>());
            for (region, expected) in regions.iter().zip(expected) {
                let rows = board["regions"].as_array().unwrap();
                let row = rows.iter().find(|row| row["id"] == region.to_string());
                assert_eq!(row.unwrap()["quota"], expected, "{region} on {day}");
            }
        }
        for (township, region) in regions.iter().enumerate() {
            let expected = self.quota(township, "2020-12-31");
            let rows = overview["items"].as_array().unwrap();
            let row = rows.iter().find(|r| r["region_id"] == region.to_string());
            assert_eq!(row.unwrap()["quota"], expected);
            let told = self.townships[township]
                .read(&format!("{quotas}/{region}"))
                .await;
            let lines = told["lines"].as_array().unwrap();
            assert_eq!(told["quota"], expected);
            assert_eq!(lines.last().unwrap()["balance"], expected);
            assert_eq!(lines.len(), 1 + self.model.lent[township].len());
        }
    }
}
