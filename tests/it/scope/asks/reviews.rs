//! How the operations of reviews are asked.

use anpei::photos as photo;
use anpei::platform::clock;
use entity::claim_review as review;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use super::super::world::Tenant;
use super::{Ask, body, file, query};
use crate::support::card_photo;

pub async fn ask(operation: &str, of: &Tenant) -> Ask {
    match operation {
        "askReview" => {
            settle(of).await;
            let fields = [
                ("item_code", "4.1"),
                ("first_issued", "2018-03-01"),
                ("valid_until", "2024-03-01"),
            ];
            let fields = fields.map(|(name, value)| (name, value.to_owned()));
            file(card_photo(), fields.to_vec())
        }
        "listReviews" => query(format!("region_id={}", of.region)),
        "listMyReviews" => Ask::default(),
        "approveReview" => body(json!({})).on("review_id", shown(of).await),
        "refuseReview" => body(json!({"reason": "照片模糊"})).on("review_id", shown(of).await),
        _ => Ask::default().on("review_id", shown(of).await),
    }
}

/// Nothing is left undecided.
async fn settle(of: &Tenant) {
    let tx = of.app.state.db.begin_write().await.unwrap();
    review::Entity::update_many()
        .col_expr(review::Column::State, Expr::value("refused"))
        .filter(review::Column::State.is_in(["open", "waiting"]))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// A review of the tenant's person that nobody has decided.
async fn shown(of: &Tenant) -> Uuid {
    settle(of).await;
    let state = &of.app.state;
    let id = clock::new_id();
    let key = format!("photos/{id}");
    let photo = photo::prepare(&card_photo()).unwrap();
    let small = format!("{key}-small");
    for (key, bytes) in [(&key, &photo.full), (&small, &photo.thumbnail)] {
        state.files.put(&state.seal, key, bytes).await.unwrap();
    }
    let row = review::Model {
        id,
        county_id: of.officer.claims().county,
        region_id: Some(of.region),
        person_id: of.person,
        item_code: "5.1".into(),
        first_issued: "2018-03-01".parse().unwrap(),
        valid_until: "2024-03-01".parse().unwrap(),
        review_due: None,
        state: "open".into(),
        front_key: key,
        back_key: None,
        portrait_key: None,
        reason: String::new(),
        issuer_checked: false,
        certificate_id: None,
        asked_at: state.clock.now(),
        decided_at: None,
        decided_by: None,
    };
    let tx = state.db.begin_write().await.unwrap();
    review::Entity::insert(row.into_active_model())
        .exec_without_returning(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}
