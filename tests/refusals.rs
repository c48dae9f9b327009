//! What one device refuses every device refuses, a GPU where a spoiled tensor is read. The tests take turns, since they share the device that reports.

use rushlight::gpu::Gpu;
use rushlight::nn::functional::{self as F, BagMode, EmbeddingOptions};
use rushlight::{DType, Device, ErrorKind, Result, ScatterReduce, Tensor};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

static TURN: Mutex<()> = Mutex::new(());

/// The CPU and a GPU that no other test uses: it reports to whoever waits for it next.
fn devices() -> Vec<Device> {
    static OWN: OnceLock<Option<Device>> = OnceLock::new();
    let own = OWN.get_or_init(|| {
        rushlight_tests::gpu()?;
        let gpu = Gpu::open(0).expect("a second device on the adapter");
        Some(Device::custom(Arc::new(gpu)))
    });
    [Some(Device::CPU), own.clone()]
        .into_iter()
        .flatten()
        .collect()
}

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
            F::binary_cross_entropy(&x, &target, ())
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
            F::embedding_bag(&indices, &table, Some(&offsets), None, ())
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
            assert!(own, "{text} on {device}");
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
            let weighted = F::CrossEntropyLossOptions::new().weight(weight.clone());
            // One after the other: a device reports the first.
            let losses: [(&str, &dyn Fn() -> Result<Tensor>); 4] = [
                ("cross_entropy", &|| F::cross_entropy(&x, &y, ())),
                ("cross_entropy with weights", &|| {
                    F::cross_entropy(&x, &y, &weighted)
                }),
                ("nll_loss", &|| F::nll_loss(&x, &y, ())),
                ("multi_margin_loss", &|| F::multi_margin_loss(&x, &y, ())),
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

/// An index out of range is reported under the name of what was called, in the same words on every device.
#[test]
fn indices_out_of_range_are_reported_under_the_name_that_was_called() -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for device in devices() {
        let x = Tensor::arange(0, 6, 1, &device)?
            .to(DType::F32)?
            .reshape([2, 3])?;
        let index = |values: &[i64]| Tensor::from_slice_on(values, values.len(), &device);
        let (far, below) = (index(&[0, 7])?, index(&[0, -9])?);
        let rows = far.reshape([1, 2])?;
        let padded = EmbeddingOptions::new().padding_idx(0).max_norm(1.0);
        let bags = |mode: BagMode| F::embedding_bag(&rows, &x, None, None, mode);
        let weight = Tensor::ones([3], &device)?;
        let weighted = F::CrossEntropyLossOptions::new().weight(weight.clone());
        let weighted_nll = F::NLLLossOptions::new().weight(weight);
        let pixels = x.t()?.reshape([1, 3, 2])?;
        let four = x.reshape(-1)?.narrow(0, 0, 4)?.reshape([1, 1, 2, 2])?;
        let places = index(&[0, 1, 2, 99])?.reshape([1, 1, 2, 2])?;
        let mean = ScatterReduce::Mean;
        let ctc = || {
            let log_p = Tensor::zeros([4, 1, 3], &device)?.log_softmax(2)?;
            F::ctc_loss(&log_p, &rows, &[4], &[2], ())
        };
        type Call<'a> = &'a dyn Fn() -> Result<Tensor>;
        let calls: [(&str, Call<'_>); 24] = [
            ("embedding: index 7 is out of range for 2 rows", &|| {
                F::embedding(&far, &x, ())
            }),
            ("embedding: index -9 is out of range for 2 rows", &|| {
                F::embedding(&below, &x, ())
            }),
            ("embedding: index 7 is out of range for 2 rows", &|| {
                F::embedding(&far, &x.copy()?, &padded)
            }),
            ("embedding_bag: index 7 is out of range for 2 rows", &|| {
                bags(BagMode::Mean)
            }),
            ("embedding_bag: index 7 is out of range for 2 rows", &|| {
                bags(BagMode::Max)
            }),
            (
                "cross_entropy: target 7 is out of range for 3 classes",
                &|| F::cross_entropy(&x, &far, ()),
            ),
            (
                "cross_entropy: target 7 is out of range for 3 classes",
                &|| F::cross_entropy(&x, &far, &weighted),
            ),
            (
                "cross_entropy: target 7 is out of range for 3 classes",
                &|| F::cross_entropy(&pixels, &rows, ()),
            ),
            ("nll_loss: target 7 is out of range for 3 classes", &|| {
                F::nll_loss(&x, &far, ())
            }),
            ("nll_loss: target 7 is out of range for 3 classes", &|| {
                F::nll_loss(&x, &far, &weighted_nll)
            }),
            (
                "multi_margin_loss: target 7 is out of range for 3 classes",
                &|| F::multi_margin_loss(&x, &far, ()),
            ),
            (
                "multilabel_margin_loss: target 7 is out of range for 3 classes",
                &|| {
                    let labels = index(&[0, 7, 1, 0, 1, 2])?.reshape([2, 3])?;
                    F::multilabel_margin_loss(&x, &labels, ())
                },
            ),
            ("ctc_loss: target 7 is out of range for 3 classes", &ctc),
            (
                "max_unpool: index 99 is out of range for 16 elements",
                &|| four.max_unpool(&places, [2, 2], ()),
            ),
            ("take: index 7 is out of range for 6 elements", &|| {
                x.take(&far)
            }),
            (
                "take_along_dim: index 7 is out of range for 6 elements",
                &|| x.take_along_dim(&far, None),
            ),
            ("put: index 7 is out of range for 6 elements", &|| {
                x.put(&far, &x.new_ones(2)?, false)
            }),
            ("put: index -9 is out of range for 6 elements", &|| {
                x.put(&below, &x.new_ones(2)?, true)
            }),
            ("one_hot: index 7 is out of range for 4 classes", &|| {
                far.one_hot(4)
            }),
            (
                "index_fill: index 7 is out of range for dimension 1 of size 3",
                &|| x.index_fill(1, &far, 1.0),
            ),
            (
                "index: index 7 is out of range for dimension 0 of size 2",
                &|| x.i(&far),
            ),
            (
                "index_put: index 7 is out of range for dimension 0 of size 2",
                &|| x.index_put(&far, 1.0, true),
            ),
            (
                "scatter_reduce: index 7 is out of range for dimension 1 of size 3",
                &|| x.scatter_reduce(1, &rows, &x, mean, true),
            ),
            (
                "index_reduce: index 7 is out of range for dimension 0 of size 2",
                &|| x.index_reduce(0, &far, &x, mean, true),
            ),
        ];
        for (expected, call) in calls {
            let (kind, text) =
                refusal(&device, call()).unwrap_or_else(|| panic!("{expected}: not on {device}"));
            if kind == ErrorKind::Unsupported {
                continue;
            }
            assert_eq!(
                (kind, text.as_str()),
                (ErrorKind::Index, expected),
                "on {device}"
            );
        }
        // The rest of the thread's work is none of theirs.
        let plain = refusal(&device, x.index_select(0, &far))
            .expect("an error")
            .1;
        let expected = "index_select: index 7 is out of range for dimension 0 of size 2";
        assert_eq!(plain, expected, "on {device}");
    }
    Ok(())
}
