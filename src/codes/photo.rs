//! A photo somebody hands in: decoded within bounds, turned upright, made small, and written anew as a JPEG (照片).
//!
//! What is kept is never what came in: no metadata, no place where it was taken, nothing that hides behind the picture.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

use crate::platform::{Code, Fault, Result};
use crate::sheets;

/// Most bytes of a file.
pub const MOST_BYTES: usize = 8 << 20;
/// Most pixels of a picture.
pub const MOST_PIXELS: u64 = 40_000_000;
/// The longest side of what is kept, in pixels.
pub const LONGEST: u32 = 2_000;
/// The longest side of a thumbnail, in pixels.
pub const THUMBNAIL: u32 = 320;
/// Bytes a decoder may ask for: 40 million pixels of four bytes, and some more.
const MOST_MEMORY: u64 = 256 << 20;
/// The longest side that is looked at at all.
const MOST_SIDE: u32 = 32_767;
const QUALITY: u8 = 85;

/// A photo as it is kept: two JPEGs without metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// Longest side at most [`LONGEST`].
    pub full: Vec<u8>,
    /// Longest side at most [`THUMBNAIL`].
    pub thumbnail: Vec<u8>,
}

/// Why a file is no photo of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPhoto {
    /// Not a JPEG, PNG or WebP, or not whole.
    #[error("not a whole JPEG, PNG or WebP")]
    Unreadable,
    /// Too many bytes or pixels.
    #[error("too many bytes or pixels")]
    TooLarge,
}

impl From<NoPhoto> for Fault {
    fn from(error: NoPhoto) -> Self {
        match error {
            NoPhoto::Unreadable => Self::new(Code::PhotoUnreadable),
            NoPhoto::TooLarge => Self::new(Code::PhotoTooLarge)
                .with("mb", MOST_BYTES >> 20)
                .with("megapixels", MOST_PIXELS / 1_000_000),
        }
    }
}

/// Reads a photo off the async threads.
///
/// # Errors
/// `photo_unreadable`, `photo_too_large`.
pub async fn read(bytes: Vec<u8>) -> Result<Photo> {
    sheets::off_thread(move || prepare(&bytes)).await
}

/// Reads a photo; what kind it is its content tells, never its name.
///
/// # Errors
/// What is wrong with it.
pub fn prepare(bytes: &[u8]) -> Result<Photo, NoPhoto> {
    if bytes.len() > MOST_BYTES {
        return Err(NoPhoto::TooLarge);
    }
    // Decoders of others: one that panics over a hostile file has refused it.
    let decoded = catch_unwind(AssertUnwindSafe(|| decode(bytes)));
    let upright = decoded.unwrap_or(Err(NoPhoto::Unreadable))?;
    let thumbnail = within(&upright, THUMBNAIL);
    Ok(Photo {
        full: jpeg(&on_white(&upright))?,
        thumbnail: jpeg(&on_white(&thumbnail))?,
    })
}

/// The picture, upright and no larger than it is kept.
fn decode(bytes: &[u8]) -> Result<DynamicImage, NoPhoto> {
    let format = image::guess_format(bytes).map_err(|_| NoPhoto::Unreadable)?;
    let whole = match format {
        ImageFormat::Jpeg => jpeg_ends(bytes),
        ImageFormat::Png | ImageFormat::WebP => true,
        _ => false,
    };
    if !whole {
        return Err(NoPhoto::Unreadable);
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
        return Err(NoPhoto::TooLarge);
    }
    let orientation = decoder.orientation().map_err(refused)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    let mut small = within(&picture, LONGEST);
    small.apply_orientation(orientation);
    Ok(small)
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err as it is")]
fn refused(error: image::ImageError) -> NoPhoto {
    match error {
        image::ImageError::Limits(_) => NoPhoto::TooLarge,
        _ => NoPhoto::Unreadable,
    }
}

/// The picture with no side longer than this; one that is smaller stays as it is.
fn within(picture: &DynamicImage, longest: u32) -> DynamicImage {
    if picture.width().max(picture.height()) > longest {
        picture.thumbnail(longest, longest)
    } else {
        picture.clone()
    }
}

/// What shines through shows as white paper.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let rgba = picture.to_rgba8();
    let mut paper = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in paper.pixels_mut().zip(rgba.pixels()) {
        let [r, g, b, alpha] = from.0.map(u32::from);
        let mixed = [r, g, b].map(|c| (c * alpha + 255 * (255 - alpha) + 127) / 255);
        to.0 = mixed.map(|c| u8::try_from(c).unwrap_or(u8::MAX));
    }
    paper
}

