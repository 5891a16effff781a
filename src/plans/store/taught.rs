//! What the ledger holds of people, summed by day and place: what a completion is dated by.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::training_record as ledger;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::plans::rules::{Part, Progress, Taught};
use crate::platform::Result;
use crate::platform::db::IN_LIST;
use crate::sheets::posts::TargetRole;

/// Every day of training of these people toward a plan, corrections taken into account.
pub(in crate::plans) async fn taught(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Taught>>> {
    use ledger::Column as L;
    type Row = (
        Uuid,
        NaiveDate,
        Uuid,
        Option<Uuid>,
        String,
        String,
        i64,
        i64,
        i64,
    );
    let sum = |column: L| Expr::col(column).sum().cast_as("bigint");
    let keys = [
        L::PersonId,
        L::HappenedOn,
        L::RegionId,
        L::EnterpriseId,
        L::Role,
        L::Part,
    ];
    let mut found: HashMap<Uuid, Vec<Taught>> = HashMap::new();
    for chunk in persons.chunks(IN_LIST) {
        let mut query = ledger::Entity::find()
            .select_only()
            .columns(keys)
            .column_as(sum(L::Minutes), "minutes")
            .column_as(sum(L::PersonTimes), "person_times")
            .column_as(sum(L::Passes), "passes")
            .filter(L::PlanId.eq(plan_id))
            .filter(L::PersonId.is_in(chunk.iter().copied()));
        for key in keys {
            query = query.group_by(key);
        }
        let rows: Vec<Row> = query.into_tuple().all(db).await?;
        for (person, day, region_id, enterprise_id, role, part, minutes, person_times, passes) in
            rows
        {
            let online = part == Part::Online.word();
            found.entry(person).or_default().push(Taught {
                day,
                region_id,
                enterprise_id,
                role: TargetRole::of_word(&role),
                given: Progress {
                    minutes_online: if online { minutes } else { 0 },
                    minutes_offline: if online { 0 } else { minutes },
                    person_times,
                    passes,
                },
            });
        }
    }
    Ok(found)
}
