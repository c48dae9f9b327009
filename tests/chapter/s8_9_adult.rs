//! 8.9 Putting it all together: the Adult data set.

use crate::on_own_generator;
use rushlight::Result;
use rushlight::data::{
    ColumnTransformer, DataLoader, HandleUnknown, OneHotEncoder, Select, StandardScaler,
    TensorDataset, Transformer, train_test_split,
};
use rushlight::nn::{BCEWithLogitsLoss, Linear, Loss};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use rushlight_train::metrics::classification_report;

/// What 8.9.1 prepares: training and test features and labels, and which rows they are.
struct Prepared {
    x_train: Tensor,
    y_train: Tensor,
    x_test: Tensor,
    y_test: Tensor,
    first_rows: ([usize; 5], [usize; 3]),
}

fn prepare() -> Result<Prepared> {
    let adult = rushlight_datasets::adult()?;
    let y: Vec<f32> = adult
        .text("class")?
        .equals(">50K")
        .into_iter()
        .map(f32::from)
        .collect();
    let x = adult.drop(["class"])?;

    let rows = train_test_split(x.n_rows(), 0.2, 42)?;
    let (train, test) = (x.take(&rows.train)?, x.take(&rows.test)?);

    let mut preprocessor = ColumnTransformer::new()
        .with("numbers", StandardScaler::new(), Select::Numbers)
        .with(
            "categories",
            OneHotEncoder::new().handle_unknown(HandleUnknown::Ignore),
            Select::NotNumbers,
        );
    preprocessor.fit(&train)?;

    let labels = |rows: &[usize]| -> Result<Tensor> {
        let picked: Vec<f32> = rows.iter().map(|&r| y[r]).collect();
        Tensor::from_slice(&picked, picked.len())
    };
    Ok(Prepared {
        x_train: preprocessor.transform(&train)?.to_tensor(DType::F32)?,
        y_train: labels(&rows.train)?,
        x_test: preprocessor.transform(&test)?.to_tensor(DType::F32)?,
        y_test: labels(&rows.test)?,
        first_rows: (
            std::array::from_fn(|i| rows.train[i]),
            std::array::from_fn(|i| rows.test[i]),
        ),
    })
}

#[derive(Module)]
struct IncomePredictor {
    fc1: Linear,
    fc2: Linear,
    state: ModuleState,
}

impl IncomePredictor {
    fn new(input_dim: usize, hidden_dim: usize) -> Result<Self> {
        Ok(IncomePredictor {
            fc1: Linear::new(input_dim, hidden_dim)?,
            fc2: Linear::new(hidden_dim, 1)?,
            state: ModuleState::default(),
        })
    }
}

impl Forward for IncomePredictor {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.fc1.call(x)?.relu()?;
        self.fc2.call(&x)
    }
}

#[test]
fn s8_9_1_preparation_and_preprocessing() -> Result<()> {
    let data = prepare()?;
    assert_eq!(
        data.first_rows,
        ([37193, 31093, 33814, 14500, 23399], [7762, 23881, 30507])
    );
    assert_eq!(
        (data.x_train.shape(), data.x_test.shape()),
        (&[39073, 108][..], &[9769, 108][..])
    );
    // Standardized columns, then one-hot columns: one 1 in each of eight groups.
    let numbers = data.x_train.narrow(1, 0, 6)?;
    assert!(numbers.mean_dim(0, false)?.abs()?.max()?.item::<f32>()? < 1e-4);
    assert!(
        numbers
            .std_dim(0, 0.0, false)?
            .sub(1)?
            .abs()?
            .max()?
            .item::<f32>()?
            < 1e-3
    );
    let ones = data.x_train.narrow(1, 6, 102)?.sum_dim(1, false)?;
    assert!(ones.eq(8)?.all()?.item::<bool>()?);
    Ok(())
}

#[test]
fn s8_9_2_the_dataset_and_the_loader() -> Result<()> {
    let data = prepare()?;
    let train_loader = DataLoader::builder(TensorDataset::new((data.x_train, data.y_train))?)
        .batch_size(64)
        .shuffle(true)
        .build()?;
    let test_loader = DataLoader::builder(TensorDataset::new((data.x_test, data.y_test))?)
        .batch_size(64)
        .build()?;
    assert_eq!((train_loader.len(), test_loader.len()), (611, 153));
    Ok(())
}

