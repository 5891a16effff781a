//! A certificate that no register knows: shown by photo, looked at, decided, claimed; and what is kept of its photos.

use anpei::platform::recurring;
use anpei::server::RECURRING;
use entity::{audit_entry, outbox_message};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{NOON, Town, person_of, said, worker};
use crate::support::{Client, Kind, Phone, TestApp, answer, card_photo, id_number};

const REVIEWS: &str = "/v1/codes/reviews";

/// 李强, in the first township, without a certificate on the register.
async fn li(town: &Town) -> Client {
    town.officer
        .make(
            "/v1/people",
            &json!({
                "name": "李强", "id_number": id_number(2), "enterprise_id": town.county.shop_a,
                "role": "other", "from_day": "2020-02-01"
            }),
        )
        .await;
    let person = person_of(&town.officer, 2).await;
    let path = format!("/v1/people/{person}/contact");
    let told = json!({"email": "li.qiang@example.org"});
    let (status, told) = answer(town.officer.request(Method::PUT, &path).json(&told)).await;
    assert!(status.is_success(), "{told}");
    worker(&town.app, &town.county, "li.qiang", person).await
}

fn fields(item: &str) -> [(&'static str, String); 3] {
    [
        ("item_code", item.to_owned()),
        ("first_issued", "2018-03-01".to_owned()),
        ("valid_until", "2024-03-01".to_owned()),
    ]
}

async fn ask(by: &Client, item: &str, photo: Vec<u8>) -> (StatusCode, Value) {
    by.hand_in(REVIEWS, "证.heic", photo, &fields(item)).await
}

/// Shows a certificate with all three photos.
async fn shown(by: &Client, item: &str) -> Value {
    let mut form = Form::new();
    for name in ["file", "back", "portrait"] {
        let part = Part::bytes(card_photo()).file_name("a.jpg");
        form = form.part(name, part);
    }
    for (name, value) in fields(item) {
        form = form.text(name, value);
    }
    let (status, told) = answer(by.request(Method::POST, REVIEWS).multipart(form)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    told
}

fn path(review: &Value, what: &str) -> String {
    format!("{REVIEWS}/{}{what}", review["id"].as_str().unwrap())
}

async fn picture(by: &Client, path: &str) -> (StatusCode, String, Vec<u8>) {
    let answer = by.request(Method::GET, path).send().await.unwrap();
    let status = answer.status();
    let header = |name: &str| {
        let value = answer.headers().get(name);
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    };
    let told = format!("{} {}", header("content-type"), header("cache-control"));
    (status, told, answer.bytes().await.unwrap().to_vec())
}

async fn mails(app: &TestApp, county: uuid::Uuid) -> u64 {
    outbox_message::Entity::find()
        .filter(outbox_message::Column::CountyId.eq(county))
        .filter(outbox_message::Column::Template.eq("code_changed"))
        .count(app.state.db.read())
        .await
        .unwrap()
}

async fn audited(town: &Town, action: &str) -> u64 {
    audit_entry::Entity::find()
        .filter(audit_entry::Column::Action.eq(action))
        .count(town.app.state.db.read())
        .await
        .unwrap()
}

#[rstest]
#[tokio::test]
async fn an_approved_card_goes_on_the_register_and_its_code_is_yellow_until_the_issuer_confirms(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let li = li(&town).await;
    let (status, told) = li.post("/v1/codes/claims", &json!({})).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("no_certificate"))
    );
    let review = shown(&li, "2.1").await;
    assert_eq!(review["state"], "open");
    assert_eq!(
        li.all(&format!("{REVIEWS}/mine")).await,
        std::slice::from_ref(&review)
    );
    let queue = town.township.all(&format!("{REVIEWS}?state=open")).await;
    assert_eq!(queue.len(), 1);
    assert_eq!(
        (&queue[0]["person_name"], &queue[0]["has_back"]),
        (&json!("李强"), &json!(true))
    );
    let told = json!({"valid_until": "2024-02-29", "review_due": "2021-03-01"});
    let approved = town.township.make(&path(&review, "/approval"), &told).await;
    assert_eq!(
        (
            &approved["state"],
            &approved["valid_until"],
            &approved["issuer_checked"]
        ),
        (&json!("approved"), &json!("2024-02-29"), &json!(false))
    );
    let certificates = town.officer.all("/v1/certificates").await;
    assert!(
        certificates
            .iter()
            .any(|one| one["id"] == approved["certificate_id"] && one["item_code"] == "2.1")
    );
    assert_eq!(mails(&town.app, town.county.id).await, 1);
    assert_eq!(
        li.read(&format!("{REVIEWS}/mine")).await["items"][0]["state"],
        "approved"
    );

    let phone = Phone::new();
    let code = phone.claim(&li, &json!({})).await;
    assert_eq!(code["items"][0]["valid_until"], "2024-02-29");
    assert_eq!(code["items"][0]["checked"], false);
    let shown = phone.show(&code, town.now(), None);
    assert_eq!(town.online(&shown).await, said("yellow", "unverified"));
    drop(li);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_card_looked_up_at_the_issuers_makes_a_green_code_and_one_that_waits_stays_in_the_queue(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let li = li(&town).await;
    let (status, review) = ask(&li, "2.1", card_photo()).await;
    assert_eq!(status, StatusCode::OK, "{review}");
    let waits = town
        .township
        .make(&path(&review, "/wait"), &Value::Null)
        .await;
    assert_eq!(waits["state"], "waiting");
    let (status, told) = ask(&li, "2.1", card_photo()).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("review_open")),
        "it still is"
    );
    let told = json!({"issuer_checked": true});
    let approved = town.officer.make(&path(&review, "/approval"), &told).await;
    assert_eq!(approved["issuer_checked"], true);
    let phone = Phone::new();
    let code = phone.claim(&li, &json!({})).await;
    let shown = phone.show(&code, town.now(), None);
    assert_eq!(town.online(&shown).await, said("green", "valid"));
    let (status, told) = ask(&li, "2.1", card_photo()).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("certificate_on_register"))
    );
    // A second item joins the code that is there.
    let (_, second) = ask(&li, "1.2", card_photo()).await;
    town.officer
        .make(
            &path(&second, "/approval"),
            &json!({"issuer_checked": true}),
        )
        .await;
    let code = li.read("/v1/codes/mine").await;
    assert_eq!(code["items"].as_array().unwrap().len(), 2, "{code}");
    drop(li);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_refused_card_is_told_why_and_may_be_shown_again_and_nothing_is_decided_twice(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let li = li(&town).await;
    let (_, review) = ask(&li, "2.1", card_photo()).await;
    let seen = town
        .township
        .request(Method::GET, &path(&review, ""))
        .send()
        .await
        .unwrap();
    let tag = seen.headers()["etag"].to_str().unwrap().to_owned();
    town.officer
        .make(&path(&review, "/wait"), &Value::Null)
        .await;
    let refusal = || {
        town.township
            .request(Method::POST, &path(&review, "/refusal"))
            .json(&json!({"reason": "照片模糊"}))
    };
    let (status, told) = answer(refusal().header("If-Match", &tag)).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::PRECONDITION_FAILED, &json!("stale")),
        "the county has looked at it meanwhile"
    );
    let send = || answer(refusal().header("Idempotency-Key", "one-refusal"));
    let (first, second) = (send().await, send().await);
    assert_eq!((first.0, &first.1), (StatusCode::OK, &second.1));
    for (what, body) in [
        ("/refusal", json!({"reason": "照片模糊"})),
        ("/approval", json!({})),
        ("/wait", Value::Null),
    ] {
        let (status, told) = town.township.post(&path(&review, what), &body).await;
        assert_eq!(
            (status, &told["code"]),
            (StatusCode::CONFLICT, &json!("review_decided")),
            "{what}"
        );
    }
    let mine = li.read(&format!("{REVIEWS}/mine")).await;
    assert_eq!(
        (&mine["items"][0]["state"], &mine["items"][0]["reason"]),
        (&json!("refused"), &json!("照片模糊"))
    );
    assert_eq!(audited(&town, "codes.review_refused").await, 1);
    assert_eq!(
        mails(&town.app, town.county.id).await,
        2,
        "waiting, refused"
    );
    let (status, again) = ask(&li, "2.1", card_photo()).await;
    assert_eq!(status, StatusCode::OK, "{again}");
    drop(li);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_photo_is_kept_upright_without_metadata_sealed_and_each_look_is_told_to_its_owner(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let li = li(&town).await;
    let (_, review) = ask(&li, "2.1", card_photo()).await;
    let (status, told, bytes) = picture(&town.township, &path(&review, "/photo")).await;
    assert_eq!(
        (status, told.as_str()),
        (StatusCode::OK, "image/jpeg no-store")
    );
    assert!(!bytes.windows(3).any(|part| part == b"GPS"));
    let photo = image::load_from_memory(&bytes).unwrap().to_rgb8();
    assert_eq!(photo.dimensions(), (320, 200));
    let [red, _, blue] = photo.get_pixel(160, 20).0;
    assert!(red > blue, "it was taken upside down");
    let (status, told, _) = picture(&town.township, &path(&review, "/thumbnail")).await;
    assert_eq!(
        (status, told.as_str()),
        (StatusCode::OK, "image/jpeg no-store")
    );
    let back = path(&review, "/photo?side=back");
    let (status, ..) = picture(&town.township, &back).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "he showed none");
    let person = person_of(&town.officer, 2).await;
    let looks = li.read(&format!("/v1/people/{person}/views")).await;
    assert_eq!(looks["items"].as_array().unwrap().len(), 1, "{looks}");
    assert_eq!(looks["items"][0]["kind"], "photo");
    let (status, ..) = picture(&li, &path(&review, "/photo")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let folder = town.app.data().join("files/photos");
    for entry in std::fs::read_dir(folder).unwrap() {
        let kept = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(image::guess_format(&kept).is_err(), "sealed");
    }
    drop(li);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_cannot_be_shown_says_why_and_leaves_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let li = li(&town).await;
    let gif =
        b"GIF89a\x01\0\x01\0\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    let mut cut = card_photo();
    cut.truncate(cut.len() / 2);
    let table = [
        (
            "2.1",
            gif.to_vec(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "photo_unreadable",
        ),
        (
            "2.1",
            cut,
            StatusCode::UNPROCESSABLE_ENTITY,
            "photo_unreadable",
        ),
        (
            "2.1",
            b"<svg/>".to_vec(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "photo_unreadable",
        ),
        (
            "2.1",
            vec![0xff; (8 << 20) + 1],
            StatusCode::PAYLOAD_TOO_LARGE,
            "photo_too_large",
        ),
        (
            "14.9",
            card_photo(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "item_unknown",
        ),
    ];
    for (item, photo, status, code) in table {
        let (got, told) = ask(&li, item, photo).await;
        assert_eq!((got, &told["code"]), (status, &json!(code)), "{told}");
    }
    let mut late = fields("2.1");
    late[1].1 = "2020-06-02".into();
    let (status, told) = li.hand_in(REVIEWS, "a.jpg", card_photo(), &late).await;
    assert_eq!(
        (status, &told["errors"][0]["at"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/first_issued"))
    );
    let (status, told) = ask(&town.worker, "2.1", card_photo()).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("certificate_on_register")),
        "王军 has that one"
    );
    assert!(town.officer.all(REVIEWS).await.is_empty());
    let folder = town.app.data().join("files/photos");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
    drop(li);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn two_sendings_of_one_card_at_once_are_one_review(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let li = li(&town).await;
    let (first, second) =
        tokio::join!(ask(&li, "2.1", card_photo()), ask(&li, "2.1", card_photo()));
    let mut statuses = [first.0, second.0];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
    assert_eq!(town.officer.all(REVIEWS).await.len(), 1);
    let folder = town.app.data().join("files/photos");
    assert_eq!(
        std::fs::read_dir(folder).unwrap().count(),
        2,
        "no photo of nothing"
    );
    drop(li);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_decided_review_goes_with_its_photos_when_its_time_is_over(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let li = li(&town).await;
    let refused = shown(&li, "2.1").await;
    town.officer
        .make(&path(&refused, "/refusal"), &json!({"reason": "照片模糊"}))
        .await;
    let open = shown(&li, "1.2").await;
    drop(li);
    let noon: chrono::DateTime<chrono::Utc> = NOON.parse().unwrap();
    for (days, left) in [(364, 2), (366, 1)] {
        town.app
            .state
            .clock
            .set(noon + chrono::TimeDelta::days(days));
        let task = RECURRING
            .iter()
            .find(|task| task.name == "retention")
            .unwrap();
        recurring::step(&town.app.state, task).await.unwrap();
        let rows = entity::claim_review::Entity::find()
            .all(town.app.state.db.read())
            .await
            .unwrap();
        assert_eq!(rows.len(), left, "after {days} days");
        assert!(rows.iter().any(|row| open["id"] == row.id.to_string()));
        let folder = town.app.data().join("files/photos");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), left * 6);
    }
    town.finish().await;
}
