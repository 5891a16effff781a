//! An example for every request and answer, made from the schema itself and one table of real-looking values.

mod learning;

use serde_json::{Map, Value, json};

use learning::{of_course, of_exam, of_learning, of_media, of_proof};

/// Whose name a schema speaks of.
fn named(owner: &str) -> &'static str {
    let of = |words: &[&str]| words.iter().any(|word| owner.starts_with(word));
    if of(&["Enterprise"]) {
        "新昌某某轴承有限公司"
    } else if of(&["Region", "Board", "Item", "Catalogue", "SettledRegion"]) {
        "羽林街道"
    } else {
        "王军"
    }
}

/// Values of what certificates and their rules alone have.
fn of_certificate(name: &str, owner: &str) -> Option<Value> {
    let looked_up = owner.contains("IssuerCheck");
    Some(match (name, owner) {
        ("source", "CertificateRuleView") => {
            json!(
                "《特种作业人员安全技术培训考核管理规定》（原国家安全监管总局令第30号）第二十一条"
            )
        }
        ("kind", "CertificateRuleView") => json!("review_years"),
        ("amount", "CertificateRuleView") => json!(3),
        ("effective_from", "CertificateRuleView") => json!("2010-07-01"),
        ("effective_to", "CertificateRuleView") => json!("2026-05-31"),
        ("status", "CertificateView" | "CertificateStatusView") => json!("due_for_review"),
        ("status_words", _) => json!("有效，待复审"),
        ("standing", _) if owner.contains("Certificate") => json!("active"),
        ("issuer_state", _) => json!("confirmed"),
        ("result", _) if looked_up => json!("confirmed"),
        ("result_words", _) => json!("核验一致"),
        ("note", _) if looked_up => json!("网站截图已存档"),
        ("checked_by", _) => json!("yulin"),
        ("training_centre", _) => json!("新昌县某某安全培训中心"),
        ("on" | "checked_on", _) => json!("2020-11-20"),
        ("review_due", _) => json!("2020-12-10"),
        ("reviewed_on", _) => json!("2017-12-05"),
        _ => return None,
    })
}

