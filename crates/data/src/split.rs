//! Splits of rows into training and test rows, equal to those of scikit-learn for the same seed.

use rushlight_backend::{Error, Result, room};

/// The result of a split: the indices of the training and of the test rows, in the order of scikit-learn.
///
/// ```
/// use rushlight::data::{Split, train_test_split};
/// let Split { train, test } = train_test_split(10, 0.3, 42)?;
/// assert_eq!((train.len(), test.len()), (7, 3));
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The training rows.
    pub train: Vec<usize>,
    /// The test rows.
    pub test: Vec<usize>,
}

/// The size of the training set or of the test set of a split.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SplitSize {
    /// A fraction of the rows, between 0 and 1. The number of rows is rounded up for the test set and down for the training set.
    Fraction(f64),
    /// A number of rows.
    Count(usize),
}

impl From<f64> for SplitSize {
    fn from(fraction: f64) -> SplitSize {
        SplitSize::Fraction(fraction)
    }
}

impl From<usize> for SplitSize {
    fn from(count: usize) -> SplitSize {
        SplitSize::Count(count)
    }
}

/// Splits the rows `0..rows` randomly into a test set of the size `test_size` and a training set of the other rows.
/// scikit-learn: `train_test_split(…, test_size=…, random_state=seed)`.
///
/// ```
/// let split = rushlight::data::train_test_split(10, 0.3, 42)?;
/// assert_eq!(split.test, [8, 1, 5]);
/// assert_eq!(split.train, [0, 7, 2, 9, 4, 3, 6]);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
///
/// # Errors
/// If a fraction is not between 0 and 1, or if one of the sets would be empty or larger than the number of rows.
#[track_caller]
pub fn train_test_split(rows: usize, test_size: impl Into<SplitSize>, seed: u32) -> Result<Split> {
    TrainTestSplit::new()
        .test_size(test_size)
        .seed(seed)
        .split(rows)
}

/// Does what [`train_test_split`] does for rows with class labels, so that the classes have the same proportions in both sets.
/// scikit-learn: `train_test_split(…, stratify=labels)`.
///
/// ```
/// let labels = ["a", "b", "a", "b", "a", "b"];
/// let split = rushlight::data::train_test_split_stratified(&labels, 2, 0)?;
/// assert_ne!(labels[split.test[0]], labels[split.test[1]]);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
///
/// # Errors
/// As for [`train_test_split`]; and if a label occurs only once, or if one of the sets has fewer rows than there are labels.
#[track_caller]
pub fn train_test_split_stratified<T: Ord>(
    labels: &[T],
    test_size: impl Into<SplitSize>,
    seed: u32,
) -> Result<Split> {
    TrainTestSplit::new()
        .test_size(test_size)
        .seed(seed)
        .split_stratified(labels)
}

/// A split with all options of scikit-learn's `train_test_split`; the function [`train_test_split`] is the short form.
///
/// ```
/// use rushlight::data::TrainTestSplit;
/// let split = TrainTestSplit::new().test_size(2).shuffle(false).split(5)?;
/// assert_eq!((split.train, split.test), (vec![0, 1, 2], vec![3, 4]));
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrainTestSplit {
    test_size: Option<SplitSize>,
    train_size: Option<SplitSize>,
    seed: u32,
    shuffle: bool,
}

impl Default for TrainTestSplit {
    fn default() -> TrainTestSplit {
        TrainTestSplit {
            test_size: None,
            train_size: None,
            seed: 0,
            shuffle: true,
        }
    }
}

impl TrainTestSplit {
    /// A split with a quarter of the rows in the test set, shuffled with seed 0.
    pub fn new() -> TrainTestSplit {
        TrainTestSplit::default()
    }

    /// Sets the size of the test set. By default it has the rows that are not in the training set, or a quarter of all rows.
    pub fn test_size(mut self, size: impl Into<SplitSize>) -> TrainTestSplit {
        self.test_size = Some(size.into());
        self
    }

    /// Sets the size of the training set. By default it has the rows that are not in the test set.
    pub fn train_size(mut self, size: impl Into<SplitSize>) -> TrainTestSplit {
        self.train_size = Some(size.into());
        self
    }

