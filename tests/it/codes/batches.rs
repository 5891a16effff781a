//! A training centre is closed: its certificates are looked at, listed, suspended, and given back.

mod large;

use std::sync::Arc;

use anpei::certificates::{self, Standing};
use anpei::codes::verdict::{Colour, Reason};
use anpei::platform::{Caller, Role, Scope};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{NOON, Town, person_of, said, told, worker};
use crate::support::{Client, Kind, Phone, TestApp, answer, id_number};

const PATH: &str = "/v1/codes/suspension-batches";
const CLOSED: &str = "东山电工培训学校";
const OTHER: &str = "城西焊工培训中心";

/// A worker with his phone and the code on it.
struct Holder {
    client: Client,
    person: Uuid,
    phone: Phone,
    code: Value,
}

impl Holder {
    async fn make(town: &Town, n: usize) -> Self {
        let person = person_of(&town.officer, n).await;
        let client = if n == 1 {
            town.county.back(&town.app, "wang.jun").await
        } else {
            worker(&town.app, &town.county, &format!("worker.{n}"), person).await
        };
        let phone = Phone::new();
        let code = phone.claim(&client, &json!({})).await;
        Self {
            client,
            person,
            phone,
            code,
        }
    }

    /// What his phone shows now of the code it got when he claimed.
    fn shown(&self, town: &Town) -> String {
        self.phone.show(&self.code, town.now(), None)
    }

    /// What his phone shows once it has fetched his newest code.
    async fn shown_anew(&self, town: &Town) -> String {
        let mine = self.client.read("/v1/codes/mine").await;
        self.phone.show(&mine, town.now(), None)
    }
}

/// The town, and in it three who were trained at the centre that will be closed, and one who was not.
struct Story {
    town: Town,
    /// 王军: electrician by the closed centre, welder by the other.
    both: Holder,
    /// 李强: electrician by the closed centre.
    one: Holder,
    /// 赵敏: electrician by the other centre.
    elsewhere: Holder,
    /// 孙丽: electrician by the closed centre.
    fourth: Holder,
}

impl Story {
    async fn make(kind: Kind) -> Self {
        Self::of(Town::make(kind).await).await
    }

    async fn of(town: Town) -> Self {
        let mut list =
            "姓名,身份证号码,证书编号,作业代码,初领日期,有效期至,乡镇代码,工作单位,培训机构\n"
                .to_owned();
        for (name, n, item, centre) in [
            ("王军", 1, "1.2", CLOSED),
            ("王军", 1, "2.1", OTHER),
            ("李强", 2, "1.2", CLOSED),
            ("赵敏", 3, "1.2", OTHER),
            ("孙丽", 4, "1.2", CLOSED),
        ] {
            let number = id_number(n);
            list.push_str(&format!(
                "{name},{number},T{number},{item},2018-03-01,2024-03-01,330699001,东山街道机械厂,{centre}\n"
            ));
        }
        let fields = [
            ("frozen_on", "2020-05-20".to_owned()),
            ("source", "台账".to_owned()),
        ];
        let path = "/v1/certificates/due-list-imports";
        let bytes = list.into_bytes();
        let (status, report) = town.officer.hand_in(path, "名单.csv", bytes, &fields).await;
        assert_eq!(
            (status, &report["refused"]),
            (StatusCode::OK, &json!(0)),
            "{report}"
        );
        Self {
            both: Holder::make(&town, 1).await,
            one: Holder::make(&town, 2).await,
            elsewhere: Holder::make(&town, 3).await,
            fourth: Holder::make(&town, 4).await,
            town,
        }
    }

    fn officer(&self) -> &Client {
        &self.town.officer
    }

    async fn preview(&self, selection: &Value) -> Value {
        let path = format!("{PATH}/preview");
        self.officer()
            .make(&path, &json!({"selection": selection}))
            .await
    }

    /// A batch previewed and staged.
    async fn staged(&self, selection: &Value) -> String {
        let token = self.preview(selection).await["token"].clone();
        let told = json!({"selection": selection, "cause": "培训机构被关停", "token": token});
        let batch = self.officer().make(PATH, &told).await;
        format!("{PATH}/{}", batch["id"].as_str().unwrap())
    }

    async fn apply(&self, path: &str) -> Value {
        self.officer()
            .make(&format!("{path}/application"), &Value::Null)
            .await
    }

    async fn undo(&self, path: &str) -> Value {
        let why = json!({"reason": "复核合格"});
        self.officer().make(&format!("{path}/undoing"), &why).await
    }

    async fn online(&self, holder: &Holder) -> (String, String) {
        self.town.online(&holder.shown_anew(&self.town).await).await
    }

