//! How states are saved: files are replaced as a whole or not at all, and numbers come back bit for bit ([`numbers`]).
//!
//! [`replace_file`] writes a temporary file in the target's folder, and so on the same file system, syncs it, and renames it over the target.
//! A crash at any moment leaves the old file or the new one.
//!
//! Temporary files have random names of one recognizable form, `.rushlight-0123456789abcdef.tmp`. A name made from the process id, as used
//! by many programs, repeats in containers, where the process id is always 1. Nor is the name derived from the target's, because a target's
//! name may be as long as the file system allows. Each saver holds an advisory lock on its temporary file until the file is renamed. A save that
//! was killed has lost its lock, so the next save in the folder recognizes what it left and removes it, and never the file of a live saver.
//! (Where a network file system keeps locks to each machine, a saver on another machine may lose its temporary file and fail with an error;
//! the target is untouched then too.)

#![forbid(unsafe_code)]

pub mod numbers;
mod target;
mod temporary;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use target::Target;
use temporary::{Temporary, sweep};

/// What `write` fills: buffered, so that many small writes cost little.
pub type Output<'a> = BufWriter<&'a File>;

/// Replaces the file at `path` with what `write` writes, as a whole or not at all.
///
/// - A symbolic link stays; the file that it points to is replaced, or created.
/// - An existing file's permissions are kept, and its owner and group where the system allows it. A new file's follow the umask.
/// - Of several savers at the same time each succeeds, and the last to finish wins.
/// - Other hard links to an existing file keep the old contents. Access control lists and extended attributes are not carried over.
///
/// ```
/// use std::io::Write;
/// let path = std::env::temp_dir().join(format!("rushlight-doc-{}.txt", std::process::id()));
/// rushlight_files::replace_file(&path, |out| out.write_all(b"whole"))?;
/// assert_eq!(std::fs::read(&path)?, b"whole");
/// std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// If `write` fails, or the file cannot be written; if the target is read-only, or is not a regular file. The target is then untouched and
/// nothing of the new file is left. Only if the folder cannot be synced at the very end is the new file in place already; the error then
/// says that it may not survive a loss of power.
#[track_caller]
pub fn replace_file<E: From<io::Error>>(
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut Output<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let target = Target::of(path.as_ref())?;
    sweep(target.folder());
    let temporary = Temporary::new(target.folder(), target.is_new())?;
    let mut out = BufWriter::with_capacity(1 << 16, temporary.file());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    target.give_attributes(temporary.file())?;
    temporary.file().sync_all()?;
    temporary.rename(target.path())?;
    sync_folder(target.folder()).map_err(|e| {
        let text = format!("the file is written, but its folder could not be synced: {e}");
        io::Error::new(e.kind(), text)
    })?;
    Ok(())
}

/// Makes the rename itself durable, where a folder can be opened and synced.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    // The rename has happened: a folder that may not be read, or a file system that does not sync folders, is no reason to report failure.
    let Ok(folder) = File::open(folder) else {
        return Ok(());
    };
    match folder.sync_all() {
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
