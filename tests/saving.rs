//! Tensors of every device in files: read chunk by chunk, views too.

use rushlight::Result;
use rushlight::nn::{Linear, StateDict, load_tensors, save_tensors, sequential};
use rushlight::prelude::*;
use rushlight_tests::devices;
use std::collections::BTreeMap;

#[test]
fn pieces_are_the_bytes_in_order() -> Result<()> {
    for device in devices() {
        for dtype in [DType::F32, DType::F16, DType::U8, DType::Bool] {
            let x = Tensor::arange(0, 60, 1, ())?.remainder(2)?;
            let x = x.reshape([3, 4, 5])?.to((dtype, &device))?;
            let views = [
                x.clone(),
                x.narrow(0, 1, 2)?,
                x.permute([2, 0, 1])?,
                x.narrow(2, 1, 3)?,
                x.select(0, 1)?.t()?,
                x.narrow(1, 0, 1)?.expand([3, 4, 5])?,
                x.narrow(0, 0, 0)?,
                x.select(0, 2)?.select(0, 1)?.select(0, 1)?,
            ];
            for view in &views {
                for limit in [0, 1, 3, 8, 50, 1 << 20] {
                    let (mut bytes, mut longest) = (Vec::new(), 0);
                    view.bytes_in_chunks(limit, |chunk| {
                        bytes.extend_from_slice(chunk);
                        longest = longest.max(chunk.len());
                        Ok(())
                    })?;
                    let shape = view.shape();
                    assert_eq!(
                        bytes,
                        view.bytes()?,
                        "{dtype} {shape:?} by {limit} on {device}"
                    );
                    assert!(longest <= limit.max(dtype.size()), "{longest} of {limit}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn a_model_is_saved_from_its_device_and_loaded_onto_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("model.safetensors");
    for device in devices() {
        let make = || -> Result<_> {
            let model = sequential![Linear::new(3, 4)?, Linear::new(4, 1)?].to(&device)?;
            Ok(model)
        };
        let (trained, fresh) = (make()?, make()?);
        trained.save(&path)?;
        fresh.load(&path)?;
        for ((name, a), (_, b)) in trained.state_dict().into_iter().zip(fresh.state_dict()) {
            assert!(a.equal(&b)?, "{name} on {device}");
        }
        let mut state = StateDict::new();
        state.insert("view", trained.state_dict().require("0.weight")?.t()?);
        save_tensors(&path, &state, &BTreeMap::new())?;
        let loaded = load_tensors(&path)?;
        let loaded = loaded.tensors.require("view")?;
        assert!(
            loaded.equal(&state.require("view")?.to(&Device::CPU)?)?,
            "{device}"
        );
    }
    Ok(())
}

/// Two tensors that change places: each is read before it is written.
#[test]
fn a_state_dict_of_the_modules_own_tensors_is_loaded_as_its_copies_are() -> Result<()> {
    for device in devices() {
        let model = sequential![Linear::new(2, 2)?, Linear::new(2, 2)?].to(&device)?;
        let copies = model.state_dict().copy()?;
        let own = model.state_dict();
        let mut swapped = StateDict::new();
        for name in own.keys() {
            let other = match name.strip_prefix("0.") {
                Some(rest) => format!("1.{rest}"),
                None => name.replace("1.", "0."),
            };
            swapped.insert(name, own.require(&other)?.clone());
        }
        model.load_state_dict(&swapped, true)?;
        for (name, tensor) in model.state_dict().iter() {
            let other = if name.starts_with('0') { "1" } else { "0" };
            let right = copies.require(&format!("{other}{}", &name[1..]))?;
            assert!(tensor.equal(right)?, "{name} on {device}");
        }
    }
    Ok(())
}