    async fn finish(self) {
        let Self {
            town,
            both,
            one,
            elsewhere,
            fourth,
        } = self;
        drop((both, one, elsewhere, fourth));
        town.finish().await;
    }
}

fn closed() -> Value {
    json!({"training_centre": CLOSED})
}

/// How many of a batch's certificates, by what was done to them.
fn counts(batch: &Value) -> [i64; 5] {
    ["suspended", "held", "skipped", "restored", "kept"]
        .map(|effect| batch[effect].as_i64().unwrap())
}

#[rstest]
#[tokio::test]
async fn a_centre_is_closed_and_its_certificates_are_red_online_at_once_and_offline_with_the_next_bundle(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let story = Story::make(kind).await;
    let town = &story.town;
    let old = town.bundle(None).await;
    let seen = story.preview(&closed()).await;
    assert_eq!(
        (&seen["to_suspend"], &seen["people"], &seen["suspended"]),
        (&json!(3), &json!(3), &json!(0)),
        "{seen}"
    );
    assert_eq!(
        seen["items"],
        json!([{"item_code": "1.2", "certificates": 3}])
    );
    assert_eq!(
        seen["regions"],
        json!([{"region_id": town.county.a, "certificates": 3}])
    );
    assert_eq!(seen["sample"].as_array().unwrap().len(), 3);
    assert!(
        !seen.to_string().contains(&id_number(2)),
        "numbers are masked"
    );

    let batch = story.staged(&closed()).await;
    assert_eq!(story.officer().read(&batch).await["staged"], 3);
    let members = story.officer().all(&format!("{batch}/certificates")).await;
    assert_eq!(members.len(), 3, "the frozen list");
    assert_eq!(
        town.online(&story.one.shown(town)).await,
        said("green", "valid"),
        "nothing is suspended before it is applied"
    );
    let applied = story.apply(&batch).await;
    assert_eq!(applied["state"], "applied");
    assert_eq!(counts(&applied), [3, 0, 0, 0, 0]);

    let shown = story.one.shown(town);
    assert_eq!(town.online(&shown).await, said("red", "suspended"));
    assert_eq!(
        told(&town.offline(&shown, &old)),
        (Colour::Green, Reason::Valid),
        "the guard has not heard of it yet"
    );
    let new = town.bundle(Some(&old)).await;
    assert_eq!(
        told(&town.offline(&shown, &new)),
        (Colour::Red, Reason::Suspended)
    );
    let other = story.elsewhere.shown(town);
    assert_eq!(town.online(&other).await, said("green", "valid"));
    assert_eq!(
        told(&town.offline(&other, &new)),
        (Colour::Green, Reason::Valid),
        "of another centre"
    );
    let mine = story.one.client.read("/v1/codes/mine").await;
    let last = mine["events"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["kind"], &last["reason"]),
        (&json!("held"), &json!("培训机构被关停")),
        "its holder reads why"
    );
    story.finish().await;
}

#[rstest]
#[tokio::test]
async fn who_has_another_certificate_keeps_a_code_without_the_suspended_one(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let story = Story::make(kind).await;
    let town = &story.town;
    let batch = story.staged(&closed()).await;
    let before = story.both.shown(town);
    story.apply(&batch).await;
    assert_eq!(town.online(&before).await, said("red", "superseded"));
    let mine = story.both.client.read("/v1/codes/mine").await;
    assert_eq!(
        (&mine["state"], &mine["bound"]),
        (&json!("active"), &json!(true))
    );
    let items: Vec<&Value> = mine["items"].as_array().unwrap().iter().collect();
    assert_eq!(items.len(), 1, "{mine}");
    assert_eq!(items[0]["item_code"], "2.1");
    let shown = story.both.shown_anew(town).await;
    let welder = town.verify(&json!({"scanned": shown, "for": "2.1"})).await;
    assert_eq!(welder["colour"], "green");
    let electrician = town.verify(&json!({"scanned": shown, "for": "1.2"})).await;
    assert_eq!(
        (&electrician["colour"], &electrician["reason"]["code"]),
        (&json!("red"), &json!("not_for_this_item"))
    );
    story.undo(&batch).await;
    let mine = story.both.client.read("/v1/codes/mine").await;
    assert_eq!(mine["items"].as_array().unwrap().len(), 2, "both again");
    assert_eq!(story.online(&story.both).await, said("green", "valid"));
    story.finish().await;
}

