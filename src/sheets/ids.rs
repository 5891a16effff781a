//! ID numbers (GB 11643) and credit codes (GB 32100): read from messy cells, checked, never mended by guessing.

use chrono::NaiveDate;

use super::Cell;
use super::text::tight;
use crate::platform::Code;

/// A number that names a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IdNumber {
    /// 18 characters, last one a digit or X, check digit right.
    Resident(String),
    /// Passport or permit of Hong Kong, Macao, Taiwan: no check digit to go by.
    Other(String),
}

impl IdNumber {
    /// The number itself.
    #[must_use]
    pub fn number(&self) -> &str {
        match self {
            Self::Resident(number) | Self::Other(number) => number,
        }
    }

    /// The stored word of its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Resident(_) => "resident",
            Self::Other(_) => "other",
        }
    }
}

/// What is wrong with an ID number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdFault {
    Missing,
    /// The spreadsheet made it a number: the last digits are gone.
    DamagedBySpreadsheet,
    Malformed,
    Checksum,
    FormulaWithoutValue,
    CellError,
}

impl IdFault {
    /// The code it is answered with.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Missing => Code::IdMissing,
            Self::DamagedBySpreadsheet => Code::IdDamagedBySpreadsheet,
            Self::Malformed => Code::IdMalformed,
            Self::Checksum => Code::IdChecksum,
            Self::FormulaWithoutValue => Code::FormulaWithoutValue,
            Self::CellError => Code::CellError,
        }
    }
}

/// Largest whole number a spreadsheet keeps to the last digit (15 significant digits).
const EXACT: f64 = 1e15;

/// Reads an ID number from a cell.
///
/// # Errors
/// An [`IdFault`] that says what the person at the keyboard can do.
pub fn id_number(cell: &Cell) -> Result<IdNumber, IdFault> {
    match cell {
        Cell::Empty => Err(IdFault::Missing),
        Cell::Formula => Err(IdFault::FormulaWithoutValue),
        Cell::Error(_) => Err(IdFault::CellError),
        Cell::Number(number) if number.abs() >= EXACT => Err(IdFault::DamagedBySpreadsheet),
        Cell::Number(_) | Cell::Bool(_) | Cell::DateTime(_) => Err(IdFault::Malformed),
        Cell::Text(text) => of_text(&cleaned(text)),
    }
}

/// Reads a certificate number, "T" and the holder's ID number; gives the ID number.
///
/// # Errors
/// As [`id_number`].
pub fn certificate_number(cell: &Cell) -> Result<IdNumber, IdFault> {
    match cell {
        Cell::Text(text) => {
            let number = cleaned(text);
            match number.strip_prefix('T') {
                // A passport may begin with T too; the certificate's T stands before a whole number.
                Some(rest) if rest.len() >= 15 || of_text(&number).is_err() => of_text(rest),
                _ => of_text(&number),
            }
        }
        other => id_number(other),
    }
}

/// Without spaces, quotes and separators, upper case, half width.
fn cleaned(text: &str) -> String {
    let tight = tight(text).to_uppercase();
    let plain: String = tight
        .chars()
        .filter(|c| {
            !matches!(
                c,
                '\'' | '‘' | '’' | '"' | '“' | '”' | '`' | '′' | '-' | '—' | '_'
            )
        })
        .collect();
    // The Cyrillic and Greek letters and the sign that look like X, and a tail some tools add to numbers.
    let plain = plain.replace(['Х', 'Χ', '×'], "X");
    plain.strip_suffix(".0").map(str::to_owned).unwrap_or(plain)
}

fn of_text(number: &str) -> Result<IdNumber, IdFault> {
    if number.is_empty() {
        return Err(IdFault::Missing);
    }
    if scientific(number) {
        return Err(IdFault::DamagedBySpreadsheet);
    }
    let letters = number.chars().filter(char::is_ascii_alphabetic).count();
    let digits = number.chars().filter(char::is_ascii_digit).count();
    if letters + digits != number.len() {
        return Err(IdFault::Malformed);
    }
    if number.len() == 18
        && number
            .get(..17)
            .is_some_and(|body| body.bytes().all(|b| b.is_ascii_digit()))
    {
        return resident(number);
    }
    // Passports: 1–2 letters and 6–9 digits; permits: a letter and 8–10 digits; old Taiwan permits: 8 digits.
    let head = number.chars().take_while(char::is_ascii_alphabetic).count();
    if (1..=3).contains(&head) && letters == head && (6..=12).contains(&digits) {
        return Ok(IdNumber::Other(number.to_owned()));
    }
    Err(IdFault::Malformed)
}

fn resident(number: &str) -> Result<IdNumber, IdFault> {
    let born = number
        .get(6..14)
        .and_then(|day| NaiveDate::parse_from_str(day, "%Y%m%d").ok());
    if check_digit(number) != number.chars().nth(17) {
        // A number column cut at 15 digits ends in zeros, whoever exported it.
        let damaged = number.ends_with("000");
        return Err(if damaged {
            IdFault::DamagedBySpreadsheet
        } else {
            IdFault::Checksum
        });
    }
    if born.is_none() {
        return Err(IdFault::Malformed);
    }
    Ok(IdNumber::Resident(number.to_owned()))
}

