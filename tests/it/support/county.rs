//! A small county: two townships, an enterprise in each, a published plan, and somebody in every role.

use std::sync::Arc;

use anpei::accounts::{self, Held, NewAccount};
use anpei::places::{self, NewEnterprise, NewRegion, RegionKind};
use anpei::plans::rules::Counts;
use anpei::plans::{self, NewQuotaLine, Terms};
use anpei::platform::etag::Seen;
use anpei::platform::idempotency::Retry;
use anpei::platform::{Caller, Role};
use anpei::sheets::posts::TargetRole;
use uuid::Uuid;

use super::{Client, TestApp};

/// A county to tell a story in. `a` and `b` are its townships.
pub struct County {
    pub id: Uuid,
    pub a: Uuid,
    pub b: Uuid,
    pub shop_a: Uuid,
    pub shop_b: Uuid,
    pub plan: Uuid,
}

/// The townships of both counties.
const TOWNSHIPS: [&str; 4] = ["东山街道", "西河镇", "北岭街道", "南湾镇"];

const PASSWORD: &str = "correct horse battery";

impl County {
    /// Makes the county with quotas of 10 and 5, 360 minutes in a room and a pass mark of 80.
    pub async fn make(app: &TestApp) -> Self {
        Self::make_as(app, "330699", 0).await
    }

    /// Makes such a county with other places, as a second one in the same instance.
    pub async fn make_other(app: &TestApp) -> Self {
        Self::make_as(app, "330698", 2).await
    }

    /// Makes the n-th of many counties, for histories that are tried one after another.
    pub async fn make_nth(app: &TestApp, n: usize) -> Self {
        Self::make_nth_with(app, n, |_| {}).await
    }

    /// The same with a plan of other terms.
    pub async fn make_nth_with(app: &TestApp, n: usize, change: impl FnOnce(&mut Terms)) -> Self {
        Self::make_by(app, &format!("9{n:05}"), 0, change).await
    }

    /// A county whose first township is the `first`-th of all.
    async fn make_as(app: &TestApp, code: &str, first: usize) -> Self {
        Self::make_by(app, code, first, |_| {}).await
    }

    async fn make_by(
        app: &TestApp,
        code: &str,
        first: usize,
        change: impl FnOnce(&mut Terms),
    ) -> Self {
        let day = |text: &str| text.parse().unwrap();
        let county = places::create_county(&app.state, code, "样例县", day("2020-01-01"))
            .await
            .unwrap();
        let by = Caller::console(county.id);
        let mut regions = Vec::new();
        let mut shops = Vec::new();
        for (place, name) in TOWNSHIPS.into_iter().enumerate().skip(first).take(2) {
            let new = NewRegion {
                code: format!("{code}{:03}", place + 1),
                name: name.into(),
                kind: RegionKind::Township,
                valid_from: day("2020-01-01"),
            };
            let region = places::create_region(&app.state, &by, Retry::never(), new)
                .await
                .unwrap();
            let new = NewEnterprise {
                region_id: region.id,
                name: format!("{name}机械厂"),
                credit_code: Some(credit_code(u64::try_from(place).unwrap())),
                industry: "工贸".into(),
            };
            shops.push(
                places::create_enterprise(&app.state, &by, Retry::never(), new)
                    .await
                    .unwrap()
                    .id,
            );
            regions.push(region.id);
        }
        let mut terms = Terms {
            title: "样例县培训方案".into(),
            year: 2020,
            period_from: day("2020-01-01"),
            period_to: day("2020-12-31"),
            target_roles: TargetRole::ALL.to_vec(),
            required_online: 0,
            required_offline: 360,
            pass_mark: Some(80),
            counts: Counts::People,
            rate_decimals: 1,
            minutes_per_hour: 45,
        };
        change(&mut terms);
        let plan = plans::create_plan(&app.state, &by, Retry::never(), terms)
            .await
            .unwrap();
        plans::publish_plan(&app.state, &by, Retry::never(), plan.id, Seen::nothing())
            .await
            .unwrap();
        for (region, amount) in regions.iter().zip([10, 5]) {
            let line = NewQuotaLine {
                region_id: *region,
                amount,
                day: day("2020-01-01"),
                reason: "年度任务".into(),
            };
            plans::add_quota_line(&app.state, &by, Retry::never(), plan.id, line)
                .await
                .unwrap();
        }
        Self {
            id: county.id,
            a: regions[0],
            b: regions[1],
            shop_a: shops[0],
            shop_b: shops[1],
            plan: plan.id,
        }
    }

