//! Rows of staff: accounts by the roles they hold within a reach.

use std::collections::HashMap;

use entity::{account, enterprise, refresh_token, region, role_grant};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use uuid::Uuid;

use super::{AccountState, Post, Staff, Wanted};
use crate::accounts::invitations::NO_PASSWORD;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Role, Scope};

/// The roles held within a reach, a worker's own left out: at a region, or at an enterprise of one.
fn posts(scope: &Scope) -> Select<role_grant::Entity> {
    use role_grant::Column as G;
    let places = Columns::county(enterprise::Column::CountyId)
        .region(enterprise::Column::RegionId)
        .enterprise(enterprise::Column::Id);
    let within = enterprise::Entity::find()
        .select_only()
        .column(enterprise::Column::Id)
        .filter(scope.filter(&places))
        .into_query();
    let columns = Columns::county(G::CountyId)
        .region(G::RegionId)
        .enterprise(G::EnterpriseId);
    let reach = Condition::any()
        .add(scope.filter(&columns))
        .add(G::EnterpriseId.in_subquery(within));
    role_grant::Entity::find()
        .filter(G::CountyId.eq(scope.county_id))
        .filter(G::Role.ne(Role::Worker.word()))
        .filter(reach)
}

fn visible(scope: &Scope, role: Option<Role>) -> Select<account::Entity> {
    let mut held = posts(scope);
    if let Some(role) = role {
        held = held.filter(role_grant::Column::Role.eq(role.word()));
    }
    let held = held
        .select_only()
        .column(role_grant::Column::AccountId)
        .into_query();
    account::Entity::find()
        .filter(account::Column::CountyId.eq(scope.county_id))
        .filter(account::Column::Id.in_subquery(held))
}

pub(super) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    wanted: &Wanted<'_>,
    page: &Page,
) -> Result<Vec<account::Model>> {
    use account::Column as A;
    let mut query = visible(scope, wanted.role);
    if let Some(text) = wanted.text {
        let named = Condition::any()
            .add(A::Name.contains(text))
            .add(A::Login.contains(text));
        query = query.filter(named);
    }
    query = match wanted.state {
        None => query,
        Some(AccountState::Disabled) => query.filter(A::DisabledAt.is_not_null()),
        Some(AccountState::Invited) => query
            .filter(A::DisabledAt.is_null())
            .filter(A::PasswordHash.eq(NO_PASSWORD)),
        Some(AccountState::Active) => query
            .filter(A::DisabledAt.is_null())
            .filter(A::PasswordHash.ne(NO_PASSWORD)),
    };
    if let Some(after) = page.after {
        query = query.filter(A::Id.gt(after));
    }
    Ok(query
        .order_by_asc(A::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?)
}

pub(super) async fn one(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<account::Model>> {
    Ok(visible(scope, None)
        .filter(account::Column::Id.eq(id))
        .one(db)
        .await?)
}

/// These accounts with the roles they hold within the reach, and when they were last seen.
pub(super) async fn staff(
    db: &impl ConnectionTrait,
    scope: &Scope,
    rows: Vec<account::Model>,
) -> Result<Vec<Staff>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut posts = posts_of(db, scope, &ids).await?;
    let seen: HashMap<Uuid, i64> = refresh_token::Entity::find()
        .select_only()
        .column(refresh_token::Column::AccountId)
        .column_as(refresh_token::Column::IssuedAt.max(), "seen_at")
        .filter(refresh_token::Column::AccountId.is_in(ids))
        .group_by(refresh_token::Column::AccountId)
        .into_tuple::<(Uuid, i64)>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    Ok(rows
        .into_iter()
        .map(|row| Staff {
            posts: posts.remove(&row.id).unwrap_or_default(),
            seen_at: seen.get(&row.id).copied(),
            state: match row.disabled_at {
                Some(_) => AccountState::Disabled,
                None if row.password_hash == NO_PASSWORD => AccountState::Invited,
                None => AccountState::Active,
            },
            id: row.id,
            login: row.login,
            name: row.name,
            email_masked: row.email_masked,
            created_at: row.created_at,
        })
        .collect())
}

async fn posts_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    accounts: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Post>>> {
    let rows = posts(scope)
        .filter(role_grant::Column::AccountId.is_in(accounts.iter().copied()))
        .find_also_related(region::Entity)
        .find_also_related(enterprise::Entity)
        .order_by_asc(role_grant::Column::Id)
        .all(db)
        .await?;
    let mut found: HashMap<Uuid, Vec<Post>> = HashMap::new();
    for (grant, region, enterprise) in rows {
        let Some(role) = Role::of_word(&grant.role) else {
            continue;
        };
        let place = enterprise.map(|one| one.name);
        let place = place.or_else(|| region.map(|one| one.name));
        found.entry(grant.account_id).or_default().push(Post {
            role,
            region_id: grant.region_id,
            enterprise_id: grant.enterprise_id,
            place: place.unwrap_or_default(),
        });
    }
    Ok(found)
}
