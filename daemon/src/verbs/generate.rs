//! What packages install beside the binary, made from the same source as the help: manual pages and completions.

use super::{Cli, DONE};
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;
use miette::{IntoDiagnostic as _, WrapErr as _};
use std::io;
use std::path::{Path, PathBuf};

/// Programs of administrators, where systemd's own daemons have their pages.
const SECTION: &str = "8";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The folder, made if it is not there.
    folder: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> miette::Result<u8> {
    let folder = &arguments.folder;
    write(folder).into_diagnostic().wrap_err_with(|| format!("cannot write into {}", folder.display()))?;
    Ok(DONE)
}

fn write(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    pages(&command, folder)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut Cli::command(), "trueconfigd", folder)?;
    }
    Ok(())
}

/// One page for the command and one for each verb below it.
fn pages(command: &Command, folder: &Path) -> io::Result<()> {
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        pages(verb, folder)?;
    }
    Man::new(command.clone()).section(SECTION).generate_to(folder).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_page_and_every_shell_its_completions() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        for verb in Cli::command().get_subcommands().filter(|verb| !verb.is_hide_set()) {
            let page = text(&format!("trueconfigd-{}.8", verb.get_name()));
            assert!(page.contains(&format!(".TH trueconfigd-{} 8", verb.get_name())), "{page}");
        }
        assert!(text("trueconfigd-config-check.8").contains("config"));
        for file in ["trueconfigd.bash", "_trueconfigd", "trueconfigd.fish"] {
            assert!(text(file).contains("verify"), "{file}");
        }
    }
}
