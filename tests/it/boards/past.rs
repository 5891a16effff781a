//! What a board answers of a day gone by is what it answered on that day.

use super::*;

/// The funnel's steps of a township.
fn steps(row: &Value) -> [i64; 5] {
    ["assigned", "enrolled", "attended", "passed", "complete"]
        .map(|step| row[step].as_i64().unwrap())
}

/// Everything below the board that a township's officer can ask, each thing in its figures.
async fn answers(a: &Client, county: &County, asked: &str) -> Value {
    let funnel = a.read(&format!("/v1/boards/funnel?{asked}")).await;
    let path = format!("/v1/boards/regions/{}/lagging?{asked}", county.a);
    let lagging = a.read(&path).await;
    let lagging = lagging["items"].as_array().unwrap().iter().map(|row| {
        [
            "on_file",
            "begun",
            "completed",
            "missing",
            "last_training_day",
        ]
        .map(|f| row[f].clone())
    });
    let lagging: Vec<_> = lagging.collect();
    let path = format!(
        "/v1/boards/progress/regions/{}/enterprises?{asked}",
        county.a
    );
    let shops = a.read(&path).await;
    let shops = shops["items"].as_array().unwrap().iter().map(|row| {
        [
            "people_on_file",
            "completed",
            "person_times",
            "certificates",
            "claimed",
        ]
        .map(|f| row[f].clone())
    });
    let shops: Vec<_> = shops.collect();
    let shop = county.shop_a;
    let path = format!("/v1/boards/progress/enterprises/{shop}/people?{asked}");
    let people = a.read(&path).await;
    let mut people: Vec<_> = people["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| ["name", "minutes_offline", "passed", "completed_on"].map(|f| row[f].clone()))
        .collect();
    people.sort_by_key(|row| row[0].to_string());
    json!({"funnel": steps(&funnel["total"]), "lagging": lagging, "shops": shops, "people": people})
}

#[rstest]
#[tokio::test]
async fn each_answer_of_a_day_gone_by_is_the_answer_given_on_that_day(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let (a, b, officer) = county.officers(&app).await;
    let first = [person(0), person(2), failed(4), half(6)];
    trained(&officer, &county, "2020-05-12", &first, "东山街道第1期").await;
    let told_then = answers(&a, &county, "").await;
    assert_eq!(told_then["funnel"], json!([10, 4, 4, 2, 2]));
    assert_eq!(told_then["lagging"], json!([[4, 4, 2, 2, "2020-05-12"]]));
    assert_eq!(told_then["shops"], json!([[4, 2, 4, 0, 0]]));
    // One more who passes, and one who passes after all, days later.
    let second = [person(8), person(4)];
    trained(&officer, &county, "2020-05-20", &second, "东山街道第2期").await;
    let now = answers(&a, &county, "").await;
    assert_eq!(now["funnel"], json!([10, 5, 5, 4, 4]));
    assert_eq!(now["lagging"], json!([[5, 5, 4, 1, "2020-05-20"]]));

    assert_eq!(answers(&a, &county, "as_of=2020-05-12").await, told_then);
    assert_eq!(answers(&a, &county, "as_of=2020-05-19").await, told_then);
    assert_eq!(answers(&a, &county, "as_of=2020-05-20").await, now);
    let before = answers(&a, &county, "as_of=2020-05-11").await;
    assert_eq!(before["funnel"], json!([10, 0, 0, 0, 0]));
    assert_eq!(
        (&before["lagging"], &before["people"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(before["shops"], json!([[0, 0, 0, 0, 0]]));

    // The neighbour's officer sees none of it on any day, and nobody a day to come.
    let path = format!("/v1/boards/regions/{}/lagging?as_of=2020-05-12", county.a);
    assert_eq!(b.get(&path).await.0, StatusCode::NOT_FOUND);
    let funnel = b.read("/v1/boards/funnel?as_of=2020-05-12").await;
    assert_eq!(steps(&funnel["total"]), [5, 0, 0, 0, 0]);
    for path in ["funnel".to_owned(), format!("regions/{}/lagging", county.a)] {
        let (status, told) = a.get(&format!("/v1/boards/{path}?as_of=2999-01-01")).await;
        assert_eq!(
            (status, &told["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_field"))
        );
    }
    drop((a, b, officer));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn whoever_moves_on_stands_in_the_past_where_he_stood_then(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let (a, b, officer) = county.officers(&app).await;
    trained(&officer, &county, "2020-05-12", &[half(0)], "东山街道第1期").await;
    let moved = Person {
        shop: 1,
        ..person(0)
    };
    trained(&officer, &county, "2020-05-20", &[moved], "西河镇第1期").await;
    for (asked, here, there) in [
        ("as_of=2020-05-12", 1, 0),
        ("as_of=2020-05-19", 1, 0),
        ("as_of=2020-05-20", 0, 1),
        ("", 0, 1),
    ] {
        let path = format!("/v1/boards/funnel?{asked}");
        assert_eq!(a.read(&path).await["total"]["attended"], here, "{asked}");
        assert_eq!(b.read(&path).await["total"]["attended"], there, "{asked}");
        let all = &officer.read(&path).await["total"];
        assert_eq!(all["attended"], 1, "{asked}: once");
        let path = format!(
            "/v1/boards/progress/enterprises/{}/people?{asked}",
            county.shop_a
        );
        let works = a.read(&path).await["items"].as_array().unwrap().len();
        assert_eq!(works, here, "{asked}");
    }
    drop((a, b, officer));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn every_figure_says_how_old_it_is(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let now = "2020-06-01T10:00:00+08:00".parse().unwrap();
    let app = Arc::new(TestApp::start_at(kind, now).await);
    let county = County::make(&app).await;
    let (a, b, officer) = county.officers(&app).await;
    trained(
        &officer,
        &county,
        "2020-05-12",
        &[person(0)],
        "东山街道第1期",
    )
    .await;
    app.state
        .clock
        .set("2020-06-01T10:10:00+08:00".parse().unwrap());
    let (read, changed) = ("2020-06-01T10:10:00+08:00", "2020-06-01T10:00:00+08:00");
    for path in [
        "/v1/boards/progress".to_owned(),
        "/v1/boards/funnel".to_owned(),
        "/v1/boards/trend".to_owned(),
        format!("/v1/boards/regions/{}/call-list", county.a),
    ] {
        let told = a.read(&path).await;
        assert_eq!(told["as_of"], read, "{path}");
        assert_eq!(told["progress_updated_at"], changed, "{path}");
        // Nothing was ever trained next door.
        let there = path.replace(&county.a.to_string(), &county.b.to_string());
        assert!(
            b.read(&there).await.get("progress_updated_at").is_none(),
            "{there}"
        );
    }
    let path = format!("/v1/boards/regions/{}/lagging", county.a);
    assert_eq!(a.read(&path).await["as_of"], read);
    let path = format!("/v1/boards/progress/regions/{}/enterprises", county.a);
    let shops = a.read(&path).await;
    assert_eq!(shops["items"][0]["progress_updated_at"], changed);
    let quotas = officer
        .read(&format!("/v1/plans/{}/quotas", county.plan))
        .await;
    assert_eq!(quotas["items"][0]["updated_at"], changed, "{quotas}");
    let sheet = officer
        .request(Method::GET, "/v1/boards/progress.xlsx")
        .send()
        .await
        .unwrap();
    let sheet = sheet.bytes().await.unwrap().to_vec();
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(sheet)).unwrap();
    let cells = calamine::Reader::worksheet_range_at(&mut book, 0)
        .unwrap()
        .unwrap();
    let text: String = cells.cells().map(|(_, _, cell)| cell.to_string()).collect();
    assert!(
        text.contains("2020-06-01 10:10")
            && text.contains("培训数据更新于 training data last changed 2020-06-01 10:00"),
        "{text}"
    );
    drop((a, b, officer));
    app.finish().await;
}
