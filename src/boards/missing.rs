//! Who still misses something of a plan: of a township, of an enterprise, or of some people.

use uuid::Uuid;

use super::answers::plan_named;
use super::store;
use super::store::answers as rows;
use crate::plans::{Demand, Plan, demands};
use crate::platform::{Code, Fault, Result, Scope};
use crate::{people, places};

pub use rows::Called;

/// Of whom it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// A township with those it took over.
    Region(Uuid),
    Enterprise(Uuid),
    People(Vec<Uuid>),
}

/// Somebody with what he misses.
pub struct Missing {
    pub called: Called,
    pub demands: Vec<Demand>,
}

/// The townships and the people that are meant, where the caller reaches them.
async fn reached(
    db: &impl sea_orm::ConnectionTrait,
    scope: &Scope,
    of: &Of,
) -> Result<(Option<Vec<Uuid>>, rows::Only)> {
    match of {
        Of::Region(region) => {
            let unknown = || Fault::new(Code::RegionUnknown).with("region", region);
            let regions = places::regions(db, scope.county_id).await?;
            if !scope.reaches_region(*region) || regions.get(*region).is_none() {
                return Err(unknown().at("/region_id"));
            }
            Ok((Some(regions.with_predecessors(*region)), rows::Only::All))
        }
        Of::Enterprise(enterprise) => {
            let unknown = || Fault::new(Code::EnterpriseUnknown).with("enterprise", enterprise);
            let there = store::enterprise(db, scope, *enterprise).await?;
            there.ok_or_else(|| unknown().at("/enterprise_id"))?;
            Ok((None, rows::Only::Enterprise(*enterprise)))
        }
        Of::People(people) => {
            let known = people::visible_of(db, scope, people).await?;
            if let Some(place) = people.iter().position(|person| !known.contains(person)) {
                return Err(Fault::new(Code::PersonNotOnFile).at(&format!("/person_ids/{place}")));
            }
            Ok((None, rows::Only::People(people.clone())))
        }
    }
}

/// The people in reach who have not met the plan, nearest to done first; `most` at most.
///
/// # Errors
/// `region_unknown`, `enterprise_unknown`, `person_not_on_file` for what is out of reach; `not_found` for a plan.
pub async fn missing(
    db: &impl sea_orm::ConnectionTrait,
    scope: &Scope,
    plan_id: Option<Uuid>,
    of: &Of,
    most: u64,
) -> Result<(Plan, Vec<Missing>)> {
    let (regions, only) = reached(db, scope, of).await?;
    let plan = plan_named(db, scope, plan_id).await?;
    let wanted = rows::Wanted {
        plan: &plan,
        regions,
        only,
        past: None,
        limit: most,
    };
    let people = rows::nearest_to_done(db, scope, &wanted).await?;
    let missing = people
        .into_iter()
        .filter(|called| called.effort > 0)
        .map(|called| Missing {
            demands: demands(&plan.terms, &called.progress)
                .into_iter()
                .filter(|demand| demand.missing() > 0)
                .collect(),
            called,
        });
    let missing = missing.collect();
    Ok((plan, missing))
}
