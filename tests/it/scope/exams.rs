//! Questions, papers and attempts of a tenant, and how their operations are asked.

use anpei::platform::clock;
use serde_json::{Value, json};
use uuid::Uuid;

use super::asks::{Ask, body, file, query};
use super::world::{Tenant, id};
use crate::support::Client;

/// A question that no other request has told.
pub fn question(n: usize) -> Value {
    json!({"kind": "single", "text": format!("第 {n} 道：发现有人触电先做什么？{}", clock::new_id()),
        "options": ["断电", "拉人", "泼水"], "answer": "A", "tags": [format!("题{n}")]})
}

/// A paper that anybody in the county may sit as often as he likes.
pub fn paper(n: usize) -> Value {
    json!({"title": format!("测验{n}"), "minutes": 30, "pass_percent": 60,
        "sections": [{"kind": "single", "count": 1, "points": 5}]})
}

async fn draft(by: &Client, n: usize) -> Uuid {
    id(&by.make("/v1/exams/papers", &paper(n)).await["id"])
}

/// A question in the bank, a published paper, and somebody's attempt at it.
pub async fn sat(officer: &Client, himself: &Client) -> (Uuid, Uuid, Uuid) {
    let asked = officer.make("/v1/exams/questions", &question(0)).await;
    let paper = draft(officer, 0).await;
    let path = format!("/v1/exams/papers/{paper}");
    officer
        .make(&format!("{path}/publication"), &Value::Null)
        .await;
    let begun = himself.make(&format!("{path}/attempts"), &json!({})).await;
    (id(&asked["id"]), paper, id(&begun["id"]))
}

pub async fn ask(operation: &str, of: &Tenant, n: usize) -> Option<Ask> {
    Some(match operation {
        "createQuestion" => body(question(n)),
        "updateQuestion" => body(question(n)),
        "retireQuestion" => body(json!({"retired": false})),
        "importQuestions" => {
            let sheet = format!(
                "题型,题目,选项A,选项B,答案\n单选题,第{n}题{},甲,乙,A\n",
                clock::new_id()
            );
            file(sheet.into_bytes(), vec![])
        }
        "createPaper" => body(paper(n)),
        "updatePaper" => body(paper(n)).on("paper_id", draft(&of.officer, n).await),
        "publishPaper" | "retirePaper" => {
            Ask::default().on("paper_id", draft(&of.officer, n).await)
        }
        "beginExam" => body(json!({"device_id": "phone"})),
        "saveAnswers" | "submitAttempt" => {
            let path = format!("/v1/exams/papers/{}/attempts", of.paper);
            let open = of.worker.make(&path, &json!({})).await;
            let given = json!([{"position": 0, "chosen": "A", "given_at": open["now"]}]);
            body(json!({"answers": given})).on("attempt_id", id(&open["id"]))
        }
        "listQuestions"
        | "getQuestion"
        | "exportQuestions"
        | "getQuestionTemplate"
        | "listPapers"
        | "getPaper"
        | "listMyExams"
        | "listMyAttempts"
        | "getAttempt"
        | "listExamResults"
        | "getPaperStatistics" => query(String::new()),
        _ => return None,
    })
}
