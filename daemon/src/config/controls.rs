//! The operator's own controls: every `*.toml` of one folder, read whole at the start.

use std::path::{Path, PathBuf};

/// Most files that are read.
const MOST_FILES: usize = 1_000;

/// Largest file, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Controls of the operator as text; [`trueconfig_core::baseline::Baseline`] checks them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnControls {
    files: Vec<(String, String)>,
}

/// Why they cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OwnControlsError {
    /// The folder or a file of it.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// A file that is no control anybody wrote.
    #[error("{} is larger than {LARGEST_FILE} bytes, which no control file is", .path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// More than are read.
    #[error("{} holds more than {MOST_FILES} control files", .path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
    },
}

impl OwnControls {
    /// Reads a folder, in the order of names; other files than `*.toml` are no controls.
    ///
    /// # Errors
    /// [`OwnControlsError`]; none is left out in silence.
    pub fn of_folder(folder: &Path) -> Result<Self, OwnControlsError> {
        let unreadable = |source| OwnControlsError::Unreadable { path: folder.to_owned(), source };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                paths.push(path);
            }
            if paths.len() > MOST_FILES {
                return Err(OwnControlsError::TooMany { path: folder.to_owned() });
            }
        }
        paths.sort();
        Self::of_files(&paths)
    }

    /// Reads these files.
    ///
    /// # Errors
    /// [`OwnControlsError`] with the first that cannot be read.
    pub fn of_files(paths: &[PathBuf]) -> Result<Self, OwnControlsError> {
        let files = paths.iter().map(|path| Ok((path.display().to_string(), read(path)?)));
        Ok(Self { files: files.collect::<Result<_, _>>()? })
    }

    /// Names and texts.
    pub fn files(&self) -> Vec<(&str, &str)> {
        self.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
    }
}

fn read(path: &Path) -> Result<String, OwnControlsError> {
    let unreadable = |source| OwnControlsError::Unreadable { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(unreadable)?.len() > LARGEST_FILE {
        return Err(OwnControlsError::TooLarge { path: path.to_owned() });
    }
    std::fs::read_to_string(path).map_err(unreadable)
}
