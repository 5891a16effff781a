//! Who may do what, and how far: roles, actions, and the scope every query carries in its WHERE.

mod columns;
mod duties;

use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use columns::Columns;
pub use duties::{Action, allows};

/// The nine roles. A role is held at a region or an enterprise; a worker's reaches himself.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    poem_openapi::Enum,
    clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
#[clap(rename_all = "snake_case")]
pub enum Role {
    /// 从业人员
    Worker,
    /// 企业安全管理员
    EnterpriseManager,
    /// 培训教师
    Trainer,
    /// 执法检查人员
    Inspector,
    /// 乡镇（街道）安监人员
    TownshipOfficer,
    /// 县局业务人员
    CountyOfficer,
    /// 县局业务管理员
    CountyAdmin,
    /// 系统管理员：管账号，不看业务数据（三员分立）
    SystemAdmin,
    /// 审计员：看审计与汇总，不改任何数据（三员分立）
    Auditor,
}

impl Role {
    /// Every role, least first.
    pub const ALL: [Role; 9] = [
        Role::Worker,
        Role::EnterpriseManager,
        Role::Trainer,
        Role::Inspector,
        Role::TownshipOfficer,
        Role::CountyOfficer,
        Role::CountyAdmin,
        Role::SystemAdmin,
        Role::Auditor,
    ];

    /// The word stored and sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Role::Worker => "worker",
            Role::EnterpriseManager => "enterprise_manager",
            Role::Trainer => "trainer",
            Role::Inspector => "inspector",
            Role::TownshipOfficer => "township_officer",
            Role::CountyOfficer => "county_officer",
            Role::CountyAdmin => "county_admin",
            Role::SystemAdmin => "system_admin",
            Role::Auditor => "auditor",
        }
    }

    /// The role of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// Where a role is held, as the access token carries it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grant {
    pub role: Role,
    /// Held at the county itself: reaches all of it.
    pub county: bool,
    /// The region it is held at and those it took over.
    pub regions: Vec<Uuid>,
    /// The enterprise it is held at.
    pub enterprise: Option<Uuid>,
    /// The person a worker is.
    pub person: Option<Uuid>,
}

/// What a caller's roles reach for one action. Every store function takes it and puts it into its WHERE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub county_id: Uuid,
    pub whole_county: bool,
    pub regions: Vec<Uuid>,
    pub enterprises: Vec<Uuid>,
    pub persons: Vec<Uuid>,
}

impl Scope {
    /// The union of what the grants that allow `action` reach; `None` when none allows it.
    #[must_use]
    pub fn of(county_id: Uuid, grants: &[Grant], action: Action) -> Option<Self> {
        let mut scope = Self {
            county_id,
            whole_county: false,
            regions: Vec::new(),
            enterprises: Vec::new(),
            persons: Vec::new(),
        };
        let mut allowed = false;
        for grant in grants.iter().filter(|grant| allows(grant.role, action)) {
            allowed = true;
            if grant.role == Role::Worker {
                scope.persons.extend(grant.person);
            } else if let Some(enterprise) = grant.enterprise {
                scope.enterprises.push(enterprise);
            } else if grant.county {
                scope.whole_county = true;
            } else {
                scope.regions.extend(&grant.regions);
            }
        }
        allowed.then_some(scope)
    }

    /// All of one county: for the command line and background work.
    #[must_use]
    pub fn county(county_id: Uuid) -> Self {
        Self {
            county_id,
            whole_county: true,
            regions: Vec::new(),
            enterprises: Vec::new(),
            persons: Vec::new(),
        }
    }

    /// Whether a region lies within.
    #[must_use]
    pub fn reaches_region(&self, region: Uuid) -> bool {
        self.whole_county || self.regions.contains(&region)
    }

    /// Whether an enterprise of a region lies within.
    #[must_use]
    pub fn reaches_enterprise(&self, enterprise: Uuid, region: Uuid) -> bool {
        self.reaches_region(region) || self.enterprises.contains(&enterprise)
    }

    /// The condition on a table's own columns; leave a reach out by not naming its column.
    #[must_use]
    pub fn filter(&self, columns: &Columns) -> Condition {
        let county = columns.county.clone().eq(self.county_id);
        if self.whole_county {
            return Condition::all().add(county);
        }
        let mut reach = Condition::any();
        let mut any = false;
        for (column, ids) in [
            (&columns.region, &self.regions),
            (&columns.enterprise, &self.enterprises),
            (&columns.person, &self.persons),
        ] {
            if let (Some(column), false) = (column, ids.is_empty()) {
                reach = reach.add(column.clone().is_in(ids.iter().copied()));
                any = true;
            }
        }
        if !any {
            // Nothing reached: nothing seen. An empty `any()` would mean everything.
            reach = reach.add(Expr::val(1).eq(0));
        }
        Condition::all().add(county).add(reach)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_business_and_audit_duties_are_apart() {
        for action in [
            Action::ReadPeople,
            Action::ManagePlans,
            Action::ReadBoard,
            Action::ReadAudit,
        ] {
            assert!(!allows(Role::SystemAdmin, action), "{action:?}");
        }
        for action in [
            Action::ManagePeople,
            Action::ManagePlans,
            Action::ManageClasses,
            Action::CorrectHours,
            Action::ImportResults,
        ] {
            assert!(!allows(Role::Auditor, action), "{action:?}");
        }
        assert!(
            Role::ALL
                .into_iter()
                .filter(|r| allows(*r, Action::ReadAudit))
                .eq([Role::Auditor])
        );
    }

    #[test]
    fn a_scope_is_the_union_of_the_grants_that_allow() {
        let (county, a, b, shop) = (
            Uuid::from_u128(1),
            Uuid::from_u128(2),
            Uuid::from_u128(3),
            Uuid::from_u128(4),
        );
        let grant = |role, regions: &[Uuid], enterprise| Grant {
            role,
            county: false,
            regions: regions.to_vec(),
            enterprise,
            person: None,
        };
        let grants = [
            grant(Role::TownshipOfficer, &[a], None),
            grant(Role::Trainer, &[b], None),
            grant(Role::EnterpriseManager, &[], Some(shop)),
        ];
        let classes = Scope::of(county, &grants, Action::ManageClasses).map(|s| s.regions);
        assert_eq!(classes, Some(vec![a, b]));
        let board =
            Scope::of(county, &grants, Action::ReadBoard).map(|s| (s.regions, s.enterprises));
        assert_eq!(board, Some((vec![a], vec![shop])));
        assert_eq!(Scope::of(county, &grants, Action::ReadAudit), None);
    }
}
