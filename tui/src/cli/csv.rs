//! Cells of CSV (RFC 4180) that a spreadsheet does not run: what begins like a formula begins with an apostrophe
//! instead, and control characters and reordering marks in names are shown escaped.

use super::print::safe;

/// What spreadsheets take for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// One line.
pub fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| quoted(&cell)).collect();
    cells.join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    let runs = cell.trim_start_matches(' ').starts_with(FORMULA);
    let guard = if runs { "'" } else { "" };
    format!("\"{guard}{}\"", safe(cell).replace('"', "\"\""))
}
