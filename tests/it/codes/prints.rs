//! Codes for paper, and the page for somebody with an ordinary camera.

use std::sync::Arc;

use anpei::codes::claim::{self, Bulk};
use anpei::platform::{Caller, Role};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::{HEADER, Town, due_list, line, said};
use crate::support::{Client, County, Kind, TestApp};

/// What a file's answer says: status, kind, bytes.
async fn file(by: &Client, path: &str) -> (StatusCode, String, Vec<u8>) {
    let answer = by.request(Method::GET, path).send().await.unwrap();
    let status = answer.status();
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    (status, kind, answer.bytes().await.unwrap().to_vec())
}

/// What a reader that is not ours reads off a picture; nothing where it finds no code in it.
fn seen(png: &[u8]) -> Option<String> {
    let picture = image::load_from_memory(png).unwrap().to_luma8();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(
        picture.width() as usize,
        picture.height() as usize,
        |x, y| {
            picture
                .get_pixel(u32::try_from(x).unwrap(), u32::try_from(y).unwrap())
                .0[0]
        },
    );
    let grids = prepared.detect_grids();
    Some(grids.first()?.decode().ok()?.1)
}

fn read_back(png: &[u8]) -> String {
    seen(png).expect("a code in the picture")
}

fn path(code: &Value, what: &str) -> String {
    format!("/v1/codes/{}/{what}", code["id"].as_str().unwrap())
}

#[rstest]
#[tokio::test]
async fn a_printed_code_is_read_back_and_asks_for_the_id_card(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let told = json!({"person_id": town.person});
    let code = town.officer.make("/v1/codes/assisted-claims", &told).await;
    for (by, what) in [
        (&town.officer, "code.png"),
        (&town.township, "code.png?scale=1"),
        (&town.worker, "code.png?scale=16"),
    ] {
        let (status, kind, png) = file(by, &path(&code, what)).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "image/png"));
        // A reader needs some pixels a module.
        if !what.ends_with("=1") {
            let text = read_back(&png);
            assert!(text.starts_with("HTTP") && text.contains("/V#"), "{text}");
            assert_eq!(town.online(&text).await, said("yellow", "paper"));
        }
    }
    let (status, kind, svg) = file(&town.worker, &path(&code, "code.svg")).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "image/svg+xml"));
    assert!(svg.starts_with(b"<svg "));
    let (status, kind, card) = file(&town.officer, &path(&code, "card.svg")).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "image/svg+xml"));
    let card = String::from_utf8(card).unwrap();
    let own = town.worker.read("/v1/codes/mine").await;
    let typed = own["typed_code"].as_str().unwrap();
    for words in [
        "王军",
        "样例县",
        "1.2 低压电工作业",
        "2024-03-01",
        "打印码须核对身份证",
        "ID card",
        own["id_tail"].as_str().unwrap(),
        &format!("{}-{}", &typed[..4], &typed[4..]),
    ] {
        assert!(card.contains(words), "{words}: {card}");
    }
    assert!(!card.contains("<image"), "no photo was ever approved");
    let (status, told) = town.officer.get(&path(&code, "code.png?scale=17")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{told}");
    let why = json!({"reason": "证书系伪造"});
    town.officer.make(&path(&code, "revocation"), &why).await;
    for what in ["code.png", "code.svg", "card.svg"] {
        let (status, told) = town.officer.get(&path(&code, what)).await;
        assert_eq!(
            (status, &told["code"]),
            (StatusCode::CONFLICT, &json!("code_not_so")),
            "{what}: what has ended is not printed"
        );
    }
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn every_code_of_a_county_is_read_back_from_its_picture(#[values(Kind::Sqlite)] kind: Kind) {
    let town = Town::make(kind).await;
    let people = 300;
    let names = ["赵敏", "欧阳建国", "古丽·买买提", "王五"];
    let mut list = HEADER.to_owned();
    for n in 2..people + 2 {
        for item in ["1.1", "2.1", "9.1"].iter().take(n % 3 + 1) {
            list.push_str(&line(names[n % names.len()], n, item));
        }
    }
    due_list(&town.officer, &list, "全县").await;
    let held = town.officer.all("/v1/certificates").await;
    let mut holders: Vec<uuid::Uuid> = held
        .iter()
        .map(|one| one["person_id"].as_str().unwrap().parse().unwrap())
        .collect();
    holders.sort_unstable();
    holders.dedup();
    let bulk = holders.iter().map(|person_id| Bulk {
        person_id: *person_id,
        holder_key: None,
    });
    let by = Caller::console(town.county.id);
    let made = claim::issue_for(&town.app.state, &by, bulk.collect())
        .await
        .unwrap();
    assert_eq!(made, people + 1);
    let admin = town
        .county
        .sign_in(&town.app, Role::CountyAdmin, town.county.id)
        .await;
    let (mut read, mut nearer) = (0, 0);
    for code in admin.all("/v1/codes").await {
        let (status, _, png) = file(&admin, &path(&code, "code.png")).await;
        assert_eq!(status, StatusCode::OK);
        // A reader that does not find it goes nearer, as a phone does.
        let text = match seen(&png) {
            Some(text) => text,
            None => {
                nearer += 1;
                read_back(&file(&admin, &path(&code, "code.png?scale=13")).await.2)
            }
        };
        let (colour, reason) = town.online(&text).await;
        assert_eq!(
            (colour.as_str(), reason.as_str()),
            ("yellow", "paper"),
            "{code}"
        );
        read += 1;
    }
    assert_eq!(read, people + 1);
    assert!(nearer <= 2, "{nearer} of {read} were not found at once");
    drop(admin);
    town.finish().await;
}

/// The page as a browser gets it: status, headers told, text.
async fn page(
    app: &TestApp,
    path: &str,
    lang: &str,
) -> (StatusCode, reqwest::header::HeaderMap, String) {
    let request = app.request(Method::GET, path);
    let answer = request
        .header("accept-language", lang)
        .send()
        .await
        .unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, answer.text().await.unwrap())
}

