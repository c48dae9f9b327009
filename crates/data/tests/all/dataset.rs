//! Data sets, splits, samplers and collation. Random numbers are compared with those of PyTorch 2.15.

use proptest::prelude::*;
use rushlight_data::{
    ChainDataset, Collate, ConcatDataset, DataLoader, Dataset, IterableDataset, ListDataset,
    RandomSampler, Sampler, Samples, StackDataset, Subset, SubsetRandomSampler, TensorDataset,
    WeightedRandomSampler, random_split,
};
use rushlight_tensor::random::Generator;
use rushlight_tensor::{Error, Result, Tensor};
use std::collections::{BTreeMap, HashMap};

fn seeded(seed: u64) -> Generator {
    Generator::new(seed)
}

fn list<S: Sampler>(sampler: &S) -> Result<Vec<S::Index>> {
    Ok(sampler.indices()?.collect())
}

#[track_caller]
fn refused<T>(result: Result<T>, text: &str) {
    match result {
        Ok(_) => panic!("accepted, instead of: {text}"),
        Err(e) => assert!(e.message().starts_with(text), "{e}"),
    }
}

#[test]
fn samplers_draw_the_indices_of_pytorch() -> Result<()> {
    let sampler = RandomSampler::with_replacement(10, 40)?.generator(&seeded(5));
    let want = [
        1, 4, 7, 5, 6, 0, 2, 3, 8, 4, 9, 0, 1, 2, 8, 8, 3, 0, 7, 9, 9, 7, 2, 9, 4, 7, 1, 9, 3, 6,
        4, 4, 5, 4, 0, 5, 7, 4, 5, 9,
    ];
    assert_eq!(list(&sampler)?, want);
    let sampler = RandomSampler::new(10)?
        .num_samples(13)?
        .generator(&seeded(5));
    assert_eq!(list(&sampler)?, [1, 4, 9, 6, 3, 5, 0, 2, 8, 7, 4, 2, 8]);
    seeded(3).scope(|| {
        assert_eq!(
            list(&RandomSampler::with_replacement(5, 6)?)?,
            [2, 3, 0, 1, 3, 1]
        );
        assert_eq!(list(&RandomSampler::new(5)?)?, [1, 4, 3, 0, 2]);
        Ok::<(), Error>(())
    })?;
    let weights = [0.1, 0.9, 0.4, 0.7, 3.0, 0.6];
    let sampler = WeightedRandomSampler::new(&weights, 5, true)?.generator(&seeded(9));
    assert_eq!(list(&sampler)?, [3, 4, 3, 1, 1]);
    let weights = [0.9, 0.4, 0.05, 0.2, 0.3, 0.1];
    let sampler = WeightedRandomSampler::new(&weights, 5, false)?.generator(&seeded(9));
    assert_eq!(list(&sampler)?, [4, 0, 3, 1, 2]);
    let sampler = WeightedRandomSampler::new(&[1.0, 2.0, 3.0], 4, true)?;
    assert_eq!(seeded(9).scope(|| list(&sampler))?, [1, 2, 1, 0]);
    let sampler = SubsetRandomSampler::new(vec![3, 1, 4, 1, 5, 9]).generator(&seeded(9));
    assert_eq!(list(&sampler)?, [5, 3, 1, 9, 4, 1]);
    Ok(())
}

#[test]
fn samplers_refuse_invalid_arguments() {
    refused(
        RandomSampler::new(0),
        "RandomSampler: cannot draw from an empty data set",
    );
    refused(
        RandomSampler::with_replacement(5, 0),
        "RandomSampler: num_samples must be positive, got 0",
    );
    let weighted = WeightedRandomSampler::new;
    refused(
        weighted(&[1.0], 0, true),
        "WeightedRandomSampler: multinomial: the number of samples",
    );
    refused(
        weighted(&[1.0, -2.0], 1, true),
        "WeightedRandomSampler: multinomial: a weight is -2",
    );
    refused(
        weighted(&[1.0, 2.0], 3, false),
        "WeightedRandomSampler: multinomial: cannot draw 3 samples",
    );
    refused(
        weighted(&[0.0], 1, true),
        "WeightedRandomSampler: multinomial: the weights sum to 0",
    );
    refused(
        weighted(&[], 1, true),
        "WeightedRandomSampler: multinomial: the weights sum to 0",
    );
    let batches = rushlight_data::BatchSampler::new(SubsetRandomSampler::new(vec![1]), 0, true);
    refused(batches, "BatchSampler: batch_size must be positive, got 0");
}

