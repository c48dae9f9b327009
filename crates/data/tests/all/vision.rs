//! Image data sets from files, and the errors of malformed files.

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use rushlight_data::Dataset;
use rushlight_data::vision::{cifar10, cifar100, mnist, read_cifar10, read_cifar100, read_idx};
use rushlight_tensor::{DType, ErrorKind, Result, Tensor};
use std::io::Write;
use std::path::PathBuf;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An IDX file with these elements.
fn idx(code: u8, shape: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, shape.len() as u8];
    bytes.extend(shape.iter().flat_map(|n| n.to_be_bytes()));
    bytes.extend(elements);
    bytes
}

/// Checks that the error begins with the file and the byte, and contains `what`.
#[track_caller]
fn malformed<T>(result: Result<T>, path: &std::path::Path, byte: u64, what: &str) {
    match result {
        Ok(_) => panic!("accepted, instead of: {what}"),
        Err(e) => {
            assert_eq!(e.kind(), ErrorKind::Parse, "{e}");
            let text = format!("{}, byte {byte}: {what}", path.display());
            assert!(e.message().starts_with(&text), "{e}\n{text}");
        }
    }
}

#[test]
fn idx_files_of_every_dtype() -> Result<()> {
    let dir = folder();
    let read = |code, shape: &[u32], elements: &[u8]| {
        read_idx(file(&dir, "x", &idx(code, shape, elements)))
    };
    let x = read(0x08, &[2, 3], &[1, 2, 3, 4, 5, 255])?;
    assert_eq!(x.to_vec2::<u8>()?, [[1, 2, 3], [4, 5, 255]]);
    assert_eq!(read(0x09, &[2], &[255, 1])?.to_vec::<i8>()?, [-1, 1]);
    assert_eq!(read(0x0b, &[1], &[1, 2])?.to_vec::<i16>()?, [258]);
    let x = read(0x0c, &[1], &(-70_000i32).to_be_bytes())?;
    assert_eq!(x.to_vec::<i32>()?, [-70_000]);
    let x = read(0x0d, &[1], &1.5f32.to_be_bytes())?;
    assert_eq!(x.to_vec::<f32>()?, [1.5]);
    let x = read(0x0e, &[], &2.5f64.to_be_bytes())?;
    assert_eq!((x.item::<f64>()?, x.ndim()), (2.5, 0));
    assert_eq!(read(0x08, &[0, 28], &[])?.shape(), [0, 28]);

    let packed = file(&dir, "x.gz", &gzip(&idx(0x08, &[3], &[7, 8, 9])));
    assert_eq!(read_idx(packed)?.to_vec::<u8>()?, [7, 8, 9]);
    Ok(())
}

#[test]
fn malformed_idx_files_are_errors_that_name_the_byte() {
    let dir = folder();
    let check = |bytes: &[u8], byte, what| {
        let path = file(&dir, "x", bytes);
        malformed(read_idx(&path), &path, byte, what);
        let path = file(&dir, "x.gz", &gzip(bytes));
        malformed(read_idx(&path), &path, byte, what);
    };
    check(&[], 0, "the file ends within the header");
    check(&[0, 0, 8], 3, "the file ends within the header");
    check(
        &[137, 80, 78, 71],
        0,
        "an IDX file begins with two bytes 0, found 137 and 80",
    );
    check(&[0, 0, 7, 1], 2, "0x07 is not an element type of IDX");
    check(&[0, 0, 8, 9], 3, "9 dimensions; a tensor has at most 8");
    check(
        &[0, 0, 8, 2, 0, 0, 0, 1, 0],
        9,
        "the file ends within the 2 sizes",
    );
    check(
        &idx(0x08, &[2, 2], &[1, 2, 3]),
        15,
        "the file ends after 3 of the 4 bytes of elements that the header announces, [2, 2] of",
    );
    check(
        &idx(0x08, &[2], &[1, 2, 3]),
        10,
        "there are bytes after the last element",
    );
    // Headers that announce more bytes than fit in any memory.
    check(&idx(0x0e, &[u32::MAX; 4], &[1]), 4, "sizes [4294967295,");
    check(
        &idx(0x08, &[u32::MAX, 1 << 30], &[1]),
        13,
        "the file ends after 1 of the 4611686017353646080 bytes",
    );

    let missing = dir.path().join("none");
    let e = read_idx(&missing).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Io);
    assert!(
        e.message().starts_with(&missing.display().to_string()),
        "{e}"
    );
    let mut broken = gzip(&idx(0x08, &[200], &[7; 200]));
    broken.truncate(broken.len() - 9);
    let e = read_idx(file(&dir, "broken.gz", &broken)).unwrap_err();
    assert!(e.message().contains("broken.gz, byte "), "{e}");
}

