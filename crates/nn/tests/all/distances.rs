//! Distances, bags and alignments: derivatives of the functions that bring their own, and what they refuse.

use rushlight_autograd::{Autograd, CheckOptions, gradcheck, gradgradcheck};
use rushlight_nn::functional::*;
use rushlight_tensor::{DType, Result, Tensor, tensor};

fn points(n: usize) -> Result<Tensor> {
    let x = Tensor::arange(0, 3 * n as i64, 1, DType::F64)?;
    x.mul(1.7)?.sin()?.reshape([n, 3])?.requires_grad_(true)
}

#[test]
fn distances_have_their_derivatives() -> Result<()> {
    let (a, b) = (points(4)?, points(5)?.detach().mul(1.3)?.add(0.3)?);
    b.requires_grad_(true)?;
    for p in [0.5, 1.0, 1.5, 2.0, 3.0, f64::INFINITY] {
        gradcheck(
            |x| {
                cdist(
                    &x[0],
                    &x[1],
                    CdistOptions::from(CdistComputeMode::Differences).p(p),
                )
            },
            &[&a, &b],
            CheckOptions::default(),
        )?;
        gradcheck(|x| pdist(&x[0], p), &[&a], CheckOptions::default())?;
    }
    gradcheck(
        |x| cdist(&x[0], &x[1], CdistComputeMode::Product),
        &[&a, &b],
        CheckOptions::default(),
    )
}

#[test]
fn distances_and_attention_have_second_derivatives() -> Result<()> {
    let (a, b) = (points(4)?, points(5)?.detach().mul(1.3)?.add(0.3)?);
    b.requires_grad_(true)?;
    for p in [1.5, 2.0, 3.0] {
        gradgradcheck(
            |x| {
                cdist(
                    &x[0],
                    &x[1],
                    CdistOptions::from(CdistComputeMode::Differences).p(p),
                )
            },
            &[&a, &b],
            CheckOptions::default(),
        )?;
    }
    gradgradcheck(
        |x| cdist(&x[0], &x[1], CdistComputeMode::Product),
        &[&a, &b],
        CheckOptions::default(),
    )?;
    let mask = tensor!([[true, false, true, true, false]]);
    let options = ScaledDotProductAttentionOptions::new().attn_mask(mask);
    gradgradcheck(
        |x| scaled_dot_product_attention(&x[0], &x[1], &x[1], &options),
        &[&a, &b],
        CheckOptions::default(),
    )
}

#[test]
fn alignments_have_the_derivative_of_the_logits() -> Result<()> {
    let logits = Tensor::arange(0, 5 * 2 * 4, 1, DType::F64)?
        .mul(2.3)?
        .sin()?
        .reshape([5, 2, 4])?
        .requires_grad_(true)?;
    let targets = tensor!([[1, 2, 2], [3, 0, 0]]);
    gradcheck(
        |x| {
            let log_probs = x[0].log_softmax(2)?;
            ctc_loss(&log_probs, &targets, &[5, 4], &[3, 1], Reduction::None)
        },
        &[&logits],
        CheckOptions::default(),
    )
}

#[test]
fn frequent_rows_share_their_gradient() -> Result<()> {
    let table = points(3)?;
    let options = EmbeddingOptions::new().scale_grad_by_freq(true);
    embedding(&tensor!([0, 0, 1, 2]), &table, options.padding_idx(-1))?
        .sum()?
        .backward()?;
    let grad = table.grad().unwrap().sum_dim(1, false)?;
    assert_eq!(grad.to_vec::<f64>()?, [3.0, 3.0, 0.0]);
    Ok(())
}

#[test]
fn refusals_say_what_would_be_right() -> Result<()> {
    let says = |result: Result<Tensor>, text: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    };
    let x = Tensor::zeros([4, 3], ())?;
    says(
        cdist(&x, &Tensor::zeros([4, 2], ())?, ()),
        "the vectors have 3 elements in [4, 3], but 2 in [4, 2]",
    );
    says(pdist(&x, -1.0), "p must be at least 0, not -1");
    let offsets = tensor!([1, 2]);
    let indices = tensor!([0, 1, 2]);
    says(
        embedding_bag(&indices, &x, Some(&offsets), None, ()),
        "offsets start at 0",
    );
    says(
        embedding_bag(&indices, &x, None, None, ()),
        "without offsets",
    );
    let with_dtype = EmbeddingOptions::new().dtype(DType::F64);
    says(
        embedding(&indices, &x, with_dtype),
        "embedding: the dtype and the device of EmbeddingOptions are for a layer's parameters",
    );
    let causal = ScaledDotProductAttentionOptions::new().is_causal(true);
    says(
        scaled_dot_product_attention(&x, &x, &x, causal.attn_mask(x.clone())),
        "does not broadcast to the scores [.., queries, keys] = [4, 4]",
    );
    let log_probs = Tensor::zeros([2, 1, 3], ())?;
    says(
        ctc_loss(&log_probs, &tensor!([[1]]), &[3], &[1], ()),
        "an input length must be in [0, 2], not 3",
    );
    Ok(())
}
