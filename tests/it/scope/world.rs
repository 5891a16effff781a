//! Two townships of one county and one of another, each with one of everything, and somebody in every role.

use std::collections::BTreeMap;
use std::sync::Arc;

use anpei::accounts::Held;
use anpei::codes::keys;
use anpei::platform::{Caller, Role, clock};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::asks::media;
use super::{exams, study};
use crate::support::{Client, County, Kind, Person, TestApp, person};

/// One township with one of everything in it.
pub struct Tenant {
    pub app: Arc<TestApp>,
    /// Which of the enterprises of all counties is its own.
    pub place: usize,
    pub region: Uuid,
    pub plan: Uuid,
    pub shop: Uuid,
    pub person: Uuid,
    pub id_number: String,
    pub class: Uuid,
    pub upload: Uuid,
    pub record: Uuid,
    pub due_list: Uuid,
    pub certificate: Uuid,
    pub claim: Uuid,
    pub code: Uuid,
    pub inspection: Uuid,
    pub batch: Uuid,
    pub job: Uuid,
    pub course: Uuid,
    pub proof: Uuid,
    pub enrolment: Uuid,
    pub lesson: Uuid,
    pub player: Uuid,
    pub question: Uuid,
    pub paper: Uuid,
    pub attempt: Uuid,
    pub media: Uuid,
    /// Whoever may do the county's business there, to make something fresh for a request that uses it up.
    pub officer: Client,
    /// The tenant's person himself.
    pub worker: Client,
}

impl Tenant {
    /// The tenant's id for a parameter of a path.
    pub fn id_of(&self, parameter: &str) -> Uuid {
        match parameter {
            "region_id" => self.region,
            "plan_id" => self.plan,
            "enterprise_id" => self.shop,
            "person_id" => self.person,
            "question_id" => self.question,
            "paper_id" => self.paper,
            "attempt_id" => self.attempt,
            "class_id" => self.class,
            "upload_id" => self.upload,
            "record_id" => self.record,
            "due_list_id" => self.due_list,
            "certificate_id" => self.certificate,
            "claim_id" => self.claim,
            "code_id" => self.code,
            "inspection_id" => self.inspection,
            "batch_id" => self.batch,
            "job_id" => self.job,
            "course_id" => self.course,
            "proof_id" => self.proof,
            "enrolment_id" => self.enrolment,
            "lesson_id" => self.lesson,
            "player_id" => self.player,
            "media_id" => self.media,
            "session_id" => self.officer.claims().sid,
            other => panic!("the world has no {other}"),
        }
    }
}

pub struct World {
    pub app: Arc<TestApp>,
    pub home: Tenant,
    pub neighbour: Tenant,
    pub elsewhere: Tenant,
    /// A caller of every role, held at `home`; county-wide roles at its county.
    pub callers: BTreeMap<&'static str, Client>,
}

/// How much of the county a role reaches.
pub fn is_county_wide(role: Role) -> bool {
    matches!(
        role,
        Role::CountyOfficer | Role::CountyAdmin | Role::SystemAdmin | Role::Auditor
    )
}

impl World {
    pub async fn make(kind: Kind) -> Self {
        // Three lines are a large sheet here, so that commits are jobs.
        let app = Arc::new(TestApp::start_with(kind, &["--job-lines", "2"]).await);
        let county = County::make(&app).await;
        let other = County::make_other(&app).await;
        for county in [&county, &other] {
            keys::init(&app.state, &Caller::console(county.id), false)
                .await
                .unwrap();
        }
        let home = tenant(&app, &county, 0).await;
        let neighbour = tenant(&app, &county, 1).await;
        let elsewhere = tenant(&app, &other, 2).await;
        let mut callers = BTreeMap::new();
        for role in Role::ALL {
            let worker = role == Role::Worker;
            let region = if is_county_wide(role) {
                county.id
            } else {
                home.region
            };
            let held = Held {
                role,
                region_id: (!worker && role != Role::EnterpriseManager).then_some(region),
                enterprise_id: (role == Role::EnterpriseManager).then_some(home.shop),
                person_id: worker.then_some(home.person),
            };
            let login = format!("caller-{}", role.word());
            callers.insert(role.word(), county.account(&app, &login, held).await);
        }
        Self {
            app,
            home,
            neighbour,
            elsewhere,
            callers,
        }
    }

