//! People on the wire.

pub mod contacts;

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::multipart::Upload;
use poem_openapi::{Multipart, Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::rules::Employment;
use super::{Look, LookKind, Named, NewPost, PersonWithPost, imports, store};
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::intake::{self, ImportReport};
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Code, Fault, Result};
use crate::sheets::posts::TargetRole;
use crate::sheets::{cells, ids};

/// A person, numbers masked.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PersonView {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// Phone, masked.
    pub phone: Option<String>,
    /// The post held now.
    pub post: Option<EmploymentView>,
}

/// Where somebody worked, in what post, from which day to which.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct EmploymentView {
    /// The township it counts for.
    pub region_id: Uuid,
    /// The enterprise, where it is one on file.
    pub enterprise_id: Option<Uuid>,
    /// Its name as entered.
    pub enterprise_name: String,
    /// What kind of post.
    pub role: TargetRole,
    /// First day.
    pub from_day: NaiveDate,
    /// Last day; absent while it lasts.
    pub to_day: Option<NaiveDate>,
}

/// A person to be put on file.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct PersonInput {
    /// Name.
    #[oai(validator(min_length = 1, max_length = 50))]
    pub name: String,
    /// Resident ID number (GB 11643, checked), or a passport or permit number.
    #[oai(validator(min_length = 1, max_length = 40))]
    pub id_number: String,
    /// Phone.
    #[oai(validator(max_length = 40))]
    pub phone: Option<String>,
    /// Where he works.
    pub enterprise_id: Uuid,
    /// In what kind of post.
    pub role: TargetRole,
    /// Since which day.
    pub from_day: NaiveDate,
}

/// A post that begins.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct EmploymentInput {
    /// Where.
    pub enterprise_id: Uuid,
    /// What kind of post.
    pub role: TargetRole,
    /// First day.
    pub from_day: NaiveDate,
}

/// Why somebody looks.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct RevealInput {
    /// The reason, for the audit log and for whom it is about; no numbers in it.
    #[oai(validator(min_length = 4, max_length = 200))]
    pub reason: String,
}

/// A look at somebody's data.
#[derive(Debug, Clone, Object)]
pub struct LookView {
    /// When.
    pub at: DateTime<FixedOffset>,
    /// The login that looked.
    pub by: String,
    /// What was shown.
    pub kind: LookKind,
    /// Why; empty where somebody took his own.
    pub reason: String,
}

page_of!(
    /// A page of looks, newest first.
    LookPage,
    LookView
);

/// An ID number in full.
#[derive(Debug, Clone, Object)]
pub struct IdNumberView {
    /// The number. This look was noted in the audit log.
    pub id_number: String,
}

/// Posts of a person, newest first.
#[derive(Debug, Clone, Object)]
pub struct EmploymentHistory {
    /// Newest first.
    pub items: Vec<EmploymentView>,
}

page_of!(
    /// A page of people.
    PersonPage,
    PersonView
);

/// A sheet handed in.
#[derive(Debug, Multipart)]
#[oai(deny_unknown_fields)]
pub struct PeopleSheetForm {
    /// The sheet: .xlsx, .xls, .ods, .csv or .tsv, at most 32 MB.
    file: Upload,
    /// Only tell what would happen; write nothing.
    #[oai(default)]
    preview: bool,
}

/// People.
pub struct PeopleApi;

