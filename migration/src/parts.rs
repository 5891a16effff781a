//! The words that steps are written in. What stands here never changes its meaning: old steps rest on it.

use sea_orm_migration::prelude::*;

pub(crate) fn column(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
}

pub(crate) fn id(name: &str) -> ColumnDef {
    column(name).uuid().not_null().to_owned()
}

pub(crate) fn text(name: &str) -> ColumnDef {
    column(name).text().not_null().to_owned()
}

pub(crate) fn number(name: &str) -> ColumnDef {
    column(name).big_integer().not_null().to_owned()
}

pub(crate) fn table(name: &str) -> TableCreateStatement {
    Table::create().table(Alias::new(name)).to_owned()
}

/// A column that holds another table's `id`.
pub(crate) fn refers(table: &str, column: &str, to: &str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(Alias::new(table), Alias::new(column))
        .to(Alias::new(to), Alias::new("id"))
        .to_owned()
}

pub(crate) fn key(columns: &[&str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(Alias::new(*column));
    }
    key
}

pub(crate) fn index(table: &str, columns: &[&str]) -> IndexCreateStatement {
    let mut index = key(columns);
    index.name(format!("ix_{table}_{}", columns.join("_")));
    index.table(Alias::new(table));
    index
}

pub(crate) fn unique(table: &str, columns: &[&str]) -> IndexCreateStatement {
    let mut index = key(columns);
    index.name(format!("ux_{table}_{}", columns.join("_")));
    index.table(Alias::new(table)).unique();
    index
}
