//! A zip's parts, unpacked to count them: what an archive or a part says of its own size is not to be trusted.

use std::io::{Cursor, Read};

use super::read::Limits;
use super::{SheetError, repeats};

/// Which kind of workbook an archive holds.
pub(super) enum Zipped {
    Xlsx,
    Ods,
}

/// Unpacks every part within the limits, looking into those that can ask a reader for memory by a mere word.
pub(super) fn counted(bytes: &[u8], limits: &Limits) -> Result<Zipped, SheetError> {
    let broken = |_| SheetError::Broken;
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let (mut left, mut kind) = (limits.unzipped, None);
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(broken)?;
        let name = part.name().map_err(broken)?.into_owned();
        match name.as_str() {
            "xl/workbook.xml" => kind = Some(Zipped::Xlsx),
            "content.xml" => kind = Some(Zipped::Ods),
            _ => {}
        }
        let texts = name.to_ascii_lowercase().ends_with("sharedstrings.xml");
        let mut part = part.take(left + 1);
        let size = if texts || name == "content.xml" {
            let mut content = Vec::new();
            part.read_to_end(&mut content)
                .map_err(|_| SheetError::Broken)?;
            if content.len() as u64 <= left {
                look_into(&content, texts, limits)?;
            }
            content.len() as u64
        } else {
            std::io::copy(&mut part, &mut std::io::sink()).map_err(|_| SheetError::Broken)?
        };
        left = left.checked_sub(size).ok_or(SheetError::TooLargeUnzipped)?;
    }
    kind.ok_or(SheetError::NotASheet)
}

fn look_into(content: &[u8], texts: bool, limits: &Limits) -> Result<(), SheetError> {
    // UTF-16, which no program writes here, would hide from the look what it shows the reader.
    if content.contains(&0) {
        return Err(SheetError::Broken);
    }
    if texts {
        check_texts(content, limits)
    } else {
        repeats::check(content, limits)
    }
}

/// The reader makes room for as many texts as the part claims, and for an empty one all the same.
fn check_texts(content: &[u8], limits: &Limits) -> Result<(), SheetError> {
    const CLAIM: &[u8] = b"uniqueCount";
    // `<si/>` is the shortest text.
    let most = content.len() / 5;
    let told = content.windows(CLAIM.len()).enumerate();
    for (place, _) in told.filter(|(_, word)| *word == CLAIM) {
        let rest = content.get(place + CLAIM.len()..).unwrap_or_default();
        let digits: String = rest
            .iter()
            .map(|byte| char::from(*byte))
            .skip_while(|c| !c.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect();
        if digits.parse().unwrap_or(usize::MAX) > most {
            return Err(SheetError::Broken);
        }
    }
    let text = |tag: &&[u8]| {
        matches!(
            tag,
            [
                b'<' | b':',
                b's',
                b'i',
                b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n'
            ]
        )
    };
    if content.windows(4).filter(text).count() > limits.cells {
        return Err(SheetError::TooManyRows { limit: limits.rows });
    }
    Ok(())
}
