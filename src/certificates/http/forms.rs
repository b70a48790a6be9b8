//! The printed forms of a certificate over HTTP: PDF, PNG and SVG, each with the signed certificate in it.

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Binary;
use poem_openapi::{ApiResponse, OpenApi};

use super::certificate_number;
use crate::app::{App, Tag};
use crate::certificates::forms::Printed;
use crate::certificates::ops;
use crate::platform::http::etag;
use crate::platform::problem::Error;

/// `/v1/certificates/{number}/pdf`, `…/png` and `…/svg`.
pub struct FormsApi;

/// Says three times, once for each media type, what a printed form is as an answer.
macro_rules! printed {
    ($name:ident, $content_type:literal) => {
        #[derive(ApiResponse)]
        enum $name {
            /// The file.
            #[oai(status = 200, content_type = $content_type)]
            File(
                Binary<Vec<u8>>,
                /// Changes when the certificate no longer stands, which the sheet says.
                #[oai(header = "ETag")]
                String,
                /// May be kept for a while.
                #[oai(header = "Cache-Control")]
                String,
                /// What to call it.
                #[oai(header = "Content-Disposition")]
                String,
                /// Nothing in it may run.
                #[oai(header = "Content-Security-Policy")]
                String,
            ),
        }

        impl $name {
            async fn of(app: &App, number: &str, form: Printed, extension: &str) -> Result<Self, Error> {
                let number = certificate_number(number)?;
                let bytes = ops::print::print(app, number, form).await?;
                Ok(Self::File(
                    Binary(bytes.clone()),
                    etag::tag_of(&bytes),
                    "public, max-age=300".to_owned(),
                    format!("inline; filename=\"{number}.{extension}\""),
                    "default-src 'none'; style-src 'unsafe-inline'; sandbox".to_owned(),
                ))
            }
        }
    };
}

printed!(Pdf, "application/pdf");
printed!(Png, "image/png");
printed!(Svg, "image/svg+xml");

#[OpenApi(prefix_path = "/v1", tag = "Tag::Certificates")]
impl FormsApi {
    /// Print a certificate
    ///
    /// One page, A4 across, as PDF/A-3. The signed certificate is attached to it, so the file can be sent to
    /// `POST /v1/verify`, or checked with `stipple certificate verify` and no network. The code on it leads to the page
    /// that says whether it still stands. One that is not in force says so across the sheet.
    ///
    /// Codes: `not-printable`.
    #[oai(path = "/certificates/:number/pdf", method = "get", operation_id = "certificate_pdf")]
    async fn pdf(
        &self,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
    ) -> Result<Pdf, Error> {
        Pdf::of(&app, &number, Printed::Pdf, "pdf").await
    }

    /// Read a certificate as a picture
    ///
    /// The same sheet as a baked badge (Open Badges 3.0 section 5.3.1): a PNG with the signed certificate in it.
    ///
    /// Codes: `not-printable`.
    #[oai(path = "/certificates/:number/png", method = "get", operation_id = "certificate_png")]
    async fn png(
        &self,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
    ) -> Result<Png, Error> {
        Png::of(&app, &number, Printed::Png, "png").await
    }

    /// Read a certificate as a drawing
    ///
    /// The same sheet as a baked badge (Open Badges 3.0 section 5.3.2): an SVG with the signed certificate in it, and its
    /// text as outlines, so that it looks the same everywhere.
    ///
    /// Codes: `not-printable`.
    #[oai(path = "/certificates/:number/svg", method = "get", operation_id = "certificate_svg")]
    async fn svg(
        &self,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
    ) -> Result<Svg, Error> {
        Svg::of(&app, &number, Printed::Svg, "svg").await
    }
}
