//! A tenant's class that is still to come, and its own people on the list.

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::world::{Tenant, id};
use super::{Ask, body, new_class, new_plan};

/// Planned for a day that these tests will not see.
async fn to_come(of: &Tenant, n: usize) -> Uuid {
    let mut plan = new_plan(n);
    plan["period_to"] = json!("2099-12-31");
    let made = of.officer.make("/v1/plans", &plan).await;
    let path = format!("/v1/plans/{}/publication", id(&made["id"]));
    of.officer.make(&path, &Value::Null).await;
    let mut class = new_class(of, n);
    class["plan_id"] = made["id"].clone();
    class["starts"] = json!("2098-08-03T08:30:00+08:00");
    class["ends"] = json!("2098-08-03T16:30:00+08:00");
    id(&of.officer.make("/v1/classes/sessions", &class).await["id"])
}

pub(super) async fn ask(operation: &str, of: &Tenant, n: usize) -> Ask {
    let told = match operation {
        "listEnrolledStaff" => Ask::default(),
        // Looked at only: the same person cannot be in two classes at a time.
        "enrolStaff" => body(json!({"person_ids": [of.person], "preview": true})),
        _ => body(json!({"person_ids": [of.person]})),
    };
    told.on("class_id", to_come(of, n).await)
}
