//! Suspensions that go on as jobs, and what holders and others learn of them.

use super::*;

#[rstest]
#[tokio::test]
async fn a_large_batch_goes_on_as_a_job_and_is_undone_by_one(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = TestApp::start_by(kind, &["--job-lines", "2"], Some(NOON.parse().unwrap())).await;
    let story = Story::of(Town::of(Arc::new(app)).await).await;
    let batch = story.staged(&closed()).await;
    let path = format!("{batch}/application");
    let (status, queued) = story.officer().post(&path, &Value::Null).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{queued}");
    assert_eq!(queued["state"], "applying");
    let (status, again) = story.officer().post(&path, &Value::Null).await;
    assert!(status.is_success(), "{again}");
    assert_eq!(
        again["job_id"], queued["job_id"],
        "one job, however often it is asked"
    );
    let job = queued["job_id"].as_str().unwrap();
    story.officer().until_done(job).await;
    let applied = story.officer().read(&batch).await;
    assert_eq!(
        (&applied["state"], counts(&applied)),
        (&json!("applied"), [3, 0, 0, 0, 0])
    );
    assert_eq!(story.online(&story.one).await, said("red", "suspended"));
    let (status, queued) = story
        .officer()
        .post(&format!("{batch}/undoing"), &json!({"reason": "复核合格"}))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{queued}");
    assert_ne!(queued["job_id"], json!(job));
    story
        .officer()
        .until_done(queued["job_id"].as_str().unwrap())
        .await;
    let undone = story.officer().read(&batch).await;
    assert_eq!(
        (&undone["state"], counts(&undone)),
        (&json!("undone"), [0, 0, 0, 3, 0])
    );
    assert_eq!(story.online(&story.one).await, said("green", "valid"));
    let auditor = story
        .town
        .county
        .sign_in(&story.town.app, Role::Auditor, story.town.county.id)
        .await;
    let entries = auditor.all("/v1/audit/entries").await;
    for action in [
        "codes.stage_suspension",
        "codes.apply_suspension",
        "codes.undo_suspension",
    ] {
        assert!(
            entries.iter().any(|entry| entry["action"] == action),
            "{action}"
        );
    }
    drop(auditor);
    story.finish().await;
}

#[rstest]
#[tokio::test]
async fn each_holder_who_left_an_address_is_told_why(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let story = Story::make(kind).await;
    for holder in [&story.one, &story.elsewhere] {
        let path = format!("/v1/people/{}/contact", holder.person);
        let request = story.officer().request(Method::PUT, &path);
        let (status, told) = answer(request.json(&json!({"email": "li@example.com"}))).await;
        assert_eq!(status, StatusCode::OK, "{told}");
    }
    let admin = story
        .town
        .county
        .sign_in(&story.town.app, Role::CountyAdmin, story.town.county.id)
        .await;
    let mails = || async {
        let outbox = admin.all("/v1/notices/outbox").await;
        let of_codes = |mail: &&Value| mail["template"] == "code_changed";
        outbox.iter().filter(of_codes).count()
    };
    let before = mails().await;
    let batch = story.staged(&closed()).await;
    story.apply(&batch).await;
    assert_eq!(
        mails().await,
        before + 1,
        "whoever is not meant hears nothing"
    );
    story.undo(&batch).await;
    assert_eq!(mails().await, before + 2);
    drop(admin);
    story.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_batch_is_what_its_preview_showed(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let story = Story::make(kind).await;
    let stage = |selection: Value, token: Value| {
        let told = json!({"selection": selection, "cause": "培训机构被关停", "token": token});
        refused(&story.town.officer, told)
    };
    let token = story.preview(&closed()).await["token"].clone();
    let other = json!({"training_centre": OTHER});
    assert_eq!(
        stage(other, token.clone()).await,
        (StatusCode::CONFLICT, "selection_changed".to_owned())
    );
    stands(&story, story.fourth.person, Standing::Suspended).await;
    assert_eq!(
        stage(closed(), token).await,
        (StatusCode::CONFLICT, "selection_changed".to_owned()),
        "it has changed since"
    );
    let nobody = json!({"training_centre": "没有这家"});
    let token = story.preview(&nobody).await["token"].clone();
    assert_eq!(
        stage(nobody, token.clone()).await,
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            "nothing_selected".to_owned()
        )
    );
    assert_eq!(
        stage(json!({}), token.clone()).await,
        (StatusCode::UNPROCESSABLE_ENTITY, "field_missing".to_owned()),
        "nobody suspends a county by an empty form"
    );
    let reversed = json!({"issued_from": "2020-02-01", "issued_to": "2020-01-01"});
    assert_eq!(
        stage(reversed, token).await,
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            "period_reversed".to_owned()
        )
    );
    assert!(story.officer().all(PATH).await.is_empty());
    // Staged and put away: it never was applied.
    let batch = story.staged(&closed()).await;
    let undone = story.undo(&batch).await;
    assert_eq!(
        (&undone["state"], &undone["staged"]),
        (&json!("undone"), &json!(3))
    );
    assert_eq!(story.online(&story.one).await, said("green", "valid"));
    story.finish().await;
}

/// What staging is answered with, shortly.
async fn refused(by: &Client, told: Value) -> (StatusCode, String) {
    let (status, told) = by.post(PATH, &told).await;
    (status, told["code"].as_str().unwrap_or_default().to_owned())
}
