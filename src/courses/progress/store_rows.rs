//! Many rows in one statement that is the same for any number of them: handed over as one JSON text.
//!
//! A list of values would be another statement for each number of rows, parsed and planned anew each time; heartbeats
//! write three such lists in every group.

use sea_orm::{ConnectionTrait, DatabaseBackend, Statement, Value};

use crate::platform::Result;

/// What a column of a row holds.
#[derive(Clone, Copy)]
pub(super) enum Holds {
    /// As hexadecimal digits.
    Id,
    /// As hexadecimal digits.
    Bytes,
    Number,
}

/// A table's columns in the order in which they stand in each row.
pub(super) type Columns = [(&'static str, Holds)];

/// The rows `rows` as a query of its own, its columns named; what else is bound follows `$1`.
fn rows(backend: DatabaseBackend, columns: &Columns) -> String {
    let postgres = backend == DatabaseBackend::Postgres;
    let one = |(place, (name, holds)): (usize, &(&str, Holds))| {
        let value = format!("(r.value ->> {place})");
        let value = match (holds, postgres) {
            (Holds::Id, true) => format!("CAST({value} AS uuid)"),
            (Holds::Bytes, true) => format!("decode({value}, 'hex')"),
            (Holds::Number, true) => format!("CAST({value} AS bigint)"),
            (Holds::Id | Holds::Bytes, false) => format!("unhex({value})"),
            (Holds::Number, false) => value,
        };
        format!("{value} AS {name}")
    };
    let columns: Vec<String> = columns.iter().enumerate().map(one).collect();
    let from = if postgres {
        "jsonb_array_elements(CAST($1 AS jsonb)) AS r (value)"
    } else {
        "json_each(?1) AS r"
    };
    format!("SELECT {} FROM {from}", columns.join(", "))
}

/// A place for what is bound.
fn bind(backend: DatabaseBackend, n: usize) -> String {
    if backend == DatabaseBackend::Postgres {
        format!("${n}")
    } else {
        format!("?{n}")
    }
}

/// Writes rows with these columns and some that are the same in all; those that are there already are written anew,
/// but for `key` and the county.
pub(super) async fn put(
    db: &impl ConnectionTrait,
    table: &str,
    key: &[&str],
    columns: &Columns,
    same: &[(&str, Value)],
    json: String,
) -> Result<()> {
    let backend = db.get_database_backend();
    let names: Vec<&str> = (columns.iter().map(|(name, _)| *name))
        .chain(same.iter().map(|(name, _)| *name))
        .collect();
    let told: Vec<String> = (columns.iter().map(|(name, _)| (*name).to_owned()))
        .chain((0..same.len()).map(|n| bind(backend, n + 2)))
        .collect();
    let anew: Vec<String> = (names.iter())
        .filter(|name| !key.contains(name) && **name != "county_id")
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    // `WHERE TRUE` tells SQLite that the conflict belongs to the insert.
    let sql = format!(
        "INSERT INTO {table} ({}) SELECT {} FROM ({}) AS rows WHERE TRUE ON CONFLICT ({}) DO UPDATE SET {}",
        names.join(", "),
        told.join(", "),
        rows(backend, columns),
        key.join(", "),
        anew.join(", ")
    );
    let values = std::iter::once(json.into()).chain(same.iter().map(|(_, value)| value.clone()));
    db.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    Ok(())
}

/// Adds rows to the numbers that stand in a county's table, by id.
pub(super) async fn add(
    db: &impl ConnectionTrait,
    table: &str,
    columns: &[&'static str],
    county: Value,
    json: String,
) -> Result<()> {
    let backend = db.get_database_backend();
    let mut all = vec![("id", Holds::Id)];
    all.extend(columns.iter().map(|name| (*name, Holds::Number)));
    let sums: Vec<String> = (columns.iter())
        .map(|name| format!("{name} = {table}.{name} + gain.{name}"))
        .collect();
    let sql = format!(
        "WITH gain AS ({}) UPDATE {table} SET {} FROM gain WHERE {table}.id = gain.id AND {table}.county_id = {}",
        rows(backend, &all),
        sums.join(", "),
        bind(backend, 2)
    );
    db.execute_raw(Statement::from_sql_and_values(
        backend,
        sql,
        [json.into(), county],
    ))
    .await?;
    Ok(())
}
