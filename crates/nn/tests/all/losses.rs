//! Every loss against PyTorch, with every reduction: value and gradients.

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
    ($name:literal, $loss:ident, $options:expr) => {
        for r in REDUCTIONS {
            crate::common::against::module(
                &format!(concat!($name, ".{}"), r),
                true,
                || Ok($loss::with($options.reduction(r))),
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
    loss("mse", MSELoss::with);
    loss("l1", L1Loss::with);
    loss("smooth_l1", |r| {
        SmoothL1Loss::with(SmoothL1LossOptions::new().beta(0.7).reduction(r))
    });
    loss("huber", |r| {
        HuberLoss::with(HuberLossOptions::new().delta(1.3).reduction(r))
    });
}

#[test]
fn binary_cross_entropy() {
    let turned = || tensor!([1.5, 2.0, 0.5]);
    loss("bce", BCELoss::with);
    loss("bce_weight", |r| {
        BCELoss::with(BCELossOptions::new().weight(weights()).reduction(r))
    });
    loss("bce_certain", BCELoss::with);
    loss("bce_logits", BCEWithLogitsLoss::with);
    loss("bce_logits_weights", |r| {
        let options = BCEWithLogitsLossOptions::new()
            .weight(weights())
            .pos_weight(turned());
        BCEWithLogitsLoss::with(options.reduction(r))
    });
}

#[test]
fn cross_entropy() {
    let options = CrossEntropyLossOptions::new;
    loss("cross_entropy", CrossEntropyLoss::with);
    loss("cross_entropy_options", |r| {
        let options = options().weight(weights()).ignore_index(1);
        CrossEntropyLoss::with(options.label_smoothing(0.2).reduction(r))
    });
    loss("cross_entropy_ignore", |r| {
        let options = options().ignore_index(2).label_smoothing(0.1);
        CrossEntropyLoss::with(options.reduction(r))
    });
    loss("cross_entropy_image", |r| {
        CrossEntropyLoss::with(options().weight(weights()).reduction(r))
    });
    loss("cross_entropy_single", CrossEntropyLoss::with);
    loss("cross_entropy_probabilities", |r| {
        let options = options().weight(weights()).label_smoothing(0.1);
        CrossEntropyLoss::with(options.reduction(r))
    });
    loss("nll", |r| {
        let options = NLLLossOptions::new().weight(weights()).ignore_index(0);
        NLLLoss::with(options.reduction(r))
    });
    loss("nll_image", NLLLoss::with);
}

#[test]
fn distributions() {
    loss("kl", KLDivLoss::with);
    let batch = || Ok(KLDivLoss::with(Reduction::BatchMean));
    crate::common::against::module("kl.batchmean", true, batch, |l, x| l.call(&x[0], &x[1]));
    loss("kl_log", |r| {
        KLDivLoss::with(KLDivLossOptions::new().log_target(true).reduction(r))
    });
    loss("poisson", |r| {
        PoissonNLLLoss::with(PoissonNLLLossOptions::new().full(true).reduction(r))
    });
    loss("poisson_rate", |r| {
        let options = PoissonNLLLossOptions::new().log_input(false);
        PoissonNLLLoss::with(options.reduction(r))
    });
    let gaussian = GaussianNLLLossOptions::new;
    triple!("gaussian", GaussianNLLLoss, gaussian().full(true));
    triple!("gaussian_outer", GaussianNLLLoss, gaussian().eps(0.5));
}

#[test]
fn margins() {
    loss("hinge", HingeEmbeddingLoss::with);
    let ranking = MarginRankingLossOptions::new().margin(0.3);
    triple!("ranking", MarginRankingLoss, ranking.clone());
    let cosine = CosineEmbeddingLossOptions::new().margin(0.1);
    triple!("cosine", CosineEmbeddingLoss, cosine.clone());
    let triplet = TripletMarginLossOptions::new;
    triple!("triplet", TripletMarginLoss, triplet());
    triple!(
        "triplet_swap",
        TripletMarginLoss,
        triplet().margin(2.0).p(1.0).swap(true)
    );
    loss("multi_margin", |r| {
        let options = MultiMarginLossOptions::new().weight(weights());
        MultiMarginLoss::with(options.reduction(r))
    });
    loss("multi_margin_square", |r| {
        let options = MultiMarginLossOptions::new().p(2).margin(0.6);
        MultiMarginLoss::with(options.reduction(r))
    });
    loss("multilabel", MultiLabelMarginLoss::with);
    loss("multilabel_soft", |r| {
        let options = MultiLabelSoftMarginLossOptions::new().weight(weights());
        MultiLabelSoftMarginLoss::with(options.reduction(r))
    });
    loss("soft_margin", SoftMarginLoss::with);
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
        CrossEntropyLoss::with(CrossEntropyLossOptions::new().weight(tensor!([1.0])))
            .call(&logits, &tensor!([0, 1, 2, 2])),
        ErrorKind::Shape,
        &["weight", "[1]"],
    );
    refused(
        CrossEntropyLoss::with(CrossEntropyLossOptions::new().label_smoothing(1.5))
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
        MSELoss::with(Reduction::BatchMean).call(&logits, &logits),
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
            &["Loss: the target has shape [4] and the input [4, 1]"],
        );
    }
    refused(
        CrossEntropyLoss::new().call(&logits, &tensor!([0.0, 1.0, 2.0, 0.0])),
        ErrorKind::Shape,
        &["float32", "[4, 3]", "[4]", "class indices must be int64"],
    );
    refused(
        HuberLoss::with(HuberLossOptions::new().delta(0.0)).call(&logits, &logits),
        ErrorKind::Value,
        &["delta"],
    );
    Ok(())
}
