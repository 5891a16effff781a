//! What archives take and show.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::Object;
use uuid::Uuid;

use super::checks::{ExportedInspection, ExportedIssuerCheck, check, inspection};
use crate::archives::rules::{Kind, Rule};
use crate::archives::store::further::{Kept, Told};
use crate::archives::store::person::{CertificateRow, MarkRow, PostRow, RecordRow};
use crate::archives::{PersonFile, Report};
use crate::people::LookKind;
use crate::platform::App;

/// Why somebody's data is taken.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct ExportInput {
    /// The reason, for the audit log and for whom it is about; no numbers in it. Not needed for one's own.
    #[oai(validator(min_length = 4, max_length = 200))]
    pub reason: Option<String>,
}

/// Everything kept of a person.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PersonExport {
    /// When it was gathered.
    pub as_of: DateTime<FixedOffset>,
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// ID number: in full for the person himself, else masked.
    pub id_number: String,
    /// Phone: in full for the person himself, else masked.
    pub phone: Option<String>,
    /// E-mail: in full for the person himself, else absent.
    pub email: Option<String>,
    /// Where he worked.
    pub employment: Vec<ExportedPost>,
    /// The ledger of his training.
    pub training_records: Vec<ExportedRecord>,
    /// His marks in classes, those replaced later included.
    pub marks: Vec<ExportedMark>,
    /// His certificates.
    pub certificates: Vec<ExportedCertificate>,
    /// Looks at the issuers' site for them.
    pub issuer_checks: Vec<ExportedIssuerCheck>,
    /// His claims.
    pub claims: Vec<ExportedClaim>,
    /// Checks of his code that somebody on duty logged.
    pub inspections: Vec<ExportedInspection>,
    /// Whatever else is kept, table by table; what stands in no township is in his own document only. Photos are fetched
    /// beside it.
    pub further: Vec<ExportedTable>,
    /// Who looked at his data; absent where the caller may not see it.
    pub views: Option<Vec<ExportedLook>>,
}

/// The rows of one table.
#[derive(Debug, Clone, Object)]
pub struct ExportedTable {
    /// The table, as the database calls it.
    pub table: String,
    /// Its rows by the names of their columns, without what only a machine reads; instants as elsewhere.
    pub rows: Vec<BTreeMap<String, String>>,
}

/// A post.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ExportedPost {
    /// The township it counts for.
    pub region_id: Uuid,
    /// The enterprise as entered.
    pub enterprise_name: String,
    /// What kind of post.
    pub role: String,
    /// First day.
    pub from_day: NaiveDate,
    /// Last day; absent while it lasts.
    pub to_day: Option<NaiveDate>,
}

/// A line of the ledger.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ExportedRecord {
    /// Id.
    pub id: Uuid,
    /// The plan it counts toward.
    pub plan_title: String,
    /// The township it counts for.
    pub region_id: Uuid,
    /// Online or in a room.
    pub part: String,
    /// Minutes; a difference in a correction.
    pub minutes: i64,
    /// Finished classes or courses (人次); a difference in a correction.
    pub person_times: i64,
    /// Passed exams; a difference in a correction.
    pub passes: i64,
    /// Points, where there was an exam.
    pub score: Option<f64>,
    /// Where it comes from.
    pub source: String,
    /// The day of training.
    pub day: NaiveDate,
    /// When it was entered.
    pub recorded_at: DateTime<FixedOffset>,
    /// The line this one corrects.
    pub corrects_id: Option<Uuid>,
    /// Why it was corrected.
    pub reason: Option<String>,
}

/// A mark of a class.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ExportedMark {
    /// The class.
    pub class_title: String,
    /// Its day.
    pub day: NaiveDate,
    /// Came.
    pub check_in: Option<DateTime<FixedOffset>>,
    /// Left.
    pub check_out: Option<DateTime<FixedOffset>>,
    /// Minutes given.
    pub minutes: i64,
    /// Points, where there was an exam.
    pub score: Option<f64>,
    /// Whether it was passed.
    pub passed: Option<bool>,
    /// How it was entered.
    pub method: String,
    /// When it was entered.
    pub recorded_at: DateTime<FixedOffset>,
    /// Whether it still stands.
    pub standing: bool,
}

