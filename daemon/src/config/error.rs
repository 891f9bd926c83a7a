//! Why a configuration is refused.

use std::path::PathBuf;
use trueconfig_core::baseline::FileError;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// The file is no configuration anybody wrote.
    #[error("the configuration {} has {size} bytes; at most {limit} are read", .file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Which tenant is meant cannot be told.
    #[error("{} has more than one tenant; give a file with exactly one", .file.display())]
    SeveralTenants {
        /// The file.
        file: PathBuf,
    },
    /// Something in it is wrong: all of it, each with line and caret.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))]
    Wrong(Vec<FileError>),
}
