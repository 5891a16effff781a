//! Places and people: who works where, found again, never doubled.

use std::sync::Arc;

use anpei::platform::Role;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{County, Kind, TestApp, credit_code, id_number};

#[rstest]
#[tokio::test]
async fn a_township_brings_its_enterprises_and_people_from_sheets(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let sheet = format!(
        "企业名称,统一社会信用代码,所在乡镇,行业\n甲五金有限公司,{},东山街道,工贸\n乙化工有限公司,91350100M000100Y44,东山街道,危化\n丙纺织有限公司,,西河镇,纺织\n甲五金有限公司,{},东山街道,工贸\n甲五金分厂,{},东山街道,工贸\n",
        credit_code(7),
        credit_code(7),
        credit_code(7)
    );
    let hand_in = |path: &'static str, sheet: String, preview: bool| {
        let fields = [("preview", preview.to_string())];
        let officer = &officer;
        async move {
            let (status, report) = officer
                .hand_in(path, "名单.csv", sheet.into_bytes(), &fields)
                .await;
            assert_eq!(status, StatusCode::OK, "{report}");
            report
        }
    };
    let imports = "/v1/places/enterprise-imports";
    let seen = hand_in(imports, sheet.clone(), true).await;
    assert_eq!(
        officer.all("/v1/places/enterprises").await.len(),
        1,
        "a preview writes nothing"
    );
    let done = hand_in(imports, sheet.clone(), false).await;
    assert_eq!(seen["refused_lines"], done["refused_lines"]);
    let told: Vec<_> = done["refused_lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| {
            (
                l["sheet_row"].as_i64().unwrap(),
                l["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (3, "credit_code_invalid"),
            (4, "outside_scope"),
            (5, "duplicate_in_file"),
            (6, "duplicate_in_file")
        ],
        "{done}"
    );
    assert_eq!(done["created"], 1);
    let again = hand_in(imports, sheet, false).await;
    assert_eq!(
        (&again["created"], &again["unchanged"]),
        (&json!(0), &json!(1))
    );

    let people = format!(
        "姓名,身份证号码,工作单位,岗位,入职日期,手机\n王军,{},甲五金有限公司,安全员,2019-03-01,13800000001\n李强,{},甲五金有限公司,电工,2019-03-01,\n赵敏,{},无名厂,操作工,2019-03-01,\n",
        id_number(1),
        id_number(2),
        id_number(3)
    );
    let done = hand_in("/v1/people/imports", people, false).await;
    assert_eq!(
        (&done["created"], &done["refused"]),
        (&json!(2), &json!(1)),
        "{done}"
    );
    let found = officer.all("/v1/people?q=王军").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["post"]["role"], "safety_manager");
    let shown = found[0]["id_number"].as_str().unwrap();
    assert!(shown.contains("****") && shown != id_number(1), "{shown}");
    // Found by the whole number as well, which is nowhere stored in clear.
    let by_number = officer.all(&format!("/v1/people?q={}", id_number(2))).await;
    assert_eq!(by_number[0]["name"], "李强");
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_person_moves_and_his_history_stays(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let told = json!({
        "name": "王军", "id_number": id_number(1), "enterprise_id": county.shop_a,
        "role": "other", "from_day": "2019-01-01"
    });
    let person = officer.make("/v1/people", &told).await;
    let path = format!("/v1/people/{}", person["id"].as_str().unwrap());

    let (status, twice) = officer.post("/v1/people", &told).await;
    assert_eq!(
        (status, &twice["code"]),
        (StatusCode::CONFLICT, &json!("conflict"))
    );
    let mut other = told.clone();
    other["name"] = json!("王钧");
    let (status, other) = officer.post("/v1/people", &other).await;
    assert_eq!(
        (status, &other["code"]),
        (StatusCode::CONFLICT, &json!("id_belongs_to_another_name"))
    );

    let post =
        json!({"enterprise_id": county.shop_b, "role": "key_post", "from_day": "2020-07-01"});
    officer.make(&format!("{path}/employment"), &post).await;
    let history = officer.read(&format!("{path}/employment")).await;
    let told: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| {
            (
                p["region_id"].clone(),
                p["from_day"].clone(),
                p["to_day"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (json!(county.b), json!("2020-07-01"), Value::Null),
            (json!(county.a), json!("2019-01-01"), json!("2020-06-30"))
        ]
    );
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn showing_a_number_in_full_is_on_record_and_the_record_cannot_be_bent(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let auditor = county.sign_in(&app, Role::Auditor, county.id).await;
    let told = json!({
        "name": "王军", "id_number": id_number(1), "enterprise_id": county.shop_a,
        "role": "other", "from_day": "2019-01-01"
    });
    let person = officer.make("/v1/people", &told).await;
    let id = person["id"].as_str().unwrap();
    let shown = officer
        .make(
            &format!("/v1/people/{id}/id-number"),
            &json!({"reason": "核对领码名单"}),
        )
        .await;
    assert_eq!(shown["id_number"], id_number(1));
    let entries = auditor.all("/v1/audit/entries").await;
    let look = entries
        .iter()
        .find(|e| e["action"] == "people.reveal_id_number")
        .unwrap();
    assert_eq!(look["subject_id"], id);
    assert!(look["detail"].as_str().unwrap().contains("核对领码名单"));
    assert!(
        entries
            .iter()
            .all(|e| !e.to_string().contains(&id_number(1))),
        "no number stands in the record itself"
    );

    // Somebody with the database in his hands changes an entry: the chain tells.
    let tx = app.state.db.begin_write().await.unwrap();
    let changed = entity::audit_entry::Entity::update_many()
        .col_expr(entity::audit_entry::Column::Action, "people.look".into())
        .filter(entity::audit_entry::Column::Action.eq("people.reveal_id_number"))
        .exec(&tx)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected, 1);
    tx.commit().await.unwrap();
    let checks = anpei::boards::doctor::checks(&app.state).await.unwrap();
    let chain = checks.iter().find(|c| c.name == "audit_chain").unwrap();
    assert!(!chain.ok, "{}", chain.detail);
    let tx = app.state.db.begin_write().await.unwrap();
    entity::audit_entry::Entity::update_many()
        .col_expr(
            entity::audit_entry::Column::Action,
            "people.reveal_id_number".into(),
        )
        .filter(entity::audit_entry::Column::Action.eq("people.look"))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    drop((officer, auditor));
    app.finish().await;
}