/// An officer turns a certificate some other way.
async fn stands(story: &Story, person: Uuid, standing: Standing) {
    let path = format!("/v1/certificates?person_id={person}");
    let id = story.officer().all(&path).await[0]["id"].clone();
    let id: Uuid = id.as_str().unwrap().parse().unwrap();
    let by = Caller::console(story.town.county.id);
    let work = story.town.app.state.begin_plain(&by).await.unwrap();
    let scope = Scope::county(by.county_id);
    certificates::set_standing(&work, &scope, &[id], standing)
        .await
        .unwrap();
    work.commit(&()).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn undoing_gives_back_all_but_what_an_officer_changed_meanwhile(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let story = Story::make(kind).await;
    let town = &story.town;
    let batch = story.staged(&closed()).await;
    story.apply(&batch).await;
    stands(&story, story.fourth.person, Standing::Revoked).await;
    // And of another the code itself is suspended: that is for a person to lift.
    let path = format!(
        "/v1/codes/{}/suspension",
        story.one.code["id"].as_str().unwrap()
    );
    town.township
        .make(&path, &json!({"reason": "核查中"}))
        .await;
    let undone = story.undo(&batch).await;
    assert_eq!(undone["state"], "undone");
    assert_eq!(counts(&undone), [0, 0, 0, 2, 1]);
    assert_eq!(undone["undo_reason"], "复核合格");
    let members = story.officer().all(&format!("{batch}/certificates")).await;
    let kept: Vec<&Value> = members
        .iter()
        .filter(|one| one["effect"] == "kept")
        .collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["person_id"], json!(story.fourth.person));
    assert_eq!(story.online(&story.both).await, said("green", "valid"));
    assert_eq!(story.online(&story.fourth).await.0, "red");
    assert_eq!(story.online(&story.one).await, said("red", "suspended"));
    let path = path.replace("suspension", "reinstatement");
    town.township
        .make(&path, &json!({"reason": "查证属实"}))
        .await;
    assert_eq!(story.online(&story.one).await, said("green", "valid"));
    // What was revoked when the next batch is applied is left alone by it.
    let again = story.preview(&closed()).await;
    assert_eq!(
        (&again["to_suspend"], &again["left_alone"]),
        (&json!(2), &json!(1))
    );
    let next = story.staged(&closed()).await;
    stands(&story, story.one.person, Standing::Cancelled).await;
    assert_eq!(counts(&story.apply(&next).await), [1, 0, 1, 0, 0]);
    story.finish().await;
}

#[rstest]
#[tokio::test]
async fn applied_twice_is_once_and_of_two_officers_the_second_is_told(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let story = Story::make(kind).await;
    let batch = story.staged(&closed()).await;
    let seen = story.officer().request(Method::GET, &batch);
    let tag = seen.send().await.unwrap().headers()["etag"].clone();
    let path = format!("{batch}/application");
    let apply = |key: &'static str| {
        let request = story.officer().request(Method::POST, &path);
        let request = request.header("If-Match", tag.clone());
        answer(request.header("Idempotency-Key", key))
    };
    let (status, first) = apply("one").await;
    assert_eq!(status, StatusCode::OK, "{first}");
    assert_eq!(apply("one").await, (StatusCode::OK, first.clone()));
    let (status, told) = apply("two").await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::PRECONDITION_FAILED, &json!("stale"))
    );
    let code = story.both.client.read("/v1/codes/mine").await["id"].clone();
    assert_eq!(story.apply(&batch).await, first, "said again, it is done");
    assert_eq!(story.both.client.read("/v1/codes/mine").await["id"], code);
    let undone = story.undo(&batch).await;
    assert_eq!(story.undo(&batch).await, undone);
    let (status, told) = story.officer().post(&path, &Value::Null).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("batch_not_so"))
    );
    story.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_two_causes_suspend_stays_so_until_both_are_gone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let story = Story::make(kind).await;
    let first = story.staged(&closed()).await;
    story.apply(&first).await;
    let electricians = json!({"item_code": "1.2", "region_id": story.town.county.a});
    let second = story.staged(&electricians).await;
    assert_eq!(counts(&story.apply(&second).await), [1, 3, 0, 0, 0]);
    assert_eq!(
        story.online(&story.elsewhere).await,
        said("red", "suspended")
    );
    assert_eq!(counts(&story.undo(&first).await), [0, 0, 0, 0, 3]);
    assert_eq!(
        story.online(&story.one).await,
        said("red", "suspended"),
        "the second cause holds"
    );
    assert_eq!(counts(&story.undo(&second).await), [0, 0, 0, 4, 0]);
    for holder in [&story.one, &story.fourth, &story.elsewhere, &story.both] {
        assert_eq!(story.online(holder).await, said("green", "valid"));
    }
    story.finish().await;
}