#[test]
fn mnist_from_a_folder() -> Result<()> {
    let dir = folder();
    let images = idx(0x08, &[2, 28, 28], &[9; 2 * 28 * 28]);
    file(&dir, "MNIST/raw/train-images-idx3-ubyte.gz", &gzip(&images));
    file(
        &dir,
        "MNIST/raw/train-labels-idx1-ubyte",
        &idx(0x08, &[2], &[3, 5]),
    );
    let data = mnist(dir.path(), true)?;
    let (image, label) = data.get(1)?;
    assert_eq!(
        (image.shape(), image.dtype()),
        (&[1, 28, 28][..], DType::U8)
    );
    assert_eq!((label.item::<i64>()?, label.dtype()), (5, DType::I64));

    let e = mnist(dir.path(), false).err().unwrap();
    let text = "mnist: found no file t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz in ";
    assert!(e.message().starts_with(text), "{e}");
    file(&dir, "t10k-images-idx3-ubyte", &images);
    let labels = file(&dir, "t10k-labels-idx1-ubyte", &idx(0x08, &[3], &[1, 2, 3]));
    let e = mnist(dir.path(), false).err().unwrap();
    assert!(
        e.message()
            .ends_with(": 2 images, but 3 labels in the other file"),
        "{e}"
    );
    std::fs::write(labels, images).unwrap();
    let e = mnist(dir.path(), false).err().unwrap();
    assert!(
        e.message()
            .contains("expected uint8 in 1 dimensions, found"),
        "{e}"
    );
    Ok(())
}

/// Records with these labels; every pixel of a record is its number.
fn cifar(labels: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (i, labels) in labels.iter().enumerate() {
        bytes.extend_from_slice(labels);
        bytes.extend([i as u8; 3072]);
    }
    bytes
}

