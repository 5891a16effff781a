//! Errors as values, and the one place that knows an HTTP status (RFC 9457 problem+json).
//!
//! Rooms return [`Fault`]s by stable [`Code`]; the server turns them into a [`Problem`] in the reader's
//! language. Every code stands in `docs/api.md`; a test holds that.

mod codes;

use poem::http::StatusCode;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object};

use super::locale::Lang;

pub use codes::Code;

/// What a room's action returns.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// Something that went wrong, by stable code, with what its words need.
#[derive(Debug, Clone)]
pub struct Fault {
    pub code: Code,
    pub args: Vec<(&'static str, String)>,
    pub errors: Vec<FieldFault>,
    /// For the log only; never answered.
    pub cause: Option<String>,
    /// Seconds after which it is worth another try, where that is known.
    pub retry_after: Option<u32>,
}

/// One thing wrong with one field of the input.
#[derive(Debug, Clone)]
pub struct FieldFault {
    /// JSON pointer into the body, or `sheet:row` for a line of a sheet.
    pub at: String,
    pub code: Code,
    pub args: Vec<(&'static str, String)>,
}

impl Fault {
    /// A fault without further words.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self {
            code,
            args: Vec::new(),
            errors: Vec::new(),
            cause: None,
            retry_after: None,
        }
    }

    /// Adds what a placeholder in the code's words stands for.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.args.push((key, value.to_string()));
        self
    }

    /// Adds the field at fault, as a JSON pointer.
    #[must_use]
    pub fn at(mut self, pointer: &str) -> Self {
        self.errors.push(FieldFault {
            at: pointer.to_owned(),
            code: self.code,
            args: self.args.clone(),
        });
        self
    }

    /// What nobody outside may see: the cause goes to the log, the caller gets `internal`.
    #[must_use]
    pub fn internal(cause: impl Into<String>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(Code::Internal)
        }
    }

    /// Not there, or outside the caller's scope: the two look alike.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// A field that breaks a rule said in free words.
    #[must_use]
    pub fn field(pointer: &str, reason: impl ToString) -> Self {
        Self::new(Code::InvalidField)
            .with("field", pointer.trim_start_matches('/'))
            .with("reason", reason)
            .at(pointer)
    }

    /// Many fields at once; one alone is answered as itself.
    #[must_use]
    pub fn fields(errors: Vec<FieldFault>) -> Self {
        let count = errors.len();
        Self {
            errors,
            ..Self::new(Code::InvalidFields).with("count", count)
        }
    }

    /// The answer a reader of `lang` gets.
    #[must_use]
    pub fn problem(&self, lang: Lang, request_id: &str) -> Problem {
        Problem {
            kind: format!("urn:anpei:problem:{}", self.code.word()),
            title: title(self.code.status(), lang).to_owned(),
            status: i32::from(self.code.status()),
            detail: words(self.code, &self.args, lang),
            code: self.code.word().to_owned(),
            request_id: request_id.to_owned(),
            errors: self
                .errors
                .iter()
                .map(|e| ProblemField {
                    at: e.at.clone(),
                    code: e.code.word().to_owned(),
                    detail: words(e.code, &e.args, lang),
                })
                .collect(),
        }
    }
}

/// A code's words in `lang`, with its placeholders filled in.
#[must_use]
pub fn words(code: Code, args: &[(&'static str, String)], lang: Lang) -> String {
    args.iter()
        .fold(code.text(lang).to_owned(), |text, (key, value)| {
            text.replace(&format!("{{{key}}}"), value)
        })
}

/// Why a line of a sheet is refused, in words that need nothing filled in.
#[must_use]
pub fn line_words(code: Code, lang: Lang) -> String {
    let title = lang.pick("该班", "this class").to_owned();
    words(code, &[("title", title)], lang)
}

fn title(status: u16, lang: Lang) -> &'static str {
    let (zh, en) = match status {
        400 => ("请求无法读取", "Unreadable request"),
        401 => ("未登录", "Not signed in"),
        403 => ("没有权限", "Not allowed"),
        404 => ("找不到", "Not found"),
        405 => ("方法不支持", "Method not allowed"),
        408 => ("请求超时", "Request timeout"),
        409 => ("冲突", "Conflict"),
        411 => ("缺少长度", "Length required"),
        412 => ("内容已变", "Changed meanwhile"),
        413 => ("内容过大", "Too large"),
        415 => ("类型不支持", "Unsupported media type"),
        416 => ("范围超出", "Range outside"),
        460 => ("校验不符", "Checksum mismatch"),
        422 => ("不符合规则", "Rule broken"),
        429 => ("过于频繁", "Too many requests"),
        503 => ("暂时不可用", "Unavailable"),
        _ => ("内部错误", "Internal error"),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// An error answer (RFC 9457).
#[derive(Debug, Clone, Object)]
pub struct Problem {
    /// A stable name of the kind of problem.
    #[oai(rename = "type")]
    pub kind: String,
    /// The kind in a few words, in the reader's language.
    pub title: String,
    /// The HTTP status, repeated.
    pub status: i32,
    /// What is wrong and what to do, in the reader's language.
    pub detail: String,
    /// The stable word clients branch on; all are listed in docs/api.md.
    pub code: String,
    /// The id of the request, which also stands in the log.
    pub request_id: String,
    /// The fields at fault, where that can be told.
    pub errors: Vec<ProblemField>,
}

/// One field at fault.
#[derive(Debug, Clone, Object)]
pub struct ProblemField {
    /// A JSON pointer into the body, a parameter's name, or `tab:row` of a sheet.
    pub at: String,
    /// The stable word.
    pub code: String,
    /// What is wrong, in the reader's language.
    pub detail: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", words(self.code, &self.args, Lang::En))?;
        if let Some(cause) = &self.cause {
            write!(f, " ({cause})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

impl poem::error::ResponseError for Fault {
    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

// The answers themselves are added to the spec in one place (`spec.rs`), by the shape of the operation.
impl ApiResponse for Fault {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: Vec::new(),
        }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}

impl From<sea_orm::DbErr> for Fault {
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::{DbErr, SqlErr};
        let cause = Some(error.to_string());
        let code = match (&error, error.sql_err()) {
            (DbErr::ConnectionAcquire(_) | DbErr::Conn(_), _) => Code::DatabaseUnavailable,
            (_, Some(SqlErr::UniqueConstraintViolation(_))) => Code::Conflict,
            _ => Code::Internal,
        };
        Self {
            cause,
            ..Self::new(code).with("what", "unique")
        }
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error.to_string())
    }
}