#[test]
fn random_split_gives_the_parts_of_pytorch() -> Result<()> {
    let data = || ListDataset(vec![0u8; 11]);
    let [a, b] = random_split(ListDataset(vec![0u8; 10]), [3, 7], Some(&seeded(42)))?;
    assert_eq!(
        (a.indices(), b.indices()),
        (&[2, 6, 1][..], &[8, 4, 5, 0, 9, 3, 7][..])
    );
    let [a, b, c] = random_split(data(), [0.3, 0.3, 0.4], Some(&seeded(42)))?;
    assert_eq!(a.indices(), [6, 8, 9, 2]);
    assert_eq!(b.indices(), [1, 10, 0]);
    assert_eq!(c.indices(), [7, 3, 5, 4]);
    refused(
        random_split(data(), [8, 4], None),
        "random_split: the lengths 8 + 4 = 12 do not add up to the 11 samples of the data set",
    );
    refused(
        random_split(data(), [0.5, 0.4], None),
        "random_split: the fractions [0.5, 0.4] sum to 0.9, not to 1",
    );
    refused(
        random_split(data(), [1.5, -0.5], None),
        "random_split: a fraction must lie in [0, 1], got 1.5",
    );
    refused(
        random_split(data(), [usize::MAX, 12], None),
        "random_split: the lengths",
    );
    refused(
        random_split(data(), [] as [f64; 0], None),
        "random_split: the fractions [] sum to",
    );
    Ok(())
}

#[test]
fn a_tensor_dataset_gives_rows_and_gathers_batches() -> Result<()> {
    let x = Tensor::arange(0, 12, 1, ())?.reshape([4, 3])?;
    let y = Tensor::from_slice(&[0.5f32, 1.5, 2.5, 3.5], [4])?;
    let data = TensorDataset::new((x.clone(), y.clone()))?;
    let (row, label) = data.get(2)?;
    assert_eq!(
        (row.to_vec::<i64>()?, label.item::<f32>()?),
        (vec![6, 7, 8], 2.5)
    );
    let (rows, labels) = data.get_batch(&[3, 0, 3])?;
    assert_eq!(
        rows.to_vec2::<i64>()?,
        [[9, 10, 11], [0, 1, 2], [9, 10, 11]]
    );
    assert_eq!(labels.to_vec::<f32>()?, [3.5, 0.5, 3.5]);
    assert!(!rows.shares_memory(&x));
    // A transposed matrix is gathered through its strides.
    let columns = TensorDataset::new(x.t()?)?;
    assert_eq!(
        columns.get_batch(&[2, 1])?.to_vec2::<i64>()?,
        [[2, 5, 8, 11], [1, 4, 7, 10]]
    );

    refused(
        data.get(4),
        "TensorDataset: index 4 is out of range for 4 samples",
    );
    assert!(data.get_batch(&[1, 4]).is_err());
    let short = Tensor::zeros([3], ())?;
    refused(
        TensorDataset::new((x.clone(), y, short)),
        "TensorDataset: the tensors differ in length: tensor 0 has 4 samples, tensor 2 has 3",
    );
    refused(
        TensorDataset::new((x, Tensor::scalar(1.0, ())?)),
        "TensorDataset: tensor 1 has no dimensions",
    );
    refused(
        TensorDataset::new(Vec::<Tensor>::new()),
        "TensorDataset: needs at least one tensor",
    );
    Ok(())
}

#[test]
fn subsets_concatenations_and_maps_nest() -> Result<()> {
    let data = TensorDataset::new(Tensor::arange(0, 6, 1, ())?)?;
    let even = Subset::new(data.clone(), vec![4, 2, 0])?;
    assert_eq!(even.get_batch(&[0, 2])?.to_vec::<i64>()?, [4, 0]);
    refused(even.get(3), "Subset: index 3 is out of range for 3 samples");
    refused(
        Subset::new(data.clone(), vec![6]),
        "Subset: index 6 is out of range for 6 samples",
    );

    let both: Vec<Box<dyn Dataset<Sample = Tensor>>> = vec![Box::new(even), Box::new(data)];
    let both = ConcatDataset::new(both)?;
    let all: Result<Vec<i64>> = (0..both.len()).map(|i| both.get(i)?.item()).collect();
    assert_eq!(all?, [4, 2, 0, 0, 1, 2, 3, 4, 5]);
    refused(
        both.get(9),
        "ConcatDataset: index 9 is out of range for 9 samples",
    );
    refused(
        ConcatDataset::<ListDataset<f32>>::new(vec![]),
        "ConcatDataset: needs at least one",
    );

    let halves = both.map(|x| x.float()?.mul(0.5));
    assert_eq!(halves.get_batch(&[0, 8])?.to_vec::<f32>()?, [2.0, 2.5]);
    Ok(())
}

#[test]
fn stacked_datasets_give_samples_of_their_form() -> Result<()> {
    let numbers = || TensorDataset::new(Tensor::arange(0, 4, 1, ())?);
    let names = || ListDataset(vec!["a", "b", "c", "d"]);
    let tuple = StackDataset::new((numbers()?, names()))?;
    let (n, name) = tuple.get(2)?;
    assert_eq!((n.item::<i64>()?, name, tuple.len()), (2, "c", 4));
    let list = StackDataset::new(vec![numbers()?, numbers()?])?;
    let batch = list.get_batch(&[3, 1])?;
    assert_eq!(batch[1].to_vec::<i64>()?, [3, 1]);
    let map = StackDataset::new(BTreeMap::from([("x", numbers()?), ("y", numbers()?)]))?;
    assert_eq!(map.get_batch(&[0, 2])?["y"].to_vec::<i64>()?, [0, 2]);

    refused(
        tuple.get(4),
        "StackDataset: index 4 is out of range for 4 samples",
    );
    refused(
        StackDataset::new((names(), ListDataset(vec![0u8; 3]))),
        "StackDataset: the data sets differ in length: data set 0 has 4 samples, data set 1 has 3",
    );
    refused(
        StackDataset::new(Vec::<ListDataset<u8>>::new()),
        "StackDataset: needs at least one data set",
    );
    Ok(())
}