#[test]
fn cifar_from_files_and_folders() -> Result<()> {
    let dir = folder();
    let path = file(&dir, "a.bin", &cifar(&[&[3], &[9]]));
    let (images, labels) = read_cifar10(&path)?;
    assert_eq!(
        (images.shape(), images.dtype()),
        (&[2, 3, 32, 32][..], DType::U8)
    );
    assert_eq!(images.select(0, 1)?.reshape(-1)?.to_vec::<u8>()?, [1; 3072]);
    assert_eq!(labels.to_vec::<i64>()?, [3, 9]);

    let path = file(&dir, "cifar-100-binary/test.bin", &cifar(&[&[19, 99]]));
    let all = read_cifar100(&path)?;
    let labels = (
        all.coarse_labels.to_vec::<i64>()?,
        all.fine_labels.to_vec::<i64>()?,
    );
    assert_eq!(labels, (vec![19], vec![99]));
    assert_eq!(cifar100(dir.path(), false)?.get(0)?.1.item::<i64>()?, 99);

    for i in 1..=5u8 {
        let name = format!("cifar-10-batches-bin/data_batch_{i}.bin");
        file(&dir, &name, &cifar(&[&[i], &[i + 1]]));
    }
    let train = cifar10(dir.path(), true)?;
    let labels: Vec<i64> = train.tensors().1.to_vec()?;
    assert_eq!(labels, [1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
    let e = cifar10(dir.path(), false).err().unwrap();
    assert!(
        e.message()
            .starts_with("cifar10: found no file test_batch.bin in "),
        "{e}"
    );

    let path = file(&dir, "b.bin", &cifar(&[&[3], &[10]]));
    malformed(read_cifar10(&path), &path, 3073, "label 10 is not below 10");
    let path = file(&dir, "b.bin", &cifar(&[&[19, 100]]));
    malformed(read_cifar100(&path), &path, 1, "label 100 is not below 100");
    let path = file(&dir, "b.bin", &cifar(&[&[3], &[4]])[..6000]);
    malformed(
        read_cifar10(&path),
        &path,
        6000,
        "the file ends within the record that begins at byte 3073; a record has 3073 bytes",
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_are_values_or_errors(mut bytes in proptest::collection::vec(any::<u8>(), 0..60), header: bool) {
        if header && bytes.len() > 4 {
            let dims = bytes[3] % 4;
            bytes[..4].copy_from_slice(&[0, 0, 8, dims]);
        }
        let dir = folder();
        let path = file(&dir, "x", &bytes);
        let _: Result<Tensor> = read_idx(&path);
        let _ = read_cifar10(&path);
        let _ = read_cifar100(&path);
    }
}

#[cfg(feature = "image")]
mod image_folder {
    use super::*;
    use image::{Rgb, RgbImage};
    use rushlight_data::DataLoader;
    use rushlight_data::vision::ImageFolder;

    fn picture(dir: &TempDir, name: &str, colour: [u8; 3]) {
        let path = file(dir, name, &[]);
        RgbImage::from_pixel(2, 3, Rgb(colour)).save(path).unwrap();
    }

    #[test]
    fn classes_are_folders_and_samples_are_images() -> Result<()> {
        let dir = folder();
        picture(&dir, "dog/b.png", [1, 2, 3]);
        picture(&dir, "dog/a/x/z.PNG", [4, 5, 6]);
        picture(&dir, "dog/a-b/y.png", [7, 8, 9]);
        picture(&dir, "cat/c.jpg", [128, 128, 128]);
        file(&dir, "cat/notes.txt", b"no image");
        file(&dir, "readme.md", b"no class");
        let data = ImageFolder::new(dir.path())?;
        assert_eq!(data.classes(), ["cat", "dog"]);
        let names = data.samples().iter().map(|(path, class)| {
            let path = path.strip_prefix(dir.path()).unwrap();
            (path.to_str().unwrap().replace('\\', "/"), *class)
        });
        let expected = [
            ("cat/c.jpg", 0),
            ("dog/b.png", 1),
            ("dog/a-b/y.png", 1),
            ("dog/a/x/z.PNG", 1),
        ];
        assert!(names.eq(expected.map(|(name, class)| (name.to_owned(), class))));

        let (image, class) = data.get(1)?;
        assert_eq!(
            (image.shape(), image.dtype(), class),
            (&[3, 3, 2][..], DType::U8, 1)
        );
        let planes = [[1; 6], [2; 6], [3; 6]];
        assert_eq!(image.reshape([3, 6])?.to_vec2::<u8>()?, planes);
        assert_eq!(
            data.get(0)?.0.select(1, 0)?.select(1, 0)?.to_vec::<u8>()?,
            [128; 3]
        );

        let loader = DataLoader::builder(data).batch_size(4).build()?;
        let (images, classes) = loader.iter().next().unwrap()?;
        assert_eq!(images.shape(), [4, 3, 3, 2]);
        assert_eq!(classes.to_vec::<i64>()?, [0, 1, 1, 1]);
        Ok(())
    }

    #[test]
    fn what_is_no_image_folder_is_an_error() -> Result<()> {
        let refused = |result: Result<ImageFolder>, text: &str| {
            let e = result.err().unwrap();
            assert_eq!(e.kind(), ErrorKind::Io);
            assert!(e.message().contains(text), "{e}");
        };
        let dir = folder();
        refused(ImageFolder::new(dir.path().join("none")), "ImageFolder: ");
        refused(
            ImageFolder::new(dir.path()),
            "has no folder, which would be a class",
        );
        file(&dir, "cat/x.txt", b"no image");
        refused(
            ImageFolder::new(dir.path()),
            "cat has no file named .jpeg, .jpg, .png",
        );
        file(&dir, "cat/x.png", b"no image");
        let data = ImageFolder::new(dir.path())?;
        let e = data.get(0).unwrap_err();
        assert!(e.message().contains("x.png: "), "{e}");
        assert!(
            data.get(1)
                .unwrap_err()
                .message()
                .starts_with("ImageFolder: index 1")
        );
        Ok(())
    }
}
