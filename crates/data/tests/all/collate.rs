//! Collation without a loader, and the errors of samples that cannot be put into one batch.

use rushlight_data::{DataLoader, Dataset, ListDataset, Subset, default_collate};
use rushlight_tensor::{Error, Result, Tensor};

/// Sample `i` has `i % 3 + 1` elements.
struct Ragged(usize);

impl Dataset for Ragged {
    type Sample = (Tensor, i64);
    fn len(&self) -> usize {
        self.0
    }
    fn get(&self, index: usize) -> Result<(Tensor, i64)> {
        Ok((Tensor::zeros([index % 3 + 1], ())?, index as i64))
    }
}

#[track_caller]
fn message<T>(result: Option<Result<T>>) -> String {
    match result {
        Some(Err(e)) => e.message().to_owned(),
        _ => panic!("no error"),
    }
}

const ADVICE: &str = "Make them alike in the data set or in a collate function (DataLoaderBuilder::collate), \
                      sequences of different lengths by nn::pad_sequence";

#[test]
fn ragged_batches_name_their_samples() -> Result<()> {
    let loader = DataLoader::builder(Ragged(9))
        .batch_size(4)
        .shuffle(true)
        .seed(5)
        .build()?;
    assert_eq!(
        message(loader.iter().next()),
        format!(
            "element 0 of the samples: collate: tensors of different shapes cannot be stacked: [2] (sample 7), \
             [1] (samples 6, 0), [3] (sample 8); the batch is samples [7, 6, 8, 0]. {ADVICE}"
        )
    );
    // The indices are those of the data set of the loader.
    let subset = Subset::new(Ragged(9), vec![8, 0, 3])?;
    let loader = DataLoader::builder(subset)
        .batch_size(3)
        .num_workers(1)
        .build()?;
    assert_eq!(
        message(loader.iter().next()),
        format!(
            "DataLoader worker 0: element 0 of the samples: collate: tensors of different shapes cannot be stacked: \
             [3] (sample 0), [1] (samples 1, 2); the batch is samples [0, 1, 2]. {ADVICE}"
        )
    );
    // Long lists are shortened.
    let loader = DataLoader::builder(Ragged(40)).batch_size(20).build()?;
    let text = message(loader.iter().next());
    assert!(
        text.contains("[1] (samples 0, 3, 6, 9 and 3 more), [2]"),
        "{text}"
    );
    assert!(text.contains("14, 15] and 4 more. Make"), "{text}");
    Ok(())
}

#[test]
fn default_collate_works_alone_and_in_collate_functions() -> Result<()> {
    let (x, names) = default_collate(vec![(1.0f32, "a"), (2.0, "b")])?;
    assert_eq!(
        (x.to_vec::<f32>()?, names),
        (vec![1.0, 2.0], vec!["a", "b"])
    );
    assert_eq!(
        message(Some(default_collate(Vec::<f32>::new()))),
        "default_collate: expected at least one sample"
    );

    let loader = DataLoader::builder(ListDataset(vec![1i64, 2, 3]))
        .batch_size(2)
        .collate(default_collate)
        .build()?;
    let batches: Result<Vec<Vec<i64>>> = loader.iter().map(|b| b?.to_vec()).collect();
    assert_eq!(batches?, [vec![1, 2], vec![3]]);

    // A collate function may have sorted the samples, so that it is not known which index belongs to which shape.
    let loader = DataLoader::builder(Ragged(9))
        .batch_size(3)
        .collate(|samples| {
            let (mut x, _): (Vec<Tensor>, Vec<i64>) = samples.into_iter().unzip();
            x.sort_by_key(|x| std::cmp::Reverse(x.shape()[0]));
            default_collate(x)
        })
        .build()?;
    assert_eq!(
        message(loader.iter().nth(1)),
        format!(
            "collate: tensors of different shapes cannot be stacked: [3] (position 0 of the batch), [2] (position 1 of the batch), \
             [1] (position 2 of the batch); the batch is samples [3, 4, 5] in the order that the collate function gave them. {ADVICE}"
        )
    );
    Ok(())
}

#[test]
fn samples_that_stacking_refuses_for_another_reason_keep_it() -> Result<()> {
    let deep = Tensor::zeros([1; 8], ())?;
    let loader = DataLoader::builder(ListDataset(vec![deep.clone(), deep]))
        .batch_size(2)
        .build()?;
    let text = message(loader.iter().next());
    assert!(
        text.starts_with("collate (the batch is samples [0, 1]): stack: "),
        "{text}"
    );
    Ok::<(), Error>(())
}
