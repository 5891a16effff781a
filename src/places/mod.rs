//! County > township > enterprise (县、乡镇街道、企业), with dates and successors.
//!
//! Owns `region`, `enterprise` and `enterprise_tag`. Invariants: a region's code is its own on any day; a credit code belongs to one
//! enterprise of a county. May not enter: people.

pub mod api;
pub mod imports;
pub mod rules;
mod sheet;
mod store;
pub mod tags;

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use crate::audit;
use crate::fresh;
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock};

pub use rules::{
    Enterprise, EnterpriseIndex, NewEnterprise, NewRegion, Region, RegionKind, Regions,
};
pub use store::{enterprises_among, regions, visible_enterprises, visible_regions};

/// Creates a county with nothing in it yet, for the command line.
///
/// # Errors
/// `region_code_taken`.
pub async fn create_county(
    state: &State,
    code: &str,
    name: &str,
    from: NaiveDate,
) -> Result<Region> {
    let id = clock::new_id();
    let by = Caller::console(id);
    let work = state.begin_plain(&by).await?;
    if store::county_of_code(&work.tx, code).await?.is_some() {
        return Err(Fault::new(Code::RegionCodeTaken).with("code", code));
    }
    let new = NewRegion {
        code: code.to_owned(),
        name: name.to_owned(),
        kind: RegionKind::County,
        valid_from: from,
    };
    let region = Region::made(id, id, None, new);
    store::insert_region(&work.tx, &region, work.now).await?;
    audit::record(
        &work,
        "places.create_county",
        ("region", id.to_string()),
        json!({"code": code}),
    )
    .await?;
    work.commit(&()).await?;
    Ok(region)
}

/// Every county of this instance, for work that goes round them.
///
/// # Errors
/// Database faults.
pub async fn counties(state: &State) -> Result<Vec<Uuid>> {
    let all = store::counties(state.db.read()).await?;
    Ok(all.into_iter().map(|county| county.id).collect())
}

/// The county with this code, or the only one there is.
///
/// # Errors
/// `not_found`; `invalid_field` when there are several and none was named.
pub async fn county(state: &State, code: Option<&str>) -> Result<Region> {
    let mut counties = store::counties(state.db.read()).await?;
    if let Some(code) = code {
        counties.retain(|county| county.code == code);
    }
    match (counties.pop(), counties.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(Fault::field(
            "county",
            "several counties; name one by its code",
        )),
        (None, _) => Err(Fault::not_found()),
    }
}

/// Creates a township or reporting unit.
///
/// # Errors
/// `forbidden`, `region_code_taken`.
pub async fn create_region(
    state: &State,
    by: &Caller,
    retry: Retry,
    new: NewRegion,
) -> Result<Region> {
    by.may(Action::ManageRegions)?;
    let work = fresh!(state.begin(by, retry).await?);
    let region = add_region(&work, new).await?;
    work.commit(&region).await?;
    Ok(region)
}

/// Creates a region within a larger work.
///
/// # Errors
/// `region_code_taken`.
pub async fn add_region(work: &Work<'_>, new: NewRegion) -> Result<Region> {
    rules::check_region(&new)?;
    let all = regions(&work.tx, work.by.county_id).await?;
    if all.by_code_on(&new.code, new.valid_from).is_some() {
        return Err(Fault::new(Code::RegionCodeTaken)
            .with("code", &new.code)
            .at("/code"));
    }
    let region = Region::made(
        clock::new_id(),
        work.by.county_id,
        Some(work.by.county_id),
        new,
    );
    store::insert_region(&work.tx, &region, work.now).await?;
    let detail = json!({"code": region.code, "name": region.name});
    audit::record(
        work,
        "places.create_region",
        ("region", region.id.to_string()),
        detail,
    )
    .await?;
    Ok(region)
}

/// Ends a region on a day and names who takes over: 澄潭镇 → 澄潭街道.
///
/// # Errors
/// `not_found`, `stale`; `region_unknown` when the successor is none of the county's; `period_reversed`.
pub async fn succeed_region(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    successor: Uuid,
    last_day: NaiveDate,
    seen: Seen<Region>,
) -> Result<Region> {
    by.may(Action::ManageRegions)?;
    let work = fresh!(state.begin(by, retry).await?);
    store::hold_region(&work.tx, by.county_id, id).await?;
    let all = regions(&work.tx, by.county_id).await?;
    let mut region = all.get(id).ok_or_else(Fault::not_found)?.clone();
    seen.check(&region)?;
    if all.get(successor).is_none() || successor == id {
        return Err(Fault::new(Code::RegionUnknown)
            .with("region", successor)
            .at("/successor_id"));
    }
    if last_day < region.valid_from {
        return Err(Fault::new(Code::PeriodReversed).at("/last_day"));
    }
    region.valid_to = Some(last_day);
    region.successor_id = Some(successor);
    store::end_region(&work.tx, &region).await?;
    let detail = json!({"successor": successor, "last_day": last_day});
    audit::record(
        &work,
        "places.succeed_region",
        ("region", id.to_string()),
        detail,
    )
    .await?;
    work.commit(&region).await?;
    Ok(region)
}

