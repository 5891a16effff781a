//! Which action each operation asks for: the document's roles, and the role × operation matrix, come from here.

use crate::platform::Action;
use crate::platform::scope::{Role, allows};

/// Every operation that asks for a sign-in, with its action. A test fails when one is missing or another.
pub const ACTIONS: &[(&str, Action)] = &[
    ("signOut", Action::UseAccount),
    ("getMe", Action::UseAccount),
    ("inviteAccount", Action::InviteAccounts),
    ("changeMyPassword", Action::UseAccount),
    ("printActivationCode", Action::PrintActivationCode),
    ("getContact", Action::ReadPeople),
    ("setContact", Action::ManagePeople),
    ("listMyDevices", Action::UseAccount),
    ("endMyDevice", Action::UseAccount),
    ("endMyDevices", Action::UseAccount),
    ("getJob", Action::ReadJobs),
    ("listRegions", Action::ReadPlaces),
    ("createRegion", Action::ManageRegions),
    ("getRegion", Action::ReadPlaces),
    ("succeedRegion", Action::ManageRegions),
    ("listEnterprises", Action::ReadEnterprises),
    ("createEnterprise", Action::ManageEnterprises),
    ("getEnterprise", Action::ReadEnterprises),
    ("updateEnterprise", Action::ManageEnterprises),
    ("importEnterprises", Action::ManageEnterprises),
    ("listPeople", Action::ReadPeople),
    ("createPerson", Action::ManagePeople),
    ("getPerson", Action::ReadPeople),
    ("revealIdNumber", Action::RevealIdNumber),
    ("listPersonViews", Action::ReadLooks),
    ("listEmployment", Action::ReadPeople),
    ("startEmployment", Action::ManagePeople),
    ("importPeople", Action::ManagePeople),
    ("listPlans", Action::ReadPlans),
    ("createPlan", Action::ManagePlans),
    ("getPlan", Action::ReadPlans),
    ("updatePlan", Action::ManagePlans),
    ("publishPlan", Action::ManagePlans),
    ("closePlan", Action::ManagePlans),
    ("listQuotaLines", Action::ReadPlans),
    ("addQuotaLine", Action::ManageQuotas),
    ("listTags", Action::ReadPlaces),
    ("listEnterpriseTags", Action::ReadEnterprises),
    ("setEnterpriseTags", Action::ManageEnterprises),
    ("listHoursRules", Action::ReadPlans),
    ("getHoursRule", Action::ReadPlans),
    ("draftHoursRule", Action::ManageHoursRules),
    ("discardHoursRule", Action::ManageHoursRules),
    ("previewHoursRule", Action::ManageHoursRules),
    ("listAffectedPeople", Action::ManageHoursRules),
    ("publishHoursRule", Action::ManageHoursRules),
    ("getLegalHours", Action::ReadPeople),
    ("proposeQuotaLoan", Action::ProposeLoans),
    ("listQuotaLoans", Action::ReadPlans),
    ("consentToQuotaLoan", Action::AgreeQuotas),
    ("refuseQuotaLoan", Action::ProposeLoans),
    ("listQuotas", Action::ReadPlans),
    ("getQuotaBalance", Action::ReadPlans),
    ("acknowledgeQuota", Action::AgreeQuotas),
    ("getQuotaShares", Action::ReadPlans),
    ("setQuotaShares", Action::AgreeQuotas),
    ("settlePlan", Action::ManagePlans),
    ("getSettlement", Action::ReadBoard),
    ("listMovedCredits", Action::ReadBoardPeople),
    ("listTrainingRecords", Action::ReadPeople),
    ("getTrainingRecord", Action::ReadPeople),
    ("correctTrainingRecord", Action::CorrectHours),
    ("listAcademies", Action::ImportResults),
    ("createAcademy", Action::ImportResults),
    ("setAcademyMapping", Action::ImportResults),
    ("previewAcademyUpload", Action::ImportResults),
    ("listAcademyUploads", Action::ImportResults),
    ("getAcademyUpload", Action::ImportResults),
    ("listAcademyUploadLines", Action::ImportResults),
    ("commitAcademyUpload", Action::ImportResults),
    ("discardAcademyUpload", Action::ImportResults),
    ("getRefusedResults", Action::ImportResults),
    ("getStanding", Action::ReadPeople),
    ("openLesson", Action::Learn),
    ("sendHeartbeats", Action::Learn),
    ("answerPresenceCheck", Action::Learn),
    ("getCourseProgress", Action::Learn),
    ("listClasses", Action::ReadClasses),
    ("createClass", Action::ManageClasses),
    ("getClass", Action::ReadClasses),
    ("cancelClass", Action::ManageClasses),
    ("listRoster", Action::ReadClasses),
    ("addToRoster", Action::ManageClasses),
    ("listMarks", Action::ReadClasses),
    ("markAttendance", Action::ManageClasses),
    ("previewAttendanceUpload", Action::ManageClasses),
    ("listAttendanceUploads", Action::ReadClasses),
    ("getAttendanceUpload", Action::ReadClasses),
    ("listAttendanceUploadLines", Action::ReadClasses),
    ("commitAttendanceUpload", Action::ManageClasses),
    ("discardAttendanceUpload", Action::ManageClasses),
    ("getRefusedSheet", Action::ReadClasses),
    ("getCheckInToken", Action::ManageClasses),
    ("listCheckIns", Action::ReadClasses),
    ("checkIn", Action::CheckIn),
    ("callRoll", Action::ManageClasses),
    ("listWalkIns", Action::ReadClasses),
    ("matchWalkIn", Action::ManageClasses),
    ("dismissWalkIn", Action::ManageClasses),
    ("listClassHints", Action::ReadClasses),
    ("listHints", Action::ReadClasses),
    ("getMarkHistory", Action::ReadClasses),
    ("listMyMarks", Action::CheckIn),
    ("confirmMark", Action::CheckIn),
    ("objectToMark", Action::CheckIn),
    ("listObjections", Action::ReadClasses),
    ("answerObjection", Action::ManageClasses),
    ("getCatalogue", Action::ReadPlaces),
    ("listCertificates", Action::ReadCertificates),
    ("getCertificate", Action::ReadCertificates),
    ("getCertificateStatus", Action::ReadCertificates),
    ("listCertificateRules", Action::ReadPlaces),
    ("listIssuerChecks", Action::ReadCertificates),
    ("recordIssuerCheck", Action::ManageCertificates),
    ("importDueList", Action::ManageDueLists),
    ("listDueLists", Action::ReadCertificates),
    ("listDueEntries", Action::ReadCertificates),
    ("claimCode", Action::ClaimOwnCode),
    ("importClaims", Action::ManageCertificates),
    ("listClaims", Action::ReadCertificates),
    ("getClaim", Action::ReadCertificates),
    ("beginCodeClaim", Action::ClaimOwnCode),
    ("completeCodeClaim", Action::ClaimOwnCode),
    ("getMyCode", Action::ClaimOwnCode),
    ("suspendMyCode", Action::ClaimOwnCode),
    ("listCodes", Action::ReadCodes),
    ("getCode", Action::ReadCodes),
    ("getCodePng", Action::ReadCodes),
    ("getCodeSvg", Action::ReadCodes),
    ("getCodeCard", Action::ReadCodes),
    ("askReview", Action::ClaimOwnCode),
    ("listMyReviews", Action::ClaimOwnCode),
    ("listReviews", Action::ManageCodes),
    ("getReview", Action::ManageCodes),
    ("getReviewPhoto", Action::ManageCodes),
    ("getReviewThumbnail", Action::ManageCodes),
    ("approveReview", Action::ManageCodes),
    ("refuseReview", Action::ManageCodes),
    ("awaitIssuer", Action::ManageCodes),
    ("assistCodeClaim", Action::ManageCodes),
    ("suspendCode", Action::ManageCodes),
    ("revokeCode", Action::ManageCodes),
    ("reinstateCode", Action::ManageCodes),
    ("checkCode", Action::CheckCodes),
    ("logInspection", Action::LogInspections),
    ("listInspections", Action::LogInspections),
    ("getInspection", Action::LogInspections),
    ("settleInspection", Action::ManageCodes),
    ("previewSuspension", Action::ManageBatches),
    ("stageSuspensionBatch", Action::ManageBatches),
    ("listSuspensionBatches", Action::ManageBatches),
    ("getSuspensionBatch", Action::ManageBatches),
    ("listSuspensionCertificates", Action::ManageBatches),
    ("applySuspensionBatch", Action::ManageBatches),
    ("undoSuspensionBatch", Action::ManageBatches),
    ("getBoard", Action::ReadBoard),
    ("listEnterpriseProgress", Action::ReadBoard),
    ("listPersonProgress", Action::ReadBoardPeople),
    ("exportBoard", Action::ReadBoard),
    ("getFunnel", Action::ReadBoard),
    ("getTrend", Action::ReadBoard),
    ("getCallList", Action::ReadBoardPeople),
    ("listLagging", Action::ReadBoard),
    ("getRequirement", Action::ReadPeople),
    ("watchBoard", Action::ReadBoard),
    ("getToday", Action::UseAccount),
    ("listMyRequirements", Action::ReadOwn),
    ("getMyRequirement", Action::ReadOwn),
    ("listOutbox", Action::ManageOutbox),
    ("resendMessage", Action::ManageOutbox),
    ("exportPerson", Action::ExportPerson),
    ("getRetention", Action::ManageRetention),
    ("setRetention", Action::ManageRetention),
    ("getRetentionReport", Action::ManageRetention),
    ("listAuditEntries", Action::ReadAudit),
];