/// Values by the name of a field and the schema it stands in; what is not here is made from its type.
fn value_of(name: &str, owner: &str) -> Option<Value> {
    let id = "0197c5a0-5b1e-7c3a-9d2f-3e4a5b6c7d8e";
    // What a client sends is whole, what it gets is masked.
    let sent = owner.ends_with("Input");
    if owner == "CertificateRuleView" {
        return of_certificate(name, owner);
    }
    if let Some(value) = of_exam(name, owner) {
        return Some(value);
    }
    if let Some(value) = of_learning(name, owner) {
        return Some(value);
    }
    if let Some(value) = of_course(name, owner).or_else(|| of_proof(name, owner)) {
        return Some(value);
    }
    if let Some(value) = of_media(name).filter(|_| owner == "MediaView") {
        return Some(value);
    }
    Some(match name {
        "id_number" if sent || owner.starts_with("IdNumber") => json!("11010519491231002X"),
        "phone" if sent => json!("13800000000"),
        "title" if owner.starts_with("Class") || owner.starts_with("SheetClass") => {
            json!("羽林街道企业员工安全培训（第3期）")
        }
        "quota" | "completed" if owner == "LaterChanges" => json!(-1),
        "reason" if owner.starts_with("Settled") => json!("点名册核对，实到半天"),
        "kind" if owner.starts_with("Settled") => json!("training_record"),
        "reason" if owner.starts_with("Correction") => json!("点名册核对，实到半天"),
        "reason" if owner.starts_with("Reveal") || owner.starts_with("Export") => {
            json!("核对领码名单")
        }
        "reason" if owner.starts_with("Look") => json!("核对领码名单"),
        "email" if owner == "InvitationInput" => json!("li.wei@example.org"),
        "id_number" if owner == "PersonExport" => json!("11010519491231002X"),
        "phone" if owner == "PersonExport" => json!("13800000000"),
        "class_title" => json!("羽林街道企业员工安全培训（第3期）"),
        "plan_title" => json!("2020年企业员工安全大培训实施方案"),
        "by" if owner.contains("Look") => json!("yulin"),
        "method" if owner.starts_with("MarkVersion") => json!("scan"),
        "method" => json!("upload"),
        "source" if owner.starts_with("Exported") => json!("class"),
        "part" if owner.starts_with("Exported") => json!("offline"),
        "role" if owner.starts_with("Exported") => json!("other"),
        "reason" if owner.contains("Inspection") => json!("suspended"),
        "reason" if owner.starts_with("SuspensionUndo") => json!("复核合格"),
        "reason" if owner.starts_with("LineVerdict") => json!("id_checksum"),
        "kind" if owner.starts_with("Region") => json!("township"),
        "challenge" => json!("4711"),
        "token" if owner.starts_with("Suspension") => {
            json!("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
        }
        "token" => json!(
            "AC1:010197C5A05B1E7C3A9D2F3E4A5B6C7D8E00000000000007DDCCC01F8A5C0D6B3E2947A1F05C8B7D6E93"
        ),
        "device_id" => json!("5f1d7a84-c3b2-4e69"),
        "line" if owner.starts_with("Roll") || owner.starts_with("WalkIn") => json!("r-0001"),
        "words" if owner.starts_with("InspectionSettlement") => json!("已清退，企业已约谈"),
        "words" if owner.starts_with("ObjectionAnswer") => json!("监控核对，确为16:30离开，已更正"),
        "words" => json!("我坐到了最后才走，离开时间记错了"),
        "answer" => json!("监控核对，确为16:30离开，已更正"),
        "reason" if owner.starts_with("WalkIn") => json!("外单位旁听人员"),
        "effect" if owner.starts_with("Roll") => json!("new"),
        "step_seconds" => json!(12),
        "opens" => json!("2020-05-26T08:00:00+08:00"),
        "late_from" => json!("2020-05-26T08:40:00+08:00"),
        "closes" => json!("2020-05-26T09:30:00+08:00"),
        "judged_at" | "scanned_at" | "at" => json!("2020-05-26T08:21:36+08:00"),
        "check_in_opens_before" | "check_out_opens_before" => json!(30),
        "late_after" => json!(10),
        "check_in_closes_after" | "check_out_closes_after" => json!(60),
        "code" if owner.starts_with("Roll") || owner.starts_with("WalkIn") => {
            json!("person_unknown")
        }
        "detail" if owner.starts_with("Roll") || owner.starts_with("WalkIn") => {
            json!("查无此人，已列入待核对；请先登记人员，再核对")
        }
        "code" if owner.starts_with("ScanOutcome") => json!("scan_too_old"),
        "detail" if owner.starts_with("ScanOutcome") => {
            json!("扫码记录超过 72 小时才送达，请联系培训教师补签")
        }
        "title" if owner.starts_with("ScanOutcome") || owner.starts_with("MyMark") => {
            json!("羽林街道企业员工安全培训（第3期）")
        }
        "starts" | "check_in" => json!("2020-05-26T08:30:00+08:00"),
        "ends" | "check_out" => json!("2020-05-26T16:30:00+08:00"),
        "capacity" => json!(120),
        "id_number" => json!("3306**********1234"),
        "phone" => json!("138****5678"),
        "credit_code" => json!("91350100M000100Y43"),
        "enterprise_name" => json!("新昌某某轴承有限公司"),
        "login" => json!("yulin"),
        "password" => json!("correct horse battery"),
        "device" => json!("办公室电脑"),
        "access_token" => json!("eyJhbGciOiJIUzI1NiIsImtpZCI6IjEifQ.e30.c2lnbmF0dXJl"),
        "refresh_token" => {
            json!("5f1d7a84c3b2e6908d7c6b5a49382716f0e1d2c3b4a5968778695a4b3c2d1e0f")
        }
        "expires_in" => json!(900),
        "title" => json!("2020年企业员工安全大培训实施方案"),
        "name" | "person_name" => json!(named(owner)),
        "code" => json!("330624001"),
        "year" => json!(2020),
        "place" if owner.contains("Inspection") || owner.contains("Check") => {
            json!("羽林街道某某工地东门")
        }
        "colour" => json!("red"),
        "by_role" => json!("inspector"),
        "by_region" => json!("羽林街道"),
        "for" => json!("1.2"),
        "note" if owner.starts_with("Inspection") => json!("持证人称不知情"),
        "checked_by" | "settled_by" | "staged_by" | "applied_by" | "undone_by" => json!("yulin"),
        "outcome" if owner.starts_with("InspectionSettlement") => json!("sent_away"),
        "training_centre" => json!("新昌某某职业培训学校"),
        "cause" => json!("培训机构被关停，所发证书待复核"),
        "undo_reason" => json!("复核合格"),
        "place" => json!("羽林街道三楼会议室"),
        "teacher" => json!("陈老师"),
        "reason" if owner.contains("Review") => json!("照片模糊，看不清有效期，请重拍"),
        "reason" => json!("县局调整"),
        "file_name" => json!("羽林街道-第03期.xlsx"),
        "state" => json!("committed"),
        "rate" => json!("121.6"),
        "claim_rate" => json!("119.25"),
        "training_rate" => json!("120.2"),
        "score" => json!(92.0),
        "minutes" | "required_offline" | "minutes_offline" => json!(360),
        "required_online" | "minutes_online" => json!(0),
        "pass_mark" => json!(80),
        "minutes_per_hour" => json!(45),
        "rate_decimals" => json!(1),
        "quota" => json!(2150),
        "completed" => json!(2614),
        "digest" => json!("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        "current_rate" => json!("121.5"),
        "from_region_name" => json!("羽林街道"),
        "to_region_name" => json!("七星街道"),
        "amount" => json!(2150),
        "certificate_number" => json!("T11010519491231002X"),
        "item_code" => json!("1.2"),
        "next_cursor" => json!("0197c5a05b1e7c3a9d2f3e4a5b6c7d8e"),
        "detail" => json!("身份证号码校验位不对，可能抄错一位，请对照证件核对"),
        "day" | "period_from" | "from_day" | "valid_from" | "first_issued" | "frozen_on"
        | "completed_on" => {
            json!("2020-05-26")
        }
        "period_to" | "to_day" | "valid_to" | "valid_until" | "last_day" => json!("2020-12-31"),
        _ if name.ends_with("_id") || name == "id" => json!(id),
        _ => return of_certificate(name, owner),
    })
}

/// Puts an example beside every JSON request and answer of the document.
pub(super) fn add(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let Some(paths) = document["paths"].as_object_mut() else {
        return;
    };
    for operation in paths
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut)
    {
        if let Some(body) = operation.pointer_mut("/requestBody/content/application~1json") {
            give(body, &schemas);
        }
        for response in operation["responses"]
            .as_object_mut()
            .into_iter()
            .flat_map(Map::values_mut)
        {
            if let Some(body) = response.pointer_mut("/content/application~1json") {
                give(body, &schemas);
            }
        }
    }
}

fn give(body: &mut Value, schemas: &Value) {
    let example = example(&body["schema"], ("", ""), schemas, 0);
    body["example"] = example;
}

/// An example of a schema, as the field `name` of the schema `owner`.
fn example(schema: &Value, (name, owner): (&str, &str), schemas: &Value, depth: usize) -> Value {
    if let Some(target) = schema["$ref"].as_str() {
        let target = target.rsplit('/').next().unwrap_or_default();
        let words = &schemas[target];
        // A choice is told by the field it stands in, anything else by itself.
        let owner = if words["enum"].is_array() {
            owner
        } else {
            target
        };
        return example(words, (name, owner), schemas, depth + 1);
    }
    if let Some(first) = schema["allOf"].get(0).or_else(|| schema["oneOf"].get(0)) {
        return example(first, (name, owner), schemas, depth + 1);
    }
    if let Some(choices) = schema["enum"].as_array() {
        let known = value_of(name, owner).filter(|value| choices.contains(value));
        return known
            .or_else(|| choices.first().cloned())
            .unwrap_or_default();
    }
    match schema["type"].as_str() {
        Some("object") if depth < 12 => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            Value::Object(
                properties
                    .map(|(key, part)| {
                        (key.clone(), example(part, (key, owner), schemas, depth + 1))
                    })
                    .collect(),
            )
        }
        Some("array") => json!([example(
            &schema["items"],
            (name.trim_end_matches('s'), owner),
            schemas,
            depth + 1
        )]),
        Some(kind) => value_of(name, owner)
            .filter(|value| fits(value, kind, schema))
            .unwrap_or_else(|| plain(kind, schema)),
        None => Value::Null,
    }
}

fn fits(value: &Value, kind: &str, schema: &Value) -> bool {
    let format = schema["format"].as_str().unwrap_or_default();
    match (value, kind) {
        (Value::String(text), "string") => match format {
            "uuid" => text.len() == 36,
            "date" => text.len() == 10,
            "date-time" => text.contains('T'),
            _ => true,
        },
        (Value::Number(number), "integer") => number.is_i64(),
        (Value::Number(_), "number") | (Value::Bool(_), "boolean") => true,
        _ => false,
    }
}

fn plain(kind: &str, schema: &Value) -> Value {
    match (kind, schema["format"].as_str().unwrap_or_default()) {
        ("string", "uuid") => json!("0197c5a0-5b1e-7c3a-9d2f-3e4a5b6c7d8e"),
        ("string", "date") => json!("2020-05-26"),
        ("string", "date-time") => json!("2020-05-26T16:35:00+08:00"),
        ("string", _) => json!("示例"),
        ("boolean", _) => json!(true),
        ("number", _) => json!(1.0),
        _ => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
    }
}
