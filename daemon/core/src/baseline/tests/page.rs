//! `docs/controls.md` is the shipped controls, explained.

use super::{Baseline, Level};
use crate::baseline::{Explanation, Member};
use std::fmt::Write;

const HEAD: &str = "\
# Controls

What each shipped control evaluates, what its fix plans, and how that is rolled back. Made from the control files by a
test of the core; `trueconfig control explain ID` says the same of one control, with what it needs and what to do by
hand. Parameters are the defaults; a level, or the configuration, may set others. Families and fields are named as in
[the description of control files](../baselines/README.md).
";

#[test]
fn the_documentation_is_made_from_the_controls() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/controls.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap() == page, "run this test with UPDATE_DOCS=1");
}

fn page() -> String {
    let members = Baseline::embedded(Level::MAXIMUM).unwrap().members;
    let mut page = HEAD.to_owned();
    let mut categories: Vec<&str> = members.iter().map(|member| member.control.category.as_str()).collect();
    categories.sort_unstable();
    categories.dedup();
    for category in categories {
        writeln!(page, "\n## {category}\n").unwrap();
        page.push_str("| Control | Level | Highest mode | Evaluates | Plans | Rolls back |\n|---|---|---|---|---|---|\n");
        for member in members.iter().filter(|member| member.control.category == category) {
            page.push_str(&row(member));
        }
    }
    page
}

fn row(member: &Member) -> String {
    let control = &member.control;
    let Explanation { evaluates, plans, rolls_back } = Explanation::of(control);
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    format!(
        "| {} {} | {} | {} | {} | {} | {} |\n",
        control.id,
        cell(&control.title),
        control.level.get(),
        control.effective_highest_mode(),
        cell(&evaluates),
        cell(&plans),
        cell(&rolls_back),
    )
}
