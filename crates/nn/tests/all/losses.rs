//! Every loss against PyTorch, with every reduction: value and gradients.

use rushlight_nn::functional::Reduction;
use rushlight_nn::*;
use rushlight_tensor::{ErrorKind, Tensor, tensor};

const REDUCTIONS: [Reduction; 3] = [Reduction::Mean, Reduction::Sum, Reduction::None];

fn loss<L: Loss>(name: &str, make: impl Fn(Reduction) -> L) {
    for r in REDUCTIONS {
        crate::common::against::module(
            &format!("{name}.{r}"),
            true,
            || Ok(make(r)),
            |l, x| l.call(&x[0], &x[1]),
        );
    }
}

/// Losses of three tensors.
macro_rules! triple {
    ($name:literal, $make:expr) => {
        for r in REDUCTIONS {
            let make = || Ok($make.reduction(r));
            crate::common::against::module(
                &format!(concat!($name, ".{}"), r),
                true,
                make,
                |l, x| l.call(&x[0], &x[1], &x[2]),
            );
        }
    };
}

fn weights() -> Tensor {
    tensor!([0.5, 2.0, 1.5])
}

#[test]
fn regression() {
    loss("mse", |r| MSELoss::new().reduction(r));
    loss("l1", |r| L1Loss::new().reduction(r));
    loss("smooth_l1", |r| SmoothL1Loss::new().beta(0.7).reduction(r));
    loss("huber", |r| HuberLoss::new().delta(1.3).reduction(r));
}

#[test]
fn binary_cross_entropy() {
    let turned = || tensor!([1.5, 2.0, 0.5]);
    loss("bce", |r| BCELoss::new().reduction(r));
    loss("bce_weight", |r| {
        BCELoss::new().weight(weights()).reduction(r)
    });
    loss("bce_certain", |r| BCELoss::new().reduction(r));
    loss("bce_logits", |r| BCEWithLogitsLoss::new().reduction(r));
    loss("bce_logits_weights", |r| {
        BCEWithLogitsLoss::new()
            .weight(weights())
            .pos_weight(turned())
            .reduction(r)
    });
}

#[test]
fn cross_entropy() {
    loss("cross_entropy", |r| CrossEntropyLoss::new().reduction(r));
    loss("cross_entropy_options", |r| {
        CrossEntropyLoss::new()
            .weight(weights())
            .ignore_index(1)
            .label_smoothing(0.2)
            .reduction(r)
    });
    loss("cross_entropy_ignore", |r| {
        CrossEntropyLoss::new()
            .ignore_index(2)
            .label_smoothing(0.1)
            .reduction(r)
    });
    loss("cross_entropy_image", |r| {
        CrossEntropyLoss::new().weight(weights()).reduction(r)
    });
    loss("cross_entropy_single", |r| {
        CrossEntropyLoss::new().reduction(r)
    });
    loss("cross_entropy_probabilities", |r| {
        CrossEntropyLoss::new()
            .weight(weights())
            .label_smoothing(0.1)
            .reduction(r)
    });
    loss("nll", |r| {
        NLLLoss::new()
            .weight(weights())
            .ignore_index(0)
            .reduction(r)
    });
    loss("nll_image", |r| NLLLoss::new().reduction(r));
}

#[test]
fn distributions() {
    loss("kl", |r| KLDivLoss::new().reduction(r));
    let batch = || Ok(KLDivLoss::new().reduction(Reduction::BatchMean));
    crate::common::against::module("kl.batchmean", true, batch, |l, x| l.call(&x[0], &x[1]));
    loss("kl_log", |r| KLDivLoss::new().log_target(true).reduction(r));
    loss("poisson", |r| PoissonNLLLoss::new().full(true).reduction(r));
    loss("poisson_rate", |r| {
        PoissonNLLLoss::new().log_input(false).reduction(r)
    });
    triple!("gaussian", GaussianNLLLoss::new().full(true));
    triple!("gaussian_outer", GaussianNLLLoss::new().eps(0.5));
}