    /// Somebody with a role held at a region.
    pub async fn sign_in(&self, app: &Arc<TestApp>, role: Role, region: Uuid) -> Client {
        let held = Held {
            role,
            region_id: Some(region),
            enterprise_id: None,
            person_id: None,
        };
        self.account(app, &format!("{}-{}", role.word(), region.simple()), held)
            .await
    }

    /// Somebody with any role.
    pub async fn account(&self, app: &Arc<TestApp>, login: &str, held: Held) -> Client {
        let by = Caller::console(self.id);
        let new = NewAccount {
            login: login.into(),
            name: login.into(),
            password: PASSWORD.into(),
            held,
        };
        accounts::add(&app.state, &by, new, true).await.unwrap();
        app.sign_in(login, PASSWORD).await
    }

    /// Signs in to an account made before, when its token has run out.
    pub async fn back(&self, app: &Arc<TestApp>, login: &str) -> Client {
        app.sign_in(login, PASSWORD).await
    }

    /// The township officers of `a` and `b`, and a county officer.
    pub async fn officers(&self, app: &Arc<TestApp>) -> (Client, Client, Client) {
        (
            self.sign_in(app, Role::TownshipOfficer, self.a).await,
            self.sign_in(app, Role::TownshipOfficer, self.b).await,
            self.sign_in(app, Role::CountyOfficer, self.id).await,
        )
    }
}

/// Somebody on a sheet.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub id_number: String,
    pub shop: usize,
    pub times: (&'static str, &'static str),
    pub score: String,
}

/// The n-th invented person, of the n-th township's enterprise by turns.
pub fn person(n: usize) -> Person {
    Person {
        name: format!(
            "王{}",
            char::from_u32(0x4E00 + u32::try_from(n).unwrap()).unwrap()
        ),
        id_number: id_number(n),
        shop: n % 2,
        times: ("2020-05-12 08:30", "2020-05-12 16:30"),
        score: "90".into(),
    }
}

/// A valid ID number under an area code that no county has (GB 11643).
pub fn id_number(n: usize) -> String {
    let body = format!("330699{}{:03}", 19_800_101 + n / 1000 % 28, n % 1000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body
        .chars()
        .zip(weights)
        .map(|(c, w)| c.to_digit(10).unwrap() * w)
        .sum();
    format!(
        "{body}{}",
        "10X98765432".chars().nth((sum % 11) as usize).unwrap()
    )
}

/// The n-th valid credit code (GB 32100).
pub fn credit_code(n: u64) -> String {
    let letters: Vec<char> = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().collect();
    let body = format!("91330699MA{n:07}");
    let mut weight = 1;
    let mut sum = 0;
    for c in body.chars() {
        sum += letters.iter().position(|l| *l == c).unwrap() * weight;
        weight = weight * 3 % 31;
    }
    format!("{body}{}", letters[(31 - sum % 31) % 31])
}

impl Person {
    /// The enterprise he works at.
    pub fn shop_name(&self) -> String {
        format!("{}机械厂", TOWNSHIPS[self.shop])
    }

    /// A CSV sign-in sheet of these people, as the n-th class of a township.
    pub fn sheet(people: &[Person], title: &str) -> Vec<u8> {
        let mut text = format!(
            "{title}\n序号,姓名,身份证号码,工作单位,统一社会信用代码,岗位,签到时间,签退时间,考核成绩\n"
        );
        for (place, p) in people.iter().enumerate() {
            let code = credit_code(p.shop as u64);
            let line = format!(
                "{},{},{},{},{code},其他从业人员,{},{},{}\n",
                place + 1,
                p.name,
                p.id_number,
                p.shop_name(),
                p.times.0,
                p.times.1,
                p.score
            );
            text.push_str(&line);
        }
        text.into_bytes()
    }
}
