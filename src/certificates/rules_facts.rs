//! What sheets tell of a certificate, and which of them is believed.

use chrono::NaiveDate;
use uuid::Uuid;

use super::regime::IssuerState;

/// What a sheet tells of a certificate beside its number, item and township.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub first_issued: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    /// The last re-examination that was passed (实际复审日期).
    pub reviewed_on: Option<NaiveDate>,
    /// The next re-examination (应复审日期).
    pub review_due: Option<NaiveDate>,
    /// Where its holder was trained for it (培训机构); empty where nobody says.
    pub training_centre: String,
    pub enterprise_id: Option<Uuid>,
    pub enterprise_name: String,
}

/// Which sheet tells of certificates, and so how much it weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// The due list that counts from now on.
    NewestList,
    /// A due list older than another.
    OlderList,
    /// Codes claimed elsewhere.
    Claims,
}

impl Facts {
    /// What stands after a sheet told something: the newest list wins, any other fills in what is missing.
    #[must_use]
    pub fn after(&self, told: &Self, newest: bool) -> Self {
        let (first, second) = if newest { (told, self) } else { (self, told) };
        let employer = if first.enterprise_name.is_empty() {
            second
        } else {
            first
        };
        let centre = if first.training_centre.is_empty() {
            second
        } else {
            first
        };
        Self {
            first_issued: first.first_issued.or(second.first_issued),
            valid_until: first.valid_until.or(second.valid_until),
            reviewed_on: first.reviewed_on.or(second.reviewed_on),
            review_due: first.review_due.or(second.review_due),
            training_centre: centre.training_centre.clone(),
            enterprise_id: employer.enterprise_id,
            enterprise_name: employer.enterprise_name.clone(),
        }
    }

    /// Facts and issuer's state of a certificate on the register after a sheet told of it.
    ///
    /// A list makes it listed. What was seen at the issuer's is not overruled by a list, unless that tells of a later last
    /// day: then the certificate was renewed since. A certificate that was looked for and not found stays unverified.
    #[must_use]
    pub fn weighed(
        &self,
        state: IssuerState,
        told: &Self,
        sheet: Sheet,
        not_found: bool,
    ) -> (Self, IssuerState) {
        let listed = if not_found {
            state
        } else {
            state.once_listed()
        };
        match sheet {
            Sheet::Claims => (self.after(told, false), state),
            Sheet::OlderList => (self.after(told, false), listed),
            Sheet::NewestList if !state.is_of_issuer() => (self.after(told, true), listed),
            Sheet::NewestList => {
                let renewed = self.valid_until.is_some() && self.valid_until < told.valid_until;
                if renewed {
                    return (self.after(told, true), IssuerState::Listed);
                }
                let (kept, newer) = (self.after(told, false), self.after(told, true));
                let facts = Self {
                    enterprise_id: newer.enterprise_id,
                    enterprise_name: newer.enterprise_name,
                    training_centre: newer.training_centre,
                    ..kept
                };
                (facts, state)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn facts(first: &str, until: &str, due: &str, name: &str) -> Facts {
        let told = |text: &str| (!text.is_empty()).then(|| day(text));
        Facts {
            first_issued: told(first),
            valid_until: told(until),
            review_due: told(due),
            enterprise_name: name.into(),
            ..Facts::default()
        }
    }

    #[test]
    fn the_newest_list_wins_and_others_fill_in() {
        let old = facts("", "2021-01-01", "", "甲厂");
        let told = Facts {
            training_centre: "县安培中心".into(),
            ..facts("2015-01-01", "2027-01-01", "2018-01-01", "乙厂")
        };
        assert_eq!(old.after(&told, true), told);
        let filled = Facts {
            training_centre: "县安培中心".into(),
            ..facts("2015-01-01", "2021-01-01", "2018-01-01", "甲厂")
        };
        assert_eq!(old.after(&told, false), filled);
        assert_eq!(old.after(&Facts::default(), true), old);
    }

    #[test]
    fn a_list_makes_a_certificate_listed_and_does_not_overrule_its_issuer() {
        use IssuerState::{Confirmed, Differs, Listed, Unverified, Waiting};
        use Sheet::{Claims, NewestList, OlderList};
        let held = facts("2015-01-01", "2021-01-01", "2018-01-01", "甲厂");
        let same_term = facts("2014-01-01", "2020-12-31", "2017-12-31", "乙厂");
        let renewed = facts("", "2027-01-01", "", "乙厂");
        let kept = facts("2015-01-01", "2021-01-01", "2018-01-01", "乙厂");
        let of_new_term = facts("2015-01-01", "2027-01-01", "2018-01-01", "乙厂");
        let table = [
            (
                Unverified, &same_term, NewestList, false, &same_term, Listed,
            ),
            (Waiting, &same_term, NewestList, false, &same_term, Listed),
            (Listed, &same_term, NewestList, false, &same_term, Listed),
            (
                Unverified, &same_term, NewestList, true, &same_term, Unverified,
            ),
            (Unverified, &same_term, OlderList, false, &held, Listed),
            (Unverified, &same_term, OlderList, true, &held, Unverified),
            (Unverified, &same_term, Claims, false, &held, Unverified),
            (Confirmed, &same_term, Claims, false, &held, Confirmed),
            (Confirmed, &same_term, OlderList, false, &held, Confirmed),
            (Confirmed, &same_term, NewestList, false, &kept, Confirmed),
            (Differs, &same_term, NewestList, false, &kept, Differs),
            (Confirmed, &renewed, NewestList, false, &of_new_term, Listed),
            (Differs, &renewed, NewestList, false, &of_new_term, Listed),
        ];
        for (state, told, sheet, not_found, after, expected) in table {
            let found = held.weighed(state, told, sheet, not_found);
            let expected = (after.clone(), expected);
            assert_eq!(found, expected, "{state:?} {sheet:?} {not_found}: {told:?}");
        }
    }
}
