//! Instances have clocks of their own: what came before a settlement is told by who held the ledger, not by ids.

use uuid::Uuid;

use super::*;

#[rstest]
#[tokio::test]
async fn a_clock_that_runs_ahead_does_not_turn_a_settled_line_into_a_correction(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    hand_in(&officer, &county, &[person(0)], "东山街道第1期").await;
    // As an instance writes whose clock is years ahead.
    let tomorrow: Uuid = "0f000000-0000-7000-8000-000000000001".parse().unwrap();
    let tx = app.state.db.begin_write().await.unwrap();
    entity::training_record::Entity::update_many()
        .col_expr(entity::training_record::Column::Id, tomorrow.into())
        .exec(&tx)
        .await
        .unwrap();
    entity::quota_line::Entity::update_many()
        .col_expr(entity::quota_line::Column::Id, tomorrow.into())
        .filter(entity::quota_line::Column::RegionId.eq(county.a))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    close(&officer, &county).await;
    let path = format!("/v1/plans/{}/settlement", county.plan);
    let settled = officer.make(&path, &Value::Null).await;
    let east = region(&settled, county.a);
    assert_eq!(
        (&east["settled"]["completed"], &east["corrections"]),
        (&json!(1), &json!(0)),
        "{settled}"
    );
    app.assert_sound().await;

    let line = correct(&officer, 0, false).await;
    let told = officer.read(&path).await;
    assert_eq!(region(&told, county.a)["corrections"], 1);
    assert_eq!(told["corrections"][0]["id"], line["id"]);
    drop(officer);
    app.finish().await;
}