#[rstest]
#[tokio::test]
async fn an_ordinary_camera_finds_a_page_that_says_it_is_no_proof(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    for (path, lang, words) in [
        ("/v", "zh", ["网页不能证明证件真假", "断网也能用", "输入码"]),
        (
            "/V",
            "en",
            [
                "A web page proves nothing",
                "works without a network",
                "Typed code",
            ],
        ),
        (
            "/V?lang=en",
            "zh",
            ["A web page proves nothing", "ID card", "Look up"],
        ),
    ] {
        let (status, headers, html) = page(&town.app, path, lang).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(headers.get("set-cookie").is_none());
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        for none in ["script", "unsafe", "http", "*"] {
            assert!(!policy.contains(none), "{policy}");
        }
        for words in words {
            assert!(html.contains(words), "{words}: {html}");
        }
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains(" src="));
        assert!(html.contains("样例县") && html.contains("2.1 "));
    }
    let (status, _, _) = page(&town.app, "/v/other", "zh").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_typed_code_on_the_page_tells_a_masked_status_and_no_more(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (_, code) = town.claimed().await;
    let typed = code["typed_code"].as_str().unwrap();
    let dashed = format!("{}-{}", &typed[..4], typed[4..].to_lowercase());
    let (status, _, html) = page(&town.app, &format!("/v?code={dashed}"), "zh").await;
    assert_eq!(status, StatusCode::OK);
    for words in [
        "纸质码",
        "王*",
        "低压电工作业",
        "2024-03-01",
        "状态截至 2020-06-01 12:00",
        "本页不是证明",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    let tail = code["id_tail"].as_str().unwrap();
    assert!(!html.contains("王军") && !html.contains(tail), "{html}");
    let (_, _, html) = page(&town.app, &format!("/V?code={typed}&for=9.1&lang=en"), "zh").await;
    assert!(
        html.contains("Red · No certificate for this work"),
        "{html}"
    );
    let why = json!({"reason": "证书系伪造"});
    town.officer.make(&path(&code, "revocation"), &why).await;
    let (_, _, html) = page(&town.app, &format!("/v?code={typed}"), "zh").await;
    assert!(html.contains("红 · 已撤销"), "{html}");

    let (status, _, html) = page(&town.app, "/v?code=22222222", "zh").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(html.contains("查无此码"), "{html}");
    let (status, _, html) = page(&town.app, "/v?code=%3Cb%3E", "zh").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        html.contains("&lt;b&gt;") && !html.contains("<b>"),
        "{html}"
    );
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn nobody_walks_through_all_typed_codes_on_the_page(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start_with(kind, &["--address-limit", "8"]).await);
    County::make(&app).await;
    for _ in 0..2 {
        let (status, _, _) = page(&app, "/v?code=22222222", "zh").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    let (status, headers, html) = page(&app, "/v?code=22222222", "en").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let seconds = headers["retry-after"].to_str().unwrap();
    assert!(
        html.contains(&format!("Try again in {seconds} seconds")),
        "{html}"
    );
    let (status, _, _) = page(&app, "/v", "en").await;
    assert_eq!(status, StatusCode::OK, "the page itself always answers");
    app.finish().await;
}
