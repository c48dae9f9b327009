//! The data side of Rushlight: from files to batches.
//!
//! Tables are read from CSV and preprocessed and split as scikit-learn does it; the same file and seed give the same columns and the same numbers,
//! so that a result can be compared with the Python one digit by digit.

pub mod preprocess;
pub mod split;
pub mod table;

pub use preprocess::{
    ColumnTransformer, DropCategory, LabelEncoder, Matrix, MinMaxScaler, OneHotEncoder,
    OrdinalEncoder, Remainder, Select, StandardScaler, Step, Transformer, UnknownCategory,
    UnknownOrdinal,
};
pub use split::{
    Split, SplitSize, TrainTestSplit, train_test_split, train_test_split_stratified,
};
pub use table::{Column, CsvOptions, Table, TextColumn};
