//! How the operations of outside academies are asked of a tenant.

use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::world::{Tenant, id};
use super::{Ask, Fields, body, file, stranger};
use crate::support::Person;

pub async fn ask(operation: &str, of: &Tenant, n: usize) -> Ask {
    match operation {
        "createAcademy" => body(new_academy(n)),
        "setAcademyMapping" => {
            let told = json!({"columns": [{"title": "学了多久", "meaning": "duration"}]});
            body(told).on("academy_id", academy(of, n).await)
        }
        "previewAcademyUpload" => {
            let (bytes, fields) = sheet(of, n);
            file(bytes, fields).on("academy_id", academy(of, n).await)
        }
        "getAcademyUpload"
        | "listAcademyUploadLines"
        | "commitAcademyUpload"
        | "discardAcademyUpload"
        | "getRefusedResults" => Ask::default().on("upload_id", previewed(of, n).await),
        _ => Ask::default(),
    }
}

fn new_academy(n: usize) -> Value {
    json!({"name": format!("第{n}学院")})
}

async fn academy(of: &Tenant, n: usize) -> Uuid {
    let told = new_academy(n);
    id(&of.officer.make("/v1/hours/academies", &told).await["id"])
}

/// The results of somebody nobody has seen yet, handed in for the tenant's township.
fn sheet(of: &Tenant, n: usize) -> (Vec<u8>, Fields) {
    let someone = Person {
        shop: of.place,
        ..stranger(n)
    };
    let (name, number, shop) = (&someone.name, &someone.id_number, someone.shop_name());
    let text = format!(
        "姓名,身份证号码,工作单位,课程,学习时长(分钟),完成日期\n{name},{number},{shop},消防,90,2020-06-01\n"
    );
    let fields = vec![
        ("plan_id", of.plan.to_string()),
        ("region_id", of.region.to_string()),
    ];
    (text.into_bytes(), fields)
}

async fn previewed(of: &Tenant, n: usize) -> Uuid {
    let path = format!("/v1/hours/academies/{}/uploads", academy(of, n).await);
    let (bytes, fields) = sheet(of, n);
    let (status, seen) = of.officer.hand_in(&path, "成绩.csv", bytes, &fields).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    assert_eq!(seen["refused"], 0, "{seen}");
    id(&seen["id"])
}