/// GB 11643: the weighted sum of the first 17 digits, modulo 11, picks the 18th character.
fn check_digit(number: &str) -> Option<char> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let mut sum = 0;
    for (letter, weight) in number.chars().zip(WEIGHTS) {
        sum += letter.to_digit(10)? * weight;
    }
    "10X98765432".chars().nth((sum % 11) as usize)
}

/// `3.30699E+17`: what is left of a number shown too narrow.
fn scientific(number: &str) -> bool {
    let Some((mantissa, exponent)) = number.split_once('E') else {
        return false;
    };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    mantissa.contains('.')
        && mantissa.parse::<f64>().is_ok()
        && exponent.parse::<u32>().is_ok_and(|power| power >= 10)
}

/// Why a credit code is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditCodeFault {
    Malformed,
    Checksum,
}

/// Checks a unified social credit code (GB 32100): 18 characters, the last one a weighted sum modulo 31.
///
/// # Errors
/// `Malformed` for wrong length or letters (I, O, S, V, Z are not used), `Checksum`.
pub fn credit_code(text: &str) -> Result<String, CreditCodeFault> {
    const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let code = cleaned(text);
    let values: Option<Vec<usize>> = code.chars().map(|c| LETTERS.find(c)).collect();
    let values = values
        .filter(|values| values.len() == 18)
        .ok_or(CreditCodeFault::Malformed)?;
    let (check, body) = values.split_last().ok_or(CreditCodeFault::Malformed)?;
    let (sum, _) = body.iter().fold((0, 1), |(sum, weight), value| {
        (sum + value * weight, weight * 3 % 31)
    });
    if (31 - sum % 31) % 31 == *check {
        Ok(code)
    } else {
        Err(CreditCodeFault::Checksum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn resident_numbers_are_read_through_the_mess() {
        for good in [
            "11010519491231002X",
            "11010519491231002x",
            "'11010519491231002X",
            "110105 19491231 002X",
            "１１０１０５１９４９１２３１００２Ｘ",
            "110105-19491231-002X",
            "\u{feff}11010519491231002X\u{a0}",
            "11010519491231002×",
        ] {
            assert_eq!(
                id_number(&text(good)),
                Ok(IdNumber::Resident("11010519491231002X".into())),
                "{good:?}"
            );
        }
        assert!(id_number(&text("330699198405089240.0")).is_ok());
    }

    #[test]
    fn each_fault_has_its_own_name() {
        use IdFault::*;
        let table = [
            (Cell::Empty, Missing),
            (text("  "), Missing),
            (Cell::Number(3.306_991_984_050_89e17), DamagedBySpreadsheet),
            (text("3.30699E+17"), DamagedBySpreadsheet),
            (text("3.30699198405089E+17"), DamagedBySpreadsheet),
            (text("330699197905256000"), DamagedBySpreadsheet),
            (text("11010519491231002"), Malformed),
            (text("110105491231002"), Malformed),
            (text("110105194912310020"), Checksum),
            (text("330699198405089241"), Checksum),
            (Cell::Number(12345.0), Malformed),
            (text("无"), Malformed),
            (Cell::Formula, FormulaWithoutValue),
            (Cell::Error("#N/A".into()), CellError),
        ];
        for (cell, fault) in table {
            assert_eq!(id_number(&cell), Err(fault), "{cell:?}");
        }
    }

    #[test]
    fn other_papers_have_no_check_digit() {
        for number in ["G12345678", "EA1234567", "H1234567890", "C1234567"] {
            assert_eq!(
                id_number(&text(number)),
                Ok(IdNumber::Other(number.into())),
                "{number}"
            );
        }
    }

    #[test]
    fn a_certificate_number_is_t_and_the_id_number() {
        for number in [
            "T11010519491231002X",
            "t11010519491231002x",
            "11010519491231002X",
        ] {
            let read = certificate_number(&text(number));
            assert_eq!(
                read,
                Ok(IdNumber::Resident("11010519491231002X".into())),
                "{number}"
            );
        }
        assert_eq!(
            certificate_number(&text("T110105194912310020")),
            Err(IdFault::Checksum)
        );
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        let good = "11010519491231002X";
        for place in 0..17 {
            for digit in '0'..='9' {
                let wrong: String = good
                    .chars()
                    .enumerate()
                    .map(|(i, c)| if i == place { digit } else { c })
                    .collect();
                assert_eq!(id_number(&text(&wrong)).is_ok(), wrong == good, "{wrong}");
            }
        }
    }

    #[test]
    fn credit_codes_are_checked() {
        assert_eq!(
            credit_code("91350100M000100Y43"),
            Ok("91350100M000100Y43".into())
        );
        assert_eq!(
            credit_code(" 91350100m000100y43 "),
            Ok("91350100M000100Y43".into())
        );
        assert_eq!(
            credit_code("91350100M000100Y44"),
            Err(CreditCodeFault::Checksum)
        );
        assert_eq!(
            credit_code("91350100MO00100Y43"),
            Err(CreditCodeFault::Malformed)
        );
        assert_eq!(credit_code(""), Err(CreditCodeFault::Malformed));
    }
}
