//! What one device refuses every device refuses, a GPU at the next read. The tests take turns, since they share the device that reports.

use rushlight::nn::functional::{self as F, EmbeddingBagOptions, Reduction};
use rushlight::{Device, ErrorKind, Result, Tensor};
use rushlight_tests::devices;
use std::sync::{Mutex, PoisonError};

static TURN: Mutex<()> = Mutex::new(());

/// The error of an operation, or of reading its result, or of waiting for the device.
fn refusal(device: &Device, result: Result<Tensor>) -> Option<(ErrorKind, String)> {
    let read = result.and_then(|y| {
        y.bytes()?;
        device.synchronize()
    });
    let refused = read.err()?;
    // What a refused operation left behind does not reach the next one.
    let _ = device.synchronize();
    Some((refused.kind(), refused.message().to_owned()))
}

#[test]
fn binary_cross_entropy_refuses_what_is_no_probability() -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for device in devices() {
        let target = Tensor::from_slice_on(&[0.0f32, 1.0, 1.0], 3, &device)?;
        let loss = |values: [f32; 3]| {
            let x = Tensor::from_slice_on(&values, 3, &device)?;
            F::binary_cross_entropy(&x, &target, None, Reduction::Mean)
        };
        for (values, wrong) in [
            ([0.5, 1.5, 0.5], 1),
            ([0.5, 0.5, -1e-3], 2),
            ([f32::NAN, 0.5, 0.5], 0),
            ([0.5, f32::INFINITY, 0.5], 1),
        ] {
            let (kind, text) = refusal(&device, loss(values)).expect("an error");
            assert_eq!(kind, ErrorKind::Value, "{text} on {device}");
            let start = format!(
                "binary_cross_entropy: the input must be probabilities in [0, 1], which element {wrong} is not"
            );
            assert!(text.starts_with(&start), "{text} on {device}");
        }
        for values in [[0.0, 1.0, 1.0], [-0.0, 0.5, 1.0]] {
            assert_eq!(
                refusal(&device, loss(values)),
                None,
                "{values:?} on {device}"
            );
        }
    }
    Ok(())
}

#[test]
fn embedding_bag_refuses_offsets_out_of_order() -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for device in devices() {
        let table = Tensor::from_slice_on(&[1.0f32, 2.0, 3.0, 4.0], [4, 1], &device)?;
        let indices = Tensor::from_slice_on(&[0i64, 1, 2, 3, 0], 5, &device)?;
        let bags = |offsets: &[i64]| {
            let offsets = Tensor::from_slice_on(offsets, offsets.len(), &device)?;
            let options = EmbeddingBagOptions {
                offsets: Some(&offsets),
                ..Default::default()
            };
            F::embedding_bag(&indices, &table, &options)
        };
        for (offsets, wrong) in [
            (&[0, 3, 2][..], 2),
            (&[1, 2, 3], 0),
            (&[0, 6], 1),
            (&[-1, 2], 0),
            (&[0, 2, -3], 2),
        ] {
            let (kind, text) = refusal(&device, bags(offsets)).expect("an error");
            if kind == ErrorKind::Unsupported {
                // A GPU that does not count in int64 has no bags with offsets.
                continue;
            }
            assert_eq!(kind, ErrorKind::Index, "{text} on {device}");
            let end = format!("the number of indices; offset {wrong} does not fit");
            let own = text.starts_with("embedding_bag: ") && text.ends_with(&end);
            // The addition at an offset that no bag has is refused as well, and may be what the result reports.
            assert!(
                own || text.starts_with("index_add: index "),
                "{text} on {device}"
            );
        }
        for offsets in [&[0][..], &[0, 0, 5], &[0, 2, 2, 4]] {
            let told = refusal(&device, bags(offsets));
            let told = told.filter(|(kind, _)| *kind != ErrorKind::Unsupported);
            assert_eq!(told, None, "{offsets:?} on {device}");
        }
    }
    Ok(())
}

/// Positions of several dimensions are put together without a look at them; each must fit its own dimension.
#[test]
fn indices_out_of_range_are_refused_in_every_dimension() -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for device in devices() {
        let x = Tensor::arange(0, 6, 1, &device)?.reshape([2, 3])?;
        for (rows, cols) in [
            ([0, 2], [0, 0]),
            ([0, 0], [0, 3]),
            ([1, -3], [0, 0]),
            ([1, 1], [-4, 0]),
        ] {
            let rows = Tensor::from_slice_on(&rows.map(i64::from), 2, &device)?;
            let cols = Tensor::from_slice_on(&cols.map(i64::from), 2, &device)?;
            let (kind, text) = refusal(&device, x.i((&rows, &cols))).expect("an error");
            assert_eq!(kind, ErrorKind::Index, "{text} on {device}");
        }
    }
    Ok(())
}

/// Writing by index names the line that wrote, not one of the library's.
#[test]
fn writing_by_index_names_the_callers_line() -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for device in devices() {
        let x = Tensor::zeros(2, &device)?;
        let far = Tensor::from_slice_on(&[2i64], 1, &device)?;
        for accumulate in [false, true] {
            let written = x.index_put(&far, 1.0, accumulate);
            let refused = written.and_then(|y| y.bytes()).expect_err("an error");
            let _ = device.synchronize();
            let text = refused.to_string();
            assert!(
                text.contains("refusals.rs") && !text.contains("crates/"),
                "{text}"
            );
        }
    }
    Ok(())
}

/// Class numbers out of range, through every loss that takes them.
#[test]
fn losses_refuse_classes_out_of_range() -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for device in devices() {
        let x = Tensor::zeros([2, 3], &device)?;
        let weight = Tensor::ones([3], &device)?;
        for class in [3, -1, 7] {
            let y = Tensor::from_slice_on(&[0i64, class], 2, &device)?;
            let weighted = F::CrossEntropyOptions {
                weight: Some(&weight),
                ..Default::default()
            };
            // One after the other: a device reports the first.
            let losses: [(&str, &dyn Fn() -> Result<Tensor>); 4] = [
                ("cross_entropy", &|| {
                    F::cross_entropy(&x, &y, &Default::default())
                }),
                ("cross_entropy with weights", &|| {
                    F::cross_entropy(&x, &y, &weighted)
                }),
                ("nll_loss", &|| F::nll_loss(&x, &y, &Default::default())),
                ("multi_margin_loss", &|| {
                    F::multi_margin_loss(&x, &y, 1, 1.0, None, Reduction::Mean)
                }),
            ];
            for (name, loss) in losses {
                let (kind, text) = refusal(&device, loss())
                    .unwrap_or_else(|| panic!("{name} takes class {class} on {device}"));
                assert_eq!(kind, ErrorKind::Index, "{name}: {text} on {device}");
            }
        }
    }
    Ok(())
}
