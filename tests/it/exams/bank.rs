//! The bank: files read question by question, twins told, what was asked kept as it was.

use anpei::platform::Role;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Hall, at};
use crate::support::Kind;

fn outcomes(told: &Value) -> Vec<(i64, &str, &str)> {
    let each = told["outcomes"].as_array().unwrap().iter();
    each.map(|one| {
        (
            one["row"].as_i64().unwrap(),
            one["verdict"].as_str().unwrap(),
            one["code"].as_str().unwrap_or(""),
        )
    })
    .collect()
}

#[rstest]
#[tokio::test]
async fn a_file_of_questions_is_judged_line_by_line_and_read_again_changes_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 0).await;
    let sheet = "\
题型,题目,选项A,选项B,选项C,答案,解析,难度,标签
单选题,发现有人触电时首先应当采取的正确做法是什么,切断电源,用手去拉,泼水降温,A,先断电,2,应急救护
单选题,发现有人触电的时候首先应当采取的正确做法是什么,切断电源,用手去拉,泼水降温,A,先断电,2,应急救护
单选题,发现有人触电时，首先应当采取的正确做法是什么？,泼水降温,切断电源,用手去拉,B,,2,应急救护
单选题,发现有人触电时首先应当采取的正确做法是什么,切断电源,用手去拉,泼水降温,C,,2,应急救护
填空题,高处作业是指坠落高度基准面多少米以上,,,,2,,,
多选题,下列哪些属于安全色,红,黄,黑,A,,,安全标志
判断题,氧气瓶可以和油脂一起存放,,,,错,,1,焊接与热切割
"
    .as_bytes()
    .to_vec();
    let (status, seen) = hall
        .import(Role::Trainer, sheet.clone(), &[("preview", "true")])
        .await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    let bank = "/v1/exams/questions";
    assert_eq!(
        hall.asks(Role::Trainer, "GET", bank, None).await["items"],
        json!([]),
        "only told"
    );
    let (_, told) = hall.import(Role::Trainer, sheet.clone(), &[]).await;
    assert_eq!(
        outcomes(&told),
        [
            (3, "alike", ""),
            (4, "known", ""),
            (5, "refused", "answer_differs"),
            (6, "refused", "question_kind_unknown"),
            (7, "refused", "answer_wrong"),
        ],
        "{told}"
    );
    let counts = |told: &Value| {
        ["lines", "created", "known", "refused", "alike"].map(|f| told[f].as_i64().unwrap())
    };
    assert_eq!(counts(&told), [7, 3, 1, 3, 1]);
    assert_eq!(counts(&seen), counts(&told), "the preview told the same");
    assert!(
        told["outcomes"][3]["detail"]
            .as_str()
            .unwrap()
            .contains("单选题")
    );
    let (_, again) = hall.import(Role::Trainer, sheet, &[]).await;
    assert_eq!(counts(&again), [7, 0, 4, 3, 0]);
    let alike = hall
        .asks(
            Role::CountyOfficer,
            "GET",
            "/v1/exams/questions?alike=true",
            None,
        )
        .await;
    let alike = alike["items"].as_array().unwrap();
    assert_eq!((alike.len(), alike[0]["alike_id"].is_string()), (1, true));
    let tagged = hall
        .asks(
            Role::Trainer,
            "GET",
            "/v1/exams/questions?tag=%E7%84%8A%E6%8E%A5%E4%B8%8E%E7%83%AD%E5%88%87%E5%89%B2",
            None,
        )
        .await;
    assert_eq!(
        (&tagged["items"][0]["kind"], &tagged["items"][0]["answer"]),
        (&json!("true_false"), &json!("B"))
    );
    // Who does not keep the bank sees nothing of it.
    let (status, _) = hall.tries(Role::TownshipOfficer, "GET", bank, None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    hall.finish().await;
}

