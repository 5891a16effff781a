//! How each operation is asked of a tenant.

mod academies;
mod accounts;
mod codes;
mod enrolment;
mod evidence;
pub mod media;
mod plans;
mod quotas;
mod reviews;

use anpei::notices;
use anpei::platform::clock;
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{Tenant, certificate_sheet, committed, id, previewed};
use super::{exams, study};
use crate::support::{Client, Person, person};
use plans::{draft_rule, new_plan, plan_to_change, published_rule, rule_to_publish};

/// The fields of a form, beside its file.
pub type Fields = Vec<(&'static str, String)>;

/// What goes with a request beside its path.
#[derive(Default)]
pub struct Ask {
    pub query: String,
    pub body: Option<Value>,
    pub file: Option<(Vec<u8>, Fields)>,
    pub headers: Fields,
    /// Bytes as they are.
    pub bytes: Option<Vec<u8>>,
    /// Something made fresh for this request, instead of the tenant's own.
    pub fresh: Option<(&'static str, Uuid)>,
}

pub(super) fn query(text: String) -> Ask {
    Ask {
        query: text,
        ..Ask::default()
    }
}

pub(super) fn body(value: Value) -> Ask {
    Ask {
        body: Some(value),
        ..Ask::default()
    }
}

pub(super) fn file(bytes: Vec<u8>, fields: Fields) -> Ask {
    Ask {
        file: Some((bytes, fields)),
        ..Ask::default()
    }
}

impl Ask {
    pub(super) fn on(mut self, name: &'static str, id: Uuid) -> Self {
        self.fresh = Some((name, id));
        self
    }
}

/// How an operation is asked of a tenant; `n` differs from request to request.
pub async fn ask(operation: &str, of: &Tenant, n: usize) -> Ask {
    let Tenant {
        region,
        plan,
        shop,
        person,
        officer,
        ..
    } = of;
    if let Some(ask) = exams::ask(operation, of, n).await {
        return ask;
    }
    if let Some(ask) = study::ask(operation, of, n).await {
        return ask;
    }
    match operation {
        "getBoard" | "exportBoard" | "getFunnel" | "getTrend" | "watchBoard" => {
            query(format!("plan_id={plan}"))
        }
        "listEnterprises" | "listPeople" | "listClasses" | "listHints" | "listCertificates"
        | "listClaims" => query(format!("region_id={region}")),
        "remindPeople" => body(json!({"plan_id": plan, "enterprise_id": shop})),
        "issueProofs" => body(json!({"plan_id": plan, "person_ids": [person]})),
        "listProofs" | "listTrainingRecords" => query(format!("person_id={person}")),
        "createRegion" => body(new_region(n)),
        "succeedRegion" => {
            let made = officer.make("/v1/places/regions", &new_region(n)).await;
            body(json!({"successor_id": region, "last_day": "2020-12-31"}))
                .on("region_id", id(&made["id"]))
        }
        "createEnterprise" => body(new_enterprise(*region, n)),
        "updateEnterprise" => {
            let made = fresh_enterprise(officer, *region, n).await;
            body(new_enterprise(*region, n)).on("enterprise_id", made)
        }
        "createPerson" => body(json!({
            "name": "王新", "id_number": stranger(n).id_number, "enterprise_id": shop,
            "role": "other", "from_day": "2020-02-01"
        })),
        "startEmployment" => {
            body(json!({"enterprise_id": shop, "role": "safety_manager", "from_day": "2021-02-01"}))
        }
        "inviteAccount" => body(json!({
            "login": format!("trainer{n}"), "name": "陈老师", "email": format!("trainer{n}@example.com"),
            "role": "trainer", "region_id": region
        })),
        "changeMyPassword" => body(json!({
            "current_password": "correct horse battery", "password": "correct horse battery"
        })),
        "resendMessage" => Ask::default().on("message_id", given_up(of).await),
        "setContact" => body(json!({"phone": "13800001234", "email": "wang@example.com"})),
        "createPlan" => body(new_plan(n)),
        "updatePlan" | "publishPlan" | "closePlan" | "settlePlan" | "getSettlement" => {
            plan_to_change(operation, officer, n).await
        }
        "addQuotaLine" => {
            body(json!({"region_id": region, "amount": 1, "day": "2020-03-01", "reason": "追加"}))
        }
        "setQuotas" => {
            let rows = json!([{"region_id": region, "quota": 20 + n}]);
            body(json!({"day": "2020-03-01", "reason": "调整", "rows": rows}))
        }
        "proposeQuotaLoan" => body(quotas::new_loan(of, n).await),
        "consentToQuotaLoan" | "refuseQuotaLoan" => {
            let path = format!("/v1/plans/{plan}/loans");
            let made = officer.make(&path, &quotas::new_loan(of, n).await).await;
            Ask::default().on("loan_id", id(&made["id"]))
        }
        "acknowledgeQuota" => body(json!({"line_id": plan})),
        "setQuotaShares" => {
            body(json!({"day": "2020-03-01", "shares": [{"enterprise_id": shop, "amount": 1}]}))
        }
        "setEnterpriseTags" => {
            body(json!({"tags": ["small_manufacturer"], "from_day": "2020-05-01"}))
        }
        "getHoursRule" => published_rule(officer, n).await,
        "draftHoursRule" => body(draft_rule(n)),
        "previewHoursRule" | "listAffectedPeople" | "discardHoursRule" | "publishHoursRule" => {
            rule_to_publish(operation, officer, n).await
        }
        "correctTrainingRecord" => {
            let record = fresh_record(of, n).await;
            body(json!({"minutes": 300, "finished": true, "passed": true, "reason": "点名册核对"}))
                .on("record_id", record)
        }
        "claimCode" => codes::unclaimed(of, n).await,
        "recordIssuerCheck" => body(json!({
            "checked_on": "2020-12-31", "result": "confirmed", "valid_until": "2024-03-01", "note": "网站截图存档"
        })),
        "revealIdNumber" | "exportPerson" => body(json!({"reason": "核对领码名单"})),
        "setRetention" => body(json!({"items": [{"kind": "sessions", "days": 10 + n % 20}]})),
        "getJob" => query(String::new()),
        _ if operation.contains("Academ") || operation == "getRefusedResults" => {
            academies::ask(operation, of, n).await
        }
        _ if operation.starts_with("import") => sheet_of(operation, of, n).await,
        _ if operation.ends_with("Account") || operation == "setAccountRole" => {
            accounts::ask(operation, of, n).await
        }
        _ if operation.contains("Correction") => accounts::correction(operation, of).await,
        _ if operation.ends_with("Staff") => enrolment::ask(operation, of, n).await,
        _ if operation.contains("Evidence") => evidence::ask(operation, of).await,
        "awaitIssuer" => reviews::ask(operation, of).await,
        _ if operation.contains("Review") => reviews::ask(operation, of).await,
        _ if ["Code", "Inspection", "Suspension"]
            .iter()
            .any(|word| operation.contains(word)) =>
        {
            codes::ask(operation, of, n).await
        }
        _ => ask_of_class(operation, of, n).await,
    }
}

/// A class of the tenant's that nobody has seen yet.
fn new_class(of: &Tenant, n: usize) -> Value {
    json!({
        "region_id": of.region, "plan_id": of.plan, "title": format!("专题班{n}"), "minutes": 360,
        "starts": "2020-08-03T08:30:00+08:00", "ends": "2020-08-03T16:30:00+08:00"
    })
}

fn presence(person: Uuid) -> Value {
    json!({
        "person_id": person, "score": 90, "check_in": "2020-08-03T08:30:00+08:00",
        "check_out": "2020-08-03T16:30:00+08:00"
    })
}

async fn ask_of_class(operation: &str, of: &Tenant, n: usize) -> Ask {
    let Tenant {
        region,
        plan,
        person,
        officer,
        ..
    } = of;
    match operation {
        "createClass" => body(new_class(of, n)),
        "cancelClass" | "addToRoster" | "markAttendance" | "callRoll" => {
            let made = officer
                .make("/v1/classes/sessions", &new_class(of, n))
                .await;
            let told = match operation {
                "addToRoster" => body(json!({"person_ids": [person]})),
                "markAttendance" => body(presence(*person)),
                "callRoll" => {
                    let mut line = presence(*person);
                    line["line"] = json!("1");
                    body(json!({"lines": [line]}))
                }
                _ => Ask::default(),
            };
            told.on("class_id", id(&made["id"]))
        }
        "previewAttendanceUpload" => file(
            Person::sheet(&[stranger(n)], "第7期"),
            vec![
                ("plan_id", plan.to_string()),
                ("region_id", region.to_string()),
            ],
        ),
        "commitAttendanceUpload" | "discardAttendanceUpload" => {
            let title = format!("第{n}期");
            let seen = previewed(officer, *plan, *region, &[stranger(n)], &title).await;
            let told = if operation.starts_with("commit") {
                body(json!({}))
            } else {
                Ask::default()
            };
            told.on("upload_id", id(&seen["id"]))
        }
        "sendHeartbeats" => body(json!({
            "heartbeats": [{"seq": 0, "place_from": 0, "place_to": 0, "at_ms": 0}]
        })),
        "answerPresenceCheck" => body(json!({"number": 1, "shown_at_ms": 0})),
        _ => ask_of_presence(operation, of, n).await,
    }
}

async fn ask_of_presence(operation: &str, of: &Tenant, n: usize) -> Ask {
    match operation {
        "getCheckInToken" => query("direction=in".to_owned()),
        "checkIn" => {
            let made = of
                .officer
                .make("/v1/classes/sessions", &new_class(of, n))
                .await;
            let path = format!(
                "/v1/classes/sessions/{}/check-in-token?direction=in",
                id(&made["id"])
            );
            let codes = of.officer.read(&path).await;
            let (token, now) = (&codes["tokens"][0]["token"], &codes["now"]);
            body(json!({
                "sent_at": now, "device_id": "a phone of one", "scans": [{"token": token, "scanned_at": now}]
            }))
        }
        "matchWalkIn" | "dismissWalkIn" => {
            let told = if operation == "matchWalkIn" {
                body(json!({"person_id": of.person}))
            } else {
                body(json!({"reason": "旁听"}))
            };
            told.on("walk_in_id", fresh_walk_in(of, n).await)
        }
        "startMediaUpload" | "getUploadOffset" | "appendToUpload" | "removeMedia" => {
            media::ask(operation, of).await
        }
        "getMarkHistory" | "confirmMark" => Ask::default().on("mark_id", fresh_mark(of, n).await),
        "objectToMark" => {
            body(json!({"words": "我坐到了最后"})).on("mark_id", fresh_mark(of, n).await)
        }
        "answerObjection" => {
            let path = format!("/v1/classes/marks/{}/objection", fresh_mark(of, n).await);
            let words = json!({"words": "我坐到了最后"});
            let made = of.worker.make(&path, &words).await;
            body(json!({"accept": false, "words": "监控核对无误"}))
                .on("objection_id", id(&made["id"]))
        }
        _ => Ask::default(),
    }
}

/// A mark of the tenant's person in a class of its own.
async fn fresh_mark(of: &Tenant, n: usize) -> Uuid {
    let sessions = "/v1/classes/sessions";
    let class = of.officer.make(sessions, &new_class(of, n)).await;
    let marks = format!("{sessions}/{}/marks", id(&class["id"]));
    of.officer.make(&marks, &presence(of.person)).await;
    id(&of.officer.read(&marks).await["items"][0]["id"])
}

/// Somebody on the roll of the tenant's class whom nobody knows.
async fn fresh_walk_in(of: &Tenant, n: usize) -> Uuid {
    let someone = stranger(n);
    let line = json!({"line": "1", "name": someone.name, "id_number": someone.id_number});
    let path = format!("/v1/classes/sessions/{}/roll", of.class);
    let told = of.officer.make(&path, &json!({"lines": [line]})).await;
    id(&told["lines"][0]["walk_in_id"])
}

async fn sheet_of(operation: &str, of: &Tenant, n: usize) -> Ask {
    let path = format!("/v1/places/regions/{}", of.region);
    let code = of.officer.read(&path).await["code"].clone();
    let code = code.as_str().unwrap();
    let someone = Person {
        shop: of.place,
        ..stranger(n)
    };
    match operation {
        "importEnterprises" => file(
            format!("企业名称,乡镇代码,行业\n新开厂{n}有限公司,{code},工贸\n").into_bytes(),
            vec![],
        ),
        "importPeople" => {
            let (name, number, shop) = (&someone.name, &someone.id_number, someone.shop_name());
            let sheet = format!("姓名,身份证号码,工作单位\n{name},{number},{shop}\n");
            file(sheet.into_bytes(), vec![])
        }
        _ => {
            let fields = vec![
                ("frozen_on", "2020-12-31".to_owned()),
                ("source", format!("名单{n}")),
            ];
            let due = operation == "importDueList";
            file(
                certificate_sheet(&someone, code, &["1.1"]),
                if due { fields } else { vec![] },
            )
        }
    }
}

/// A message of the tenant's county that was given up.
async fn given_up(of: &Tenant) -> Uuid {
    let id = clock::new_id();
    let seal = &of.app.state.seal;
    let words = json!({"subject": "通知", "text": "请登录"}).to_string();
    let row = entity::outbox_message::Model {
        id,
        county_id: of.officer.claims().county,
        cause: id.to_string(),
        channel: "mail".into(),
        recipient_sealed: seal
            .seal(notices::RECIPIENT_PURPOSE, b"a@example.com")
            .unwrap(),
        recipient_masked: "a***@example.com".into(),
        template: "test".into(),
        body_sealed: seal.seal(notices::BODY_PURPOSE, words.as_bytes()).unwrap(),
        state: "failed".into(),
        attempts: 16,
        run_after: 0,
        locked_until: None,
        fault: Some("550".into()),
        created_at: of.app.state.clock.now(),
        sent_at: None,
        recipient_hash: None,
        urgent: true,
    };
    let tx = of.app.state.db.begin_write().await.unwrap();
    entity::outbox_message::Entity::insert(row.into_active_model())
        .exec_without_returning(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn fresh_enterprise(officer: &Client, region: Uuid, n: usize) -> Uuid {
    let told = json!({"region_id": region, "name": format!("添置厂{n}有限公司")});
    id(&officer.make("/v1/places/enterprises", &told).await["id"])
}

async fn fresh_record(of: &Tenant, n: usize) -> Uuid {
    let title = format!("补训{n}期");
    let someone = Person {
        shop: of.place,
        ..stranger(n)
    };
    let upload = committed(&of.officer, of.plan, of.region, &[someone], &title).await;
    assert_eq!(upload["accepted"], 1, "{upload}");
    // Ids are ordered by time: the newest record is this one.
    let records = of.officer.all("/v1/hours/records").await;
    id(&records.last().unwrap()["id"])
}

/// Somebody nobody has seen yet.
fn stranger(n: usize) -> Person {
    person(1_000 + n)
}

fn new_region(n: usize) -> Value {
    json!({"code": format!("9{n:05}"), "name": format!("新设{n}街道"), "kind": "township", "valid_from": "2020-01-01"})
}

fn new_enterprise(region: Uuid, n: usize) -> Value {
    json!({"region_id": region, "name": format!("新厂{n}有限公司"), "industry": "工贸"})
}
