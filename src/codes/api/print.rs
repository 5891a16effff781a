//! Codes for paper, on the wire.

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Binary;
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use crate::codes::print;
use crate::platform::caller::Signed;
use crate::platform::tag::Tag;
use crate::platform::{App, Fault, Result};

/// Pixels a module where nobody says.
const SCALE: i32 = 8;

/// A picture of pixels.
#[derive(ApiResponse)]
enum Png {
    /// The QR code in black and white, one bit a pixel.
    #[oai(status = 200, content_type = "image/png")]
    Picture(
        Binary<Vec<u8>>,
        /// How to save it.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

/// A picture of lines.
#[derive(ApiResponse)]
enum Svg {
    /// The picture; it fetches nothing.
    #[oai(status = 200, content_type = "image/svg+xml")]
    Picture(
        Binary<Vec<u8>>,
        /// How to save it.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

/// Codes for paper.
pub struct PrintsApi;

#[OpenApi(prefix_path = "/v1/codes", tag = "Tag::Codes")]
impl PrintsApi {
    /// Show a code as a PNG
    ///
    /// The code as it is printed: genuine, and to be compared with the ID card. Whoever prints another's is audited.
    #[oai(
        path = "/:code_id/code.png",
        method = "get",
        operation_id = "getCodePng"
    )]
    async fn get_code_png(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The code.
        code_id: Path<Uuid>,
        /// Pixels a module, 1 to 16; 8 when absent.
        #[oai(validator(minimum(value = "1"), maximum(value = "16")))]
        scale: Query<Option<i32>>,
    ) -> Result<Png> {
        let matrix = print::picture(&state, &caller.0, code_id.0).await?;
        let scale = usize::try_from(scale.0.unwrap_or(SCALE)).unwrap_or(1);
        let made = tokio::task::spawn_blocking(move || matrix.png(scale)).await;
        let bytes = made.map_err(|e| Fault::internal(e.to_string()))?;
        Ok(Png::Picture(Binary(bytes), named("code.png")))
    }

    /// Show a code as an SVG
    ///
    /// As `getCodePng`, sharp at any size.
    #[oai(
        path = "/:code_id/code.svg",
        method = "get",
        operation_id = "getCodeSvg"
    )]
    async fn get_code_svg(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The code.
        code_id: Path<Uuid>,
    ) -> Result<Svg> {
        let matrix = print::picture(&state, &caller.0, code_id.0).await?;
        let bytes = matrix.svg().into_bytes();
        Ok(Svg::Picture(Binary(bytes), named("code.svg")))
    }

    /// Show a code's card
    ///
    /// An A6 page with the code, its holder's name, the end of his ID number, his certificates and the code to be typed;
    /// with his photo, where one was approved.
    #[oai(
        path = "/:code_id/card.svg",
        method = "get",
        operation_id = "getCodeCard"
    )]
    async fn get_code_card(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The code.
        code_id: Path<Uuid>,
    ) -> Result<Svg> {
        let card = print::card(&state, &caller.0, code_id.0).await?;
        Ok(Svg::Picture(Binary(card.into_bytes()), named("card.svg")))
    }
}

fn named(name: &str) -> String {
    format!("inline; filename=\"{name}\"")
}