#[test]
fn margins() {
    loss("hinge", |r| HingeEmbeddingLoss::new().reduction(r));
    triple!("ranking", MarginRankingLoss::new().margin(0.3));
    triple!("cosine", CosineEmbeddingLoss::new().margin(0.1));
    triple!("triplet", TripletMarginLoss::new());
    triple!(
        "triplet_swap",
        TripletMarginLoss::new().margin(2.0).p(1.0).swap(true)
    );
    loss("multi_margin", |r| {
        MultiMarginLoss::new().weight(weights()).reduction(r)
    });
    loss("multi_margin_square", |r| {
        MultiMarginLoss::new().p(2).margin(0.6).reduction(r)
    });
    loss("multilabel", |r| MultiLabelMarginLoss::new().reduction(r));
    loss("multilabel_soft", |r| {
        MultiLabelSoftMarginLoss::new()
            .weight(weights())
            .reduction(r)
    });
    loss("soft_margin", |r| SoftMarginLoss::new().reduction(r));
}

#[test]
fn what_does_not_fit_is_refused_by_name() -> Result<()> {
    let logits = Tensor::zeros([4, 3], ())?;
    let refused = |result: Result<Tensor>, kind: ErrorKind, words: &[&str]| {
        let e = result.unwrap_err();
        assert_eq!(e.kind(), kind, "{e}");
        words
            .iter()
            .for_each(|w| assert!(e.to_string().contains(w), "{e} does not say {w:?}"));
    };
    let cross = CrossEntropyLoss::new();
    refused(
        cross.call(&logits, &tensor!([0, 1, 3, 2])),
        ErrorKind::Index,
        &["cross_entropy", "target 3", "3 classes", "losses.rs"],
    );
    refused(
        cross.call(&logits, &tensor!([0, 1])),
        ErrorKind::Shape,
        &["[4, 3]", "[4]", "[2]", "CrossEntropyLoss"],
    );
    refused(
        cross.call(&logits, &tensor!([true, false, true, true])),
        ErrorKind::DType,
        &["bool"],
    );
    refused(
        CrossEntropyLoss::new()
            .weight(tensor!([1.0]))
            .call(&logits, &tensor!([0, 1, 2, 2])),
        ErrorKind::Shape,
        &["weight", "[1]"],
    );
    refused(
        CrossEntropyLoss::new()
            .label_smoothing(1.5)
            .call(&logits, &tensor!([0, 1, 2, 2])),
        ErrorKind::Value,
        &["1.5"],
    );
    refused(
        BCELoss::new().call(&tensor!([1.5]), &tensor!([1.0])),
        ErrorKind::Value,
        &["[0, 1]", "with_logits"],
    );
    refused(
        BCEWithLogitsLoss::new().call(&logits, &tensor!([1.0])),
        ErrorKind::Shape,
        &["[1]", "[4, 3]"],
    );
    refused(
        MSELoss::new()
            .reduction(Reduction::BatchMean)
            .call(&logits, &logits),
        ErrorKind::Value,
        &["batchmean"],
    );
    let column = Tensor::ones([4, 1], ())?;
    for loss in [
        &MSELoss::new() as &dyn Loss,
        &L1Loss::new(),
        &SmoothL1Loss::new(),
        &HuberLoss::new(),
    ] {
        refused(
            loss.call(&column, &Tensor::ones([4], ())?),
            ErrorKind::Shape,
            &["Loss: the target has shape [4], the input [4, 1]"],
        );
    }
    refused(
        CrossEntropyLoss::new().call(&logits, &tensor!([0.0, 1.0, 2.0, 0.0])),
        ErrorKind::Shape,
        &["float32", "[4, 3]", "[4]", "class numbers must be int64"],
    );
    refused(
        HuberLoss::new().delta(0.0).call(&logits, &logits),
        ErrorKind::Value,
        &["delta"],
    );
    Ok(())
}
