//! Pictures somebody hands in: decoded within bounds, turned upright, made small, and written anew (图片).
//!
//! What is kept is never what came in: no metadata, no place where it was taken, nothing that hides behind the picture.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

/// Most pixels of a picture.
pub const MOST_PIXELS: u64 = 40_000_000;
/// Bytes a decoder may ask for: 40 million pixels of four bytes, and some more.
const MOST_MEMORY: u64 = 256 << 20;
/// The longest side that is looked at at all.
const MOST_SIDE: u32 = 32_767;
const QUALITY: u8 = 85;

/// Why a file is no picture of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPicture {
    /// Not a JPEG, PNG or WebP, or not whole.
    #[error("not a whole JPEG, PNG or WebP")]
    Unreadable,
    /// Too many bytes or pixels.
    #[error("too many bytes or pixels")]
    TooLarge,
}

/// Decodes a JPEG, PNG or WebP, upright and within a width and a height; one that is smaller stays as it is.
///
/// # Errors
/// What is wrong with it.
pub fn read(bytes: &[u8], (width, height): (u32, u32)) -> Result<DynamicImage, NoPicture> {
    // Decoders of others: one that panics over a hostile file has refused it.
    let decoded = catch_unwind(AssertUnwindSafe(|| decode(bytes, (width, height))));
    decoded.unwrap_or(Err(NoPicture::Unreadable))
}

fn decode(bytes: &[u8], (wide, high): (u32, u32)) -> Result<DynamicImage, NoPicture> {
    let format = image::guess_format(bytes).map_err(|_| NoPicture::Unreadable)?;
    let whole = match format {
        ImageFormat::Jpeg => jpeg_ends(bytes),
        ImageFormat::Png | ImageFormat::WebP => true,
        _ => false,
    };
    if !whole {
        return Err(NoPicture::Unreadable);
    }
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(NoPicture::TooLarge);
    }
    let orientation = decoder.orientation().map_err(refused)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    let mut small = if lies(orientation) {
        within(&picture, (high, wide))
    } else {
        within(&picture, (wide, high))
    };
    small.apply_orientation(orientation);
    Ok(small)
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err as it is")]
fn refused(error: image::ImageError) -> NoPicture {
    match error {
        image::ImageError::Limits(_) => NoPicture::TooLarge,
        _ => NoPicture::Unreadable,
    }
}

/// Whether width and height change places when the picture is turned upright.
const fn lies(orientation: Orientation) -> bool {
    use Orientation as O;
    matches!(
        orientation,
        O::Rotate90 | O::Rotate270 | O::Rotate90FlipH | O::Rotate270FlipH
    )
}

/// The picture within a width and a height; one that is smaller stays as it is.
#[must_use]
pub fn within(picture: &DynamicImage, (width, height): (u32, u32)) -> DynamicImage {
    if picture.width() > width || picture.height() > height {
        picture.thumbnail(width, height)
    } else {
        picture.clone()
    }
}

/// What shines through shows as white paper.
#[must_use]
pub fn on_white(picture: &DynamicImage) -> RgbImage {
    let rgba = picture.to_rgba8();
    let mut paper = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in paper.pixels_mut().zip(rgba.pixels()) {
        let [r, g, b, alpha] = from.0.map(u32::from);
        let mixed = [r, g, b].map(|c| (c * alpha + 255 * (255 - alpha) + 127) / 255);
        to.0 = mixed.map(|c| u8::try_from(c).unwrap_or(u8::MAX));
    }
    paper
}

/// Written as a JPEG, which holds nothing but the picture.
///
/// # Errors
/// `Unreadable` when the encoder refuses.
pub fn jpeg(picture: &RgbImage) -> Result<Vec<u8>, NoPicture> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY)
        .encode_image(picture)
        .map_err(|_| NoPicture::Unreadable)?;
    Ok(out)
}

/// Whether a JPEG has an end: the decoder fills one that was cut off with grey, and an officer would judge by that.
fn jpeg_ends(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let Some(skipped) = bytes.get(at..).and_then(marker) else {
            return false;
        };
        at += skipped;
        let kind = bytes.get(at + 1).copied().unwrap_or_default();
        match kind {
            0xd9 => return true,
            // Without a length.
            0x01 | 0xd0..=0xd7 => at += 2,
            _ => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
        }
    }
}

/// How far the next marker is: a byte 0xff that is no filling and no stuffed or restarted data.
fn marker(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| {
        let [first, second] = [pair[0], pair[1]];
        first == 0xff && !matches!(second, 0x00 | 0xff | 0xd0..=0xd7)
    })
}
