//! Figures: a ratio to a limit with its range, and the two medians behind it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::json;

use crate::Out;

/// Rounds of one thing beside rounds of its limit.
#[derive(Default)]
pub struct Rounds {
    pub ours: Vec<f64>,
    pub limit: Vec<f64>,
}

/// One line of the report.
struct Row {
    name: String,
    limit: String,
    ratio: [f64; 3],
    ours: f64,
    base: f64,
    unit: &'static str,
    aim: String,
}

/// All lines so far.
pub struct Report {
    folder: PathBuf,
    rows: Vec<Row>,
    notes: Vec<String>,
    began: Instant,
}

/// The middle of some figures.
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

impl Report {
    pub fn new(folder: &Path) -> Out<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            rows: Vec::new(),
            notes: Vec::new(),
            began: Instant::now(),
        })
    }

    /// Notes ours ÷ limit, round by round.
    pub fn row(&mut self, name: &str, limit: &str, rounds: &Rounds, unit: &'static str, aim: &str) {
        let ratios: Vec<f64> = rounds
            .ours
            .iter()
            .zip(&rounds.limit)
            .map(|(ours, limit)| ours / limit)
            .collect();
        let low = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let high = ratios.iter().copied().fold(0.0, f64::max);
        let row = Row {
            name: name.to_owned(),
            limit: limit.to_owned(),
            ratio: [median(&ratios), low, high],
            ours: median(&rounds.ours),
            base: median(&rounds.limit),
            unit,
            aim: aim.to_owned(),
        };
        println!("{}", row.line());
        self.rows.push(row);
    }

    /// Notes a figure that has no limit beside it.
    pub fn note(&mut self, text: String) {
        println!("{text}");
        self.notes.push(text);
    }

    /// Writes the table as text, Markdown and JSON.
    pub fn write(&self) -> Out<()> {
        let mut text = String::from(
            "| what | limit | ratio [range] | ours | limit's | aim |\n| --- | --- | --- | --- | --- | --- |\n",
        );
        for row in &self.rows {
            text.push_str(&row.line());
            text.push('\n');
        }
        for note in &self.notes {
            text.push_str(&format!("\n- {note}"));
        }
        text.push('\n');
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "what": row.name, "limit": row.limit, "unit": row.unit, "aim": row.aim,
                    "ratio": row.ratio[0], "low": row.ratio[1], "high": row.ratio[2],
                    "ours": row.ours, "base": row.base,
                })
            })
            .collect();
        std::fs::write(self.folder.join("ratios.md"), &text)?;
        std::fs::write(
            self.folder.join("ratios.json"),
            serde_json::to_vec_pretty(&json!({"rows": rows, "notes": self.notes}))?,
        )?;
        let seconds = self.began.elapsed().as_secs();
        println!("\n{text}\n{seconds} s; {}", self.folder.display());
        Ok(())
    }
}

impl Row {
    fn line(&self) -> String {
        let [middle, low, high] = self.ratio;
        format!(
            "| {} | {} | {middle:.2} [{low:.2}–{high:.2}] | {} {u} | {} {u} | {} |",
            self.name,
            self.limit,
            plain(self.ours),
            plain(self.base),
            self.aim,
            u = self.unit,
        )
    }
}

fn plain(figure: f64) -> String {
    if figure >= 100.0 {
        format!("{figure:.0}")
    } else {
        format!("{figure:.2}")
    }
}