/// A certificate.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ExportedCertificate {
    /// Id.
    pub id: Uuid,
    /// Number, masked: it is "T" and the ID number.
    pub certificate_number: String,
    /// The item of the catalogue.
    pub item_code: String,
    /// First issued.
    pub first_issued: Option<NaiveDate>,
    /// Valid until.
    pub valid_until: Option<NaiveDate>,
    /// The employer it was registered with.
    pub enterprise_name: String,
    /// Where he was trained for it.
    pub training_centre: String,
    /// Last re-examination passed.
    pub reviewed_on: Option<NaiveDate>,
    /// Next re-examination.
    pub review_due: Option<NaiveDate>,
    /// The issuer has agreed to the longer time for ten years' unbroken lawful work.
    pub unbroken_ten_years: bool,
    /// Whether it stands.
    pub standing: String,
    /// What is known of it from its issuer.
    pub issuer_state: String,
}

/// A claim.
#[derive(Debug, Clone, Object)]
pub struct ExportedClaim {
    /// The certificate.
    pub certificate_id: Uuid,
    /// Whether it stood on the due list.
    pub on_list: bool,
    /// How it was claimed.
    pub method: String,
    /// When.
    pub claimed_at: DateTime<FixedOffset>,
}

/// A look at the person's data.
#[derive(Debug, Clone, Object)]
pub struct ExportedLook {
    /// When.
    pub at: DateTime<FixedOffset>,
    /// The login that looked.
    pub by: String,
    /// What was shown.
    pub kind: LookKind,
    /// Why; empty where somebody took his own.
    pub reason: String,
}

/// How long a kind is to be kept.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct RetentionRuleInput {
    /// The kind of data.
    pub kind: Kind,
    /// Days.
    #[oai(validator(minimum(value = "1"), maximum(value = "36500")))]
    pub days: i32,
}

/// The county's times of keeping.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct RetentionInput {
    /// A line for each kind that is not as usual.
    #[oai(validator(max_items = 20))]
    pub items: Vec<RetentionRuleInput>,
}

/// How long a kind is kept.
#[derive(Debug, Clone, Object)]
pub struct RetentionRuleView {
    /// The kind of data.
    pub kind: Kind,
    /// Days it is kept.
    pub days: i32,
    /// Fewest days that can be set.
    pub shortest: i32,
    /// Days where a county has said nothing.
    pub usual: i32,
    /// Whether it goes by itself when its time is over.
    pub goes_by_itself: bool,
}

/// The county's times of keeping.
#[derive(Debug, Clone, Object)]
pub struct RetentionView {
    /// One line for each kind.
    pub items: Vec<RetentionRuleView>,
}

/// What of one kind is older than its time.
#[derive(Debug, Clone, Object)]
pub struct RetentionDue {
    /// The kind of data.
    pub kind: Kind,
    /// Days it is kept.
    pub days: i32,
    /// What is older than this may go.
    pub before: DateTime<FixedOffset>,
    /// How much there is of it; of idempotency records, in the whole instance.
    pub rows: i64,
    /// Whether it goes by itself; otherwise people decide.
    pub goes_by_itself: bool,
}

/// What may go, and what went last.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RetentionReport {
    /// One line for each kind.
    pub items: Vec<RetentionDue>,
    /// When the last round was made.
    pub last_run: Option<DateTime<FixedOffset>>,
    /// The code of what went wrong in it.
    pub last_fault: Option<String>,
}

pub(super) const fn rule(input: &RetentionRuleInput) -> Rule {
    Rule {
        kind: input.kind,
        days: input.days,
    }
}

pub(super) fn retention_view(rules: &[Rule]) -> RetentionView {
    let view = |rule: &Rule| RetentionRuleView {
        kind: rule.kind,
        days: rule.days,
        shortest: rule.kind.shortest(),
        usual: rule.kind.usual(),
        goes_by_itself: rule.kind.goes_by_itself(),
    };
    RetentionView {
        items: rules.iter().map(view).collect(),
    }
}

pub(super) fn report_view(state: &App, report: Report) -> RetentionReport {
    let items = report.due.iter().map(|due| RetentionDue {
        kind: due.rule.kind,
        days: due.rule.days,
        before: state.clock.local(due.before),
        rows: i64::try_from(due.rows).unwrap_or(i64::MAX),
        goes_by_itself: due.rule.kind.goes_by_itself(),
    });
    RetentionReport {
        items: items.collect(),
        last_run: report
            .last_run
            .as_ref()
            .map(|run| state.clock.local(run.at)),
        last_fault: report.last_run.and_then(|run| run.fault),
    }
}

