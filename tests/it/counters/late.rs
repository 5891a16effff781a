//! Sheets arrive in any order: what somebody has met, and when, does not hang on it.

use super::*;

/// Hands in a class of one person who works at `shop`, on a day of May.
async fn sheet(officer: &Client, county: &County, n: usize, shop: usize, day: u32, hours: u32) {
    let at = |hour: u32| -> &'static str { format!("2020-05-{day:02} {hour:02}:30").leak() };
    let someone = Person {
        shop,
        times: (at(8), at(8 + hours)),
        ..person(n)
    };
    let title = format!("{}培训第{day}日", ["东山街道", "西河镇"][shop]);
    let bytes = Person::sheet(&[someone], &title);
    let uploads = "/v1/classes/attendance-uploads";
    let plan = county.plan.to_string();
    let (status, seen) = officer
        .hand_in(uploads, "a.csv", bytes, &[("plan_id", plan)])
        .await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    let commit = format!("{uploads}/{}/commit", seen["id"].as_str().unwrap());
    let done = officer.make(&commit, &json!({})).await;
    assert_eq!(done["accepted"], 1, "{done}");
}

/// What the county shows of one person's plan: board of each day, standing and why.
async fn told(officer: &Client, county: &County) -> Vec<Value> {
    let mut told = Vec::new();
    for day in [
        "2020-05-04",
        "2020-05-05",
        "2020-05-19",
        "2020-05-20",
        "2020-12-31",
    ] {
        let board = officer
            .read(&format!("/v1/boards/progress?as_of={day}"))
            .await;
        let rows = board["regions"].as_array().unwrap().iter();
        let rows: Vec<_> = rows
            .map(|row| json!([row["name"], row["completed"], row["person_times"]]))
            .collect();
        told.push(json!([day, board["completed"], rows]));
    }
    let person = officer.read("/v1/people").await["items"][0]["id"].clone();
    let person = person.as_str().unwrap();
    let plan = county.plan;
    let why = format!("/v1/boards/people/{person}/requirements/{plan}/why");
    told.push(officer.read(&why).await["completed_on"].clone());
    let standing = format!("/v1/hours/people/{person}/plans/{plan}");
    told.push(officer.read(&standing).await["completed_on"].clone());
    told
}

#[rstest]
#[tokio::test]
async fn a_late_sheet_dates_a_completion_as_if_it_had_come_in_time(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    // Whole in the first township on the 5th, again in the other on the 20th: and two halves of three hours each.
    let whole: &[(usize, u32, u32)] = &[(0, 5, 8), (1, 20, 8)];
    let halves: &[(usize, u32, u32)] = &[(0, 5, 3), (1, 20, 3)];
    let app = Arc::new(TestApp::start(kind).await);
    for (place, classes) in [whole, halves].into_iter().enumerate() {
        let mut both = Vec::new();
        for turned in [false, true] {
            let county = County::make_nth(&app, 2 * place + usize::from(turned)).await;
            let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
            let mut classes = classes.to_vec();
            if turned {
                classes.reverse();
            }
            for (shop, day, hours) in classes {
                sheet(&officer, &county, 0, shop, day, hours).await;
            }
            both.push(told(&officer, &county).await);
            app.assert_sound().await;
        }
        assert_eq!(both[0], both[1]);
        let day = both[0].last().unwrap();
        assert_eq!(day, ["2020-05-05", "2020-05-20"][place]);
    }
    app.finish().await;
}
