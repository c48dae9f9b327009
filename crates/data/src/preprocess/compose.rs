//! A combination of transformers, each applied to its own columns.

use rushlight_backend::{Error, Result};
use serde::ser::{Error as _, SerializeStruct};
use serde::{Deserialize, Serialize, Serializer};

use super::{
    Matrix, MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler, Transformer, check_names,
    check_room, check_rows, not_fitted,
};
use crate::table::{Column, Table};

/// The columns to which a step of a [`ColumnTransformer`] is applied.
#[derive(Clone, Debug)]
pub enum Select {
    /// The number columns. scikit-learn: `make_column_selector(dtype_include=np.number)`.
    Numbers,
    /// The columns that are not numbers. scikit-learn: `make_column_selector(dtype_exclude=np.number)`.
    NotNumbers,
    /// These columns, in this order.
    Names(Vec<String>),
    /// The columns for which a function of the name and the column returns true. The names that it selects in `fit` are saved in its place.
    Where(fn(&str, &Column) -> bool),
}

impl Select {
    /// [`Select::Names`] of these names.
    pub fn names<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Select {
        Select::Names(names.into_iter().map(Into::into).collect())
    }

    fn resolve(&self, table: &Table) -> Vec<String> {
        let is_selected = |(name, column): &(&str, &Column)| match self {
            Select::Numbers => column.is_number(),
            Select::NotNumbers => !column.is_number(),
            Select::Where(selects) => selects(name, column),
            Select::Names(_) => false,
        };
        match self {
            Select::Names(names) => names.clone(),
            _ => table
                .columns()
                .filter(is_selected)
                .map(|(name, _)| name.to_owned())
                .collect(),
        }
    }
}

/// The transformer of a step of a [`ColumnTransformer`]. It is an enum rather than a trait object so that it can be saved and loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// [`StandardScaler`].
    StandardScaler(StandardScaler),
    /// [`MinMaxScaler`].
    MinMaxScaler(MinMaxScaler),
    /// [`OneHotEncoder`].
    OneHotEncoder(OneHotEncoder),
    /// [`OrdinalEncoder`].
    OrdinalEncoder(OrdinalEncoder),
    /// Leaves numbers unchanged. scikit-learn: `"passthrough"`.
    Passthrough,
    /// Drops the columns. scikit-learn: `"drop"`.
    Drop,
}

macro_rules! step_from {
    ($($name:ident),*) => { $(
        impl From<$name> for Step {
            fn from(transformer: $name) -> Step { Step::$name(transformer) }
        }
    )* };
}
step_from!(StandardScaler, MinMaxScaler, OneHotEncoder, OrdinalEncoder);

impl Step {
    fn transformer(&self) -> Option<&dyn Transformer> {
        match self {
            Step::StandardScaler(t) => Some(t),
            Step::MinMaxScaler(t) => Some(t),
            Step::OneHotEncoder(t) => Some(t),
            Step::OrdinalEncoder(t) => Some(t),
            Step::Passthrough | Step::Drop => None,
        }
    }

    fn transformer_mut(&mut self) -> Option<&mut dyn Transformer> {
        match self {
            Step::StandardScaler(t) => Some(t),
            Step::MinMaxScaler(t) => Some(t),
            Step::OneHotEncoder(t) => Some(t),
            Step::OrdinalEncoder(t) => Some(t),
            Step::Passthrough | Step::Drop => None,
        }
    }
}

/// The treatment of columns that no step of a [`ColumnTransformer`] selects. scikit-learn: `remainder`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Remainder {
    /// Drops them.
    #[default]
    Drop,
    /// Appends them unchanged; they must be numbers.
    Passthrough,
}

/// Applies each step to its columns and concatenates the results, in the order of the steps; a column may be used by several steps.
/// Tables to transform may have their columns in another order, and additional columns. scikit-learn: `ColumnTransformer`.
///
/// ```
/// use rushlight::data::{Column, ColumnTransformer, OneHotEncoder, Select, StandardScaler, Table, Transformer};
///
/// let table = Table::new([
///     ("job", Column::from(["clerk", "baker", "clerk"])),
///     ("age", Column::from(vec![20.0, 30.0, 40.0])),
/// ])?;
/// let mut preprocessor = ColumnTransformer::new()
///     .with("num", StandardScaler::new(), Select::Numbers)
///     .with("cat", OneHotEncoder::new(), Select::NotNumbers);
/// let x = preprocessor.fit_transform(&table)?;
/// assert_eq!(x.shape(), [3, 3]);
/// assert_eq!(preprocessor.feature_names_out()?, ["num__age", "cat__job_baker", "cat__job_clerk"]);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ColumnTransformer {
    steps: Vec<Part>,
    remainder: Remainder,
    prefix_names: bool,
    // The columns of the remainder that are appended unchanged; `None` before `fit`.
    rest: Option<Vec<String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(from = "SavedPart")]
