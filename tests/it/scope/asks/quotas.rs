//! Loans between townships.

use serde_json::{Value, json};

use super::new_region;
use crate::scope::world::Tenant;

/// A loan of the tenant's quota to a township that nobody has seen yet.
pub async fn new_loan(of: &Tenant, n: usize) -> Value {
    let made = of.officer.make("/v1/places/regions", &new_region(n)).await;
    json!({
        "from_region_id": of.region, "to_region_id": made["id"], "amount": 1, "day": "2020-03-01", "reason": "帮扶"
    })
}
