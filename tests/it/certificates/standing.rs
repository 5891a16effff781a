//! What the codes ask of the register: standing for many at once, facts by person, claims, one certificate by hand.

use std::sync::Arc;

use anpei::certificates::{
    self, ClaimMethod, IssuerState, NewCertificate, Picked, Standing, Status, regime,
};
use anpei::platform::page::Page;
use anpei::platform::{Caller, Code, Role, Scope, clock};
use chrono::NaiveDate;
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

use super::{import_list, line};
use crate::support::{Client, County, Kind, TestApp, id_number};

const HEADER: &str =
    "姓名,身份证号码,证书编号,作业代码,初领日期,有效期至,乡镇代码,工作单位,培训单位\n";

fn trained(name: &str, n: usize, item: &str, region: &str, centre: &str) -> String {
    let line = line(name, n, item, region);
    format!("{},{centre}\n", line.trim_end())
}

/// Three certificates of two people in A and one of B; the last was trained elsewhere.
async fn listed(app: &Arc<TestApp>, county: &County) -> Client {
    let officer = county.sign_in(app, Role::CountyOfficer, county.id).await;
    let lines = [
        trained("王军", 1, "1.1", "330699001", "甲培训中心"),
        trained("王军", 1, "2.1", "330699001", "甲培训中心"),
        trained("李强", 2, "1.1", "330699001", "甲培训中心"),
        trained("赵敏", 3, "9.1", "330699002", "乙培训中心"),
    ];
    let (_, report) = import_list(&officer, &format!("{HEADER}{}", lines.concat())).await;
    assert_eq!(report["accepted"], 4, "{report}");
    officer
}

