//! How the operations of photos of classes are asked.

use serde_json::json;
use uuid::Uuid;

use super::super::world::{Tenant, id};
use super::{Ask, body, file};
use crate::support::card_photo;

pub async fn ask(operation: &str, of: &Tenant) -> Ask {
    match operation {
        "addEvidence" => file(card_photo(), Vec::new()),
        "listEvidence" => Ask::default(),
        "removeEvidence" => {
            body(json!({"reason": "拍错了"})).on("evidence_id", handed_in(of).await)
        }
        _ => Ask::default().on("evidence_id", handed_in(of).await),
    }
}

/// A photo of the tenant's class.
async fn handed_in(of: &Tenant) -> Uuid {
    let path = format!("/v1/classes/sessions/{}/evidence", of.class);
    let (_, told) = of
        .officer
        .hand_in(&path, "sheet.jpg", card_photo(), &[])
        .await;
    id(&told["id"])
}