#[OpenApi(prefix_path = "/v1/people", tag = "Tag::People")]
impl PeopleApi {
    /// List people
    ///
    /// People who work or worked in the caller's reach, by id; filtered by present employer, searched by part of a
    /// name or a whole ID number.
    #[oai(path = "/", method = "get", operation_id = "listPeople")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each query parameter is an argument"
    )]
    async fn list_people(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only those who work in this township now.
        region_id: Query<Option<Uuid>>,
        /// Only those who work at this enterprise now.
        enterprise_id: Query<Option<Uuid>>,
        /// Part of a name, or a whole ID number.
        #[oai(validator(max_length = 50))]
        q: Query<Option<String>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PersonPage>> {
        let scope = caller.0.may(Action::ReadPeople)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let text =
            q.0.as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty());
        let id_hash = text.and_then(|text| store::search_hash(&state, text));
        let wanted = store::Wanted {
            region_id: region_id.0,
            enterprise_id: enterprise_id.0,
            name: text.filter(|_| id_hash.is_none()),
            id_hash,
            day: None,
        };
        let rows = store::page(state.db.read(), &scope, wanted, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.person.id);
        Ok(Json(PersonPage::new((
            rows.into_iter().map(view).collect(),
            next,
        ))))
    }

    /// Put a person on file
    ///
    /// With the post he holds. The same ID number under another name is a conflict for a person to settle.
    #[oai(path = "/", method = "post", operation_id = "createPerson")]
    async fn create_person(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<PersonInput>,
    ) -> Result<Json<PersonView>> {
        let retry = Retry::of(key.0, "createPerson", &body.0)?;
        let PersonInput {
            name,
            id_number,
            phone,
            enterprise_id,
            role,
            from_day,
        } = body.0;
        let text = |text| sheets_text(Some(text));
        let id = ids::id_number(&text(id_number))
            .map_err(|_| Fault::new(Code::IdNumberInvalid).at("/id_number"))?;
        let name = cells::name(&text(name));
        if name.is_empty() {
            return Err(Fault::new(Code::FieldMissing)
                .with("field", "name")
                .at("/name"));
        }
        let named = Named {
            id,
            name,
            phone: cells::phone(&sheets_text(phone)),
        };
        let post = NewPost {
            enterprise_id,
            role,
            from_day,
        };
        Ok(Json(view(
            super::create_person(&state, &caller.0, retry, named, post).await?,
        )))
    }

    /// Show a person
    ///
    /// One person in the caller's reach, numbers masked, with the post held now.
    #[oai(path = "/:person_id", method = "get", operation_id = "getPerson")]
    async fn get_person(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The person.
        person_id: Path<Uuid>,
    ) -> Result<Json<PersonView>> {
        let scope = caller.0.may(Action::ReadPeople)?;
        let row = store::with_post(state.db.read(), &scope, person_id.0).await?;
        row.map(|row| Json(view(row))).ok_or_else(Fault::not_found)
    }

    /// Show an ID number in full
    ///
    /// For a reason. Each look is noted in the audit log with who looked, when and why, and the person sees it.
    #[oai(
        path = "/:person_id/id-number",
        method = "post",
        operation_id = "revealIdNumber"
    )]
    async fn reveal_id_number(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The person.
        person_id: Path<Uuid>,
        body: Json<RevealInput>,
    ) -> Result<Json<IdNumberView>> {
        let id_number =
            super::reveal_id_number(&state, &caller.0, person_id.0, &body.reason).await?;
        Ok(Json(IdNumberView { id_number }))
    }

    /// List looks at a person's data
    ///
    /// Who saw the ID number in full or took all of it away, when and why; newest first. A worker sees who looked at
    /// him.
    #[oai(
        path = "/:person_id/views",
        method = "get",
        operation_id = "listPersonViews"
    )]
    async fn list_person_views(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The person.
        person_id: Path<Uuid>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<LookPage>> {
        let scope = caller.0.may(Action::ReadLooks)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let db = state.db.read();
        store::find_visible(db, &scope, person_id.0)
            .await?
            .ok_or_else(Fault::not_found)?;
        // The order is the audit chain's, carried in the cursor's low half.
        let before = page.after.and_then(|id| i64::try_from(id.as_u128()).ok());
        let rows = super::looks(db, scope.county_id, person_id.0, before, page.limit + 1).await?;
        let (rows, next) = page.cut(rows, |row| {
            Uuid::from_u128(u128::from(row.seq.unsigned_abs()))
        });
        let items = rows.into_iter().map(|row| look_view(&state, row));
        Ok(Json(LookPage::new((items.collect(), next))))
    }

    /// List a person's posts
    ///
    /// Where he worked, in what post, from which day to which; newest first.
    #[oai(
        path = "/:person_id/employment",
        method = "get",
        operation_id = "listEmployment"
    )]
    async fn list_employment(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The person.
        person_id: Path<Uuid>,
    ) -> Result<Json<EmploymentHistory>> {
        let scope = caller.0.may(Action::ReadPeople)?;
        store::with_post(state.db.read(), &scope, person_id.0)
            .await?
            .ok_or_else(Fault::not_found)?;
        let rows = store::history(state.db.read(), person_id.0).await?;
        Ok(Json(EmploymentHistory {
            items: rows.into_iter().map(post_view).collect(),
        }))
    }

    /// Begin a post
    ///
    /// At the same enterprise or another; the post before ends the day before. Past credit stays where it was.
    #[oai(
        path = "/:person_id/employment",
        method = "post",
        operation_id = "startEmployment"
    )]
    async fn start_employment(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The person.
        person_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<EmploymentInput>,
    ) -> Result<Json<PersonView>> {
        let retry = Retry::of(key.0, "startEmployment", &(person_id.0, &body.0))?;
        let EmploymentInput {
            enterprise_id,
            role,
            from_day,
        } = body.0;
        let post = NewPost {
            enterprise_id,
            role,
            from_day,
        };
        let seen = Seen::of(if_match.0, |row: &PersonWithPost| view(row.clone()));
        Ok(Json(view(
            super::start_employment(&state, &caller.0, retry, person_id.0, post, seen).await?,
        )))
    }

    /// Import people from a sheet
    ///
    /// With their posts. Good lines go in, refused ones come back with reason and remedy; with `preview` nothing is
    /// written.
    #[oai(path = "/imports", method = "post", operation_id = "importPeople")]
    async fn import_people(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        form: PeopleSheetForm,
    ) -> Result<Json<ImportReport>> {
        let sheet = intake::take(form.file).await?;
        let retry = Retry::of(key.0, "importPeople", &(&sheet.hash, form.preview))?;
        Ok(Json(
            imports::import_people(&state, &caller.0, retry, sheet.bytes, form.preview).await?,
        ))
    }
}

fn sheets_text(text: Option<String>) -> crate::sheets::Cell {
    text.map_or(crate::sheets::Cell::Empty, crate::sheets::Cell::Text)
}

fn view(row: PersonWithPost) -> PersonView {
    PersonView {
        id: row.person.id,
        name: row.person.name,
        id_number: row.person.id_masked,
        phone: row.person.phone_masked,
        post: row.post.map(post_view),
    }
}

fn look_view(state: &App, look: Look) -> LookView {
    LookView {
        at: state.clock.local(look.at),
        by: look.actor,
        kind: look.kind,
        reason: look.reason,
    }
}

fn post_view(post: Employment) -> EmploymentView {
    EmploymentView {
        region_id: post.region_id,
        enterprise_id: post.enterprise_id,
        enterprise_name: post.enterprise_name,
        role: post.role,
        from_day: post.from_day,
        to_day: post.to_day,
    }
}