pub(super) fn export_view(state: &App, file: PersonFile) -> PersonExport {
    let at = |micros| state.clock.local(micros);
    let (id_number, phone, email) = match file.in_full {
        Some(own) => (own.id_number, own.phone, own.email),
        None => (file.person.id_masked, file.person.phone_masked, None),
    };
    let text = |told| match told {
        Told::Text(text) => text,
        Told::Instant(micros) => at(micros).to_rfc3339(),
    };
    let table = |kept: Kept| ExportedTable {
        table: kept.table.to_owned(),
        rows: kept
            .rows
            .into_iter()
            .map(|row| {
                row.into_iter()
                    .map(|(name, told)| (name.to_owned(), text(told)))
                    .collect()
            })
            .collect(),
    };
    let looks = |looks: Vec<crate::people::Look>| {
        let each = looks.into_iter().map(|look| ExportedLook {
            at: at(look.at),
            by: look.actor,
            kind: look.kind,
            reason: look.reason,
        });
        each.collect()
    };
    PersonExport {
        as_of: at(file.as_of),
        id: file.person.id,
        name: file.person.name,
        id_number,
        phone,
        email,
        employment: file.posts.into_iter().map(post).collect(),
        training_records: file.records.into_iter().map(|r| record(state, r)).collect(),
        marks: file.marks.into_iter().map(|m| mark(state, m)).collect(),
        certificates: file.certificates.into_iter().map(certificate).collect(),
        issuer_checks: file
            .issuer_checks
            .into_iter()
            .map(|c| check(state, c))
            .collect(),
        claims: file
            .claims
            .into_iter()
            .map(|claim| ExportedClaim {
                certificate_id: claim.certificate_id,
                on_list: claim.on_list,
                method: claim.method,
                claimed_at: at(claim.claimed_at),
            })
            .collect(),
        inspections: file
            .inspections
            .into_iter()
            .map(|row| inspection(state, row))
            .collect(),
        further: file.further.into_iter().map(table).collect(),
        views: file.looks.map(looks),
    }
}

fn score(hundredths: Option<i32>) -> Option<f64> {
    hundredths.map(|score| f64::from(score) / 100.0)
}

fn post(row: PostRow) -> ExportedPost {
    ExportedPost {
        region_id: row.region_id,
        enterprise_name: row.enterprise_name,
        role: row.role,
        from_day: row.from_day,
        to_day: row.to_day,
    }
}

fn record(state: &App, row: RecordRow) -> ExportedRecord {
    ExportedRecord {
        id: row.id,
        plan_title: row.plan_title,
        region_id: row.region_id,
        part: row.part,
        minutes: row.minutes,
        person_times: row.person_times,
        passes: row.passes,
        score: score(row.score_hundredths),
        source: row.source,
        day: row.happened_on,
        recorded_at: state.clock.local(row.recorded_at),
        corrects_id: row.corrects_id,
        reason: row.reason,
    }
}

fn mark(state: &App, row: MarkRow) -> ExportedMark {
    ExportedMark {
        class_title: row.class_title,
        day: row.class_day,
        check_in: row.check_in_at.map(|at| state.clock.local(at)),
        check_out: row.check_out_at.map(|at| state.clock.local(at)),
        minutes: row.minutes,
        score: score(row.score_hundredths),
        passed: row.passed,
        method: row.method,
        recorded_at: state.clock.local(row.recorded_at),
        standing: row.replaced_by.is_none(),
    }
}

fn certificate(row: CertificateRow) -> ExportedCertificate {
    ExportedCertificate {
        id: row.id,
        certificate_number: row.number_masked,
        item_code: row.item_code,
        first_issued: row.first_issued,
        valid_until: row.valid_until,
        enterprise_name: row.enterprise_name,
        training_centre: row.training_centre,
        reviewed_on: row.reviewed_on,
        review_due: row.review_due,
        unbroken_ten_years: row.unbroken_ten_years,
        standing: row.standing,
        issuer_state: row.issuer_state,
    }
}
