//! One certificate put on the register by hand: what a review approved, or the demo shows.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::regime::IssuerState;
use super::rules::{Facts, Sheet, full_number};
use super::store::register::{Held, Saved, held, save_certificates};
use super::{in_line, refresh, store};
use crate::people::Employment;
use crate::platform::idempotency::Work;
use crate::platform::{Code, Fault, Result, Scope, clock};
use crate::{audit, people};

/// A certificate as somebody tells of it; its number is "T" and the holder's ID number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewCertificate {
    /// Its holder, on file in the county.
    pub person_id: Uuid,
    /// Code or name of its item.
    pub item: String,
    pub first_issued: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub reviewed_on: Option<NaiveDate>,
    pub review_due: Option<NaiveDate>,
    /// Empty where nobody says.
    pub training_centre: String,
    /// The issuer has not entered it yet; otherwise nobody has looked.
    pub waiting: bool,
    /// Where it counts if the holder has no post on file.
    pub region_id: Option<Uuid>,
}

impl NewCertificate {
    fn told(&self, post: Option<Employment>) -> Facts {
        Facts {
            first_issued: self.first_issued,
            valid_until: self.valid_until,
            reviewed_on: self.reviewed_on,
            review_due: self.review_due,
            training_centre: self.training_centre.trim().to_owned(),
            enterprise_id: post.as_ref().and_then(|post| post.enterprise_id),
            enterprise_name: post.map(|post| post.enterprise_name).unwrap_or_default(),
        }
    }
}

/// What stands after it was told: on a certificate that is there only what is missing is filled in.
fn weighed(there: Option<&Held>, told: Facts, waiting: bool) -> (Facts, IssuerState) {
    let told_state = if waiting {
        IssuerState::Waiting
    } else {
        IssuerState::Unverified
    };
    let Some(there) = there else {
        return (told, told_state);
    };
    let state = there.issuer_state;
    let (facts, state) = there
        .facts
        .weighed(state, &told, Sheet::Claims, there.not_found);
    let unknown = state == IssuerState::Unverified;
    (facts, if unknown { told_state } else { state })
}

/// Puts a certificate on the register as waiting or unverified, counted where its holder works.
///
/// One that is there already is not made twice: what is missing there is filled in, and its id told. Audited; no number is
/// shown to anybody.
///
/// # Errors
/// `not_found` for somebody not on file in the county; `item_unknown`; `region_unknown` where he has no post and no region
/// is named.
pub async fn register(work: &Work<'_>, new: &NewCertificate) -> Result<Uuid> {
    in_line(work).await?;
    let (tx, county) = (&work.tx, Scope::county(work.by.county_id));
    let numbers = people::in_full(tx, work.state, &county, new.person_id).await?;
    let number = full_number(&numbers.ok_or_else(Fault::not_found)?.id_number);
    let today = work.state.clock.today();
    let catalogues = store::catalogues(tx).await?;
    let item = catalogues.item(new.item.trim(), new.first_issued, today);
    let (catalogue, item) = item.ok_or_else(|| {
        Fault::new(Code::ItemUnknown)
            .with("code", &new.item)
            .at("/item_code")
    })?;
    let hash = store::number_hash(work.state, &number);
    let there = held(tx, work.by.county_id, std::slice::from_ref(&hash), today).await?;
    let there = there.get(&(hash.clone(), item.code.clone()));
    let post = people::post_on(tx, new.person_id, today).await?;
    let region_id = match (there, &post) {
        (Some(there), _) => Some(there.region_id),
        (None, Some(post)) => Some(post.region_id),
        (None, None) => new.region_id,
    };
    let (facts, issuer_state) = weighed(there, new.told(post), new.waiting);
    let id = there.map_or_else(clock::new_id, |there| there.id);
    if there.is_some_and(|there| there.facts == facts && there.issuer_state == issuer_state) {
        return Ok(id);
    }
    let saved = Saved {
        id,
        person_id: new.person_id,
        number,
        number_hash: &hash,
        item_code: &item.code,
        catalogue_version: &catalogue.version,
        region_id: region_id.ok_or_else(|| {
            Fault::new(Code::RegionUnknown)
                .with("region", "")
                .at("/region_id")
        })?,
        facts,
        issuer_state,
    };
    save_certificates(work, &[saved]).await?;
    if there.is_some() {
        refresh::facts_changed(work, &[id]).await?;
    }
    let detail = json!({"item": item.code, "issuer_state": issuer_state, "new": there.is_none()});
    let subject = ("certificate", id.to_string());
    audit::record(work, "certificates.register", subject, detail).await?;
    Ok(id)
}