/// The action an operation asks for; none where it is public.
#[must_use]
pub fn action_of(operation: &str) -> Option<Action> {
    ACTIONS
        .iter()
        .find(|(id, _)| *id == operation)
        .map(|(_, action)| *action)
}

/// The roles that may.
pub(super) fn of(action: Action) -> Vec<&'static str> {
    Role::ALL
        .into_iter()
        .filter(|role| allows(*role, action))
        .map(Role::word)
        .collect()
}

/// How far they reach, in words.
pub(super) const fn reach(action: Action) -> &'static str {
    match action {
        Action::UseAccount | Action::ReadJobs | Action::ReadOwn | Action::Learn => {
            "the caller's own"
        }
        Action::ReadPlaces => {
            "the caller's county, and in it the regions and the region of the enterprise at which the role is held"
        }
        Action::ReadPlans
        | Action::ManageRegions
        | Action::ManagePlans
        | Action::ManageQuotas
        | Action::ManageDueLists
        | Action::ManageBatches
        | Action::ManageRetention => "the caller's county",
        Action::ClaimOwnCode => "the caller's own certificates and code",
        Action::CheckCodes => "any code of the county",
        Action::LogInspections => {
            "what the caller himself logged; for officers also the county or townships at which the role is held"
        }
        Action::CheckIn => "the caller's own person, at any class of the county",
        Action::ReadAudit | Action::ManageOutbox => "the caller's county",
        _ => "the county, townships, enterprise or person at which the role is held",
    }
}
