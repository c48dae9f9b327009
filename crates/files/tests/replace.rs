//! What a save keeps of the file that it replaces, what it refuses, and what is left of saves that were killed.

use rushlight_files::replace_file;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

fn save(path: &Path, contents: &[u8]) -> io::Result<()> {
    replace_file(path, |out| out.write_all(contents))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_is_created_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    for contents in [&b"first, and longer"[..], b"second", b""] {
        save(&path, contents).unwrap();
        assert_eq!(fs::read(&path).unwrap(), contents);
    }
    assert_eq!(names(folder.path()), ["a"]);
}

#[test]
fn a_failed_save_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    save(&path, b"old").unwrap();
    let failed = replace_file(&path, |out| {
        out.write_all(&[1; 1 << 20])?;
        Err(io::Error::other("the disk is full"))
    });
    assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["a"]);
}

#[test]
fn names_may_be_as_long_as_the_file_system_allows() {
    let folder = tempfile::tempdir().unwrap();
    let longest = "n".repeat(255);
    save(&folder.path().join(&longest), b"x").unwrap();
    assert_eq!(names(folder.path()), [longest]);
    save(&folder.path().join("n".repeat(256)), b"x").unwrap_err();
    assert_eq!(names(folder.path()).len(), 1);
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let kind = |path: &Path| save(path, b"x").unwrap_err().kind();
    assert_eq!(kind(folder.path()), ErrorKind::IsADirectory);
    assert_eq!(
        kind(&folder.path().join("no/such/folder")),
        ErrorKind::NotFound
    );
    assert_eq!(kind(Path::new("")), ErrorKind::InvalidInput);
    #[cfg(unix)]
    assert_eq!(kind(Path::new("/dev/null")), ErrorKind::InvalidInput);
    assert!(names(folder.path()).is_empty());
}

#[test]
fn savers_at_the_same_time_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for saver in 0..12u8 {
            let shared = folder.path().join("shared");
            let own = folder.path().join(format!("own {saver}"));
            scope.spawn(move || {
                for _ in 0..25 {
                    save(&shared, &[saver; 50_000]).unwrap();
                    save(&own, &[saver; 500]).unwrap();
                }
            });
        }
    });
    let shared = fs::read(folder.path().join("shared")).unwrap();
    assert!(shared.len() == 50_000 && shared.iter().all(|byte| *byte == shared[0]));
    assert_eq!(names(folder.path()).len(), 13);
}

#[test]
fn only_what_a_killed_save_left_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let left = ".rushlight-0123456789abcdef.tmp";
    let kept = [
        ".rushlight-0123456789ABCDEF.tmp",
        ".rushlight-notes.tmp",
        ".rushlight-0123456789abcdef.tmp.old",
        "model.tmp",
    ];
    for name in kept.iter().chain([&left]) {
        fs::write(at(name), "left").unwrap();
    }
    // One that a live saver holds.
    let live = ".rushlight-fedcba9876543210.tmp";
    let held = fs::File::create(at(live)).unwrap();
    held.lock().unwrap();
    save(&at("a"), b"x").unwrap();
    let now = names(folder.path());
    assert!(!now.contains(&left.to_owned()), "{now:?}");
    assert!(now.contains(&live.to_owned()), "{now:?}");
    assert_eq!(now.len(), kept.len() + 2, "{now:?}");
    drop(held);
    save(&at("a"), b"x").unwrap();
    assert!(!names(folder.path()).contains(&live.to_owned()));
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::io::BufRead;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
    use std::process::{Command, Stdio};
    use std::time::Duration;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn permissions_are_kept_and_new_ones_follow_the_umask() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        save(&path, b"x").unwrap();
        let made = folder.path().join("made");
        fs::write(&made, b"x").unwrap();
        assert_eq!(mode(&path), mode(&made), "as any other new file");
        for kept in [0o600, 0o640, 0o666, 0o755, 0o4711] {
            fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
            save(&path, b"y").unwrap();
            assert_eq!(mode(&path), kept, "{kept:o}");
        }
    }

    #[test]
    fn a_private_file_is_private_while_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        save(&path, b"x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        replace_file(&path, |_| {
            for entry in fs::read_dir(folder.path())? {
                assert_eq!(mode(&entry?.path()), 0o600);
            }
            io::Result::Ok(())
        })
        .unwrap();
    }

    #[test]
    fn owner_and_group_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        save(&path, b"x").unwrap();
        // Only root can give a file away, so only root can see whether it stays given away.
        if chown(&path, Some(1234), Some(2345)).is_err() {
            return;
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o4755)).unwrap();
        save(&path, b"y").unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (1234, 2345));
        assert_eq!(mode(&path), 0o4755);
    }

    #[test]
    fn a_read_only_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        save(&path, b"old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let error = save(&path, b"new").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(error.to_string().contains("read-only"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn links_stay_and_what_they_point_to_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("real")).unwrap();
        fs::write(at("real/file"), "old").unwrap();
        symlink("real/file", at("relative")).unwrap();
        symlink(at("relative"), at("absolute")).unwrap();
        symlink("real", at("folder")).unwrap();
        symlink("../file", at("real/up")).unwrap();
        symlink("real/new", at("dangling")).unwrap();
        for (link, file) in [
            ("relative", "real/file"),
            ("absolute", "real/file"),
            ("folder/file", "real/file"),
            ("folder/up", "file"),
            ("dangling", "real/new"),
        ] {
            save(&at(link), link.as_bytes()).unwrap();
            assert_eq!(fs::read(at(file)).unwrap(), link.as_bytes());
            let file = fs::symlink_metadata(at(file)).unwrap();
            assert!(file.is_file(), "{link}");
        }
        for link in ["relative", "absolute", "folder", "real/up", "dangling"] {
            let link = fs::symlink_metadata(at(link)).unwrap();
            assert!(link.is_symlink(), "{link:?}");
        }
        assert_eq!(names(&at("real")), ["file", "new", "up"]);
        symlink("b", at("circle")).unwrap();
        symlink("circle", at("b")).unwrap();
        save(&at("circle"), b"x").unwrap_err();
    }

    const SAVE_TO: &str = "RUSHLIGHT_TEST_REPLACE";

    #[test]
    #[ignore = "the child of a_kill_leaves_a_whole_file_and_nothing_else"]
    fn saves_until_killed() {
        let Some(path) = std::env::var_os(SAVE_TO) else {
            return;
        };
        eprintln!("saving");
        for n in (0..=255u8).cycle() {
            save(Path::new(&path), &vec![n; 300_000]).unwrap();
        }
    }

    #[test]
    fn a_kill_leaves_a_whole_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        save(&path, &vec![0; 300_000]).unwrap();
        let mut left = 0;
        for round in 0..100 {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "unix::saves_until_killed",
                    "--ignored",
                    "--nocapture",
                ])
                .env(SAVE_TO, &path)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut said = String::new();
            let stderr = child.stderr.take().unwrap();
            io::BufReader::new(stderr).read_line(&mut said).unwrap();
            assert_eq!(said, "saving\n");
            std::thread::sleep(Duration::from_micros(731 * (round % 29)));
            child.kill().unwrap();
            child.wait().unwrap();
            let contents = fs::read(&path).unwrap();
            assert!(
                contents.len() == 300_000 && contents.iter().all(|byte| *byte == contents[0]),
                "round {round}"
            );
            left += names(folder.path()).len() - 1;
            save(&folder.path().join("model"), &contents).unwrap();
            assert_eq!(names(folder.path()), ["model"], "round {round}");
        }
        assert!(left > 0, "no child was killed in the middle of a save");
    }
}
