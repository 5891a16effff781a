//! Plans and rules of the law, made for a request that uses them up.

use serde_json::{Value, json};

use super::super::world::id;
use super::{Ask, body};
use crate::support::Client;

/// What the law shall ask some day.
pub(super) fn draft_rule(n: usize) -> Value {
    json!({
        "role": "other", "industry": "general", "occasion": "yearly", "hours": 8 + n % 8,
        "effective_from": format!("{}-01-01", 2030 + n % 100), "source_zh": "第十三条", "source_en": "art. 13"
    })
}

pub(super) async fn rule_to_publish(operation: &str, officer: &Client, n: usize) -> Ask {
    let made = officer.make("/v1/hours/rules", &draft_rule(n)).await;
    let told = if operation == "publishHoursRule" {
        let path = format!("/v1/hours/rules/{}/preview", made["id"].as_str().unwrap());
        let seen = officer.read(&path).await;
        body(json!({"preview_token": seen["token"]}))
    } else {
        Ask::default()
    };
    told.on("rule_id", id(&made["id"]))
}

pub(super) async fn published_rule(officer: &Client, n: usize) -> Ask {
    let Ask { body, fresh, .. } = rule_to_publish("publishHoursRule", officer, n).await;
    let (_, rule) = fresh.unwrap();
    let path = format!("/v1/hours/rules/{rule}/publication");
    officer.make(&path, &body.unwrap()).await;
    Ask::default().on("rule_id", rule)
}

pub(super) async fn plan_to_change(operation: &str, officer: &Client, n: usize) -> Ask {
    let made = officer.make("/v1/plans", &new_plan(n)).await;
    let plan = id(&made["id"]);
    let steps: &[&str] = match operation {
        "closePlan" => &["publication"],
        "settlePlan" => &["publication", "closure"],
        "getSettlement" => &["publication", "closure", "settlement"],
        _ => &[],
    };
    for step in steps {
        officer
            .make(&format!("/v1/plans/{plan}/{step}"), &Value::Null)
            .await;
    }
    let told = if operation == "updatePlan" {
        body(new_plan(n))
    } else {
        Ask::default()
    };
    told.on("plan_id", plan)
}

pub(super) fn new_plan(n: usize) -> Value {
    json!({
        "title": format!("第{n}号方案"), "year": 2019, "period_from": "2019-01-01",
        "period_to": "2019-12-31", "target_roles": ["other"], "required_offline": 360
    })
}
