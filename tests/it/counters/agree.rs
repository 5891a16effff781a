//! What the board, the trend, the funnel, "why", the standings and the call lists say is one thing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::model::{Given, count};
use super::{CLASSES, Story, day};
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
        let person_times = self.model.asks.person_times;
        assert_eq!(trend["done"], if person_times { times } else { people });
        let points = trend["points"].as_array().unwrap();
        assert_eq!(points.last().unwrap()["person_times"], times);
        // A day's figures are those of the board as of that day, and of whom had met the demand by then.
        for class in 0..CLASSES {
            let day = day(class)[0].split(' ').next().unwrap();
            let point = points.iter().find(|p| p["day"] == day).unwrap();
            let board = format!("/v1/boards/progress?as_of={day}");
            let board = self.officer.read(&board).await;
            let shown = (&board["completed"], &board["person_times"]);
            assert_eq!(shown, (&point["completed"], &point["person_times"]));
            let (people, times) = self.model.figures_through(class);
            assert_eq!(shown, (&json!(people), &json!(times)), "on {day}");
        }
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
        let named: BTreeMap<String, (Given, Option<usize>)> = has
            .into_iter()
            .map(|(n, given)| (person(n).name, (given, self.model.met_on(n))))
            .collect();
        let mut called = Vec::new();
        for region in [self.county.a, self.county.b] {
            let path = format!("/v1/boards/regions/{region}/call-list");
            let list = self.officer.read(&path).await;
            let people = list["people"].as_array().unwrap().iter();
            called.extend(people.map(|p| p["name"].as_str().unwrap().to_owned()));
            let row = board["regions"].as_array().unwrap();
            let row = row.iter().find(|r| r["id"] == region.to_string()).unwrap();
            let counted = if self.model.asks.person_times {
                "person_times"
            } else {
                "completed"
            };
            let gap = row["quota"].as_i64().unwrap() - row[counted].as_i64().unwrap();
            assert_eq!(list["gap"], gap.max(0));
        }
        for someone in self.officer.all("/v1/people").await {
            let (id, name) = (
                someone["id"].as_str().unwrap(),
                someone["name"].as_str().unwrap(),
            );
            let (given, met) = named.get(name).copied().unwrap_or_default();
            let complete = self.model.complete(&given);
            let why = format!("/v1/boards/people/{id}/requirements/{plan}/why");
            let why = self.officer.read(&why).await;
            assert_eq!(why["complete"], complete, "{why}");
            let day = met.map(|class| day(class)[0].split(' ').next().unwrap());
            assert_eq!(why["completed_on"].as_str(), day, "{why}");
            let missing = |kind: &str| -> i64 {
                let demands = why["demands"].as_array().unwrap();
                let demand = demands.iter().find(|d| d["kind"] == kind).unwrap();
                demand["missing"].as_i64().unwrap()
            };
            assert_eq!(missing("offline_minutes"), (360 - given.0).max(0));
            assert_eq!(missing("exam"), i64::from(given.2 <= 0));
            let online = self.model.asks.online;
            if online > 0 {
                assert_eq!(missing("online_minutes"), (online - given.3).max(0));
            }
            let standing = format!("/v1/hours/people/{id}/plans/{plan}");
            let standing = self.officer.read(&standing).await;
            assert_eq!(standing["completed_on"].is_string(), complete);
            assert_eq!(standing["completed_on"], why["completed_on"]);
            // Where person-times count, who is done may come again.
            let may_be_called = !complete || self.model.asks.person_times;
            assert!(
                may_be_called || !called.contains(&name.to_owned()),
                "nobody complete is called"
            );
        }
    }
}
