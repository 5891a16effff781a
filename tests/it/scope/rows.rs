//! The matrix's rows: what a stranger to a tenant gets for each operation.

use anpei::platform::Role;

/// What a caller gets who may do this, but not there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stranger {
    /// 404: the operation names the thing in its path or query.
    Gone,
    /// The thing belongs to the county: 404 only from another county.
    GoneFromAnotherCounty,
    /// The id stands in the body, or in the form: refused with this code, as an unknown one is.
    Refused(&'static str),
    /// A list's filter: an empty page.
    Empty,
    /// Every line of the sheet is refused.
    LinesRefused,
    /// The operation names nobody: it tells of the caller's own reach only.
    Own,
    /// No sign-in asked for.
    Public,
}

/// The row of an operation; none is a fault of whoever added it.
pub fn row(operation: &str) -> Option<Stranger> {
    use Stranger as S;
    Some(match operation {
        "signIn"
        | "refreshSession"
        | "acceptInvitation"
        | "askPasswordReset"
        | "completePasswordReset"
        | "askActivationCode"
        | "activateAccount"
        | "getTrustBundle"
        | "getCodeRoots"
        | "verifyCode"
        | "lookUpTypedCode"
        | "lookUpProof"
        | "getUploadOptions"
        | "getMediaContent" => S::Public,
        "getMe"
        | "listQuestions"
        | "createQuestion"
        | "importQuestions"
        | "exportQuestions"
        | "getQuestionTemplate"
        | "listPapers"
        | "createPaper"
        | "listCourses"
        | "createCourse"
        | "listMyCourses"
        | "listMyExams"
        | "listMyAttempts"
        | "listAcademies"
        | "createAcademy"
        | "listAcademyUploads"
        | "signOut"
        | "startMediaUpload"
        | "listMedia"
        | "listRegions"
        | "createRegion"
        | "listPlans"
        | "createPlan"
        | "getCatalogue"
        | "listCertificateRules"
        | "listDueLists"
        | "listAttendanceUploads"
        | "listAuditEntries"
        | "listAccounts"
        | "askCorrection"
        | "listMyCorrections"
        | "listCorrections"
        | "listOpenClasses"
        | "getPlanRatings"
        | "listOutbox"
        | "changeMyPassword"
        | "listMyDevices"
        | "endMyDevices"
        | "checkIn"
        | "listMyMarks"
        | "listMyNotices"
        | "getMyNoticeChoices"
        | "setMyNoticeChoices"
        | "readMyNotices"
        | "listObjections"
        | "getToday"
        | "listLearningSigns"
        | "listMyRequirements"
        | "listTags"
        | "listHoursRules"
        | "draftHoursRule"
        | "getRetention"
        | "setRetention"
        | "getRetentionReport"
        | "getMyCode"
        | "askReview"
        | "listMyReviews"
        | "suspendMyCode"
        | "checkCode"
        | "listSuspensionBatches" => S::Own,
        "getPlan" | "updatePlan" | "publishPlan" | "closePlan" | "listQuotaLines"
        | "addQuotaLine" | "setQuotas" | "listQuotaLoans" | "listQuotas" | "settlePlan"
        | "getSettlement" | "listMovedCredits" | "listDueEntries" | "resendMessage"
        | "getBoard" | "exportBoard" | "getFunnel" | "getTrend" | "watchBoard"
        | "getMyRequirement" | "previewHoursRule" | "getHoursRule" | "listAffectedPeople"
        | "publishHoursRule" | "discardHoursRule" | "setAcademyMapping" | "getQuestion"
        | "updateQuestion" | "retireQuestion" | "getPaper" | "updatePaper" | "publishPaper"
        | "retirePaper" | "beginExam" | "listExamResults" | "getPaperStatistics"
        | "publishCourse" | "retireCourse" | "getPlanLearning" | "setPlanLearning"
        | "enrolInCourse" => S::GoneFromAnotherCounty,
        "getRegion"
        | "succeedRegion"
        | "getEnterprise"
        | "updateEnterprise"
        | "getPerson"
        | "revealIdNumber"
        | "listPersonViews"
        | "exportPerson"
        | "listEmployment"
        | "startEmployment"
        | "getTrainingRecord"
        | "correctTrainingRecord"
        | "getStanding"
        | "consentToQuotaLoan"
        | "refuseQuotaLoan"
        | "getQuotaBalance"
        | "acknowledgeQuota"
        | "getQuotaShares"
        | "setQuotaShares"
        | "getLegalHours"
        | "listEnterpriseTags"
        | "setEnterpriseTags"
        | "getClass"
        | "cancelClass"
        | "listRoster"
        | "addToRoster"
        | "listMarks"
        | "markAttendance"
        | "getMedia"
        | "getUploadOffset"
        | "appendToUpload"
        | "removeMedia"
        | "openLesson"
        | "sendHeartbeats"
        | "answerPresenceCheck"
        | "getCourseProgress"
        | "getLessonContent"
        | "getProof"
        | "getProofSheet"
        | "getCourse"
        | "updateCourse"
        | "listCourseVersions"
        | "getCheckInToken"
        | "listCheckIns"
        | "callRoll"
        | "listWalkIns"
        | "matchWalkIn"
        | "dismissWalkIn"
        | "listClassHints"
        | "addEvidence"
        | "listEvidence"
        | "getEvidencePhoto"
        | "getEvidenceThumbnail"
        | "removeEvidence"
        | "getMarkHistory"
        | "confirmMark"
        | "objectToMark"
        | "answerObjection"
        | "getAcademyUpload"
        | "listAcademyUploadLines"
        | "commitAcademyUpload"
        | "discardAcademyUpload"
        | "getRefusedResults"
        | "getAttendanceUpload"
        | "listAttendanceUploadLines"
        | "commitAttendanceUpload"
        | "discardAttendanceUpload"
        | "getRefusedSheet"
        | "getCertificate"
        | "getCertificateStatus"
        | "listIssuerChecks"
        | "recordIssuerCheck"
        | "getClaim"
        | "listEnterpriseProgress"
        | "listPersonProgress"
        | "printActivationCode"
        | "getAccount"
        | "setAccountRole"
        | "disableAccount"
        | "enableAccount"
        | "withdrawCorrection"
        | "answerCorrection"
        | "listEnrolledStaff"
        | "rateClass"
        | "getClassRatings"
        | "enrolStaff"
        | "withdrawStaff"
        | "getContact"
        | "setContact"
        | "endMyDevice"
        | "getCallList"
        | "listLagging"
        | "getRequirement"
        | "completeCodeClaim"
        | "getCode"
        | "getCodePng"
        | "getCodeSvg"
        | "getCodeCard"
        | "getReview"
        | "getReviewPhoto"
        | "getReviewThumbnail"
        | "approveReview"
        | "refuseReview"
        | "awaitIssuer"
        | "suspendCode"
        | "revokeCode"
        | "reinstateCode"
        | "getInspection"
        | "getSuspensionBatch"
        | "listSuspensionCertificates"
        | "applySuspensionBatch"
        | "undoSuspensionBatch"
        | "settleInspection"
        | "getAttempt"
        | "saveAnswers"
        | "submitAttempt"
        | "getJob" => S::Gone,
        "listEnterprises"
        | "listPeople"
        | "listTrainingRecords"
        | "listClasses"
        | "listHints"
        | "listCertificates"
        | "listClaims"
        | "listCodes"
        | "listInspections"
        | "listReviews"
        | "listProofs" => S::Empty,
        "createEnterprise"
        | "createClass"
        | "previewAttendanceUpload"
        | "previewAcademyUpload"
        | "proposeQuotaLoan"
        | "logInspection"
        | "previewSuspension"
        | "stageSuspensionBatch" => S::Refused("region_unknown"),
        "createPerson" | "remindPeople" => S::Refused("enterprise_unknown"),
        "inviteAccount" => S::Refused("region_unknown"),
        "claimCode" | "beginCodeClaim" => S::Refused("certificate_unknown"),
        "assistCodeClaim" | "issueProofs" => S::Refused("person_not_on_file"),
        "importEnterprises" | "importPeople" | "importClaims" | "importDueList" => S::LinesRefused,
        _ => return None,
    })
}

/// Whether a role that may do this reaches a thing of its own township.
pub fn reaches_home(role: Role, operation: &str) -> bool {
    match (role, operation) {
        // A worker's reach is himself: of places he sees the county alone.
        (Role::Worker, "getRegion") => false,
        // Nobody but the one who started a job sees it.
        (_, "getJob") => false,
        // An inspector sees what he logged himself.
        (Role::Inspector, "getInspection") => false,
        // A trainer sees the files he handed in himself.
        (Role::Trainer, "getMedia" | "getUploadOffset" | "appendToUpload" | "removeMedia") => false,
        // And the courses he wrote himself.
        (Role::Trainer, "getCourse" | "updateCourse" | "listCourseVersions") => false,
        // Nobody but its owner sees a session.
        (_, "endMyDevice") => false,
        // A township's gap is not told to an enterprise in it.
        (Role::EnterpriseManager, "getCallList") => false,
        // Nor its quota, but for his own part of it, once it is split.
        (Role::EnterpriseManager | Role::Worker, "getQuotaBalance" | "getQuotaShares") => false,
        _ => true,
    }
}
