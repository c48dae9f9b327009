//! 8.8 Data handling.

use crate::on_own_generator;
use rushlight::Result;
use rushlight::data::{DataLoader, Dataset, TensorDataset, random_split};
use rushlight::prelude::*;

struct CustomDataset {
    features: Tensor,
    labels: Tensor,
}

impl Dataset for CustomDataset {
    type Sample = (Tensor, Tensor);
    fn len(&self) -> usize {
        self.features.shape()[0]
    }
    fn get(&self, idx: usize) -> Result<(Tensor, Tensor)> {
        Ok((
            self.features.select(0, idx as isize)?,
            self.labels.select(0, idx as isize)?,
        ))
    }
}

/// 100 samples whose label is the sum of their features.
fn custom_dataset() -> Result<CustomDataset> {
    let features = Tensor::arange(0, 300, 1, DType::F32)?.reshape([100, 3])?;
    let labels = features.sum_dim(1, false)?;
    Ok(CustomDataset { features, labels })
}

#[test]
fn s8_8_1_a_dataset() -> Result<()> {
    let dataset = custom_dataset()?;
    assert_eq!(dataset.len(), 100);
    let (features, label) = dataset.get(7)?;
    assert_eq!(
        (features.to_vec::<f32>()?, label.item::<f32>()?),
        (vec![21.0, 22.0, 23.0], 66.0)
    );
    Ok(())
}

#[test]
fn s8_8_2_a_data_loader() -> Result<()> {
    on_own_generator(|| {
        let epochs = |workers: usize| -> Result<Vec<Vec<f32>>> {
            manual_seed(5);
            let dataloader = DataLoader::builder(custom_dataset()?)
                .batch_size(32)
                .shuffle(true)
                .num_workers(workers)
                .build()?;
            assert_eq!(dataloader.len(), 4);
            let mut epochs = Vec::new();
            for _ in 0..2 {
                let (mut seen, mut sizes) = (Vec::new(), Vec::new());
                for batch in &dataloader {
                    let (features, labels) = batch?;
                    assert!(features.sum_dim(1, false)?.equal(&labels)?);
                    sizes.push(labels.numel());
                    seen.extend(labels.to_vec::<f32>()?);
                }
                assert_eq!(sizes, [32, 32, 32, 4]);
                epochs.push(seen);
            }
            Ok(epochs)
        };
        let seen = epochs(0)?;
        assert_ne!(seen[0], seen[1], "the second epoch is shuffled anew");
        for epoch in &seen {
            let mut sorted = epoch.clone();
            sorted.sort_by(f32::total_cmp);
            assert!(
                sorted
                    .iter()
                    .enumerate()
                    .all(|(i, x)| *x == 9.0 * i as f32 + 3.0),
                "every sample once"
            );
        }
        assert_eq!(
            epochs(4)?,
            seen,
            "the chapter's four workers give the same batches in the same order"
        );
        Ok(())
    })
}

#[test]
fn s8_8_3_a_tensor_dataset() -> Result<()> {
    let features = Tensor::randn([100, 10], ())?;
    let labels = Tensor::randint(0, 2, [100], ())?;
    let dataset = TensorDataset::new((features.clone(), labels))?;
    assert_eq!(dataset.len(), 100);
    assert!(dataset.get(42)?.0.equal(&features.select(0, 42)?)?);
    Ok(())
}

#[test]
fn s8_8_3_random_splitting() -> Result<()> {
    on_own_generator(|| {
        manual_seed(0);
        let dataset = custom_dataset()?;
        let train_size = (0.8 * dataset.len() as f64) as usize;
        let val_size = dataset.len() - train_size;
        let [train_dataset, val_dataset] = random_split(dataset, [train_size, val_size], None)?;
        assert_eq!((train_dataset.len(), val_dataset.len()), (80, 20));
        // The rows that PyTorch's random_split draws after manual_seed(0).
        assert_eq!(train_dataset.indices()[..6], [44, 19, 93, 90, 71, 69]);
        assert_eq!(val_dataset.indices()[..6], [18, 17, 75, 67, 13, 48]);
        Ok(())
    })
}
