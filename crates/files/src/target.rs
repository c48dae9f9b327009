//! The file that a save replaces: where it really is, and what of it is kept.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// As many symbolic links in a row as Linux follows.
const MAX_LINKS: usize = 40;

pub(crate) struct Target {
    /// The path of the file itself, with symbolic links followed.
    path: PathBuf,
    folder: PathBuf,
    existing: Option<Metadata>,
}

impl Target {
    /// Finds the file that `path` leads to. An error if it must not or cannot be replaced.
    pub fn of(path: &Path) -> io::Result<Target> {
        let existing = match fs::metadata(path) {
            Ok(existing) => Some(existing),
            Err(e) if e.kind() == ErrorKind::NotFound => None,
            Err(e) => return Err(e),
        };
        if let Some(existing) = &existing {
            check_replaceable(path, existing)?;
        }
        let path = followed(path)?;
        if path.file_name().is_none() {
            return Err(io::Error::new(
                ErrorKind::InvalidInput,
                "not the path of a file",
            ));
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(Target {
            path,
            folder,
            existing,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn is_new(&self) -> bool {
        self.existing.is_none()
    }

    /// Gives `file` the owner, the group and the permissions of the file that it replaces.
    #[cfg(unix)]
    pub fn give_attributes(&self, file: &File) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
        let Some(existing) = &self.existing else {
            return Ok(());
        };
        let made = file.metadata()?;
        // Only root may give a file away. For others the file belongs to whoever saved it.
        let same_owner =
            made.uid() == existing.uid() || fchown(file, Some(existing.uid()), None).is_ok();
        let same_group =
            made.gid() == existing.gid() || fchown(file, None, Some(existing.gid())).is_ok();
        let mut mode = existing.mode() & 0o7777;
        if !same_owner {
            // The file does not run as somebody else.
            mode &= !0o4000;
        }
        if !same_group {
            // What the old group was allowed is not given to another group.
            mode &= !0o2070;
        }
        // After the owner, because a change of owner clears the set-user-ID bit.
        file.set_permissions(fs::Permissions::from_mode(mode))
    }

    #[cfg(not(unix))]
    pub fn give_attributes(&self, file: &File) -> io::Result<()> {
        match &self.existing {
            Some(existing) => file.set_permissions(existing.permissions()),
            None => Ok(()),
        }
    }
}

fn check_replaceable(path: &Path, existing: &Metadata) -> io::Result<()> {
    if existing.is_dir() {
        return Err(io::Error::new(ErrorKind::IsADirectory, "is a directory"));
    }
    if !existing.is_file() {
        return Err(io::Error::new(
            ErrorKind::InvalidInput,
            "is not a regular file, and only those can be replaced as a whole",
        ));
    }
    // Root may write to a read-only file. A rename asks for no permission of the file at all, so both are asked here.
    if existing.permissions().readonly() {
        return Err(io::Error::new(
            ErrorKind::PermissionDenied,
            "the file is read-only",
        ));
    }
    match OpenOptions::new().write(true).open(path) {
        Ok(_) => Ok(()),
        Err(e) => Err(io::Error::new(
            e.kind(),
            format!("the existing file cannot be written: {e}"),
        )),
    }
}

/// `path`, or what it points to if it is a symbolic link, whether or not that exists.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                let to = fs::read_link(&path)?;
                path.pop();
                path.push(to);
            }
            Ok(_) => return Ok(path),
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(path),
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::other("too many levels of symbolic links"))
}
