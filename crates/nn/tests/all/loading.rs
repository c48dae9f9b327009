//! Loading with options: which keys, under which names; what errors say; files of other formats.

use rushlight_nn::*;
use rushlight_tensor::{ErrorKind, Tensor, tensor};
use std::fs;

fn net() -> Result<Sequential> {
    Sequential::new()
        .add_named("fc1", Linear::new(3, 2)?)?
        .add_named("fc2", Linear::new(2, 1)?)
}

fn renamed(state: &StateDict, rename: impl Fn(&str) -> String) -> StateDict {
    let entries = state.iter().map(|(name, t)| (rename(name), t.clone()));
    entries.collect()
}

fn same(a: &impl Module, b: &StateDict) -> Result<bool> {
    for (name, tensor) in a.state_dict().iter() {
        if !tensor.equal(b.require(name)?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[test]
fn a_prefix_is_removed_and_other_keys_are_left() -> Result<()> {
    let (trained, model) = (net()?, net()?);
    let mut whole = renamed(&trained.state_dict(), |name| format!("backbone.{name}"));
    whole.insert("head.weight", tensor!([1.0]));
    let options = || LoadOptions::new().prefix("backbone.");
    assert_eq!(
        model.load_state_dict_with(&whole, options())?,
        IncompatibleKeys::default()
    );
    assert!(same(&model, &trained.state_dict())?);

    let dir = tempfile::tempdir()?;
    let path = dir.path().join("whole.safetensors");
    save_tensors(&path, &whole, &Default::default())?;
    let model = net()?;
    model.load_with(&path, options())?;
    assert!(same(&model, &trained.state_dict())?);

    let e = model
        .load_with(&path, LoadOptions::new().strict(false).prefix("encoder."))
        .unwrap_err();
    assert_eq!(e.kind(), ErrorKind::State);
    for words in [
        "whole.safetensors",
        "no key of the state dict begins with \"encoder.\" (5 keys: ",
        ", …)",
    ] {
        assert!(e.message().contains(words), "{e}: no {words:?}");
    }
    Ok(())
}

#[test]
fn keys_are_filtered_and_then_renamed() -> Result<()> {
    let (trained, model) = (net()?, net()?);
    let old = renamed(&trained.state_dict(), |name| {
        format!("old.{}", name.replace("fc", "layer"))
    });
    let mut seen = Vec::new();
    let filtered = std::cell::RefCell::new(&mut seen);
    let options = LoadOptions::new()
        .strict(false)
        .prefix("old.")
        .filter(|name| {
            filtered.borrow_mut().push(name.to_owned());
            name.starts_with("layer1.")
        })
        .rename(|name| name.replace("layer", "fc"));
    let before = model.state_dict().copy()?;
    let left = model.load_state_dict_with(&old, options)?;
    assert_eq!(left.missing, ["fc2.weight", "fc2.bias"]);
    assert_eq!(left.unexpected, [""; 0]);
    assert_eq!(seen.len(), 4);
    assert_eq!(
        seen[0], "layer1.weight",
        "filter sees names without the prefix"
    );
    let (now, theirs) = (model.state_dict(), trained.state_dict());
    assert!(
        now.require("fc1.weight")?
            .equal(theirs.require("fc1.weight")?)?
    );
    assert!(
        now.require("fc2.weight")?
            .equal(before.require("fc2.weight")?)?
    );

    let e = model
        .load_state_dict_with(&old, LoadOptions::new().rename(|_| "fc1.bias".into()))
        .unwrap_err();
    assert!(
        e.message().contains(
            "the keys old.layer1.weight and old.layer1.bias would both be loaded as fc1.bias"
        ),
        "{e}"
    );
    Ok(())
}

#[test]
fn errors_name_what_would_help() -> Result<()> {
    let model = net()?;
    let before = model.state_dict().copy()?;
    let says = |state: &StateDict, words: &[&str]| {
        let e = model.load_state_dict(state, true).unwrap_err();
        for words in words {
            assert!(e.message().contains(words), "{e}: no {words:?}");
        }
        assert!(e.location().file().ends_with("loading.rs"), "{e}");
    };
    let good = net()?.state_dict();
    says(
        &renamed(&good, |name| format!("module.{name}")),
        &["under \"module.\": load it with LoadOptions::new().prefix(\"module.\")"],
    );
    says(
        &renamed(&good, |name| name.replace("fc1", "fc_1")),
        &[
            "2 keys missing (fc1.weight, fc1.bias)",
            "2 keys unexpected (fc_1.weight, fc_1.bias)",
            "similar names: fc1.weight here, fc_1.weight in the state dict, fc1.bias here, fc_1.bias in the state dict",
        ],
    );
    let mut far = good.copy()?;
    far.remove("fc1.bias");
    far.insert("embedding.table", tensor!([1.0]));
    far.insert("fc2.weight", Tensor::zeros([2, 1], ())?);
    let e = model.load_state_dict(&far, true).unwrap_err();
    assert!(!e.message().contains("similar"), "{e}");
    says(
        &far,
        &[
            "1 key missing (fc1.bias)",
            "1 key unexpected (embedding.table)",
            "fc2.weight: [1, 2] here, [2, 1] in the state dict",
        ],
    );
    assert!(same(&model, &before)?, "nothing was changed");

    let wrapped = Sequential::new().add_named("body", net()?)?;
    let e = wrapped.load_state_dict(&good, true).unwrap_err();
    assert!(
        e.message()
            .contains("LoadOptions::new().rename(|name| format!(\"body.{name}\"))"),
        "{e}"
    );
    let options = LoadOptions::new().rename(|name| format!("body.{name}"));
    wrapped.load_state_dict_with(&good, options)?;
    Ok(())
}

#[test]
fn other_formats_are_named_with_what_to_do() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let zip = |name: &str| {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.resize(26, 0);
        bytes.extend([name.len() as u8, 0, 0, 0]);
        bytes.extend(name.as_bytes());
        bytes.extend([0; 100]);
        bytes
    };
    let tar = [&[b'a'; 257][..], b"ustar", &[0; 300]].concat();
    let torch = "safetensors.torch.save_file(torch.load(\"model.pt\", map_location=\"cpu\")";
    let cases: [(&str, Vec<u8>, &[&str]); 12] = [
        (
            "a.pt",
            zip("model/data.pkl"),
            &["a PyTorch checkpoint", torch],
        ),
        ("b.zip", zip("readme"), &["a zip archive", torch]),
        (
            "c.npz",
            zip("arr_0.npy"),
            &["NumPy archive", "safetensors.numpy.save_file"],
        ),
        (
            "d.pth",
            b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.".to_vec(),
            &["a pickle", torch],
        ),
        ("e.pt", tar, &["tar archive", torch]),
        (
            "f.npy",
            b"\x93NUMPY\x01\0v\0{'descr'".to_vec(),
            &["NumPy array", "numpy.load"],
        ),
        ("g.h5", b"\x89HDF\r\n\x1a\n\0\0\0\0".to_vec(), &["HDF5"]),
        ("h.gguf", b"GGUF\x03\0\0\0\0\0\0\0".to_vec(), &["GGUF"]),
        ("i.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\0".to_vec(), &["gzip"]),
        (
            "j.safetensors",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n".to_vec(),
            &["Git LFS", "git lfs pull"],
        ),
        ("k", b"\n<!DOCTYPE html><html>".to_vec(), &["HTML page"]),
        (
            "l.json",
            b"{\n  \"metadata\": {\"total_size\": 1}, \"weight_map\": {}}".to_vec(),
            &["index of a checkpoint in several files"],
        ),
    ];
    let model = net()?;
    for (name, bytes, words) in cases {
        let path = dir.path().join(name);
        fs::write(&path, bytes)?;
        for e in [
            load_tensors(&path).unwrap_err(),
            model.load(&path).unwrap_err(),
        ] {
            assert_eq!(e.kind(), ErrorKind::Parse, "{e}");
            for words in words.iter().chain([&name, &"not a safetensors file"]) {
                assert!(e.message().contains(words), "{e}: no {words:?}");
            }
            assert!(e.location().file().ends_with("loading.rs"), "{e}");
        }
    }
    Ok(())
}
