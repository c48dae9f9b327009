//! The chapter's data (8.9.1): 48,842 people of the Adult census, and whether they earn over 50,000 dollars a year.

use rushlight::data::{
    ColumnTransformer, HandleUnknown, OneHotEncoder, Select, Step, Transformer, train_test_split,
};
use rushlight::nn::{BCEWithLogitsLoss, Layer, Loss};
use rushlight::prelude::*;
use rushlight::{Error, Result};

/// Features `[rows, columns]` and labels `[rows]`, 1 for over 50,000 dollars.
pub struct Rows {
    /// The features: the numeric columns first, then a column of zeros and ones for each category.
    pub x: Tensor,
    /// The labels.
    pub y: Tensor,
}

/// The Adult data, split and preprocessed.
pub struct Income {
    /// The training rows, four fifths of all, to which the preprocessing is fitted.
    pub train: Rows,
    /// The test rows.
    pub test: Rows,
    /// The number of numeric columns, which come first.
    pub numbers: usize,
}

impl Income {
    /// The data on `device`, with the transformer `numbers` applied to the numeric columns, and at most `limit` training rows.
    pub fn load(numbers: impl Into<Step>, limit: Option<usize>, device: &Device) -> Result<Income> {
        let adult = rushlight_datasets::adult()?;
        let y: Vec<f32> = adult
            .text("class")?
            .equals(">50K")
            .into_iter()
            .map(f32::from)
            .collect();
        let x = adult.drop(["class"])?;

        let mut split = train_test_split(x.n_rows(), 0.2, 42)?;
        split.train.truncate(limit.unwrap_or(usize::MAX));
        let mut preprocessor = ColumnTransformer::new()
            .with("numbers", numbers, Select::Numbers)
            .with(
                "categories",
                OneHotEncoder::new().handle_unknown(HandleUnknown::Ignore),
                Select::NotNumbers,
            );
        preprocessor.fit(&x.take(&split.train)?)?;

        let rows = |of: &[usize]| -> Result<Rows> {
            let matrix = preprocessor.transform(&x.take(of)?)?;
            let labels: Vec<f32> = of.iter().map(|&row| y[row]).collect();
            Ok(Rows {
                x: matrix.to_tensor(DType::F32)?.to(device)?,
                y: Tensor::from_slice(&labels, [labels.len()])?.to(device)?,
            })
        };
        let numbers = x.columns().filter(|(_, column)| column.is_number()).count();
        Ok(Income {
            train: rows(&split.train)?,
            test: rows(&split.test)?,
            numbers,
        })
    }

    /// The number of features of a row.
    pub fn features(&self) -> usize {
        self.train.x.shape()[1]
    }
}

/// The mean loss of a model on `rows`, and its accuracy. Leaves the model in evaluation mode.
pub fn evaluate(model: &impl Layer, rows: &Rows) -> Result<(f64, f64)> {
    model.eval();
    no_grad(|| {
        let logits = model.call(&rows.x)?.squeeze_dim(1)?;
        let loss = BCEWithLogitsLoss::new()
            .call(&logits, &rows.y)?
            .item::<f32>()?;
        let accuracy = logits
            .gt(0.0)?
            .eq(&rows.y.gt(0.5)?)?
            .float()?
            .mean()?
            .item::<f32>()?;
        Ok::<_, Error>((loss.into(), accuracy.into()))
    })
}
