//! What codes stand on: their holders and these people's certificates, under the rules of the day.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::rules::{Content, MOST_ITEMS};
use super::tc1::{Item, item_number};
use crate::certificates::regime::{self, Rules, Status};
use crate::certificates::{self, CertificateFacts, Standing};
use crate::people::{self, Brief};
use crate::platform::idempotency::Work;
use crate::platform::{Code, Fault, Result};

/// People with their certificates.
pub(super) struct Ground {
    briefs: HashMap<Uuid, Brief>,
    certificates: HashMap<Uuid, Vec<CertificateFacts>>,
    rules: Rules,
    today: NaiveDate,
}

impl Ground {
    /// Reads what the codes of these people stand on, in a query each.
    pub(super) async fn of(work: &Work<'_>, people: &[Uuid]) -> Result<Self> {
        let county = work.by.county_id;
        Ok(Self {
            briefs: people::briefs(&work.tx, work.state, county, people).await?,
            certificates: certificates::facts_of_people(&work.tx, county, people).await?,
            rules: regime::law(&work.tx).await?,
            today: work.state.clock.local(work.now).date_naive(),
        })
    }

    /// Who he is.
    ///
    /// # Errors
    /// `not_found` when nobody of the county.
    pub(super) fn brief(&self, person: Uuid) -> Result<&Brief> {
        self.briefs.get(&person).ok_or_else(Fault::not_found)
    }

    /// His certificates as they stand on the register.
    pub(super) fn certificates(&self, person: Uuid) -> &[CertificateFacts] {
        self.certificates.get(&person).map_or(&[], Vec::as_slice)
    }

    /// The township and enterprise at which his code counts: those of the certificate that leads it.
    pub(super) fn place(&self, person: Uuid) -> Option<(Uuid, Option<Uuid>)> {
        let all = self.certificates(person);
        let leads = all
            .iter()
            .find(|one| one.standing == Standing::Active)
            .or_else(|| all.first())?;
        Some((leads.region_id, leads.enterprise_id))
    }

    /// What his code should hold.
    ///
    /// # Errors
    /// `item_unknown` when an item has no number in codes.
    pub(super) fn content(&self, person: Uuid) -> Result<Content> {
        let all = self.certificates(person);
        let mut items = all
            .iter()
            .filter(|one| one.standing == Standing::Active)
            .map(|one| self.item(one))
            .collect::<Result<Vec<_>>>()?;
        items.sort_by_key(|item| item.number);
        items.dedup_by_key(|item| item.number);
        items.truncate(MOST_ITEMS);
        Ok(Content {
            items,
            any_suspended: all.iter().any(|one| one.standing == Standing::Suspended),
        })
    }

    /// Only recorded days stand in a code: one that was reckoned may have been overtaken by a renewal or a review nobody
    /// told us of, and then the certificate is unchecked, not expired.
    fn item(&self, one: &CertificateFacts) -> Result<Item> {
        let number = item_number(one.catalogue, &one.item_code)
            .ok_or_else(|| Fault::new(Code::ItemUnknown).with("code", &one.item_code))?;
        let record = one.on_record();
        let dates = regime::dates(&record, &self.rules, self.today);
        let recorded = |day: Option<NaiveDate>, computed: bool| day.filter(|_| !computed).map(days);
        let status = regime::status_on(&record, one.standing, &self.rules, self.today);
        Ok(Item {
            number,
            valid_until: recorded(dates.valid_until, dates.valid_until_computed),
            review_due: recorded(dates.review_due, dates.review_due_computed),
            checked: !matches!(status, Status::Unverified | Status::WaitingForIssuer),
        })
    }
}

/// Days since 1970.
fn days(day: NaiveDate) -> i32 {
    i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).unwrap_or(i32::MAX)
}

/// A day from days since 1970.
pub(super) fn day(days: i32) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(chrono::TimeDelta::days(days.into()))
}
