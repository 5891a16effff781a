//! The catalogue that comes with the program, put into the database at start.

use chrono::NaiveDate;

use super::rules::{Catalogue, Catalogues, Item};
use super::store;
use crate::platform::{Fault, Result, State};

const ITEMS: &str = include_str!("catalogue.csv");

/// Puts the catalogue of Order 30 into the database; what is there already stays as it is.
///
/// # Errors
/// Database faults.
pub async fn ensure_catalogue(state: &State) -> Result<()> {
    let catalogue = order_30()?;
    let tx = state.db.begin_write().await?;
    store::insert_catalogue(&tx, &catalogue).await?;
    tx.commit().await?;
    Ok(())
}

/// Every catalogue with its items: the law's, so everybody may read them.
///
/// # Errors
/// Database faults.
pub async fn catalogues(db: &impl sea_orm::ConnectionTrait) -> Result<Catalogues> {
    store::catalogues(db).await
}

fn order_30() -> Result<Catalogue> {
    let broken = |cause: String| Fault::internal(format!("catalogue.csv: {cause}"));
    let items = csv::Reader::from_reader(ITEMS.as_bytes())
        .into_deserialize()
        .map(|row| {
            let (code, category_zh, item_zh, category_en, item_en) =
                row.map_err(|e| broken(e.to_string()))?;
            Ok(Item {
                code,
                category_zh,
                item_zh,
                category_en,
                item_en,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Catalogue {
        version: "2010-30".to_owned(),
        effective_from: NaiveDate::from_ymd_opt(2010, 7, 1)
            .ok_or_else(|| broken("its day".to_owned()))?,
        effective_to: None,
        source: "国家安全生产监督管理总局令第30号附件".to_owned(),
        items,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_fifty_four_items_in_ten_categories() {
        let catalogue = order_30().unwrap();
        let mut codes: Vec<_> = catalogue.items.iter().map(|item| &item.code).collect();
        let mut categories: Vec<_> = catalogue
            .items
            .iter()
            .map(|item| &item.category_zh)
            .collect();
        codes.sort();
        codes.dedup();
        categories.dedup();
        assert_eq!((codes.len(), categories.len()), (54, 10));
    }
}
