//! The files that examples write.

use rushlight::{Error, Result};
use rushlight_train::LearningCurves;
use std::path::{Path, PathBuf};

/// The folder of the plots, in the current folder.
const FOLDER: &str = "plots";

/// Draws curves into `plots/NAME.svg` and `plots/NAME.png`, or into `file` alone if the user named one, and returns the paths.
#[track_caller]
pub fn draw(curves: &LearningCurves, name: &str, file: Option<&Path>) -> Result<Vec<PathBuf>> {
    let files = match file {
        Some(file) => vec![file.to_owned()],
        None => {
            let folder = folder()?;
            vec![
                folder.join(format!("{name}.svg")),
                folder.join(format!("{name}.png")),
            ]
        }
    };
    for file in &files {
        curves.save(file)?;
    }
    Ok(files)
}

/// The folder of the plots, which is created if it does not exist.
#[track_caller]
pub(crate) fn folder() -> Result<&'static Path> {
    match std::fs::create_dir_all(FOLDER) {
        Ok(()) => Ok(Path::new(FOLDER)),
        Err(e) => Err(Error::io(format!("{FOLDER}: cannot be created: {e}"))),
    }
}

/// The value of a flag that names a plot: a path that ends in `.svg` or `.png`.
pub fn plot_path(path: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(path);
    match path.to_ascii_lowercase().rsplit_once('.') {
        Some((_, "svg" | "png")) => Ok(file),
        _ => Err("the name must end in .svg or .png".to_owned()),
    }
}

/// Checks before a training that the folder of a file to be written after it exists.
#[track_caller]
pub fn check_folder(path: &Path) -> Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(Error::io(format!(
                "{}: there is no folder {}",
                path.display(),
                folder.display()
            )))
        }
        _ => Ok(()),
    }
}
