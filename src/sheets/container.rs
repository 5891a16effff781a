//! The container of old workbooks (.xls): chains of sectors that end, and the workbook's stream among them.

use super::SheetError;

const END: u32 = 0xFFFF_FFFE;
/// Sector numbers from here on mean something else than a sector.
const RESERVED: u32 = 0xFFFF_FFFA;
/// Streams shorter than this lie in small sectors of their own.
const SMALL: usize = 4_096;

/// The streams a reader may take for the workbook.
///
/// # Errors
/// `Broken` when a chain leads in a circle or out of the file.
pub(super) fn workbooks(bytes: &[u8]) -> Result<Vec<Vec<u8>>, SheetError> {
    Container::open(bytes)
        .and_then(|container| container.workbooks())
        .ok_or(SheetError::Broken)
}

struct Container<'a> {
    /// What follows the header.
    sectors: &'a [u8],
    size: usize,
    chains: Vec<u32>,
    folder: Vec<u8>,
    small: Vec<u8>,
    small_chains: Vec<u32>,
}

impl<'a> Container<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let size = match u16_at(bytes, 30)? {
            9 => 512,
            12 => 4_096,
            _ => return None,
        };
        let mut open = Self {
            sectors: bytes.get(size..)?,
            size,
            chains: Vec::new(),
            folder: Vec::new(),
            small: Vec::new(),
            small_chains: Vec::new(),
        };
        open.chains = open.table(bytes)?;
        open.folder = open.chain(u32_at(bytes, 48)?, usize::MAX)?;
        let count = u32_at(bytes, 64)? as usize;
        if count > 0 {
            let (start, length) = (u32_at(&open.folder, 116)?, u32_at(&open.folder, 120)?);
            open.small = open.chain(start, length as usize)?;
            let table = open.chain(u32_at(bytes, 60)?, count.saturating_mul(size))?;
            open.small_chains = numbers(&table);
        }
        Some(open)
    }

    /// The table of chains, itself spread over sectors that a list names.
    fn table(&self, header: &[u8]) -> Option<Vec<u32>> {
        let mut list = numbers(header.get(76..512)?);
        let most = self.sectors.len() / self.size + 1;
        let mut next = u32_at(header, 68)?;
        let mut seen = 0;
        while next < RESERVED {
            seen += 1;
            if seen > most {
                return None;
            }
            list.extend(numbers(self.sector(next)?));
            next = list.pop()?;
        }
        list.retain(|sector| *sector < RESERVED + 2);
        if list.len() > most {
            return None;
        }
        let parts: Option<Vec<&[u8]>> = list.iter().map(|sector| self.sector(*sector)).collect();
        Some(numbers(&parts?.concat()))
    }

    fn sector(&self, number: u32) -> Option<&'a [u8]> {
        let from = (number as usize).checked_mul(self.size)?;
        let to = from.checked_add(self.size)?.min(self.sectors.len());
        self.sectors.get(from..to)
    }

    fn chain(&self, start: u32, length: usize) -> Option<Vec<u8>> {
        follow(&self.chains, start, length, |number| self.sector(number))
    }

    fn workbooks(&self) -> Option<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        for entry in self.folder.chunks_exact(128) {
            let name = entry.get(..64)?;
            let name: Vec<u16> = name
                .chunks_exact(2)
                .filter_map(|pair| u16_at(pair, 0))
                .take_while(|unit| *unit != 0)
                .collect();
            let name = String::from_utf16_lossy(&name);
            if !["workbook", "book"].contains(&name.to_ascii_lowercase().as_str()) {
                continue;
            }
            let (start, length) = (u32_at(entry, 116)?, u32_at(entry, 120)? as usize);
            found.push(if length < SMALL {
                let sector = |number: u32| {
                    let from = (number as usize).checked_mul(64)?;
                    self.small.get(from..(from + 64).min(self.small.len()))
                };
                follow(&self.small_chains, start, length, sector)?
            } else {
                self.chain(start, length)?
            });
        }
        Some(found)
    }
}

/// The bytes along a chain; none when it is longer than its table, so runs in a circle.
fn follow<'s>(
    chains: &[u32],
    mut number: u32,
    length: usize,
    sector: impl Fn(u32) -> Option<&'s [u8]>,
) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut steps = 0;
    while number != END && bytes.len() < length {
        steps += 1;
        if steps > chains.len() {
            return None;
        }
        bytes.extend_from_slice(sector(number)?);
        // The last sector wanted need not lead on.
        number = match chains.get(number as usize) {
            Some(next) => *next,
            None if bytes.len() >= length => END,
            None => return None,
        };
    }
    bytes.truncate(length);
    Some(bytes)
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at + 2)?;
    pair.try_into().ok().map(u16::from_le_bytes)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    four.try_into().ok().map(u32::from_le_bytes)
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    let each = bytes.chunks_exact(4);
    each.filter_map(|four| u32_at(four, 0)).collect()
}
