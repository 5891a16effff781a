//! A photo somebody hands in: decoded within bounds, turned upright, made small, and written anew as a JPEG (照片).
//!
//! What is kept is never what came in: no metadata, no place where it was taken, nothing that hides behind the picture.

pub use crate::platform::pictures::NoPicture as NoPhoto;
use crate::platform::pictures::{self, MOST_PIXELS};
use crate::platform::{Code, Fault, Result};
use crate::sheets;

/// Most bytes of a file.
pub const MOST_BYTES: usize = 8 << 20;
/// The longest side of what is kept, in pixels.
pub const LONGEST: u32 = 2_000;
/// The longest side of a thumbnail, in pixels.
pub const THUMBNAIL: u32 = 320;

/// A photo as it is kept: two JPEGs without metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// Longest side at most [`LONGEST`].
    pub full: Vec<u8>,
    /// Longest side at most [`THUMBNAIL`].
    pub thumbnail: Vec<u8>,
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
    let upright = pictures::read(bytes, (LONGEST, LONGEST))?;
    let thumbnail = pictures::within(&upright, (THUMBNAIL, THUMBNAIL));
    Ok(Photo {
        full: pictures::jpeg(&pictures::on_white(&upright))?,
        thumbnail: pictures::jpeg(&pictures::on_white(&thumbnail))?,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::codecs::jpeg::JpegEncoder;
    use image::{
        DynamicImage, ExtendedColorType, GenericImageView, ImageEncoder, ImageFormat, Rgb,
        RgbImage, Rgba, RgbaImage,
    };

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
