//! What the board, the trend, the funnel, "why", the standings and the call lists say is one thing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Given, Story, complete, count};
use crate::support::person;

impl Story<'_> {
    /// The board as of the last day, the trend and the funnel say what the board says.
    pub(super) async fn check_answers(&self, people: i64, times: i64) {
        let past = self
            .officer
            .read("/v1/boards/progress?as_of=2020-12-31")
            .await;
        assert_eq!(
            (&past["completed"], &past["person_times"]),
            (&json!(people), &json!(times))
        );
        let trend = self
            .officer
            .read("/v1/boards/trend?as_of=2020-12-31&step=day")
            .await;
        assert_eq!(trend["done"], people);
        let points = trend["points"].as_array().unwrap();
        assert_eq!(points.last().unwrap()["person_times"], times);
        // A day's figures are those of the board as of that day.
        let day = points.iter().find(|p| p["day"] == "2020-05-12").unwrap();
        let board = self
            .officer
            .read("/v1/boards/progress?as_of=2020-05-12")
            .await;
        assert_eq!(
            (&board["completed"], &board["person_times"]),
            (&day["completed"], &day["person_times"])
        );
        let funnel = &self.officer.read("/v1/boards/funnel").await["total"];
        let has = self.model.people();
        assert_eq!(
            (&funnel["attended"], &funnel["passed"], &funnel["complete"]),
            (
                &json!(count(has.values(), |has| has.1 > 0)),
                &json!(count(has.values(), |has| has.2 > 0)),
                &json!(people)
            )
        );
    }

    /// "Why", the list of people, the standing and the call list agree about everybody.
    pub(super) async fn check_reasons(&self, board: &Value) {
        let plan = self.county.plan;
        let has = self.model.people();
        let named: BTreeMap<String, Given> = has
            .into_iter()
            .map(|(n, given)| (person(n).name, given))
            .collect();
        let mut called = Vec::new();
        for region in [self.county.a, self.county.b] {
            let path = format!("/v1/boards/regions/{region}/call-list");
            let list = self.officer.read(&path).await;
            let people = list["people"].as_array().unwrap().iter();
            called.extend(people.map(|p| p["name"].as_str().unwrap().to_owned()));
            let row = board["regions"].as_array().unwrap();
            let row = row.iter().find(|r| r["id"] == region.to_string()).unwrap();
            let gap = row["quota"].as_i64().unwrap() - row["completed"].as_i64().unwrap();
            assert_eq!(list["gap"], gap.max(0));
        }
        for someone in self.officer.all("/v1/people").await {
            let (id, name) = (
                someone["id"].as_str().unwrap(),
                someone["name"].as_str().unwrap(),
            );
            let given = named.get(name).copied().unwrap_or_default();
            let why = format!("/v1/boards/people/{id}/requirements/{plan}/why");
            let why = self.officer.read(&why).await;
            assert_eq!(why["complete"], complete(&given), "{why}");
            let missing = |kind: &str| -> i64 {
                let demands = why["demands"].as_array().unwrap();
                let demand = demands.iter().find(|d| d["kind"] == kind).unwrap();
                demand["missing"].as_i64().unwrap()
            };
            assert_eq!(missing("offline_minutes"), (360 - given.0).max(0));
            assert_eq!(missing("exam"), i64::from(given.2 <= 0));
            let standing = format!("/v1/hours/people/{id}/plans/{plan}");
            let standing = self.officer.read(&standing).await;
            assert_eq!(standing["completed_on"].is_string(), complete(&given));
            assert_eq!(standing["completed_on"], why["completed_on"]);
            assert!(
                !complete(&given) || !called.contains(&name.to_owned()),
                "nobody complete is called"
            );
        }
    }
}