    pub async fn finish(self) {
        let Self {
            app,
            home,
            neighbour,
            elsewhere,
            callers,
        } = self;
        drop((home, neighbour, elsewhere, callers));
        app.finish().await;
    }
}

/// Fills the township of a county in which the `shop`-th enterprise lies.
async fn tenant(app: &Arc<TestApp>, county: &County, shop: usize) -> Tenant {
    let place = shop;
    let region = [county.a, county.b][shop % 2];
    let login = format!("maker-{}", region.simple());
    let held = Held {
        role: Role::CountyOfficer,
        region_id: Some(county.id),
        enterprise_id: None,
        person_id: None,
    };
    let officer = county.account(app, &login, held).await;
    let of_shop = |n: usize| Person {
        shop,
        ..person(4 * n + shop)
    };
    let people: Vec<Person> = (0..4).map(of_shop).collect();
    let upload = committed(&officer, county.plan, region, &people, "第1期").await;
    let class = &officer
        .read(&format!("/v1/classes/sessions?region_id={region}"))
        .await["items"][0]["id"];
    let shop = [county.shop_a, county.shop_b][shop % 2];
    let workers = officer
        .all(&format!("/v1/people?enterprise_id={shop}"))
        .await;
    let worker = &workers[0];
    let held = people.iter().find(|p| worker["name"] == *p.name).unwrap();
    let records = officer
        .all(&format!(
            "/v1/hours/records?person_id={}",
            worker["id"].as_str().unwrap()
        ))
        .await;
    let himself = Held {
        role: Role::Worker,
        region_id: None,
        enterprise_id: None,
        person_id: Some(id(&worker["id"])),
    };
    let login = format!("himself-{}", region.simple());
    let himself = county.account(app, &login, himself).await;
    let (due_list, certificate, claim) = certified(&officer, county, region, held).await;
    let told = json!({"person_id": worker["id"]});
    let code = officer.make("/v1/codes/assisted-claims", &told).await;
    let inspection = inspected(&officer, id(&code["id"]), region).await;
    let batch = batch_of(&officer, certificate, region).await;
    let (course, enrolment, lesson, player) =
        study::learning(&officer, county.plan, &himself).await;
    let (question, paper, attempt) = exams::sat(&officer, &himself).await;
    let media = media::handed_in(&officer).await;
    let told = json!({"plan_id": county.plan, "person_ids": [worker["id"]]});
    let proofs = officer.make("/v1/proofs", &told).await;
    let proof = id(&proofs["items"][0]["id"]);
    Tenant {
        app: app.clone(),
        place,
        region,
        plan: county.plan,
        shop,
        person: id(&worker["id"]),
        id_number: held.id_number.clone(),
        class: id(class),
        upload: id(&upload["id"]),
        record: id(&records[0]["id"]),
        due_list,
        certificate,
        claim,
        code: id(&code["id"]),
        inspection,
        batch,
        job: id(&upload["job_id"]),
        course,
        proof,
        enrolment,
        lesson,
        player,
        question,
        paper,
        attempt,
        media,
        officer,
        worker: himself,
    }
}

/// A red that was logged of a code.
pub async fn inspected(by: &Client, code: Uuid, region: Uuid) -> Uuid {
    let told = json!({
        "client_id": clock::new_id(), "colour": "red", "reason": "suspended", "code_id": code, "region_id": region,
        "place": "东门工地"
    });
    id(&by.make("/v1/codes/inspections", &told).await["id"])
}

/// What a batch of one certificate is staged by.
pub async fn staging(by: &Client, certificate: Uuid, region: Uuid) -> Value {
    let selection = json!({"certificate_ids": [certificate], "region_id": region});
    let path = "/v1/codes/suspension-batches/preview";
    let seen = by.make(path, &json!({"selection": selection})).await;
    json!({"selection": selection, "cause": "培训机构被关停", "token": seen["token"]})
}

