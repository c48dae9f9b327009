//! Images in folders, one folder per class.

use crate::Dataset;
use image::ImageReader;
use rushlight_tensor::{Error, Result, Tensor};
use std::path::{Path, PathBuf};

/// The extensions of the files that are read, in any case.
const EXTENSIONS: [&str; 3] = ["jpeg", "jpg", "png"];

/// The largest number of nested folders: a symbolic link to a parent folder would otherwise be followed without end.
const MAX_DEPTH: usize = 64;

/// Images in folders, `root/class/…/image.png`, one folder per class. torchvision: `torchvision.datasets.ImageFolder`.
///
/// The classes are the names of the folders in `root`, sorted; a sample is an image `[3, height, width]` of `uint8`, in RGB, and the index of
/// its class. The images are the files named `.png`, `.jpg` and `.jpeg` in the folder of the class and the folders within it. They are
/// sorted by class, then in the order of torchvision, and a file is read when its sample is read.
///
/// Images of different sizes cannot be put into one batch: resize or crop them with [`Dataset::map`]. Requires the feature `image`.
///
/// ```no_run
/// use rushlight::data::{DataLoader, Dataset, vision::ImageFolder};
///
/// let folder = ImageFolder::new("data/flowers")?;
/// println!("{} images of {:?}", folder.len(), folder.classes());
/// let scaled = folder.map(|(image, class)| Ok((image.float()?.div(255.0)?, class)));
/// let loader = DataLoader::builder(scaled).batch_size(16).shuffle(true).build()?;
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageFolder {
    classes: Vec<String>,
    samples: Vec<(PathBuf, i64)>,
}

impl ImageFolder {
    /// Lists the images below `root`.
    ///
    /// # Errors
    /// If a folder cannot be read, if there is no folder in `root`, or if a class has no images.
    #[track_caller]
    pub fn new(root: impl AsRef<Path>) -> Result<ImageFolder> {
        let root = root.as_ref();
        let folders: Vec<PathBuf> = list(root)?.into_iter().filter(|p| p.is_dir()).collect();
        if folders.is_empty() {
            return Err(Error::io(format!(
                "ImageFolder: {} has no folder, which would be a class",
                root.display()
            )));
        }
        let (mut classes, mut samples) = (Vec::new(), Vec::new());
        for (class, folder) in folders.iter().enumerate() {
            let name = folder.file_name().map(|name| name.to_string_lossy());
            classes.push(name.unwrap_or_default().into_owned());
            let files = images(folder)?;
            if files.is_empty() {
                return Err(Error::io(format!(
                    "ImageFolder: {} has no file named .{}",
                    folder.display(),
                    EXTENSIONS.join(", .")
                )));
            }
            samples.extend(files.into_iter().map(|file| (file, class as i64)));
        }
        Ok(ImageFolder { classes, samples })
    }

    /// The names of the classes, sorted; the index of a class is its position. torchvision: `classes`.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The files with the indices of their classes, in the order of the samples. torchvision: `samples`.
    pub fn samples(&self) -> &[(PathBuf, i64)] {
        &self.samples
    }
}

impl Dataset for ImageFolder {
    type Sample = (Tensor, i64);

    fn len(&self) -> usize {
        self.samples.len()
    }

    #[track_caller]
    fn get(&self, index: usize) -> Result<(Tensor, i64)> {
        let Some((path, class)) = self.samples.get(index) else {
            return Err(Error::index(format!(
                "ImageFolder: index {index} is out of range for {} samples",
                self.samples.len()
            )));
        };
        Ok((read_image(path)?, *class))
    }
}

/// An image as `[3, height, width]` of `uint8`.
#[track_caller]
fn read_image(path: &Path) -> Result<Tensor> {
    let read = || {
        // The format is guessed from the content, so that a file with a wrong extension is read, too.
        let reader = ImageReader::open(path)?.with_guessed_format()?;
        // The limits of the reader refuse an image of more than 512 MiB before memory is allocated for it.
        reader.decode()
    };
    let image = match read() {
        Ok(image) => image.into_rgb8(),
        Err(e) => {
            return Err(Error::io(format!("{}: {e}", path.display())));
        }
    };
    let (width, height) = (image.width() as usize, image.height() as usize);
    Tensor::from_slice(image.as_raw(), [height, width, 3])?
        .permute([2, 0, 1])?
        .contiguous()
}

/// The entries of a folder, sorted by name.
#[track_caller]
fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || {
        let entries = std::fs::read_dir(folder)?;
        let mut paths = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    };
    match read() {
        Ok(paths) => Ok(paths),
        Err(e) => {
            let e: std::io::Error = e;
            Err(Error::io(format!("ImageFolder: {}: {e}", folder.display())))
        }
    }
}

/// The images of a folder and of the folders within it, in the order of torchvision: by the path of their folder as text, then by name.
#[track_caller]
fn images(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    walk(folder, MAX_DEPTH, &mut folders)?;
    folders.sort_by(|(a, _), (b, _)| a.as_os_str().cmp(b.as_os_str()));
    Ok(folders.into_iter().flat_map(|(_, files)| files).collect())
}

/// Lists a folder and the folders within it, each with its images.
#[track_caller]
fn walk(folder: &Path, depth: usize, all: &mut Vec<(PathBuf, Vec<PathBuf>)>) -> Result<()> {
    if depth == 0 {
        return Err(Error::io(format!(
            "ImageFolder: {} lies {MAX_DEPTH} folders deep",
            folder.display()
        )));
    }
    let (folders, mut files): (Vec<PathBuf>, Vec<PathBuf>) =
        list(folder)?.into_iter().partition(|path| path.is_dir());
    files.retain(|file| {
        let extension = file.extension().and_then(|e| e.to_str());
        extension.is_some_and(|e| EXTENSIONS.iter().any(|known| e.eq_ignore_ascii_case(known)))
    });
    all.push((folder.to_owned(), files));
    for folder in folders {
        walk(&folder, depth - 1, all)?;
    }
    Ok(())
}
