//! Accounts of a tenant's staff, and what its worker asks to be put right.

use anpei::accounts::{self, Held, NewAccount};
use anpei::platform::{Caller, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::world::{Tenant, id};
use super::{Ask, body};

/// A trainer of the tenant's township, made for this request.
async fn trainer(of: &Tenant, n: usize) -> Uuid {
    let by = Caller::console(of.officer.claims().county);
    let new = NewAccount {
        login: format!("staff-{n}"),
        name: "陈老师".into(),
        password: "correct horse battery".into(),
        held: Held {
            role: Role::Trainer,
            region_id: Some(of.region),
            enterprise_id: None,
            person_id: None,
        },
    };
    accounts::add(&of.app.state, &by, new, false).await.unwrap()
}

pub(super) async fn ask(operation: &str, of: &Tenant, n: usize) -> Ask {
    let told = match operation {
        "getAccount" => Ask::default(),
        "setAccountRole" => {
            body(json!({"role": "inspector", "region_id": of.region, "reason": "岗位调整"}))
        }
        _ => body(json!({"reason": "已调离"})),
    };
    told.on("account_id", trainer(of, n).await)
}

const CORRECTIONS: &str = "/v1/corrections";

/// Takes back what waits, so that there is always room for another.
async fn withdraw_all(of: &Tenant) {
    for one in of.worker.all("/v1/corrections/mine").await {
        if one["state"] == "open" {
            let path = format!("{CORRECTIONS}/{}/withdrawal", id(&one["id"]));
            of.worker.make(&path, &Value::Null).await;
        }
    }
}

pub(super) async fn correction(operation: &str, of: &Tenant) -> Ask {
    let asked = json!({"subject": "training", "words": "八月的班没有记上"});
    match operation {
        "askCorrection" => {
            withdraw_all(of).await;
            body(asked)
        }
        "withdrawCorrection" | "answerCorrection" => {
            withdraw_all(of).await;
            let made = of.worker.make(CORRECTIONS, &asked).await;
            let told = if operation == "answerCorrection" {
                body(json!({"accept": true, "words": "已补记"}))
            } else {
                Ask::default()
            };
            told.on("correction_id", id(&made["id"]))
        }
        _ => Ask::default(),
    }
}