/// A staged batch of one certificate.
pub async fn batch_of(by: &Client, certificate: Uuid, region: Uuid) -> Uuid {
    let told = staging(by, certificate, region).await;
    id(&by.make("/v1/codes/suspension-batches", &told).await["id"])
}

/// A due list with one certificate on it, and its code claimed.
async fn certified(
    officer: &Client,
    county: &County,
    region: Uuid,
    held: &Person,
) -> (Uuid, Uuid, Uuid) {
    let code = officer.read(&format!("/v1/places/regions/{region}")).await["code"].clone();
    let source = format!("县局-{}", code.as_str().unwrap());
    // Two certificates are due, one is claimed: the other is left for its holder to claim.
    let due = certificate_sheet(held, code.as_str().unwrap(), &["1.1", "9.1"]);
    let claimed = certificate_sheet(held, code.as_str().unwrap(), &["1.1"]);
    let fields = [
        ("frozen_on", "2020-12-31".to_owned()),
        ("source", source.clone()),
    ];
    for (path, sheet, fields) in [
        ("/v1/certificates/due-list-imports", due, &fields[..]),
        ("/v1/certificates/claim-imports", claimed, &[]),
    ] {
        let (status, report) = officer.hand_in(path, "名单.csv", sheet, fields).await;
        assert_eq!(status, StatusCode::OK, "{report}");
        assert_eq!(report["refused"], 0, "{path}: {report}");
    }
    let of_region = |path: &str| format!("{path}?region_id={region}");
    let certificates = officer.all(&of_region("/v1/certificates")).await;
    let claims = officer.all(&of_region("/v1/certificates/claims")).await;
    let lists = officer.all("/v1/certificates/due-lists").await;
    let list = lists.iter().find(|list| list["source"] == source).unwrap();
    assert_eq!(
        (certificates.len(), claims.len()),
        (2, 1),
        "of {}",
        county.id
    );
    (
        id(&list["id"]),
        id(&certificates[0]["id"]),
        id(&claims[0]["id"]),
    )
}

/// A sheet with somebody's certificates for these items, fit for a due list and for claims.
pub fn certificate_sheet(held: &Person, region_code: &str, items: &[&str]) -> Vec<u8> {
    let Person {
        name, id_number, ..
    } = held;
    let mut text =
        "姓名,身份证号码,证书编号,作业代码,初领日期,有效期至,乡镇代码,工作单位\n".to_owned();
    for item in items {
        let line = format!(
            "{name},{id_number},T{id_number},{item},2018-03-01,2024-03-01,{region_code},{}\n",
            held.shop_name()
        );
        text.push_str(&line);
    }
    text.into_bytes()
}

/// Uploads and commits a sheet; the upload when its job is done.
pub async fn committed(
    by: &Client,
    plan: Uuid,
    region: Uuid,
    people: &[Person],
    title: &str,
) -> Value {
    let seen = previewed(by, plan, region, people, title).await;
    let path = format!("/v1/classes/attendance-uploads/{}", id(&seen["id"]));
    let (status, queued) = by.post(&format!("{path}/commit"), &json!({})).await;
    assert!(status.is_success(), "{queued}");
    if let Some(job) = queued["job_id"].as_str() {
        by.until_done(job).await;
    }
    by.read(&path).await
}

/// Uploads a sheet; the preview.
pub async fn previewed(
    by: &Client,
    plan: Uuid,
    region: Uuid,
    people: &[Person],
    title: &str,
) -> Value {
    let fields = [
        ("plan_id", plan.to_string()),
        ("region_id", region.to_string()),
    ];
    let (status, seen) = by
        .hand_in(
            "/v1/classes/attendance-uploads",
            "签到表.csv",
            Person::sheet(people, title),
            &fields,
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    seen
}

pub fn id(value: &Value) -> Uuid {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no id: {value}"))
        .parse()
        .unwrap()
}
