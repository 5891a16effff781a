mod x {
    use anpei::classes::{
        rules::{Judged, judge},
        sheet::read_attendance,
    };
    use std::collections::{BTreeMap, HashMap};
    #[test]
    fn all() {
        let truth: serde_json::Value = serde_json::from_str(
            &std::fs::read_to_string("samples/xinchang_2020/expected.json").unwrap(),
        )
        .unwrap();
        let mut bad = 0;
        for (file, t) in truth["attendance"].as_object().unwrap() {
            let bytes = std::fs::read(format!("samples/xinchang_2020/attendance/{file}")).unwrap();
            let r = anpei::sheets::read(&bytes, &Default::default())
                .and_then(|b| read_attendance(&b, file, 45));
            let s = match r {
                Ok(s) => s,
                Err(e) => {
                    println!("{file}: {e:?}");
                    bad += 1;
                    continue;
                }
            };
            let v = judge(&s, &HashMap::new());
            let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
            let mut refused = vec![];
            for (l, j) in s.lines.iter().zip(&v) {
                match j {
                    Judged::Accepted => *counts.entry("accepted").or_default() += 1,
                    Judged::Refused(r) => {
                        *counts.entry(r.word()).or_default() += 1;
                        refused.push(serde_json::json!({"line":l.line,"why":r.word()}))
                    }
                }
            }
            if s.lines.len() as i64 != t["rows"].as_i64().unwrap()
                || serde_json::to_value(&counts).unwrap() != t["counts"]
                || serde_json::Value::from(refused.clone()) != t["refused"]
                || s.sessions.len() != 1
                || s.sessions[0].day.map(|d| d.to_string()) != t["date"].as_str().map(str::to_owned)
            {
                bad += 1;
                println!(
                    "{file}: {} rows {counts:?}\n   {:?} {:?}",
                    s.lines.len(),
                    t["rows"],
                    s.sessions
                );
            }
        }
        assert_eq!(bad, 0);
    }
}
#[test]
fn dbg() {
    let f = "samples/xinchang_2020/attendance/330624200-城南乡-第03期.csv";
    let b = std::fs::read(f).unwrap();
    let w = anpei::sheets::read(&b, &Default::default()).unwrap();
    for r in w.tabs[0].rows.iter().take(4) {
        println!("{r:?}")
    }
}
