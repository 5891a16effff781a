//! Who may do what, and how far: roles, actions, and the scope every query carries in its WHERE.

mod columns;

use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use columns::Columns;

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

/// What can be done; each operation asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the region tree.
    ReadPlaces,
    /// Change regions.
    ManageRegions,
    /// See enterprises.
    ReadEnterprises,
    /// Create, change, import enterprises.
    ManageEnterprises,
    /// See people, masked, with their employment and training.
    ReadPeople,
    /// Create, change, import people.
    ManagePeople,
    /// See an ID number in full; audited each time.
    RevealIdNumber,
    /// See who looked at a person's data.
    ReadLooks,
    /// Take a person's data away whole; audited each time.
    ExportPerson,
    /// Say how long what is kept, and see what may go.
    ManageRetention,
    /// See plans and quotas.
    ReadPlans,
    /// Draft, publish, close plans.
    ManagePlans,
    /// Set quotas.
    ManageQuotas,
    /// Propose loans of quota, and refuse them.
    ProposeLoans,
    /// Agree to loans, split and acknowledge quotas: a township speaks for itself.
    AgreeQuotas,
    /// Draft, preview and publish what the law asks.
    ManageHoursRules,
    /// See classes, rosters, marks and uploads.
    ReadClasses,
    /// Create classes, keep rosters, upload attendance, mark by hand.
    ManageClasses,
    /// Sign in to a class with one's own phone; see, confirm and object to one's own marks.
    CheckIn,
    /// Learn online: open lessons, send heartbeats, see one's own progress.
    Learn,
    /// Keep the bank of questions and papers, and see how they are answered.
    ManageExams,
    /// Write courses and hand in their files: a trainer his own, the county's officers all.
    AuthorCourses,
    /// See signs of learning that was not one's own.
    ReadSigns,
    /// Issue and print certificates of training.
    IssueProofs,
    /// Publish courses, and say which of them a plan asks for.
    PublishCourses,
    /// Correct the ledger.
    CorrectHours,
    /// Enter the results of outside academies.
    ImportResults,
    /// See certificates, due lists and claims.
    ReadCertificates,
    /// Import claims, record looks at the issuer's site.
    ManageCertificates,
    /// Import due lists: a list speaks for the whole county.
    ManageDueLists,
    /// Claim a code for a certificate of one's own.
    ClaimOwnCode,
    /// See codes and what happened to them.
    ReadCodes,
    /// Check codes on duty.
    CheckCodes,
    /// Claim codes for others; suspend, revoke and reinstate them.
    ManageCodes,
    /// Log what a check on duty found, and see it again.
    LogInspections,
    /// Suspend certificates by a cause, many at once, and undo it.
    ManageBatches,
    /// See what plans ask of oneself.
    ReadOwn,
    /// See the board of one's reach.
    ReadBoard,
    /// See the people behind the board: an auditor reads figures, not names.
    ReadBoardPeople,
    /// Reminding people of what they still miss (催办).
    RemindPeople,
    /// See the audit log.
    ReadAudit,
    /// See jobs one has started.
    ReadJobs,
    /// Sign out, see oneself.
    UseAccount,
    /// See messages on their way and send dead ones again.
    ManageOutbox,
    /// Invite others to roles within one's own reach.
    InviteAccounts,
    /// Print a one-time code with which a worker activates his account.
    PrintActivationCode,
}

/// The table of duties (system, business and audit are kept apart, MLPS 等保 level 3).
#[must_use]
pub const fn allows(role: Role, action: Action) -> bool {
    use Action as A;
    use Role as R;
    match action {
        A::UseAccount | A::ReadJobs => true,
        A::ReadPlaces | A::ReadPlans => !matches!(role, R::SystemAdmin),
        A::ManageRegions
        | A::ManagePlans
        | A::ManageQuotas
        | A::ManageHoursRules
        | A::ManageDueLists
        | A::ManageBatches
        | A::PublishCourses => {
            matches!(role, R::CountyOfficer | R::CountyAdmin)
        }
        A::AuthorCourses => {
            matches!(role, R::Trainer | R::CountyOfficer | R::CountyAdmin)
        }
        A::ReadEnterprises => matches!(
            role,
            R::EnterpriseManager
                | R::Trainer
                | R::Inspector
                | R::TownshipOfficer
                | R::CountyOfficer
                | R::CountyAdmin
                | R::Auditor
        ),
        A::ReadPeople | A::ReadCertificates => !matches!(role, R::SystemAdmin | R::Auditor),
        A::ReadCodes => !matches!(role, R::Trainer | R::SystemAdmin | R::Auditor),
        A::CheckCodes => !matches!(role, R::Worker | R::SystemAdmin | R::Auditor),
        A::LogInspections => matches!(
            role,
            R::Inspector | R::TownshipOfficer | R::CountyOfficer | R::CountyAdmin
        ),
        A::ManageEnterprises
        | A::CorrectHours
        | A::ImportResults
        | A::ManageCertificates
        | A::ManageCodes => {
            matches!(role, R::TownshipOfficer | R::CountyOfficer | R::CountyAdmin)
        }
        A::ManagePeople => matches!(
            role,
            R::EnterpriseManager | R::TownshipOfficer | R::CountyOfficer | R::CountyAdmin
        ),
        A::IssueProofs => !matches!(role, R::Inspector | R::SystemAdmin | R::Auditor),
        A::ManageExams => matches!(role, R::Trainer | R::CountyOfficer | R::CountyAdmin),
        A::ReadLooks => matches!(role, R::Worker | R::CountyAdmin),
        A::ExportPerson => matches!(
            role,
            R::Worker
                | R::EnterpriseManager
                | R::TownshipOfficer
                | R::CountyOfficer
                | R::CountyAdmin
        ),
        A::ManageRetention => matches!(role, R::CountyAdmin),
        A::RevealIdNumber => matches!(role, R::TownshipOfficer | R::CountyOfficer | R::CountyAdmin),
        A::ReadClasses | A::ManageClasses => {
            matches!(
                role,
                R::Trainer | R::TownshipOfficer | R::CountyOfficer | R::CountyAdmin
            )
        }
        A::ClaimOwnCode | A::ReadOwn | A::CheckIn | A::Learn => matches!(role, R::Worker),
        A::ReadBoard => matches!(
            role,
            R::EnterpriseManager
                | R::TownshipOfficer
                | R::CountyOfficer
                | R::CountyAdmin
                | R::Auditor
        ),
        A::ReadBoardPeople | A::RemindPeople => matches!(
            role,
            R::EnterpriseManager | R::TownshipOfficer | R::CountyOfficer | R::CountyAdmin
        ),
        A::ProposeLoans | A::ReadSigns => {
            matches!(role, R::TownshipOfficer | R::CountyOfficer | R::CountyAdmin)
        }
        A::AgreeQuotas => matches!(role, R::TownshipOfficer),
        A::ReadAudit => matches!(role, R::Auditor),
        A::ManageOutbox => matches!(role, R::SystemAdmin | R::CountyAdmin),
        A::InviteAccounts => {
            matches!(role, R::SystemAdmin | R::CountyAdmin | R::TownshipOfficer)
        }
        A::PrintActivationCode => matches!(
            role,
            R::EnterpriseManager
                | R::Trainer
                | R::TownshipOfficer
                | R::CountyOfficer
                | R::CountyAdmin
        ),
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