#[rstest]
#[tokio::test]
async fn gift_and_aiken_are_told_by_their_content(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 0).await;
    let gift = "$CATEGORY: 消防\n\n油锅起火应当 {=盖上锅盖 ~用水泼}\n\n灭火器过期还能用 {F}\n\n三加二 {#5}\n";
    let (_, told) = hall
        .import(Role::Trainer, gift.as_bytes().to_vec(), &[])
        .await;
    assert_eq!(
        outcomes(&told),
        [(7, "refused", "question_kind_unknown")],
        "{told}"
    );
    let aiken = "红色安全色表示什么？\nA. 禁止\nB. 提示\nANSWER: A\n\n黄色安全色表示什么？\nA. 警告\nB. 指令\n";
    let (_, told) = hall
        .import(
            Role::Trainer,
            aiken.as_bytes().to_vec(),
            &[("format", "aiken")],
        )
        .await;
    assert_eq!(outcomes(&told), [(6, "refused", "answer_wrong")], "{told}");
    let all = hall
        .asks(Role::Trainer, "GET", "/v1/exams/questions", None)
        .await;
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    for (bytes, code) in [
        (b"".to_vec(), "empty_file"),
        (b"PK\x03\x04nothing".to_vec(), "file_broken"),
    ] {
        let (status, told) = hall.import(Role::Trainer, bytes, &[]).await;
        assert!(
            status == StatusCode::UNPROCESSABLE_ENTITY || status == StatusCode::BAD_REQUEST,
            "{told}"
        );
        assert!(
            told["code"] == code || told["code"] == "not_a_sheet" || told["code"] == "file_missing",
            "{told}"
        );
    }
    hall.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_bank_is_exported_mended_and_imported_again(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::with_bank(kind, 0).await;
    for (path, rows) in [
        ("/v1/exams/questions.xlsx", 141),
        ("/v1/exams/question-template.xlsx", 4),
    ] {
        let request = hall.app.request(reqwest::Method::GET, path);
        let got = request
            .bearer_auth(hall.of_role(Role::Trainer))
            .send()
            .await
            .unwrap();
        assert_eq!(got.status(), StatusCode::OK);
        let bytes = got.bytes().await.unwrap().to_vec();
        let book = std::io::Cursor::new(bytes.clone());
        let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(book).unwrap();
        let cells = calamine::Reader::worksheet_range_at(&mut book, 0)
            .unwrap()
            .unwrap();
        assert_eq!(cells.height(), rows, "{path}");
        let (_, told) = hall
            .import(Role::Trainer, bytes, &[("preview", "true")])
            .await;
        assert_eq!(told["refused"], 0, "{told}");
        if rows == 141 {
            assert_eq!((&told["known"], &told["created"]), (&json!(140), &json!(0)));
        }
    }
    hall.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_question_is_written_anew_by_one_of_two_and_the_second_is_told(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 0).await;
    let question = |text: &str, answer: &str| json!({"kind": "single", "text": text, "options": ["甲", "乙"], "answer": answer, "tags": ["电工"]});
    let bank = "/v1/exams/questions";
    let made = hall
        .asks(
            Role::Trainer,
            "POST",
            bank,
            Some(&question("停电后先做什么？", "A")),
        )
        .await;
    let (status, twice) = hall
        .tries(
            Role::Trainer,
            "POST",
            bank,
            Some(&question("停电后，先做什么", "A")),
        )
        .await;
    assert_eq!(
        (status, &twice["code"]),
        (StatusCode::CONFLICT, &json!("question_known"))
    );
    for (body, pointer) in [
        (
            json!({"kind": "single", "text": "缺选项", "options": ["甲"], "answer": "A"}),
            "/options",
        ),
        (
            json!({"kind": "multiple", "text": "只有一个", "options": ["甲", "乙"], "answer": "A"}),
            "/answer",
        ),
        (
            json!({"kind": "single", "text": "超出", "options": ["甲", "乙"], "answer": "C"}),
            "/answer",
        ),
        (
            json!({"kind": "true_false", "text": "多余", "options": ["对", "错"], "answer": "A"}),
            "/options",
        ),
        (
            json!({"kind": "single", "text": "   ", "options": ["甲", "乙"], "answer": "A"}),
            "/text",
        ),
    ] {
        let (status, told) = hall.tries(Role::Trainer, "POST", bank, Some(&body)).await;
        assert_eq!(
            (status, &told["errors"][0]["at"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer)),
            "{told}"
        );
    }
    let path = format!("{bank}/{}", made["id"].as_str().unwrap());
    let shown = hall
        .app
        .request(reqwest::Method::GET, &path)
        .bearer_auth(hall.of_role(Role::Trainer))
        .send()
        .await
        .unwrap();
    let tag = shown.headers()["etag"].to_str().unwrap().to_owned();
    let change = |answer: &str| {
        let request = hall
            .app
            .request(reqwest::Method::PUT, &path)
            .bearer_auth(hall.of_role(Role::Trainer));
        request
            .header("If-Match", tag.clone())
            .json(&question("停电后先做什么？", answer))
    };
    let (status, changed) = crate::support::answer(change("B")).await;
    assert_eq!(
        (status, &changed["version"], &changed["answer"]),
        (StatusCode::OK, &json!(2), &json!("B"))
    );
    let (status, told) = crate::support::answer(change("A")).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::PRECONDITION_FAILED, &json!("stale"))
    );
    let gone = hall
        .asks(
            Role::Trainer,
            "PUT",
            &format!("{path}/retirement"),
            Some(&json!({"retired": true})),
        )
        .await;
    assert_eq!(gone["retired"], true);
    let drawn = hall
        .asks(Role::Trainer, "GET", &format!("{bank}?retired=false"), None)
        .await;
    assert_eq!(drawn["items"], json!([]));
    hall.finish().await;
}

#[tokio::test]
async fn ten_thousand_questions_go_in_at_once() {
    let hall = Hall::open(Kind::Sqlite, 0).await;
    hall.now(at("09:00:00"));
    let mut sheet = String::from("题型,题目,选项A,选项B,选项C,选项D,答案,标签\n");
    for n in 0_u64..10_000 {
        // Texts with nothing in common: numbers written out in a row of their own.
        let word = |k: u64| {
            char::from_u32(
                0x4E00
                    + u32::try_from(n.wrapping_mul(7_919).wrapping_add(k * 104_729) % 20_000)
                        .unwrap(),
            )
            .unwrap()
        };
        let text: String = (0..24).map(word).collect();
        sheet += &format!("单选题,{text},甲{n},乙{n},丙{n},丁{n},A,批量\n");
    }
    sheet += "单选题,坏的一题,甲,乙,,,丙,批量\n";
    let (status, told) = hall
        .import(Role::CountyOfficer, sheet.into_bytes(), &[])
        .await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        (&told["created"], &told["refused"]),
        (&json!(10_000), &json!(1)),
        "{told}"
    );
    assert_eq!(
        told["outcomes"].as_array().unwrap().last().unwrap()["row"],
        10_002
    );
    hall.finish().await;
}
