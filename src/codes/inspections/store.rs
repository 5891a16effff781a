//! Rows of inspections.

use entity::{inspection, person, region};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QueryOrder, QuerySelect, RelationDef, Select,
};
use uuid::Uuid;

use super::rules::{InspectionState, Outcome, state};
use super::{Read, Sight};
use crate::codes::verdict::{Colour, Reason};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Role};

/// A check that was logged, with whom it was about where that is certain.
#[derive(Clone, Debug)]
pub struct Inspection {
    pub id: Uuid,
    pub client_id: Uuid,
    pub region_id: Uuid,
    pub code_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
    pub person_name: Option<String>,
    pub id_masked: Option<String>,
    pub colour: Colour,
    pub reason: Reason,
    pub for_item: Option<String>,
    pub place: String,
    pub note: String,
    /// The login of whoever checked.
    pub checked_by: String,
    pub by_role: Option<Role>,
    /// Where he holds that role.
    pub by_region_id: Uuid,
    /// Microseconds since 1970.
    pub checked_at: i64,
    pub logged_at: i64,
    pub settled: Option<Settled>,
}

/// What became of a red.
#[derive(Clone, Debug)]
pub struct Settled {
    pub outcome: Outcome,
    pub words: String,
    pub by: String,
    /// Microseconds since 1970.
    pub at: i64,
}

impl Inspection {
    /// Whether it waits for somebody.
    #[must_use]
    pub const fn state(&self) -> InspectionState {
        state(self.colour, self.settled.is_some())
    }
}

/// A check as the one who was checked reads it.
#[derive(Clone, Debug)]
pub struct Check {
    /// Microseconds since 1970.
    pub at: i64,
    pub place: String,
    pub colour: Colour,
    pub reason: Reason,
    pub by_role: Option<Role>,
    /// Where he who checked holds that role.
    pub by_region: String,
}

/// A row to be.
pub(super) struct NewRow {
    pub(super) id: Uuid,
    /// The hash of what was told.
    pub(super) told: Vec<u8>,
    pub(super) by: (Role, Uuid),
    pub(super) read: Read,
}

/// Which inspections a list asks for.
#[derive(Default)]
pub(in crate::codes) struct Wanted {
    pub(in crate::codes) open: Option<bool>,
    pub(in crate::codes) colour: Option<Colour>,
    pub(in crate::codes) region_id: Option<Uuid>,
    pub(in crate::codes) person_id: Option<Uuid>,
}

/// His own, and those of the townships he answers for.
fn visible(sight: &Sight) -> Select<inspection::Entity> {
    let mut reach = Condition::any().add(inspection::Column::AccountId.eq(sight.account_id));
    if let Some(scope) = &sight.officer {
        let columns =
            Columns::county(inspection::Column::CountyId).region(inspection::Column::RegionId);
        reach = reach.add(scope.filter(&columns));
    }
    inspection::Entity::find()
        .filter(inspection::Column::CountyId.eq(sight.county_id))
        .filter(reach)
}

pub(super) async fn inspection(
    db: &impl ConnectionTrait,
    sight: &Sight,
    id: Uuid,
) -> Result<Option<Inspection>> {
    let row = visible(sight)
        .filter(inspection::Column::Id.eq(id))
        .find_also_related(person::Entity)
        .one(db)
        .await?;
    Ok(row.map(to_inspection))
}

pub(super) async fn inspections(
    db: &impl ConnectionTrait,
    sight: &Sight,
    wanted: &Wanted,
    page: &Page,
) -> Result<Vec<Inspection>> {
    let mut query = visible(sight);
    if let Some(open) = wanted.open {
        let is_open = Condition::all()
            .add(inspection::Column::Colour.eq(Colour::Red.word()))
            .add(inspection::Column::SettledAt.is_null());
        query = query.filter(if open { is_open } else { is_open.not() });
    }
    if let Some(colour) = wanted.colour {
        query = query.filter(inspection::Column::Colour.eq(colour.word()));
    }
    if let Some(region) = wanted.region_id {
        query = query.filter(inspection::Column::RegionId.eq(region));
    }
    if let Some(person) = wanted.person_id {
        query = query.filter(inspection::Column::PersonId.eq(person));
    }
    if let Some(after) = page.after {
        query = query.filter(inspection::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(inspection::Column::Id)
        .limit(page.limit + 1)
        .find_also_related(person::Entity)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_inspection).collect())
}

