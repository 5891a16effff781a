//! By which of its columns a table is reached.

use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, IntoSimpleExpr};

/// The columns of a table by which a scope can reach its rows.
pub struct Columns {
    pub(super) county: SimpleExpr,
    pub(super) region: Option<SimpleExpr>,
    pub(super) enterprise: Option<SimpleExpr>,
    pub(super) person: Option<SimpleExpr>,
}

impl Columns {
    /// Rows of a county.
    #[must_use]
    pub fn county(column: impl ColumnTrait + IntoSimpleExpr) -> Self {
        Self {
            county: column.into_simple_expr(),
            region: None,
            enterprise: None,
            person: None,
        }
    }

    /// Reached through a region.
    #[must_use]
    pub fn region(mut self, column: impl ColumnTrait + IntoSimpleExpr) -> Self {
        self.region = Some(column.into_simple_expr());
        self
    }

    /// Reached through an enterprise.
    #[must_use]
    pub fn enterprise(mut self, column: impl ColumnTrait + IntoSimpleExpr) -> Self {
        self.enterprise = Some(column.into_simple_expr());
        self
    }

    /// Reached through the person himself.
    #[must_use]
    pub fn person(mut self, column: impl ColumnTrait + IntoSimpleExpr) -> Self {
        self.person = Some(column.into_simple_expr());
        self
    }
}
