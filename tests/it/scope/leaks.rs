//! Whose things an answer tells of: every id in it is looked up in every table, whatever room made the row.

use std::collections::{HashMap, HashSet};

use anpei::platform::Role;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, Statement};
use uuid::Uuid;

use super::world::{World, is_county_wide};

/// Columns through which a row belongs to a township.
const THROUGH: [&str; 4] = ["region_id", "enterprise_id", "class_id", "certificate_id"];

/// Ids of the rows of those whom nobody at home may be told of, with their tables.
#[derive(Default)]
pub struct Strangers {
    /// Of another county.
    elsewhere: HashMap<Uuid, String>,
    /// Of the next township.
    next_door: HashMap<Uuid, String>,
}

/// Every id in a text.
pub fn ids(text: &str) -> HashSet<Uuid> {
    let digit = |c: char| c.is_ascii_hexdigit() || c == '-';
    let words = text.split(|c| !digit(c)).filter(|word| word.len() == 36);
    words
        .filter_map(|word| Uuid::parse_str(word).ok())
        .collect()
}

async fn tables(db: &impl ConnectionTrait) -> HashMap<String, HashSet<String>> {
    let backend = db.get_database_backend();
    let columns = match backend {
        DbBackend::Sqlite => {
            "SELECT m.name AS t, c.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table'"
        }
        _ => {
            "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns \
             WHERE table_schema = current_schema()"
        }
    };
    let mut tables: HashMap<String, HashSet<String>> = HashMap::new();
    let columns = Statement::from_string(backend, columns);
    for row in db.query_all_raw(columns).await.unwrap() {
        let table: String = row.try_get("", "t").unwrap();
        tables
            .entry(table)
            .or_default()
            .insert(row.try_get("", "c").unwrap());
    }
    tables
}

async fn ids_of(db: &DatabaseConnection, table: &str, column: &str, values: &[Uuid]) -> Vec<Uuid> {
    let backend = db.get_database_backend();
    let mut found = Vec::new();
    for chunk in values.chunks(500) {
        let places: Vec<String> = (1..=chunk.len())
            .map(|n| match backend {
                DbBackend::Sqlite => "?".to_owned(),
                _ => format!("${n}"),
            })
            .collect();
        let select = format!(
            "SELECT id FROM {table} WHERE {column} IN ({})",
            places.join(", ")
        );
        let values = chunk.iter().map(|id| sea_orm::Value::from(*id));
        let select = Statement::from_sql_and_values(backend, select, values);
        for row in db.query_all_raw(select).await.unwrap() {
            found.push(row.try_get("", "id").unwrap());
        }
    }
    found
}

impl Strangers {
    /// Looks them up, once all has been asked.
    pub async fn of(world: &World) -> Self {
        let db = world.app.state.db.read();
        let tables = tables(db).await;
        let mut strangers = Self::default();
        let region = entity::region::Entity::find_by_id(world.elsewhere.region);
        let county = region.one(db).await.unwrap().unwrap().county_id;
        for (table, columns) in &tables {
            if columns.contains("id") && columns.contains("county_id") {
                for id in ids_of(db, table, "county_id", &[county]).await {
                    strangers.elsewhere.insert(id, table.clone());
                }
            }
        }
        // The next township's name is no secret: quotas are lent to neighbours. What belongs to it is.
        let mut through: HashMap<&str, Vec<Uuid>> = HashMap::new();
        through.insert("region_id", vec![world.neighbour.region]);
        for (column, table) in [
            ("enterprise_id", "enterprise"),
            ("class_id", "class_session"),
            ("certificate_id", "certificate"),
        ] {
            let region = [world.neighbour.region];
            through.insert(column, ids_of(db, table, "region_id", &region).await);
        }
        for (table, columns) in &tables {
            if !columns.contains("id") {
                continue;
            }
            for column in THROUGH.into_iter().filter(|c| columns.contains(*c)) {
                for id in ids_of(db, table, column, &through[column]).await {
                    strangers.next_door.insert(id, table.clone());
                }
            }
        }
        for id in [
            world.neighbour.person,
            world.neighbour.code,
            world.neighbour.enrolment,
        ] {
            strangers.next_door.insert(id, "person's".into());
        }
        strangers
    }

    /// Of what an answer to this role told that it should not.
    pub fn told(&self, role: Role, ids: &HashSet<Uuid>) -> Option<String> {
        let far = ids
            .iter()
            .find_map(|id| Some((id, self.elsewhere.get(id)?)));
        let near = || {
            ids.iter()
                .find_map(|id| Some((id, self.next_door.get(id)?)))
        };
        let told = far.or_else(|| if is_county_wide(role) { None } else { near() });
        told.map(|(id, table)| format!("tells of {table} {id}"))
    }

    /// How many are known, so that a test that knows none is seen.
    pub fn count(&self) -> (usize, usize) {
        (self.elsewhere.len(), self.next_door.len())
    }
}