#[test]
fn s8_9_3_the_network() -> Result<()> {
    on_own_generator(|| {
        manual_seed(110);
        let model = IncomePredictor::new(108, 32)?;
        let first = |p: &Parameter| p.reshape(-1)?.narrow(0, 0, 4)?.to_vec::<f32>();
        // PyTorch's own initial weights for this seed.
        let pytorch = [0.0406199, -0.0788204, 0.0124282, 0.0576184];
        assert!(
            first(&model.fc1.weight)?
                .iter()
                .zip(pytorch)
                .all(|(a, b)| (a - b).abs() < 1e-7)
        );
        let pytorch = [-0.0942520, -0.0902428, -0.0714101, -0.0455453];
        assert!(
            first(model.fc1.bias.as_ref().expect("a bias"))?
                .iter()
                .zip(pytorch)
                .all(|(a, b)| (a - b).abs() < 1e-7)
        );
        Ok(())
    })
}

#[test]
fn s8_9_4_training_and_8_9_5_evaluation() -> Result<()> {
    on_own_generator(|| {
        manual_seed(110);
        let data = prepare()?;
        let train_loader =
            DataLoader::builder(TensorDataset::new((data.x_train.clone(), data.y_train))?)
                .batch_size(64)
                .shuffle(true)
                .build()?;
        let test_loader = DataLoader::builder(TensorDataset::new((data.x_test, data.y_test))?)
            .batch_size(64)
            .build()?;

        let model = IncomePredictor::new(data.x_train.shape()[1], 32)?;
        let criterion = BCEWithLogitsLoss::new();
        let mut optimizer = Adam::new(model.parameters(), 0.001)?;
        let (mut first_losses, mut epoch_means) = (Vec::new(), Vec::new());
        for _ in 0..10 {
            model.train();
            let mut total = 0.0;
            for batch in &train_loader {
                let (features, labels) = batch?;
                optimizer.zero_grad();
                let logits = model.call(&features)?.squeeze_dim(1)?;
                let loss = criterion.call(&logits, &labels)?;
                loss.backward()?;
                optimizer.step()?;
                let loss: f64 = loss.item()?;
                if first_losses.len() < 8 {
                    first_losses.push(loss);
                }
                total += loss * labels.numel() as f64;
            }
            epoch_means.push(total / data.x_train.shape()[0] as f64);
        }

        // PyTorch's losses of the same run.
        let batches = [
            0.6665876, 0.6630660, 0.6429731, 0.6680434, 0.6411094, 0.6544254, 0.6499636, 0.6469113,
        ];
        for (ours, torch) in first_losses.iter().zip(batches) {
            assert!((ours - torch).abs() <= 2e-6, "{first_losses:?}");
        }
        let epochs = [
            0.357894, 0.315650, 0.312051, 0.308985, 0.307475, 0.306022, 0.304726, 0.303892,
            0.302984, 0.302172,
        ];
        for (epoch, (ours, torch)) in epoch_means.iter().zip(epochs).enumerate() {
            let tolerance = if epoch < 5 { 2e-4 } else { 4e-4 };
            assert!((ours / torch - 1.0).abs() <= tolerance, "{epoch_means:?}");
        }

        model.eval();
        let (mut all_preds, mut all_labels) = (Vec::new(), Vec::new());
        no_grad(|| -> Result<()> {
            for batch in &test_loader {
                let (features, labels) = batch?;
                let logits = model.call(&features)?.squeeze_dim(1)?;
                let preds = logits.sigmoid()?.ge(0.5)?;
                all_preds.extend(preds.to_vec::<bool>()?);
                all_labels.extend(labels.to_vec::<f32>()?.into_iter().map(|y| y == 1.0));
            }
            Ok(())
        })?;
        let report = classification_report(&all_labels, &all_preds)?
            .target_names(["<=50K", ">50K"])?
            .digits(4);
        let text = report.to_string();
        assert!(text.contains("7479") && text.contains("2290"), "{text}");
        let right = all_preds
            .iter()
            .zip(&all_labels)
            .filter(|(p, y)| p == y)
            .count();
        let accuracy = right as f64 / all_labels.len() as f64;
        assert!((accuracy - 0.8642).abs() <= 0.001, "{text}");
        Ok(())
    })
}