struct Part {
    name: String,
    step: Step,
    select: Select,
    /// The columns that `select` selected in `fit`.
    columns: Vec<String>,
    fitted: bool,
}

impl Default for ColumnTransformer {
    fn default() -> ColumnTransformer {
        ColumnTransformer {
            steps: Vec::new(),
            remainder: Remainder::Drop,
            prefix_names: true,
            rest: None,
        }
    }
}

impl ColumnTransformer {
    /// A transformer without steps that drops every column.
    pub fn new() -> ColumnTransformer {
        ColumnTransformer::default()
    }

    /// Adds a step.
    pub fn with(
        mut self,
        name: impl Into<String>,
        step: impl Into<Step>,
        select: Select,
    ) -> ColumnTransformer {
        let (name, step) = (name.into(), step.into());
        self.steps.push(Part {
            name,
            step,
            select,
            columns: Vec::new(),
            fitted: false,
        });
        self.rest = None;
        self
    }

    /// Sets the treatment of columns that no step selects, which are dropped by default.
    pub fn remainder(mut self, what: Remainder) -> ColumnTransformer {
        self.remainder = what;
        self.rest = None;
        self
    }

    /// Sets whether features are named `step__feature`, as by default, or only `feature`. scikit-learn: `verbose_feature_names_out`.
    pub fn prefix_names(mut self, yes: bool) -> ColumnTransformer {
        self.prefix_names = yes;
        self
    }

    /// The step with this name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps
            .iter()
            .find(|part| part.name == name)
            .map(|part| &part.step)
    }
}

impl Transformer for ColumnTransformer {
    #[track_caller]
    fn fit(&mut self, table: &Table) -> Result<()> {
        check_rows("ColumnTransformer", table)?;
        for (i, part) in self.steps.iter().enumerate() {
            if self.steps[..i].iter().any(|other| other.name == part.name) {
                let name = &part.name;
                return Err(Error::value(format!(
                    "ColumnTransformer: two steps are named {name:?}"
                )));
            }
        }
        self.rest = None;
        for part in &mut self.steps {
            part.columns = part.select.resolve(table);
            part.fitted = true;
            let chosen = select(table, &part.name, &part.columns)?;
            if let Some(transformer) = part.step.transformer_mut() {
                match transformer.fit(&chosen) {
                    Ok(()) => {}
                    Err(e) => {
                        return Err(e.context(format!("ColumnTransformer, step {:?}", part.name)));
                    }
                }
            }
        }
        let taken = |name: &&str| {
            self.steps
                .iter()
                .any(|part| part.columns.iter().any(|c| c == name))
        };
        self.rest = Some(match self.remainder {
            Remainder::Drop => Vec::new(),
            Remainder::Passthrough => table
                .names()
                .filter(|name| !taken(name))
                .map(str::to_owned)
                .collect(),
        });
        for name in self.rest.iter().flatten() {
            unchanged(table, "the remainder", name)?;
        }
        Ok(())
    }

    #[track_caller]
    fn feature_names_out(&self) -> Result<Vec<String>> {
        let Some(rest) = &self.rest else {
            return Err(not_fitted("ColumnTransformer"));
        };
        let mut names = Vec::new();
        for part in &self.steps {
            let features = match (&part.step, part.step.transformer()) {
                (_, Some(transformer)) => transformer.feature_names_out()?,
                (Step::Passthrough, None) => part.columns.clone(),
                (_, None) => Vec::new(),
            };
            names.extend(features.into_iter().map(|f| self.feature(&part.name, f)));
        }
        names.extend(rest.iter().map(|f| self.feature("remainder", f.clone())));
        check_names("ColumnTransformer", &names)?;
        Ok(names)
    }