/// Creates an enterprise.
///
/// # Errors
/// `forbidden`, `credit_code_invalid`, `credit_code_taken`, `outside_scope`.
pub async fn create_enterprise(
    state: &State,
    by: &Caller,
    retry: Retry,
    new: NewEnterprise,
) -> Result<Enterprise> {
    let scope = by.may(Action::ManageEnterprises)?;
    let new = rules::check_enterprise(new)?;
    let work = fresh!(state.begin(by, retry).await?);
    let all = regions(&work.tx, by.county_id).await?;
    let region = all
        .get(new.region_id)
        .filter(|r| scope.reaches_region(r.id));
    let region = region.ok_or_else(|| {
        Fault::new(Code::RegionUnknown)
            .with("region", new.region_id)
            .at("/region_id")
    })?;
    let enterprise = Enterprise::made(clock::new_id(), region, new);
    refuse_taken_code(&work, &enterprise).await?;
    store::save_enterprises(
        &work.tx,
        by.county_id,
        std::slice::from_ref(&enterprise),
        work.now,
    )
    .await?;
    let detail = json!({"name": enterprise.name});
    audit::record(
        &work,
        "places.create_enterprise",
        ("enterprise", enterprise.id.to_string()),
        detail,
    )
    .await?;
    work.commit(&enterprise).await?;
    Ok(enterprise)
}

/// Changes an enterprise; past employment keeps the region it had.
///
/// # Errors
/// `not_found`, `stale`, `credit_code_invalid`, `credit_code_taken`, `region_unknown`.
pub async fn update_enterprise(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    new: NewEnterprise,
    seen: Seen<Enterprise>,
) -> Result<Enterprise> {
    let scope = by.may(Action::ManageEnterprises)?;
    let new = rules::check_enterprise(new)?;
    let work = fresh!(state.begin(by, retry).await?);
    let was = store::enterprise_for_update(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&was)?;
    let all = regions(&work.tx, by.county_id).await?;
    let region = all
        .get(new.region_id)
        .filter(|r| scope.reaches_region(r.id));
    let region = region.ok_or_else(|| {
        Fault::new(Code::RegionUnknown)
            .with("region", new.region_id)
            .at("/region_id")
    })?;
    let enterprise = Enterprise::made(id, region, new);
    refuse_taken_code(&work, &enterprise).await?;
    store::save_enterprises(
        &work.tx,
        by.county_id,
        std::slice::from_ref(&enterprise),
        work.now,
    )
    .await?;
    let detail = json!({"name": enterprise.name, "region": region.code});
    audit::record(
        &work,
        "places.update_enterprise",
        ("enterprise", id.to_string()),
        detail,
    )
    .await?;
    work.commit(&enterprise).await?;
    Ok(enterprise)
}

async fn refuse_taken_code(work: &Work<'_>, enterprise: &Enterprise) -> Result<()> {
    let Some(code) = &enterprise.credit_code else {
        return Ok(());
    };
    match store::enterprise_of_code(&work.tx, work.by.county_id, code).await? {
        Some(other) if other != enterprise.id => Err(Fault::new(Code::CreditCodeTaken)
            .with("code", code)
            .at("/credit_code")),
        _ => Ok(()),
    }
}

/// All enterprises of the county that any of these credit codes or names may mean, for matching sheets.
///
/// # Errors
/// Database faults.
pub async fn enterprise_index(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    codes: &[String],
    names: &[String],
) -> Result<EnterpriseIndex> {
    Ok(EnterpriseIndex::new(
        store::enterprises_of(tx, county_id, codes, names).await?,
    ))
}

/// An enterprise in scope.
///
/// # Errors
/// Database faults.
pub async fn enterprise_in(
    db: &impl ConnectionTrait,
    scope: &crate::platform::Scope,
    id: Uuid,
) -> Result<Option<Enterprise>> {
    store::enterprise(db, scope, id).await
}
