//! Preprocessing of tables to matrices: scaling and encoding with the same numbers as scikit-learn.
//!
//! A [`Transformer`] learns parameters from one table (`fit`) and then transforms this or any other table with the same columns. The
//! parameters can be saved with serde, so that a model can be stored together with its preprocessing.

mod categories;
mod compose;
mod label;
mod matrix;
mod one_hot;
mod ordinal;
mod scale;

pub use compose::{ColumnTransformer, Remainder, Select, Step};
pub use label::LabelEncoder;
pub use matrix::Matrix;
pub use one_hot::{DropCategory, HandleUnknown, OneHotEncoder};
pub use ordinal::{OrdinalEncoder, UnknownOrdinal};
pub use scale::{MinMaxScaler, StandardScaler};

use std::collections::HashSet;

use rushlight_backend::{Error, Result};

use crate::table::{Table, quoted};

/// A transformation of tables to matrices whose parameters are learned from a table. scikit-learn: `TransformerMixin`.
///
/// Transforming before `fit`, or a table with other columns, is an error.
///
/// ```
/// use rushlight::data::{Column, StandardScaler, Table, Transformer};
///
/// let table = Table::new([("age", Column::from(vec![20.0, 30.0, 40.0]))])?;
/// let mut scaler = StandardScaler::new();
/// let x = scaler.fit_transform(&table)?;
/// assert!((x.row(2)[0] - 1.224744871391589).abs() < 1e-15);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
pub trait Transformer {
    /// Learns the parameters from `table`. They replace those of an earlier `fit`.
    #[track_caller]
    fn fit(&mut self, table: &Table) -> Result<()>;

    /// The names of the columns of the result.
    ///
    /// # Errors
    /// Before `fit`, or if two names would be equal.
    #[track_caller]
    fn feature_names_out(&self) -> Result<Vec<String>>;

    /// The number of columns of the result.
    #[track_caller]
    fn n_features_out(&self) -> Result<usize> {
        Ok(self.feature_names_out()?.len())
    }

    /// Writes the transformed table into the [`n_features_out`](Self::n_features_out) columns of `out` from `first` on, which must hold
    /// zeros. `out` has a row for each row of `table`.
    #[track_caller]
    fn transform_into(&self, table: &Table, out: &mut Matrix, first: usize) -> Result<()>;

    /// The transformed table, `[rows, features]`.
    #[track_caller]
    fn transform(&self, table: &Table) -> Result<Matrix> {
        let mut out = Matrix::zeros(table.n_rows(), self.n_features_out()?)?;
        self.transform_into(table, &mut out, 0)?;
        Ok(out)
    }

    /// [`fit`](Self::fit), then [`transform`](Self::transform).
    #[track_caller]
    fn fit_transform(&mut self, table: &Table) -> Result<Matrix> {
        self.fit(table)?;
        self.transform(table)
    }
}

/// Checks that a table has rows.
#[track_caller]
fn check_rows(what: &str, table: &Table) -> Result<()> {
    if table.n_rows() == 0 {
        return Err(Error::value(format!(
            "{what}: fit needs at least one row, the table has none"
        )));
    }
    Ok(())
}

/// The error of a transformer that is not fitted.
#[cold]
#[track_caller]
fn not_fitted(what: &str) -> Error {
    Error::value(format!("{what}: not fitted yet; call fit first"))
}

/// Checks that a table has the columns of `fit`, with the same names in the same order.
#[track_caller]
fn check_columns<'a>(
    what: &str,
    table: &Table,
    fitted: impl ExactSizeIterator<Item = &'a str> + Clone,
) -> Result<()> {
    if table.names().eq(fitted.clone()) {
        return Ok(());
    }
    Err(Error::value(format!(
        "{what}: it was fitted on the columns {}, but the table has {}",
        quoted(fitted),
        quoted(table.names())
    )))
}

/// Checks that all names differ.
#[track_caller]
fn check_names(what: &str, names: &[String]) -> Result<()> {
    let mut seen = HashSet::with_capacity(names.len());
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Error::value(format!(
            "{what}: two features would be named {name:?}; rename a column or a category"
        ))),
        None => Ok(()),
    }
}

/// Checks that `out` is large enough for the columns that `transform_into` writes.
#[track_caller]
fn check_room(what: &str, table: &Table, out: &Matrix, first: usize, width: usize) -> Result<()> {
    if out.n_rows() == table.n_rows() && first + width <= out.n_cols() {
        return Ok(());
    }
    Err(Error::shape(format!(
        "{what}: {} x {width} numbers from column {first} on do not fit into {} x {}",
        table.n_rows(),
        out.n_rows(),
        out.n_cols()
    )))
}
