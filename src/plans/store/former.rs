//! Rows of completions that were withdrawn, and of what the ledger still holds where they counted.

use std::collections::HashMap;

use entity::{completion, training_record as ledger};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::plans::rules::Former;
use crate::platform::Result;
use crate::platform::db::IN_LIST;
use crate::sheets::posts::TargetRole;

/// The last completion of each of these people that was withdrawn; who never had one is not among them.
pub(in crate::plans) async fn former_completions(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, Former>> {
    let mut found = HashMap::new();
    for chunk in persons.chunks(IN_LIST) {
        let rows = completion::Entity::find()
            .filter(completion::Column::PlanId.eq(plan_id))
            .filter(completion::Column::PersonId.is_in(chunk.iter().copied()))
            .filter(completion::Column::WithdrawnAt.is_not_null())
            .order_by_asc(completion::Column::Id)
            .all(db)
            .await?;
        // The later one takes the place of the one before.
        found.extend(rows.into_iter().map(|row| {
            let former = Former {
                region_id: row.region_id,
                enterprise_id: row.enterprise_id,
                role: TargetRole::of_word(&row.role),
                day: row.completed_on,
                standing: false,
            };
            (row.person_id, former)
        }));
    }
    note_standing(db, plan_id, &mut found).await?;
    Ok(found)
}

/// Asks the ledger what is left of the training at those places on those days.
async fn note_standing(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    found: &mut HashMap<Uuid, Former>,
) -> Result<()> {
    use ledger::Column as L;
    type Left = (
        Uuid,
        Uuid,
        Option<Uuid>,
        String,
        chrono::NaiveDate,
        i64,
        i64,
    );
    let sum = |column: L| Expr::col(column).sum().cast_as("bigint");
    let persons: Vec<Uuid> = found.keys().copied().collect();
    for chunk in persons.chunks(IN_LIST) {
        let place = [
            L::PersonId,
            L::RegionId,
            L::EnterpriseId,
            L::Role,
            L::HappenedOn,
        ];
        let mut query = ledger::Entity::find()
            .select_only()
            .columns(place)
            .column_as(sum(L::Minutes), "minutes")
            .column_as(sum(L::PersonTimes), "person_times")
            .filter(L::PlanId.eq(plan_id))
            .filter(L::PersonId.is_in(chunk.iter().copied()));
        for column in place {
            query = query.group_by(column);
        }
        let rows: Vec<Left> = query.into_tuple().all(db).await?;
        for (person, region, enterprise, role, day, minutes, times) in rows {
            if let Some(former) = found.get_mut(&person)
                && (former.region_id, former.enterprise_id, former.day) == (region, enterprise, day)
                && former.role == TargetRole::of_word(&role)
            {
                former.standing |= minutes > 0 || times > 0;
            }
        }
    }
    Ok(())
}