    /// Sets the seed of the shuffle. scikit-learn: `random_state`.
    pub fn seed(mut self, seed: u32) -> TrainTestSplit {
        self.seed = seed;
        self
    }

    /// Sets whether the rows are shuffled, as by default. Otherwise the first rows are the training set.
    pub fn shuffle(mut self, yes: bool) -> TrainTestSplit {
        self.shuffle = yes;
        self
    }

    /// Splits the rows `0..rows`.
    ///
    /// # Errors
    /// As for [`train_test_split`].
    #[track_caller]
    pub fn split(&self, rows: usize) -> Result<Split> {
        let (n_train, n_test) = self.sizes(rows)?;
        let mut train = room("train_test_split", Some(n_train))?;
        if !self.shuffle {
            let mut test = room("train_test_split", Some(n_test))?;
            train.extend(0..n_train);
            test.extend(n_train..n_train + n_test);
            return Ok(Split { train, test });
        }
        let mut test: Vec<usize> = room("train_test_split", Some(rows))?;
        test.extend(0..rows);
        shuffle(&mut test, &mut generator(self.seed));
        train.extend_from_slice(&test[n_test..n_test + n_train]);
        test.truncate(n_test);
        Ok(Split { train, test })
    }

    /// Splits the rows `0..labels.len()` so that the labels have the same proportions in both sets.
    ///
    /// # Errors
    /// As for [`train_test_split_stratified`], or without shuffling.
    #[track_caller]
    pub fn split_stratified<T: Ord>(&self, labels: &[T]) -> Result<Split> {
        let (n_train, n_test) = self.sizes(labels.len())?;
        if !self.shuffle {
            return Err(Error::value(
                "train_test_split: a stratified split always shuffles",
            ));
        }
        let classes = rows_by_class(labels);
        let counts: Vec<usize> = classes.iter().map(Vec::len).collect();
        if let Some(first) = classes
            .iter()
            .find(|rows| rows.len() < 2)
            .and_then(|rows| rows.first())
        {
            return Err(Error::value(format!(
                "train_test_split: the label of row {first} occurs only once; a stratified split needs at least two rows of each label"
            )));
        }
        if n_train.min(n_test) < classes.len() {
            return Err(Error::value(format!(
                "train_test_split: {n_train} training rows and {n_test} test rows; a stratified split into {} labels needs at least as many rows in each set",
                classes.len()
            )));
        }

        let mut random = generator(self.seed);
        let in_train = proportional(&counts, n_train, &mut random);
        let left: Vec<usize> = counts
            .iter()
            .zip(&in_train)
            .map(|(all, taken)| all - taken)
            .collect();
        let in_test = proportional(&left, n_test, &mut random);
        let (mut train, mut test) = (Vec::with_capacity(n_train), Vec::with_capacity(n_test));
        for ((rows, n_train), n_test) in classes.iter().zip(in_train).zip(in_test) {
            let order = permutation(rows.len(), &mut random);
            train.extend(order[..n_train].iter().map(|&i| rows[i]));
            test.extend(order[n_train..n_train + n_test].iter().map(|&i| rows[i]));
        }
        shuffle(&mut train, &mut random);
        shuffle(&mut test, &mut random);
        Ok(Split { train, test })
    }

    /// The numbers of training and test rows.
    #[track_caller]
    fn sizes(&self, rows: usize) -> Result<(usize, usize)> {
        let test_size = match (self.test_size, self.train_size) {
            (None, None) => Some(SplitSize::Fraction(0.25)),
            (given, _) => given,
        };
        let test = count("test_size", test_size, rows, f64::ceil)?;
        let train = count("train_size", self.train_size, rows, f64::floor)?;
        let (train, test) = match (train, test) {
            (Some(train), Some(test)) => (train, test),
            (Some(train), None) => (train, rows.saturating_sub(train)),
            (None, Some(test)) => (rows.saturating_sub(test), test),
            (None, None) => (rows, 0),
        };
        if train.checked_add(test).is_none_or(|sum| sum > rows) {
            return Err(Error::value(format!(
                "train_test_split: {train} training rows and {test} test rows together exceed the {rows} rows"
            )));
        }
        if train == 0 || test == 0 {
            let empty = if train == 0 { "training" } else { "test" };
            return Err(Error::value(format!(
                "train_test_split: with {rows} rows the {empty} set would be empty"
            )));
        }
        Ok((train, test))
    }
}

