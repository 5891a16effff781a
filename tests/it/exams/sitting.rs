//! Sitting an exam: drawn for each, saved as given, ended by its deadline, graded once, counted once.

use anpei::exams;
use anpei::platform::Role;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Hall, at, given, right, seconds};
use crate::support::Kind;

/// Ten of electrics, two multiple and three true-or-false ones, of the county's plan: 4 points each but the last 10.
fn rules(hall: &Hall) -> Value {
    json!({
        "title": "年度考试", "plan_id": hall.county.plan, "minutes": 30, "pass_percent": 80, "attempts": 2,
        "wait_minutes": 10, "half_for_missing": true, "review": "explanations",
        "sections": [
            {"kind": "single", "tag": "电工", "count": 10, "points": 4},
            {"kind": "multiple", "count": 5, "points": 6},
            {"kind": "true_false", "count": 3, "points": 10},
        ]
    })
}

#[rstest]
#[tokio::test]
async fn an_exam_is_passed_on_two_phones_over_a_bad_network_and_counts_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::with_bank(kind, 2).await;
    let paper = hall.paper(&rules(&hall)).await;
    let mine = hall.worker_asks(0, "GET", "/v1/exams/mine", None).await;
    assert_eq!(
        (
            &mine["items"][0]["paper_id"],
            &mine["items"][0]["questions"]
        ),
        (&json!(paper), &json!(18))
    );
    hall.now(at("08:00:00"));
    let begun = hall.begin(0, &paper).await;
    let questions = begun["questions"].as_array().unwrap();
    assert_eq!(
        (questions.len(), &begun["most_points"], &begun["ends_at"]),
        (18, &json!(100.0), &json!("2020-05-12T08:30:00+08:00"))
    );
    assert!(
        !begun.to_string().contains("因为") && begun.get("points").is_none(),
        "no answer is told"
    );
    let other = hall.begin(1, &paper).await;
    let order = |of: &Value| -> Vec<String> {
        let each = of["questions"].as_array().unwrap().iter();
        each.map(|q| format!("{}{}", q["text"], q["options"]))
            .collect()
    };
    assert_ne!(order(&begun), order(&other), "everybody's is his own");

    // Answers in any order, some twice, some older than what came before; the last given stands.
    let id = begun["id"].as_str().unwrap();
    let path = format!("/v1/exams/attempts/{id}");
    let answers = format!("{path}/answers");
    hall.now(at("08:10:00"));
    let first = given(&begun, 0..6, at("08:05:00"));
    let saved = hall.worker_asks(0, "PUT", &answers, Some(&first)).await;
    assert_eq!(saved["saved"], json!([0, 1, 2, 3, 4, 5]));
    hall.worker_asks(0, "PUT", &answers, Some(&first)).await;
    let wrong = json!({"answers": [{"position": 0, "chosen": "", "given_at": at("08:04:00").to_rfc3339()}]});
    hall.worker_asks(0, "PUT", &answers, Some(&wrong)).await;
    // The other phone goes on with the same attempt and sees what was given.
    let again = hall.begin(0, &paper).await;
    assert_eq!((&again["id"], order(&again)), (&begun["id"], order(&begun)));
    let chosen = |of: &Value, n: usize| {
        of["questions"][n]["chosen"]
            .as_str()
            .unwrap_or("")
            .to_owned()
    };
    assert_eq!(
        chosen(&again, 0),
        right(&questions[0]),
        "an older answer changes nothing"
    );
    hall.worker_asks(
        0,
        "PUT",
        &answers,
        Some(&given(&begun, 6..17, at("08:09:00"))),
    )
    .await;
    // One of the multiple ones with an option missing: half of its points.
    let half = right(&questions[11]).chars().next().unwrap().to_string();
    let half = json!({"answers": [{"position": 11, "chosen": half, "given_at": at("08:09:30").to_rfc3339()}]});
    hall.worker_asks(0, "PUT", &answers, Some(&half)).await;
    // Nobody else's attempt, no question it does not have.
    let (status, _) = hall.worker_tries(1, "PUT", &answers, Some(&first)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let beyond = json!({"answers": [{"position": 18, "chosen": "A", "given_at": at("08:09:00").to_rfc3339()}]});
    let (status, told) = hall.worker_tries(0, "PUT", &answers, Some(&beyond)).await;
    assert_eq!(
        (status, &told["errors"][0]["at"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("/answers/0/position")
        )
    );

    // Submitted with a wrong last answer, and again because the network swallowed the result: 100 - 3 - 10.
    let last = if right(&questions[17]) == "A" {
        "B"
    } else {
        "A"
    };
    let last = json!({"answers": [{"position": 17, "chosen": last, "given_at": at("08:10:00").to_rfc3339()}]});
    let submission = format!("{path}/submission");
    let result = hall.worker_asks(0, "POST", &submission, Some(&last)).await;
    assert_eq!(
        (&result["points"], &result["score"], &result["passed"]),
        (&json!(87.0), &json!(87.0), &json!(true))
    );
    hall.now(at("08:11:00"));
    let mut again = hall.worker_asks(0, "POST", &submission, Some(&last)).await;
    again["now"] = result["now"].clone();
    assert_eq!(again, result, "the same result");
    let reviewed = &result["questions"][11];
    assert_eq!(
        (
            &reviewed["is_right"],
            &reviewed["given_points"],
            &reviewed["answer"]
        ),
        (&json!(false), &json!(3.0), &json!(right(&questions[11])))
    );
    assert_eq!(reviewed["explanation"], "因为两项");
    let (status, told) = hall.worker_tries(0, "PUT", &answers, Some(&first)).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("attempt_closed"))
    );

    // In the ledger once, beside the hours of a class: the plan is met.
    let records = format!("/v1/hours/records?person_id={}", hall.workers[0].0);
    let lines = hall.asks(Role::CountyOfficer, "GET", &records, None).await;
    let lines = lines["items"].as_array().unwrap();
    assert_eq!(
        (
            lines.len(),
            &lines[0]["source"],
            &lines[0]["passes"],
            &lines[0]["score"]
        ),
        (1, &json!("exam"), &json!(1), &json!(87.0))
    );
    // A second attempt, after the waiting time, that fails takes nothing back.
    let again = format!("/v1/exams/papers/{paper}/attempts");
    let (status, told) = hall.worker_tries(0, "POST", &again, Some(&json!({}))).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("attempt_too_soon"))
    );
    hall.now(at("08:21:00"));
    let second = hall.begin(0, &paper).await;
    assert_eq!(second["number"], 2);
    let submission = format!(
        "/v1/exams/attempts/{}/submission",
        second["id"].as_str().unwrap()
    );
    let failed = hall
        .worker_asks(0, "POST", &submission, Some(&json!({})))
        .await;
    assert_eq!(
        (&failed["passed"], &failed["score"]),
        (&json!(false), &json!(0.0))
    );
    hall.now(at("08:41:00"));
    let (status, told) = hall.worker_tries(0, "POST", &again, Some(&json!({}))).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("attempts_used"))
    );
    let lines = hall.asks(Role::CountyOfficer, "GET", &records, None).await;
    assert_eq!(lines["items"].as_array().unwrap().len(), 1);
    let mine = hall.worker_asks(0, "GET", "/v1/exams/mine", None).await;
    let mine = &mine["items"][0];
    assert_eq!(
        (&mine["attempts_used"], &mine["best_score"], &mine["passed"]),
        (&json!(2), &json!(87.0), &json!(true))
    );
    hall.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_exam_ends_by_its_deadline_with_what_was_given_in_time(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::with_bank(kind, 3).await;
    let paper = hall.paper(&rules(&hall)).await;
    hall.now(at("08:00:00"));
    let attempts = [
        hall.begin(0, &paper).await,
        hall.begin(1, &paper).await,
        hall.begin(2, &paper).await,
    ];
    let path = |n: usize, rest: &str| {
        format!(
            "/v1/exams/attempts/{}{rest}",
            attempts[n]["id"].as_str().unwrap()
        )
    };
    // Given in time, sent half a minute after the deadline; beside one that was given too late.
    let mut late = given(&attempts[0], 0..18, at("08:29:58"));
    late["answers"][17]["given_at"] = json!(at("08:30:01").to_rfc3339());
    hall.now(at("08:30:30"));
    let saved = hall
        .worker_asks(0, "PUT", &path(0, "/answers"), Some(&late))
        .await;
    assert_eq!(
        (saved["saved"].as_array().unwrap().len(), &saved["late"]),
        (17, &json!([17]))
    );
    hall.now(at("08:31:01"));
    let (status, told) = hall
        .worker_tries(
            1,
            "PUT",
            &path(1, "/answers"),
            Some(&given(&attempts[1], 0..18, at("08:29:00"))),
        )
        .await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("attempt_closed"))
    );
    // Looked at, it is graded; the round ends those that nobody looks at.
    let shown = hall.worker_asks(0, "GET", &path(0, ""), None).await;
    assert_eq!(
        (&shown["score"], &shown["passed"], &shown["submitted_at"]),
        (
            &json!(90.0),
            &json!(true),
            &json!("2020-05-12T08:30:00+08:00")
        )
    );
    let ended = exams::attempts::deadlines(hall.app.state.clone())
        .await
        .unwrap();
    assert_eq!(ended, json!({"ended": 2}));
    assert_eq!(
        exams::attempts::deadlines(hall.app.state.clone())
            .await
            .unwrap(),
        json!({"ended": 0})
    );
    let results = format!("/v1/exams/papers/{paper}/results");
    let results = hall
        .asks(Role::TownshipOfficer, "GET", &results, None)
        .await;
    let rows = results["items"].as_array().unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["passed"].as_bool().unwrap(),
                row["score"].as_f64().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [(true, 90.0), (false, 0.0), (false, 0.0)]);
    assert!(rows[0]["id_number"].as_str().unwrap().contains("****"));
    hall.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_paper_stands_once_published_and_is_for_those_its_plan_asks(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::with_bank(kind, 1).await;
    let papers = "/v1/exams/papers";
    let mut many = rules(&hall);
    many["sections"][0]["count"] = json!(21);
    let made = hall.asks(Role::Trainer, "POST", papers, Some(&many)).await;
    let path = format!("{papers}/{}", made["id"].as_str().unwrap());
    let (status, told) = hall
        .tries(Role::Trainer, "POST", &format!("{path}/publication"), None)
        .await;
    assert_eq!(
        (status, &told["code"], &told["errors"][0]["at"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("questions_too_few"),
            &json!("/sections/0/count")
        )
    );
    assert!(
        told["detail"].as_str().unwrap().contains("20")
            && told["detail"].as_str().unwrap().contains("21"),
        "{told}"
    );
    let begin = format!("{path}/attempts");
    assert_eq!(
        hall.worker_tries(0, "POST", &begin, Some(&json!({})))
            .await
            .0,
        StatusCode::NOT_FOUND,
        "a draft is not there"
    );
    hall.asks(Role::Trainer, "PUT", &path, Some(&rules(&hall)))
        .await;
    hall.asks(Role::Trainer, "POST", &format!("{path}/publication"), None)
        .await;
    let (status, told) = hall
        .tries(Role::Trainer, "PUT", &path, Some(&rules(&hall)))
        .await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("paper_not_draft"))
    );
    // A pass mark below the plan's would let through whom the plan does not.
    let mut low = rules(&hall);
    low["pass_percent"] = json!(79);
    let (status, told) = hall.tries(Role::Trainer, "POST", papers, Some(&low)).await;
    assert_eq!(
        (status, &told["errors"][0]["at"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/pass_percent")),
        "{told}"
    );
    let mut soon = rules(&hall);
    soon["opens"] = json!("2020-05-12T09:00:00+08:00");
    soon["closes"] = json!("2020-05-12T09:20:00+08:00");
    let soon = hall.paper(&soon).await;
    let begin_soon = format!("{papers}/{soon}/attempts");
    let (status, told) = hall
        .worker_tries(0, "POST", &begin_soon, Some(&json!({})))
        .await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("paper_not_open"))
    );
    hall.now(at("09:10:00"));
    let begun = hall.begin(0, &soon).await;
    assert_eq!(
        begun["ends_at"], "2020-05-12T09:20:00+08:00",
        "it closes for all at once"
    );
    hall.asks(
        Role::Trainer,
        "POST",
        &format!("{papers}/{soon}/retirement"),
        None,
    )
    .await;
    // Retired: nobody begins, whoever is at it goes on.
    let again = hall.begin(0, &soon).await;
    assert_eq!(again["id"], begun["id"]);
    let review = rules(&hall)["review"].clone();
    assert_eq!(review, "explanations");
    hall.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_teacher_sees_which_question_tells_good_from_weak(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::with_bank(kind, 4).await;
    let rules = json!({"title": "小测", "minutes": 30, "pass_percent": 60, "review": "score",
        "sections": [{"kind": "true_false", "count": 20, "points": 1}]});
    let paper = hall.paper(&rules).await;
    hall.now(at("08:00:00"));
    // Two who know nearly all, two who know little; the first question in text order only the weak have right.
    for n in 0..4 {
        let begun = hall.begin(n, &paper).await;
        let questions = begun["questions"].as_array().unwrap();
        let turned = |q: &Value| {
            if right(q) == "A" {
                "B".to_owned()
            } else {
                "A".to_owned()
            }
        };
        let answers: Vec<Value> = questions.iter().enumerate().map(|(place, q)| {
            let odd = q["text"].as_str().unwrap().contains("第0题");
            let good = n < 2;
            let known = if odd { !good } else { good || place % 5 == 0 };
            json!({"position": place, "chosen": if known { right(q) } else { turned(q) }, "given_at": (at("08:00:00") + seconds(60)).to_rfc3339()})
        }).collect();
        let path = format!(
            "/v1/exams/attempts/{}/submission",
            begun["id"].as_str().unwrap()
        );
        let result = hall
            .worker_asks(n, "POST", &path, Some(&json!({"answers": answers})))
            .await;
        assert_eq!(result["questions"], json!([]), "only the score is shown");
    }
    let told = hall
        .asks(
            Role::Trainer,
            "GET",
            &format!("/v1/exams/papers/{paper}/statistics"),
            None,
        )
        .await;
    let items = told["items"].as_array().unwrap();
    assert_eq!(items.len(), 20);
    for item in items {
        assert_eq!(item["asked"], 4);
        let odd = item["text"].as_str().unwrap().contains("第0题");
        let discrimination = item["discrimination"].as_f64();
        if odd {
            assert_eq!(
                (&item["right"], &item["difficulty"]),
                (&json!(2), &json!(0.5))
            );
            assert!(discrimination.unwrap() < -0.9, "{item}");
        } else if let Some(told) = discrimination {
            assert!(told > 0.4, "{item}");
        }
    }
    hall.finish().await;
}