    #[track_caller]
    fn n_features_out(&self) -> Result<usize> {
        let Some(rest) = &self.rest else {
            return Err(not_fitted("ColumnTransformer"));
        };
        let mut count = rest.len();
        for part in &self.steps {
            count += match (&part.step, part.step.transformer()) {
                (_, Some(transformer)) => transformer.n_features_out()?,
                (Step::Passthrough, None) => part.columns.len(),
                (_, None) => 0,
            };
        }
        Ok(count)
    }

    #[track_caller]
    fn transform_into(&self, table: &Table, out: &mut Matrix, first: usize) -> Result<()> {
        let Some(rest) = &self.rest else {
            return Err(not_fitted("ColumnTransformer"));
        };
        check_room(
            "ColumnTransformer",
            table,
            out,
            first,
            self.n_features_out()?,
        )?;
        let mut start = first;
        for part in &self.steps {
            match (&part.step, part.step.transformer()) {
                (_, Some(transformer)) => {
                    let chosen = select(table, &part.name, &part.columns)?;
                    match transformer.transform_into(&chosen, out, start) {
                        Ok(()) => start += transformer.n_features_out()?,
                        Err(e) => {
                            return Err(
                                e.context(format!("ColumnTransformer, step {:?}", part.name))
                            );
                        }
                    }
                }
                (Step::Passthrough, None) => {
                    for name in &part.columns {
                        out.set_column(start, unchanged(table, &part.name, name)?.iter().copied());
                        start += 1;
                    }
                }
                (_, None) => {}
            }
        }
        for name in rest {
            out.set_column(
                start,
                unchanged(table, "the remainder", name)?.iter().copied(),
            );
            start += 1;
        }
        Ok(())
    }
}

impl ColumnTransformer {
    fn feature(&self, step: &str, feature: String) -> String {
        if self.prefix_names {
            format!("{step}__{feature}")
        } else {
            feature
        }
    }
}

#[track_caller]
fn select(table: &Table, step: &str, columns: &[String]) -> Result<Table> {
    match table.select(columns) {
        Ok(chosen) => Ok(chosen),
        Err(e) => Err(e.context(format!("ColumnTransformer, step {step:?}"))),
    }
}

/// The numbers of a column that is left unchanged.
#[track_caller]
fn unchanged<'a>(table: &'a Table, step: &str, name: &str) -> Result<&'a [f64]> {
    match table.numbers(name) {
        Ok(values) => Ok(values),
        Err(e) => Err(e.context(format!("ColumnTransformer, {step} passed on unchanged"))),
    }
}

/// The serialized form of a [`Part`]. A function cannot be serialized, so that the names of the columns that it selected are saved instead.
#[derive(Deserialize)]
struct SavedPart {
    name: String,
    step: Step,
    select: SavedSelect,
    columns: Vec<String>,
    fitted: bool,
}

#[derive(Serialize, Deserialize)]
enum SavedSelect {
    Numbers,
    NotNumbers,
    Names(Vec<String>),
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let select = match &self.select {
            Select::Numbers => SavedSelect::Numbers,
            Select::NotNumbers => SavedSelect::NotNumbers,
            Select::Names(names) => SavedSelect::Names(names.clone()),
            Select::Where(_) if self.fitted => SavedSelect::Names(self.columns.clone()),
            Select::Where(_) => {
                return Err(S::Error::custom(format!(
                    "ColumnTransformer: step {:?} selects by a function, which can be saved only after fit",
                    self.name
                )));
            }
        };
        let mut out = serializer.serialize_struct("Part", 5)?;
        out.serialize_field("name", &self.name)?;
        out.serialize_field("step", &self.step)?;
        out.serialize_field("select", &select)?;
        out.serialize_field("columns", &self.columns)?;
        out.serialize_field("fitted", &self.fitted)?;
        out.end()
    }
}

impl From<SavedPart> for Part {
    fn from(saved: SavedPart) -> Part {
        let select = match saved.select {
            SavedSelect::Numbers => Select::Numbers,
            SavedSelect::NotNumbers => Select::NotNumbers,
            SavedSelect::Names(names) => Select::Names(names),
        };
        Part {
            name: saved.name,
            step: saved.step,
            select,
            columns: saved.columns,
            fitted: saved.fitted,
        }
    }
}