#[track_caller]
fn count(
    what: &str,
    size: Option<SplitSize>,
    rows: usize,
    round: fn(f64) -> f64,
) -> Result<Option<usize>> {
    match size {
        None => Ok(None),
        Some(SplitSize::Fraction(f)) if f > 0.0 && f < 1.0 => {
            Ok(Some(round(f * rows as f64) as usize))
        }
        Some(SplitSize::Fraction(f)) => Err(Error::value(format!(
            "train_test_split: {what} {f} is not a fraction between 0 and 1"
        ))),
        Some(SplitSize::Count(n)) if n > 0 && n < rows => Ok(Some(n)),
        Some(SplitSize::Count(n)) => Err(Error::value(format!(
            "train_test_split: {what} {n} is not between 1 and {rows} rows, exclusive"
        ))),
    }
}

/// The 32-bit words of numpy's `RandomState(seed)`.
fn generator(seed: u32) -> impl FnMut() -> u32 {
    let mut random = rushlight_tensor::random::Mt19937::new(seed);
    move || random.next_u32()
}

/// numpy's `permutation(n)`.
fn permutation(n: usize, random: &mut impl FnMut() -> u32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    shuffle(&mut order, random);
    order
}

/// numpy's `shuffle`: Fisher-Yates from the end, with positions drawn by rejection sampling.
fn shuffle(items: &mut [usize], random: &mut impl FnMut() -> u32) {
    for i in (1..items.len()).rev() {
        items.swap(i, random_interval(i as u64, random) as usize);
    }
}

/// A random number in `0..=max`, drawn like numpy's legacy `random_interval`.
fn random_interval(max: u64, random: &mut impl FnMut() -> u32) -> u64 {
    let mask = u64::MAX >> max.leading_zeros();
    loop {
        let drawn = match u32::try_from(max) {
            Ok(_) => u64::from(random()),
            Err(_) => u64::from(random()) << 32 | u64::from(random()),
        };
        if drawn & mask <= max {
            return drawn & mask;
        }
    }
}

/// The rows of each label, both labels and rows in ascending order.
fn rows_by_class<T: Ord>(labels: &[T]) -> Vec<Vec<usize>> {
    let mut rows: Vec<usize> = (0..labels.len()).collect();
    rows.sort_by(|&a, &b| labels[a].cmp(&labels[b]));
    rows.chunk_by(|&a, &b| labels[a] == labels[b])
        .map(<[usize]>::to_vec)
        .collect()
}

/// Distributes `draws` rows over classes in proportion to `counts`: the integer parts, then one row for each of the largest remainders, with
/// ties broken randomly. scikit-learn: `_approximate_mode`.
fn proportional(counts: &[usize], draws: usize, random: &mut impl FnMut() -> u32) -> Vec<usize> {
    let total: usize = counts.iter().sum();
    let exact: Vec<f64> = counts
        .iter()
        .map(|&c| c as f64 / total as f64 * draws as f64)
        .collect();
    let mut drawn: Vec<usize> = exact.iter().map(|x| x.floor() as usize).collect();
    let mut left = draws - drawn.iter().sum::<usize>();
    let remainders: Vec<f64> = exact.iter().map(|x| x - x.floor()).collect();
    let mut values = remainders.clone();
    values.sort_by(|a, b| b.total_cmp(a));
    values.dedup();
    for value in values {
        if left == 0 {
            break;
        }
        let tied: Vec<usize> = (0..remainders.len())
            .filter(|&i| remainders[i] == value)
            .collect();
        for &i in permutation(tied.len(), random).iter().take(left) {
            drawn[tied[i]] += 1;
        }
        left -= tied.len().min(left);
    }
    drawn
}
