//! The counter of classes held on a day, which boards read instead of the classes.

use entity::{class_day as day, class_session as class};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Func, OnConflict, Query};
use uuid::Uuid;

use crate::platform::Result;

/// Counts anew the days on which these classes are.
pub(super) async fn count(tx: &impl ConnectionTrait, ids: &[Uuid]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let columns = [
        class::Column::CountyId,
        class::Column::PlanId,
        class::Column::RegionId,
        class::Column::Day,
    ];
    let touched = Query::select()
        .columns(columns)
        .from(class::Entity)
        .and_where(Expr::col(class::Column::Id).is_in(ids.iter().copied()))
        .to_owned();
    let held = Expr::case(Expr::col(class::Column::State).eq("held"), 1).finally(0);
    let counted = Query::select()
        .columns(columns)
        .expr(Func::sum(held).cast_as("BIGINT"))
        .from(class::Entity)
        .and_where(Expr::tuple(columns.map(Expr::col)).in_subquery(touched))
        .group_by_columns(columns)
        .to_owned();
    let mut write = Query::insert();
    write
        .into_table(day::Entity)
        .columns([
            day::Column::CountyId,
            day::Column::PlanId,
            day::Column::RegionId,
            day::Column::Day,
            day::Column::Held,
        ])
        .select_from(counted)
        .map_err(|e| crate::platform::Fault::internal(e.to_string()))?
        .on_conflict(
            OnConflict::columns([
                day::Column::CountyId,
                day::Column::PlanId,
                day::Column::RegionId,
                day::Column::Day,
            ])
            .update_column(day::Column::Held)
            .to_owned(),
        );
    tx.execute(&write).await?;
    Ok(())
}
