//! What each role may do: the table of duties.

use super::Role;

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
    /// Enrol one's staff in classes to come.
    EnrolStaff,
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
    /// See and answer what people ask to be put right in their files.
    AnswerCorrections,
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
    /// See who holds which role within one's own reach.
    ReadAccounts,
    /// Invite others to roles within one's own reach, change and disable what one could have given.
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
        A::EnrolStaff => matches!(role, R::EnterpriseManager),
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
        A::ReadAccounts => matches!(
            role,
            R::SystemAdmin | R::CountyAdmin | R::TownshipOfficer | R::Auditor
        ),
        A::AnswerCorrections => {
            matches!(role, R::TownshipOfficer | R::CountyOfficer | R::CountyAdmin)
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