#[test]
fn chained_streams_follow_each_other_and_keep_their_errors() -> Result<()> {
    struct Upto(i64);
    impl IterableDataset for Upto {
        type Sample = i64;
        fn iter(&self) -> Result<Samples<'_, i64>> {
            match self.0 {
                0 => Err(Error::io("no such file")),
                n => Ok(Box::new((0..n).map(Ok))),
            }
        }
        fn known_len(&self) -> Option<usize> {
            Some(self.0 as usize)
        }
    }
    let chain = ChainDataset::new(vec![Upto(2), Upto(3)]);
    assert_eq!(chain.known_len(), Some(5));
    assert_eq!(
        chain.iter()?.collect::<Result<Vec<i64>>>()?,
        [0, 1, 0, 1, 2]
    );
    let loader = DataLoader::stream(chain).batch_size(2).build()?;
    assert_eq!(loader.known_len(), Some(3));
    let broken = ChainDataset::new(vec![Upto(1), Upto(0)]);
    let all: Vec<Result<i64>> = broken.iter()?.collect();
    assert!(matches!(&all[..], [Ok(0), Err(_)]));
    Ok(())
}

#[test]
fn samples_of_every_kind_collate() -> Result<()> {
    let (x, y) = Collate::collate(vec![(1.5f64, 1i64), (2.5, 2)])?;
    assert_eq!(
        (x.to_vec::<f64>()?, y.to_vec::<i64>()?),
        (vec![1.5, 2.5], vec![1, 2])
    );
    assert_eq!(
        Collate::collate(vec![true, false])?.to_vec::<bool>()?,
        [true, false]
    );
    assert_eq!(Collate::collate(vec![3usize])?.to_vec::<i64>()?, [3]);
    let columns = Collate::collate(vec![vec![1i32, 2, 3], vec![4, 5, 6]])?;
    assert_eq!(columns.len(), 3);
    assert_eq!(columns[1].to_vec::<i32>()?, [2, 5]);
    let [a, b] = Collate::collate(vec![["a", "b"], ["c", "d"]])?;
    assert_eq!((a, b), (vec!["a", "c"], vec!["b", "d"]));
    let sample = |n: f32| BTreeMap::from([("x".to_owned(), n), ("y".to_owned(), -n)]);
    let batch = Collate::collate(vec![sample(1.0), sample(2.0)])?;
    assert_eq!(batch["y"].to_vec::<f32>()?, [-1.0, -2.0]);
    let batch = Collate::collate(vec![HashMap::from([(0, Tensor::zeros([2], ())?)])])?;
    assert_eq!(batch[&0].shape(), [1, 2]);

    refused(
        Collate::collate(vec![vec![1.0], vec![]]),
        "collate: lists of different lengths cannot be put into one batch: length 1 (position 0 of the batch), 0 (position 1 of the batch); \
         the batch has 2 samples.",
    );
    let uneven = vec![Tensor::zeros([2], ())?, Tensor::zeros([3], ())?];
    refused(
        Collate::collate(uneven),
        "collate: tensors of different shapes cannot be stacked: [2] (position 0 of the batch), [3] (position 1 of the batch); \
         the batch has 2 samples.",
    );
    let other = BTreeMap::from([("x".to_owned(), 1.0)]);
    refused(
        Collate::collate(vec![sample(1.0), other]),
        "collate: position 1 of the batch has no entry \"y\", which position 0 of the batch has; the batch has 2 samples",
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_sample_comes_once_an_epoch(n in 1usize..200, size in 1usize..40, workers in 0usize..4, seed: u64) {
        let data = TensorDataset::new(Tensor::arange(0, n as i64, 1, ()).unwrap()).unwrap();
        let loader = DataLoader::builder(data).batch_size(size).shuffle(true).num_workers(workers).seed(seed);
        let loader = loader.build().unwrap();
        let batches: Vec<Vec<i64>> = loader.iter().map(|b| b.unwrap().to_vec().unwrap()).collect();
        prop_assert_eq!(batches.len(), loader.len());
        prop_assert!(batches[..batches.len() - 1].iter().all(|b| b.len() == size));
        let mut all = batches.concat();
        all.sort_unstable();
        prop_assert!(all.into_iter().eq(0..n as i64));
    }

    #[test]
    fn parts_of_a_split_are_disjoint_and_cover_everything(n in 0usize..300, cut in 0.0f64..=1.0) {
        let parts = random_split(ListDataset(vec![0u8; n]), [cut, 1.0 - cut], None).unwrap();
        let mut all: Vec<usize> = parts.iter().flat_map(|p| p.indices().to_vec()).collect();
        all.sort_unstable();
        prop_assert!(all.into_iter().eq(0..n));
    }
}
