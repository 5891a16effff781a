//! After a history the plan is closed and settled: whatever is corrected then, the settled figures stand.

use serde_json::{Value, json};

use super::{Event, Story};

impl Story<'_> {
    /// Closes and settles, then corrects; what came since is what the model says.
    pub(super) async fn settle_and_correct(&mut self, corrections: &[Event]) {
        let plan = format!("/v1/plans/{}", self.county.plan);
        let closure = format!("{plan}/closure");
        self.officer.make(&closure, &Value::Null).await;
        let path = format!("{plan}/settlement");
        let settled = self.officer.make(&path, &Value::Null).await;
        let board = self.officer.read("/v1/boards/progress").await;
        let (people, times) = self.model.figures();
        assert_eq!(
            (&board["completed"], &board["person_times"]),
            (&json!(people), &json!(times))
        );
        for correction in corrections {
            self.happen(correction).await;
        }
        let (people_now, times_now) = self.model.figures();
        let after = self.officer.read("/v1/boards/progress").await;
        for figure in ["completed", "person_times", "quota", "training_rate"] {
            assert_eq!(after[figure], board[figure], "{figure} moved");
        }
        let later = &after["later"];
        assert_eq!(
            (&later["completed"], &later["person_times"]),
            (&json!(people_now - people), &json!(times_now - times))
        );
        let told = self.officer.read(&path).await;
        assert_eq!(told["digest_matches"], true);
        let rows = |of: &Value, field: &str| -> Vec<Value> {
            let regions = of["regions"].as_array().unwrap().iter();
            regions.map(|row| row[field].clone()).collect()
        };
        assert_eq!(rows(&told, "settled"), rows(&settled, "settled"));
        let sum = |part: &str, figure: &str| -> i64 {
            let each = rows(&told, part);
            each.iter().map(|row| row[figure].as_i64().unwrap()).sum()
        };
        assert_eq!(
            (sum("current", "completed"), sum("current", "person_times")),
            (people_now, times_now)
        );
        let lines: i64 = rows(&told, "corrections")
            .iter()
            .filter_map(Value::as_i64)
            .sum();
        let causes = told["corrections"].as_array().unwrap();
        assert_eq!(i64::try_from(causes.len()).unwrap(), lines);
        let explained: i64 = causes
            .iter()
            .filter_map(|line| line["person_times"].as_i64())
            .sum();
        assert_eq!(explained, times_now - times, "every change has its cause");
    }
}
