//! What an enterprise's safety manager sees of his own people, on any day, and what stays when the plan is settled.

use anpei::accounts::Held;
use anpei::platform::Role;

use super::*;

async fn sheet(officer: &Client, county: &County, people: &[Person], title: &str) {
    let uploads = "/v1/classes/attendance-uploads";
    let fields = [("plan_id", county.plan.to_string())];
    let bytes = Person::sheet(people, title);
    let (status, seen) = officer.hand_in(uploads, "a.csv", bytes, &fields).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    let path = format!("{uploads}/{}/commit", seen["id"].as_str().unwrap());
    officer.make(&path, &json!({})).await;
}

fn on(day: u32, n: usize) -> Person {
    let at = |hour: u32| -> &'static str { format!("2020-05-{day:02} {hour:02}:30").leak() };
    Person {
        shop: 0,
        times: (at(8), at(16)),
        ..person(n)
    }
}

#[rstest]
#[tokio::test]
async fn a_manager_sees_his_own_enterprise_as_of_any_day_and_as_it_was_settled(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let (a, _, officer) = county.officers(&app).await;
    let held = Held {
        role: Role::EnterpriseManager,
        region_id: None,
        enterprise_id: Some(county.shop_a),
        person_id: None,
    };
    let manager = county.account(&app, "manager", held).await;
    sheet(&officer, &county, &[on(11, 0), on(11, 2)], "东山街道第1期").await;
    // The neighbour's people, who are none of his.
    sheet(&officer, &county, &[person(1), person(3)], "西河镇第1期").await;
    sheet(&officer, &county, &[on(13, 4)], "东山街道第2期").await;
    let shares = format!("/v1/plans/{}/quotas/{}/shares", county.plan, county.a);
    let split =
        json!({"day": "2020-03-01", "shares": [{"enterprise_id": county.shop_a, "amount": 4}]});
    let set = a.request(Method::PUT, &shares).json(&split).send().await;
    assert_eq!(set.unwrap().status(), StatusCode::OK);
    let due = format!(
        "姓名,身份证号码,证书编号,作业代码,初领日期,有效期至,乡镇代码,工作单位\n{},{},T{},1.1,2018-03-01,2024-03-01,330699001,{}\n",
        person(0).name,
        person(0).id_number,
        person(0).id_number,
        on(11, 0).shop_name()
    );
    let fields = [
        ("frozen_on", "2020-06-30".to_owned()),
        ("source", "县局".to_owned()),
    ];
    for (path, fields) in [
        ("/v1/certificates/due-list-imports", &fields[..]),
        ("/v1/certificates/claim-imports", &[]),
    ] {
        let (status, report) = officer
            .hand_in(path, "名单.csv", due.clone().into_bytes(), fields)
            .await;
        assert_eq!(
            (status, &report["refused"]),
            (StatusCode::OK, &json!(0)),
            "{report}"
        );
    }

    let board = |day: &str| {
        let path = format!("/v1/boards/progress{day}");
        let manager = &manager;
        async move { manager.read(&path).await }
    };
    let figures = |board: &Value| {
        ["quota", "completed", "person_times", "due", "claimed"]
            .map(|figure| board[figure].as_i64())
    };
    let now = board("").await;
    assert_eq!(figures(&now), [4, 3, 3, 1, 1].map(Some), "{now}");
    assert_eq!(
        (&now["training_rate"], &now["last_training_day"]),
        (&json!("75.0"), &json!("2020-05-13"))
    );
    assert!(now["progress_updated_at"].is_string(), "{now}");
    assert_eq!(now["regions"], json!([]));
    for (day, expected) in [
        ("2020-02-01", [0, 0, 0, 0, 0]),
        ("2020-05-10", [4, 0, 0, 0, 0]),
        ("2020-05-11", [4, 2, 2, 0, 0]),
        ("2020-05-13", [4, 3, 3, 0, 0]),
        ("2020-06-30", [4, 3, 3, 1, 0]),
    ] {
        let past = board(&format!("?as_of={day}")).await;
        assert_eq!(figures(&past), expected.map(Some), "{day}: {past}");
    }
    let trend = manager
        .read("/v1/boards/trend?as_of=2020-05-12&step=day")
        .await;
    assert_eq!((&trend["quota"], &trend["done"]), (&json!(4), &json!(2)));
    assert!(trend["progress_updated_at"].is_string());
    let funnel = manager.read("/v1/boards/funnel").await;
    let total = &funnel["total"];
    assert_eq!(
        [
            &total["assigned"],
            &total["attended"],
            &total["passed"],
            &total["complete"]
        ],
        [&json!(4), &json!(3), &json!(3), &json!(3)],
        "{funnel}"
    );

    // Settled: what was corrected since stands beside it.
    let plan = format!("/v1/plans/{}", county.plan);
    officer.make(&format!("{plan}/closure"), &Value::Null).await;
    officer
        .make(&format!("{plan}/settlement"), &Value::Null)
        .await;
    let people = officer.all("/v1/people").await;
    let first = people.iter().find(|p| p["name"] == person(0).name).unwrap();
    let records = format!(
        "/v1/hours/records?person_id={}",
        first["id"].as_str().unwrap()
    );
    let record = officer.all(&records).await[0]["id"].clone();
    let path = format!("/v1/hours/records/{}/corrections", record.as_str().unwrap());
    let right = json!({"minutes": 0, "finished": false, "passed": false, "reason": "点名册核对"});
    officer.make(&path, &right).await;
    let settled = board("").await;
    assert_eq!(figures(&settled), [4, 3, 3, 1, 1].map(Some), "{settled}");
    assert!(settled["settled_at"].is_string());
    assert_eq!(
        (
            &settled["later"]["completed"],
            &settled["later"]["person_times"]
        ),
        (&json!(-1), &json!(-1))
    );
    let past = board("?as_of=2020-12-31").await;
    assert_eq!(
        figures(&past)[1..3],
        [Some(2), Some(2)],
        "a day is told as it is known now"
    );
    let funnel = officer.read("/v1/boards/funnel").await;
    assert_eq!(
        (&funnel["total"]["attended"], &funnel["total"]["complete"]),
        (&json!(4), &json!(4)),
        "a funnel is of one time: corrections included"
    );
    drop((a, officer, manager));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn where_person_times_count_whoever_comes_again_closes_the_gap(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let times = anpei::plans::rules::Counts::PersonTimes;
    let county = County::make_nth_with(&app, 0, |terms| terms.counts = times).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let path = format!("/v1/boards/regions/{}/call-list", county.a);
    let empty = officer.read(&path).await;
    assert_eq!(
        (&empty["gap"], &empty["closes_gap"]),
        (&json!(10), &json!(false))
    );
    assert!(
        empty["as_of"].as_str().unwrap() > "2026",
        "a real instant: {empty}"
    );
    assert_eq!(empty.get("progress_updated_at"), None);
    // Four people of the township: three are done, one of them twice over; one failed his exam.
    let mut failed = on(11, 6);
    failed.score = "40".into();
    let first = [on(11, 0), on(11, 2), on(11, 4), failed];
    sheet(&officer, &county, &first, "东山街道第1期").await;
    sheet(&officer, &county, &[on(13, 0)], "东山街道第2期").await;
    let list = officer.read(&path).await;
    assert_eq!(
        (&list["done"], &list["gap"]),
        (&json!(5), &json!(5)),
        "{list}"
    );
    let names: Vec<&str> = list["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect();
    let expected = [6, 2, 4, 0].map(|n| person(n).name);
    assert_eq!(names[0], expected[0], "who is not done comes first");
    assert_eq!(names[3], expected[3], "who came most comes last");
    assert_eq!(list["closes_gap"], false, "four people for a gap of five");
    assert_eq!(list["people"][3]["effort_minutes"], 0);
    drop(officer);
    app.finish().await;
}