/// Ids and holders of a county's certificates, by the name of the holder and the item.
async fn ids(officer: &Client) -> Vec<(String, Uuid, Uuid)> {
    let rows = officer.all("/v1/certificates").await;
    let id = |value: &serde_json::Value| value.as_str().unwrap().parse().unwrap();
    let rows = rows.iter().map(|row| {
        let name = row["person_name"].as_str().unwrap();
        let item = row["item_code"].as_str().unwrap();
        (
            format!("{name} {item}"),
            id(&row["id"]),
            id(&row["person_id"]),
        )
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    rows
}

fn of_region(county: &County, region: Uuid) -> Scope {
    Scope {
        whole_county: false,
        regions: vec![region],
        ..Scope::county(county.id)
    }
}

#[rstest]
#[tokio::test]
async fn certificates_are_picked_by_what_they_have_in_common(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let other = County::make_other(&app).await;
    let officer = listed(&app, &county).await;
    let one = ids(&officer).await[0].1;
    let (whole, foreign) = (Scope::county(county.id), Scope::county(other.id));
    let (of_a, db) = (of_region(&county, county.a), app.state.db.read());
    let of_centre = || Picked {
        training_centre: Some("甲培训中心".into()),
        ..Picked::default()
    };
    let page = Page {
        after: None,
        limit: 2,
    };
    let found = certificates::select(db, &whole, &of_centre(), &page)
        .await
        .unwrap();
    assert_eq!(
        (found.count, found.rows.len()),
        (3, 3),
        "a page of two, and one more"
    );
    let (first, next) = page.cut(found.rows, |row| row.id);
    assert!(next.is_some() && first.len() == 2);
    let all = Picked::default;
    for (scope, picked, expected) in [
        (&whole, all(), 4),
        (&of_a, all(), 3),
        (&foreign, all(), 0),
        (
            &whole,
            Picked {
                item_code: Some("1.1".into()),
                ..of_centre()
            },
            2,
        ),
        (
            &whole,
            Picked {
                region_id: Some(county.b),
                ..all()
            },
            1,
        ),
        (
            &whole,
            Picked {
                enterprise_id: Some(county.shop_a),
                ..all()
            },
            4,
        ),
        (
            &whole,
            Picked {
                ids: Some(vec![one]),
                ..all()
            },
            1,
        ),
        (
            &whole,
            Picked {
                ids: Some(vec![]),
                ..all()
            },
            0,
        ),
        (
            &whole,
            Picked {
                issued_from: "2018-03-01".parse().ok(),
                ..all()
            },
            4,
        ),
        (
            &whole,
            Picked {
                issued_to: "2018-02-28".parse().ok(),
                ..all()
            },
            0,
        ),
    ] {
        let found = certificates::select(db, scope, &picked, &page)
            .await
            .unwrap();
        assert_eq!(found.count, expected, "{picked:?}");
        let all = certificates::select_all(db, scope, &picked).await.unwrap();
        assert_eq!(u64::try_from(all.len()).unwrap(), expected);
    }
    let many = Picked {
        ids: Some(vec![Uuid::nil(); 5_001]),
        ..all()
    };
    let fault = certificates::select_all(db, &whole, &many)
        .await
        .unwrap_err();
    assert_eq!(fault.code, Code::InvalidField);
    drop(officer);
    app.finish().await;
}

/// Gives certificates a standing; how they stood before.
async fn give(
    app: &TestApp,
    scope: &Scope,
    ids: &[Uuid],
    standing: Standing,
) -> Vec<(Uuid, Standing)> {
    let by = Caller::console(scope.county_id);
    let work = app.state.begin_plain(&by).await.unwrap();
    let before = certificates::set_standing(&work, scope, ids, standing).await;
    work.commit(&()).await.unwrap();
    before.unwrap()
}

#[rstest]
#[tokio::test]
async fn many_certificates_change_their_standing_at_once_within_ones_reach(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let other = County::make_other(&app).await;
    let officer = listed(&app, &county).await;
    let rows = ids(&officer).await;
    let all: Vec<Uuid> = rows.iter().map(|(_, id, _)| *id).collect();
    let suspended = async || {
        let rows = officer.all("/v1/certificates").await;
        let told = |word| rows.iter().filter(|row| row[word] == "suspended").count();
        (told("standing"), told("status"), rows.len())
    };
    // Asked for all, a township reaches its own; those of others stay as they are.
    let of_a = of_region(&county, county.a);
    let before = give(&app, &of_a, &all, Standing::Suspended).await;
    assert_eq!(before.len(), 3);
    assert!(before.is_sorted_by_key(|(id, _)| *id));
    assert!(before.iter().all(|(_, was)| *was == Standing::Active));
    assert_eq!(suspended().await, (3, 3, 4));
    let foreign = Scope::county(other.id);
    assert_eq!(give(&app, &foreign, &all, Standing::Revoked).await, []);
    let whole = Scope::county(county.id);
    let back = give(&app, &whole, &all, Standing::Active).await;
    let was = |standing| back.iter().filter(|(_, was)| *was == standing).count();
    assert_eq!((was(Standing::Suspended), was(Standing::Active)), (3, 1));
    assert_eq!(suspended().await, (0, 0, 4));
    // A sheet does not give back what an authority took.
    give(&app, &whole, &all[..1], Standing::Revoked).await;
    let newer = trained("李强", 2, "1.1", "330699001", "丙培训中心");
    let fields = [
        ("frozen_on", "2020-12-01".to_owned()),
        ("source", "台账".to_owned()),
    ];
    let path = "/v1/certificates/due-list-imports";
    let newer = format!("{HEADER}{newer}").into_bytes();
    officer.hand_in(path, "名单.csv", newer, &fields).await;
    let seen = officer.read(&format!("/v1/certificates/{}", all[0])).await;
    let words = ["person_name", "training_centre", "standing"].map(|word| &seen[word]);
    assert_eq!(words, ["李强", "丙培训中心", "revoked"]);
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_code_is_claimed_for_somebody_and_counts_where_the_list_has_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let other = County::make_other(&app).await;
    let officer = listed(&app, &county).await;
    let rows = ids(&officer).await;
    let (on_list, people) = (rows[0].1, [rows[0].2, rows[1].2]);
    let by = Caller::console(county.id);
    // One more of 李强's, that no list names.
    let new = NewCertificate {
        person_id: people[0],
        item: "2.1".into(),
        valid_until: "2030-03-01".parse().ok(),
        training_centre: " 甲培训中心 ".into(),
        ..NewCertificate::default()
    };
    let work = app.state.begin_plain(&by).await.unwrap();
    let outside = certificates::register(&work, &new).await.unwrap();
    let both = [on_list, outside, on_list];
    let made = certificates::claim_for(&work, &both, ClaimMethod::Assisted);
    let made = made.await.unwrap();
    let again = certificates::claim_for(&work, &both, ClaimMethod::Assisted);
    assert_eq!(again.await.unwrap(), []);
    work.commit(&()).await.unwrap();
    let mut lists: Vec<_> = made
        .iter()
        .map(|claim| (claim.certificate_id, claim.on_list))
        .collect();
    lists.sort_unstable();
    let mut expected = [(on_list, true), (outside, false)];
    expected.sort_unstable();
    assert_eq!(lists, expected);
    let board = officer.read("/v1/boards/progress").await;
    assert_eq!(
        (&board["claimed_on_list"], &board["claimed_outside_list"]),
        (&json!(1), &json!(1))
    );
    let claims = officer.all("/v1/certificates/claims").await;
    assert!(claims.iter().all(|claim| claim["method"] == "assisted"));

    let facts = certificates::facts_of_people(app.state.db.read(), county.id, &people);
    let facts = facts.await.unwrap();
    assert_eq!(facts.len(), 2);
    let of_li = &facts[&people[0]];
    let told = |place: usize| {
        let fact = &of_li[place];
        (
            fact.id,
            fact.item_code.as_str(),
            fact.catalogue,
            fact.claimed,
            fact.issuer_state,
        )
    };
    assert_eq!(told(0), (on_list, "1.1", 0, true, IssuerState::Listed));
    assert_eq!(told(1), (outside, "2.1", 0, true, IssuerState::Unverified));
    assert_eq!(of_li[1].training_centre, "甲培训中心");
    let rules = regime::law(app.state.db.read()).await.unwrap();
    let day = NaiveDate::from_ymd_opt(2020, 6, 1).unwrap();
    let stands = |place: usize| {
        let fact = &of_li[place];
        regime::status_on(&fact.on_record(), fact.standing, &rules, day)
    };
    assert_eq!((stands(0), stands(1)), (Status::Valid, Status::Unverified));
    let of_wang = facts[&people[1]].iter().map(|fact| fact.claimed);
    assert_eq!(of_wang.collect::<Vec<_>>(), [false, false]);
    let foreign = certificates::facts_of_people(app.state.db.read(), other.id, &people);
    assert!(foreign.await.unwrap().is_empty());
    let by = Caller::console(other.id);
    let work = app.state.begin_plain(&by).await.unwrap();
    let known = [on_list, rows[1].1];
    let fault = certificates::claim_for(&work, &known, ClaimMethod::Assisted);
    assert_eq!(fault.await.unwrap_err().code, Code::NotFound);
    drop(work);
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn one_certificate_is_put_on_the_register_by_hand_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = listed(&app, &county).await;
    let rows = ids(&officer).await;
    let by = Caller::console(county.id);
    let register = async |new: &NewCertificate| {
        let work = app.state.begin_plain(&by).await.unwrap();
        let id = certificates::register(&work, new).await?;
        work.commit(&()).await.unwrap();
        Ok::<_, anpei::platform::Fault>(id)
    };
    let new = NewCertificate {
        person_id: rows[0].2,
        item: "高处安装、维护、拆除作业".into(),
        waiting: true,
        ..NewCertificate::default()
    };
    let id = register(&new).await.unwrap();
    let seen = officer.read(&format!("/v1/certificates/{id}")).await;
    let number = id_number(2);
    assert_eq!(
        (
            &seen["status"],
            &seen["region_id"],
            &seen["enterprise_name"]
        ),
        (
            &json!("waiting_for_issuer"),
            &json!(county.a),
            &json!("东山街道机械厂")
        )
    );
    let found = officer.all(&format!("/v1/certificates?q=T{number}")).await;
    assert_eq!(found.len(), 2, "its number is T and his ID number");
    // Told again with more, it is the same one; what stands on record already stays.
    let more = NewCertificate {
        valid_until: "2026-12-31".parse().ok(),
        waiting: false,
        ..new.clone()
    };
    assert_eq!(register(&more).await.unwrap(), id);
    let seen = officer.read(&format!("/v1/certificates/{id}")).await;
    assert_eq!(
        (&seen["valid_until"], &seen["issuer_state"]),
        (&json!("2026-12-31"), &json!("waiting"))
    );
    let listed = NewCertificate {
        item: "1.1".into(),
        valid_until: "2031-01-01".parse().ok(),
        ..new.clone()
    };
    assert_eq!(register(&listed).await.unwrap(), rows[0].1);
    let seen = officer
        .read(&format!("/v1/certificates/{}", rows[0].1))
        .await;
    assert_eq!(
        (&seen["valid_until"], &seen["issuer_state"]),
        (&json!("2024-03-01"), &json!("listed"))
    );
    let no_such = NewCertificate {
        item: "99.9".into(),
        ..new.clone()
    };
    assert_eq!(
        register(&no_such).await.unwrap_err().code,
        Code::ItemUnknown
    );
    let nobody = NewCertificate {
        person_id: clock::new_id(),
        ..new
    };
    assert_eq!(register(&nobody).await.unwrap_err().code, Code::NotFound);
    drop(officer);
    app.finish().await;
}