/// What the same account sent under this id before: the row, and the hash of what was told.
pub(super) async fn sent_before(
    db: &impl ConnectionTrait,
    sight: &Sight,
    client_id: Uuid,
) -> Result<Option<(Uuid, Vec<u8>)>> {
    Ok(inspection::Entity::find()
        .select_only()
        .columns([inspection::Column::Id, inspection::Column::Told])
        .filter(inspection::Column::AccountId.eq(sight.account_id))
        .filter(inspection::Column::ClientId.eq(client_id))
        .into_tuple()
        .one(db)
        .await?)
}

pub(super) async fn insert(work: &Work<'_>, new: &NewRow) -> Result<()> {
    let (role, by_region) = new.by;
    let read = &new.read;
    let row = inspection::ActiveModel {
        id: Set(new.id),
        county_id: Set(work.by.county_id),
        region_id: Set(read.region_id),
        account_id: Set(work.by.account_id),
        client_id: Set(read.client_id),
        told: Set(new.told.clone()),
        checked_by: Set(work.by.login.clone()),
        by_role: Set(role.word().to_owned()),
        by_region_id: Set(by_region),
        code_id: Set(read.code_id),
        person_id: Set(read.person_id),
        colour: Set(read.colour.word().to_owned()),
        reason: Set(read.reason.word().to_owned()),
        for_item: Set(read.for_item.clone()),
        place: Set(read.place.clone()),
        note: Set(read.note.clone()),
        checked_at: Set(read.checked_at),
        logged_at: Set(work.now),
        outcome: Set(None),
        words: Set(None),
        settled_by: Set(None),
        settled_at: Set(None),
    };
    inspection::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

pub(super) async fn settle(work: &Work<'_>, id: Uuid, outcome: Outcome, words: &str) -> Result<()> {
    inspection::Entity::update_many()
        .col_expr(inspection::Column::Outcome, outcome.word().into())
        .col_expr(inspection::Column::Words, words.into())
        .col_expr(inspection::Column::SettledBy, work.by.login.as_str().into())
        .col_expr(inspection::Column::SettledAt, work.now.into())
        .filter(inspection::Column::CountyId.eq(work.by.county_id))
        .filter(inspection::Column::Id.eq(id))
        .exec(&work.tx)
        .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct CheckRow {
    checked_at: i64,
    place: String,
    colour: String,
    reason: String,
    by_role: String,
    by_region: Option<String>,
}

/// From where somebody checked.
fn by_region() -> RelationDef {
    inspection::Entity::belongs_to(region::Entity)
        .from(inspection::Column::ByRegionId)
        .to(region::Column::Id)
        .into()
}

/// The newest checks of a person, newest first.
pub(super) async fn of_person(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    person: Uuid,
    limit: u64,
) -> Result<Vec<Check>> {
    let rows = inspection::Entity::find()
        .join(JoinType::LeftJoin, by_region())
        .column_as(region::Column::Name, "by_region")
        .filter(inspection::Column::CountyId.eq(county_id))
        .filter(inspection::Column::PersonId.eq(person))
        .order_by_desc(inspection::Column::CheckedAt)
        .order_by_desc(inspection::Column::Id)
        .limit(limit)
        .into_model::<CheckRow>()
        .all(db)
        .await?;
    let checks = rows.into_iter().map(|row| Check {
        at: row.checked_at,
        place: row.place,
        colour: colour(&row.colour),
        reason: reason(&row.reason),
        by_role: Role::of_word(&row.by_role),
        by_region: row.by_region.unwrap_or_default(),
    });
    Ok(checks.collect())
}

/// The colour of a stored word.
fn colour(word: &str) -> Colour {
    Colour::of_word(word).unwrap_or(Colour::Grey)
}

/// The reason of a stored word; one that is no longer told says nothing.
fn reason(word: &str) -> Reason {
    Reason::of_word(word).unwrap_or(Reason::NotOurs)
}

fn to_inspection((row, person): (inspection::Model, Option<person::Model>)) -> Inspection {
    let outcome = row.outcome.as_deref().and_then(Outcome::of_word);
    let settled = outcome.zip(row.settled_at).map(|(outcome, at)| Settled {
        outcome,
        words: row.words.unwrap_or_default(),
        by: row.settled_by.unwrap_or_default(),
        at,
    });
    let (person_name, id_masked) = person.map(|person| (person.name, person.id_masked)).unzip();
    Inspection {
        id: row.id,
        client_id: row.client_id,
        region_id: row.region_id,
        code_id: row.code_id,
        person_id: row.person_id,
        person_name,
        id_masked,
        colour: colour(&row.colour),
        reason: reason(&row.reason),
        for_item: row.for_item,
        place: row.place,
        note: row.note,
        checked_by: row.checked_by,
        by_role: Role::of_word(&row.by_role),
        by_region_id: row.by_region_id,
        checked_at: row.checked_at,
        logged_at: row.logged_at,
        settled,
    }
}
