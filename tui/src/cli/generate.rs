//! What is made from the same source as the help: completions for shells and manual pages.

use super::args::Arguments;
use super::exit::{Exit, Trouble};
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::{self, Write, stdout};
use std::path::Path;

/// Prints completions for a shell.
///
/// # Errors
/// Nobody reads.
pub fn completions(shell: Shell) -> Result<Exit, Trouble> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "trueconfig", &mut text);
    match stdout().lock().write_all(&text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Trouble::Local(String::new())),
        Err(error) => Err(Trouble::Local(format!("cannot print the completions: {error}"))),
        Ok(()) => Ok(Exit::Done),
    }
}

/// Writes a manual page for the program and one for each verb.
///
/// # Errors
/// The folder cannot be written.
pub fn manual(folder: &Path) -> Result<Exit, Trouble> {
    let wrong = |error: io::Error| Trouble::Local(format!("cannot write {}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(wrong)?;
    clap_mangen::generate_to(Arguments::command(), folder).map_err(wrong)?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::{Arguments, manual};
    use clap::CommandFactory;
    use clap_complete::Shell;

    #[test]
    fn completions_know_every_verb() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "trueconfig", &mut text);
            let text = String::from_utf8(text).expect("text");
            for verb in Arguments::command().get_subcommands() {
                assert!(text.contains(verb.get_name()), "{shell}: {}", verb.get_name());
            }
        }
    }

    #[test]
    fn every_verb_has_a_manual_page_with_the_exit_codes() {
        let folder = tempfile::tempdir().expect("a folder");
        manual(folder.path()).expect("written");
        let page = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect(name);
        assert!(page("trueconfig.1").contains("Exit codes"));
        for verb in Arguments::command().get_subcommands().filter(|verb| !verb.is_hide_set()) {
            assert!(page(&format!("trueconfig-{}.1", verb.get_name())).contains(verb.get_name()));
        }
    }
}
