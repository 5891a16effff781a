//! Messages, scans, walk-ins and one-time secrets: each in its time.

use anpei::platform::Role;
use entity::{attendance_mark, class_scan, one_time_secret, outbox_message, walk_in};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::{due, round};
use crate::check_in::{Hall, at, text};
use crate::support::Kind;

#[rstest]
#[tokio::test]
async fn messages_scans_and_strangers_go_in_their_time_and_what_still_waits_stays(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 2).await;
    let admin = hall
        .county
        .sign_in(&hall.app, Role::CountyAdmin, hall.county.id);
    let admin = admin.await;
    // Two guests invited by mail, a scan, and two strangers of whom one is matched.
    for n in 0..2 {
        let guest = json!({"login": format!("guest{n}"), "name": "陈力", "role": "trainer",
            "email": format!("guest{n}@example.com"), "region_id": hall.county.a});
        admin.make("/v1/accounts/invitations", &guest).await;
    }
    let scan = hall.scanned("in", at("08:30:00")).await;
    hall.sends(0, &[scan], at("08:30:04")).await;
    let stranger = |line: &str| {
        json!({"line": line, "name": "没带证", "check_in": text(at("08:40:00")),
            "check_out": text(at("09:40:00"))})
    };
    let called = hall.calls(&json!([stranger("a"), stranger("b")])).await;
    let walk_in = called["lines"][0]["walk_in_id"].as_str().unwrap();
    let path = hall.path(&format!("walk-ins/{walk_in}/match"));
    let matched = json!({"person_id": hall.people[1]});
    hall.officer().await.make(&path, &matched).await;
    // Both messages went out; as if one still waited.
    let db = &hall.app.state.db;
    let sent = || outbox_message::Entity::find().filter(outbox_message::Column::State.eq("sent"));
    while sent().count(db.read()).await.unwrap() < 2 {
        tokio::task::yield_now().await;
    }
    let tx = db.begin_write().await.unwrap();
    let one = sent().one(&tx).await.unwrap().unwrap();
    outbox_message::Entity::update_many()
        .col_expr(outbox_message::Column::State, "queued".into())
        .col_expr(outbox_message::Column::RunAfter, (i64::MAX / 2).into())
        .filter(outbox_message::Column::Id.eq(one.id))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let left = || async {
        let db = db.read();
        let messages = outbox_message::Entity::find().count(db).await.unwrap();
        let scans = class_scan::Entity::find().count(db).await.unwrap();
        let strangers = walk_in::Entity::find().count(db).await.unwrap();
        let secrets = one_time_secret::Entity::find().count(db).await.unwrap();
        let marks = attendance_mark::Entity::find().count(db).await.unwrap();
        (messages, scans, strangers, secrets, marks)
    };
    let before = left().await;
    assert_eq!((before.0, before.1, before.2, before.3), (2, 1, 2, 2));
    round(&hall.app.state).await;
    assert_eq!(left().await, before, "nothing has had its time");
    let login = format!("county_admin-{}", hall.county.id.simple());
    // The messages' year is over, then the three years of the rest.
    for (days, expected) in [(366, (1, 1, 2, 0)), (1_097, (1, 0, 1, 0))] {
        hall.now(at("08:30:00") + chrono::Duration::days(days));
        let admin = hall.county.back(&hall.app, &login).await;
        for kind in ["messages", "check_in_scans", "walk_ins"] {
            let rows = due(&admin, kind).await;
            let over = kind == "messages" || days > 1_000;
            let gone_before = kind == "messages" && days > 1_000;
            assert_eq!(
                rows,
                i64::from(over && !gone_before),
                "{kind} after {days} days"
            );
        }
        round(&hall.app.state).await;
        let (messages, scans, strangers, secrets, marks) = left().await;
        assert_eq!(
            (messages, scans, strangers, secrets),
            expected,
            "after {days} days"
        );
        assert_eq!(marks, before.4, "what was marked stays");
    }
    drop(admin);
    hall.close().await;
}
