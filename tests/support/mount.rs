//! File systems made for one test; mounting them needs root.

use nix::unistd::geteuid;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A mounted file system, unmounted when dropped.
pub struct Mount {
    /// Where it is.
    pub path: PathBuf,
}

impl Mount {
    /// A new ext4 in a file of that size, on a loop device.
    pub fn new_file_system(image: &Path, bytes: u64, at: &Path) -> Self {
        fs::File::create(image).unwrap().set_len(bytes).unwrap();
        run("mkfs.ext4", &["-q", "-F", text(image)]);
        Self::image(image, at)
    }

    /// The file system in a file, on a loop device.
    pub fn image(image: &Path, at: &Path) -> Self {
        Self::new(&["-o", "loop", text(image)], at)
    }

    /// A file system in memory of so many MiB.
    pub fn memory(mebibytes: u32, at: &Path) -> Self {
        Self::new(&["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "tmpfs"], at)
    }

    fn new(what: &[&str], at: &Path) -> Self {
        assert!(geteuid().is_root(), "mounting needs root");
        fs::create_dir_all(at).unwrap();
        run("mount", &[what, &[text(at)]].concat());
        Self { path: at.to_owned() }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        run("umount", &[text(&self.path)]);
    }
}

/// A file system that takes no writes, thawed when dropped.
pub struct Frozen<'a>(&'a Path);

impl<'a> Frozen<'a> {
    /// Freezes the file system mounted at `path`.
    pub fn new(path: &'a Path) -> Self {
        run("fsfreeze", &["--freeze", text(path)]);
        Self(path)
    }
}

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        run("fsfreeze", &["--unfreeze", text(self.0)]);
    }
}

/// Runs a command that must succeed.
pub fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || std::thread::panicking(), "{program} {arguments:?}: {said}");
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
