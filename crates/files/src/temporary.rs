//! Temporary files: random names, a lock while they are in use, and the removal of those that killed saves left.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

const PREFIX: &str = ".rushlight-";
const SUFFIX: &str = ".tmp";
/// Hexadecimal digits between prefix and suffix.
const DIGITS: usize = 16;
/// A name that is taken, or a file that a sweep of another process caught before it was locked, is rare once.
const ATTEMPTS: usize = 64;

/// A temporary file, which is removed when dropped unless it was renamed.
pub(crate) struct Temporary {
    path: PathBuf,
    /// Open, and with it locked, until the file is renamed or removed.
    file: File,
    renamed: bool,
}

impl Temporary {
    /// Creates a file in `folder` that no other saver uses or removes.
    ///
    /// With `by_umask` its permissions are those of any new file. Otherwise only its owner may read it, because what it replaces may be private.
    pub fn new(folder: &Path, by_umask: bool) -> io::Result<Temporary> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(if by_umask { 0o666 } else { 0o600 });
        }
        #[cfg(not(unix))]
        let _ = by_umask;
        for _ in 0..ATTEMPTS {
            let path = folder.join(random_name());
            let file = match options.open(&path) {
                Ok(file) => file,
                Err(e) if e.kind() == ErrorKind::AlreadyExists => continue,
                Err(e) => return Err(e),
            };
            let temporary = Temporary {
                path,
                file,
                renamed: false,
            };
            if temporary.is_ours()? {
                return Ok(temporary);
            }
        }
        Err(io::Error::other(
            "no temporary file could be kept in its folder",
        ))
    }

    /// Locks the file. False if a sweep saw it first, between its creation and the lock.
    fn is_ours(&self) -> io::Result<bool> {
        match self.file.try_lock() {
            Ok(()) => fs::exists(&self.path),
            Err(TryLockError::WouldBlock) => Ok(false),
            // A file system without locks. A sweep then removes nothing either.
            Err(TryLockError::Error(_)) => Ok(true),
        }
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    /// Puts the file in the place of `target`.
    pub fn rename(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            // The error that led here is the one to report. What cannot be removed now is swept by a later save.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes the temporary files in `folder` that nobody holds a lock on: their savers were killed.
///
/// What cannot be listed, opened or locked stays. No save fails because of what another left.
pub(crate) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let is_file = || entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_temporary(&entry.file_name()) && is_file() {
            let path = entry.path();
            let Ok(file) = OpenOptions::new().write(true).open(&path) else {
                continue;
            };
            // The lock is held until the file is gone, so that a saver that created it just now notices.
            if file.try_lock().is_ok() {
                let _ = fs::remove_file(&path);
            }
        }
    }
}

fn random_name() -> String {
    // The standard library seeds each of these hashers differently, from the system's random numbers.
    let random = RandomState::new().hash_one(std::process::id());
    format!("{PREFIX}{random:0DIGITS$x}{SUFFIX}")
}

fn is_temporary(name: &OsStr) -> bool {
    let digits = name
        .to_str()
        .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
    digits.is_some_and(|digits| {
        digits.len() == DIGITS
            && digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}