fn jpeg(picture: &RgbImage) -> Result<Vec<u8>, NoPhoto> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY)
        .encode_image(picture)
        .map_err(|_| NoPhoto::Unreadable)?;
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

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, GenericImageView, ImageEncoder, Rgb, Rgba, RgbaImage};

    use super::*;

    /// A picture whose left upper quarter is red.
    fn marked(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            if x < width / 2 && y < height / 2 {
                Rgb([220, 20, 20])
            } else {
                Rgb([20, 20, 220])
            }
        })
    }

    fn written(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    /// A JPEG that says how it lies, and where it was taken.
    fn lying(picture: &RgbImage, orientation: u8) -> Vec<u8> {
        let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        exif.extend_from_slice(b"GPS 29.5N 120.9E");
        let mut out = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut out, 90);
        encoder.set_exif_metadata(exif).unwrap();
        let (width, height) = picture.dimensions();
        encoder
            .write_image(picture, width, height, ExtendedColorType::Rgb8)
            .unwrap();
        out
    }

    fn opened(jpeg: &[u8]) -> DynamicImage {
        image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap()
    }

    fn is_red(picture: &DynamicImage, x: u32, y: u32) -> bool {
        let [r, _, b, _] = picture.get_pixel(x, y).0;
        r > 150 && b < 100
    }

    #[test]
    fn a_photo_is_made_small_in_every_kind_that_is_taken() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let photo = prepare(&written(&marked(2_400, 1_200), format)).unwrap();
            let (full, small) = (opened(&photo.full), opened(&photo.thumbnail));
            assert_eq!(full.dimensions(), (2_000, 1_000), "{format:?}");
            assert_eq!(small.dimensions(), (320, 160), "{format:?}");
            assert!(is_red(&full, 100, 100) && !is_red(&full, 1_900, 900));
        }
        let photo = prepare(&written(&marked(100, 60), ImageFormat::Png)).unwrap();
        assert_eq!(opened(&photo.full).dimensions(), (100, 60));
        assert_eq!(opened(&photo.thumbnail).dimensions(), (100, 60));
    }

    #[test]
    fn a_photo_stands_upright_and_tells_nothing_of_where_it_was_taken() {
        // Where the marked quarter comes to lie: (right?, below?), and whether the sides change places.
        let table = [
            (1, (false, false), false),
            (2, (true, false), false),
            (3, (true, true), false),
            (4, (false, true), false),
            (5, (false, false), true),
            (6, (true, false), true),
            (7, (true, true), true),
            (8, (false, true), true),
        ];
        for (orientation, (right, below), turned) in table {
            let came = lying(&marked(400, 200), orientation);
            assert!(came.windows(3).any(|part| part == b"GPS"));
            let photo = prepare(&came).unwrap();
            let full = opened(&photo.full);
            let (width, height) = if turned { (200, 400) } else { (400, 200) };
            assert_eq!(full.dimensions(), (width, height), "{orientation}");
            let at = |far: bool, side: u32| if far { side * 3 / 4 } else { side / 4 };
            let (x, y) = (at(right, width), at(below, height));
            assert!(is_red(&full, x, y), "{orientation}");
            assert!(!is_red(&full, width - x, height - y), "{orientation}");
            for kept in [&photo.full, &photo.thumbnail] {
                assert!(!kept.windows(3).any(|part| part == b"GPS"));
                assert!(!kept.windows(4).any(|part| part == b"Exif"));
            }
        }
    }

    #[test]
    fn what_shines_through_is_white() {
        let glass = RgbaImage::from_pixel(50, 50, Rgba([0, 0, 0, 0]));
        let mut out = Cursor::new(Vec::new());
        glass.write_to(&mut out, ImageFormat::Png).unwrap();
        let photo = prepare(out.get_ref()).unwrap();
        assert!(opened(&photo.full).get_pixel(25, 25).0[0] > 250);
    }

    /// A PNG of one colour that unpacks to this many pixels.
    fn bomb(width: u32, height: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().unwrap();
        let row = width.div_ceil(8) as usize;
        writer
            .write_image_data(&vec![0; row * height as usize])
            .unwrap();
        writer.finish().unwrap();
        out
    }

    #[test]
    fn hostile_files_are_refused_before_they_cost_anything() {
        let large = vec![0xff; MOST_BYTES + 1];
        assert_eq!(prepare(&large), Err(NoPhoto::TooLarge));
        let bomb = bomb(20_000, 20_000);
        assert!(bomb.len() < 100_000, "{}", bomb.len());
        assert_eq!(prepare(&bomb), Err(NoPhoto::TooLarge));
        // A header alone is enough to know.
        let mut tall = written(&marked(8, 8), ImageFormat::Jpeg);
        let size = tall
            .windows(2)
            .position(|pair| pair == [0xff, 0xc0])
            .unwrap()
            + 5;
        tall[size..size + 4].copy_from_slice(&[0x7f, 0xff, 0x7f, 0xff]);
        assert_eq!(prepare(&tall), Err(NoPhoto::TooLarge));
    }

    #[test]
    fn what_is_no_photo_or_not_whole_is_refused() {
        let jpeg = written(&marked(300, 200), ImageFormat::Jpeg);
        let png = written(&marked(300, 200), ImageFormat::Png);
        let webp = written(&marked(300, 200), ImageFormat::WebP);
        for whole in [&jpeg, &png, &webp] {
            for part in [10, whole.len() / 2, whole.len() - 20] {
                assert_eq!(prepare(&whole[..part]), Err(NoPhoto::Unreadable), "{part}");
            }
        }
        let others: [&[u8]; 7] = [
            b"",
            b"GIF89a\x01\0\x01\0\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>",
            b"II*\0\x08\0\0\0\0\0",
            b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0",
            b"%PDF-1.7\n",
            b"PK\x03\x04",
        ];
        for other in others {
            assert_eq!(prepare(other), Err(NoPhoto::Unreadable), "{other:?}");
        }
    }

    #[test]
    fn what_hides_behind_a_picture_is_gone() {
        let mut came = written(&marked(300, 200), ImageFormat::Jpeg);
        came.extend_from_slice(b"PK\x03\x04<script>alert(1)</script>");
        let photo = prepare(&came).unwrap();
        assert!(!photo.full.windows(7).any(|part| part == b"<script"));
        let page = b"<html><script>alert(1)</script></html>";
        let mut first = page.to_vec();
        first.extend(written(&marked(30, 20), ImageFormat::Png));
        assert_eq!(prepare(&first), Err(NoPhoto::Unreadable));
    }

    #[test]
    fn no_change_of_a_byte_makes_it_panic() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let whole = written(&marked(24, 16), format);
            for place in 0..whole.len().min(400) {
                let mut changed = whole.clone();
                changed[place] ^= 0x5a;
                // Either is right; it must come back.
                let _ = prepare(&changed);
            }
        }
    }
}
