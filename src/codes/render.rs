//! A code as a picture: QR at error correction M, with the segments set by hand (二维码).
//!
//! `HTTPS://HOST/V` and the fragment go in alphanumeric mode, the `#` between them in byte mode. A writer that chooses
//! for itself takes a version more. Four modules stay white around it.

use std::fmt::Write;

use qrcode::bits::Bits;
use qrcode::{EcLevel, QrCode, Version};

use super::presentation;

/// White modules around the code.
pub const QUIET: usize = 4;
/// The largest picture, in pixels a module.
const MOST_SCALE: usize = 64;

/// A text that no code of ours holds: it is longer than 40 versions of QR can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too long for a QR code")]
pub struct TooLong;

/// A code's modules, without the white around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    width: usize,
    dark: Vec<bool>,
}

/// The modules for a presentation, or for a credential alone.
///
/// # Errors
/// When host and bytes together are too long.
pub fn matrix(host: &str, bytes: &[u8]) -> Result<Matrix, TooLong> {
    let (start, fragment) = presentation::parts(host, bytes);
    let bits = (1..=40).find_map(|version| bits(version, &start, &fragment));
    let code = QrCode::with_bits(bits.ok_or(TooLong)?, EcLevel::M).map_err(|_| TooLong)?;
    let colours = code.to_colors().into_iter();
    Ok(Matrix {
        width: code.width(),
        dark: colours
            .map(|colour| colour == qrcode::Color::Dark)
            .collect(),
    })
}

/// The modules for an address that anybody's camera opens.
///
/// # Errors
/// When it is too long.
pub fn plain(address: &str) -> Result<Matrix, TooLong> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M).map_err(|_| TooLong)?;
    Ok(Matrix {
        width: code.width(),
        dark: (code.to_colors().into_iter())
            .map(|colour| colour == qrcode::Color::Dark)
            .collect(),
    })
}

/// The data of a version, where it holds them.
fn bits(version: i16, start: &str, fragment: &str) -> Option<Bits> {
    let mut bits = Bits::new(Version::Normal(version));
    if start.bytes().all(is_alphanumeric) {
        bits.push_alphanumeric_data(start.as_bytes()).ok()?;
        bits.push_byte_data(b"#").ok()?;
    } else {
        // A host with a character that only byte mode holds.
        bits.push_byte_data(format!("{start}#").as_bytes()).ok()?;
    }
    bits.push_alphanumeric_data(fragment.as_bytes()).ok()?;
    bits.push_terminator(EcLevel::M).ok()?;
    Some(bits)
}

/// Whether QR's alphanumeric mode holds it.
const fn is_alphanumeric(c: u8) -> bool {
    c.is_ascii_digit()
        || c.is_ascii_uppercase()
        || matches!(
            c,
            b' ' | b'$' | b'%' | b'*' | b'+' | b'-' | b'.' | b'/' | b':'
        )
}

impl Matrix {
    /// Modules a side, without the white around them: 57 for version 10, 65 for version 12.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The version of the QR code, 1–40.
    #[must_use]
    pub const fn version(&self) -> usize {
        (self.width - 17) / 4
    }

    /// Whether a module is dark; the white around the code is not.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        let within = x < self.width && y < self.width;
        within && self.dark.get(y * self.width + x).is_some_and(|dark| *dark)
    }

    /// A PNG of one bit a pixel, at `scale` pixels a module (1–64), with the white around it.
    #[must_use]
    pub fn png(&self, scale: usize) -> Vec<u8> {
        let scale = scale.clamp(1, MOST_SCALE);
        let side = (self.width + 2 * QUIET) * scale;
        let mut picture = Vec::with_capacity(side * side.div_ceil(8));
        for module in 0..self.width + 2 * QUIET {
            let row = self.png_row(module, scale, side);
            for _ in 0..scale {
                picture.extend_from_slice(&row);
            }
        }
        let mut out = Vec::new();
        let side = u32::try_from(side).unwrap_or(u32::MAX);
        let mut encoder = png::Encoder::new(&mut out, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder.set_compression(png::Compression::Balanced);
        // Into memory, with a size that fits its data: there is nothing that could fail.
        let written = encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&picture));
        debug_assert!(written.is_ok());
        out
    }

    /// A row of pixels, white as ones.
    fn png_row(&self, module: usize, scale: usize, side: usize) -> Vec<u8> {
        let mut row = vec![0_u8; side.div_ceil(8)];
        for pixel in 0..side {
            let x = (pixel / scale).wrapping_sub(QUIET);
            if !self.is_dark(x, module.wrapping_sub(QUIET))
                && let Some(byte) = row.get_mut(pixel / 8)
            {
                *byte |= 0x80 >> (pixel % 8);
            }
        }
        row
    }

    /// An SVG that scales to any size, black on white, with the white around it.
    #[must_use]
    pub fn svg(&self) -> String {
        let side = self.width + 2 * QUIET;
        let mut path = String::new();
        for y in 0..self.width {
            let mut x = 0;
            while x < self.width {
                let run = (x..self.width).take_while(|x| self.is_dark(*x, y)).count();
                if run > 0 {
                    // A String takes whatever is written to it.
                    let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
                }
                x += run.max(1);
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
        )
    }
}
