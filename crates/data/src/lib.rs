//! Data loading for Rushlight: from files to batches of tensors.
//!
//! [`Dataset`] and [`DataLoader`] work as in PyTorch; [`vision`] reads image data sets from their files. Tables are read from CSV files,
//! preprocessed and split as by scikit-learn: the same file and seed give the same columns and the same numbers, so that results can be
//! compared with those of a Python program digit by digit.
#![forbid(unsafe_code)]

mod collate;
mod dataset;
mod loader;
pub mod preprocess;
mod sampler;
pub mod split;
pub mod table;
mod to_device;
mod tuples;
pub mod vision;

pub use collate::{Collate, Collator, Placed, Stacked, Unbatched, With, default_collate};
pub use dataset::{
    ChainDataset, ConcatDataset, Dataset, Datasets, IterableDataset, Lengths, ListDataset, Map,
    Samples, StackDataset, Subset, TensorDataset, Tensors, random_split,
};
pub use loader::{
    Batches, DataLoader, DataLoaderBuilder, DataLoaderState, Indexed, StreamLoader, Streamed,
    WorkerInfo, worker_info,
};
pub use preprocess::{
    ColumnTransformer, DropCategory, HandleUnknown, LabelEncoder, Matrix, MinMaxScaler,
    OneHotEncoder, OrdinalEncoder, Remainder, Select, StandardScaler, Step, Transformer,
    UnknownOrdinal,
};
pub use sampler::{
    BatchSampler, Indices, RandomSampler, Sampler, SequentialSampler, SubsetRandomSampler,
    WeightedRandomSampler,
};
pub use split::{Split, SplitSize, TrainTestSplit, train_test_split, train_test_split_stratified};
pub use table::{Column, CsvOptions, Table, TextColumn};
pub use to_device::ToDevice;
