//! Photos as phones take them: of a card lying on a table, with where and how it was taken.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};

/// A photo of a card, 320 by 200: red above, blue below; taken with the phone upside down.
pub fn card_photo() -> Vec<u8> {
    let picture = RgbImage::from_fn(320, 200, |_, y| {
        if y < 100 {
            Rgb([30, 30, 200])
        } else {
            Rgb([200, 30, 30])
        }
    });
    // Orientation 3, and a comment that tells too much.
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0".to_vec();
    exif.extend_from_slice(b"GPS 29.5N 120.9E");
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, 90);
    encoder.set_exif_metadata(exif).unwrap();
    encoder
        .write_image(&picture, 320, 200, ExtendedColorType::Rgb8)
        .unwrap();
    out
}
