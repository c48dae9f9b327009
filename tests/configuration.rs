//! A model's configuration in a file: options of its layers as JSON, from which the same model comes back.

use crate::on_own_generator;
use rushlight::Result;
use rushlight::nn::{
    BatchNorm2d, BatchNormOptions, Conv2d, ConvOptions, CrossEntropyLoss, CrossEntropyLossOptions,
    Flatten, LeakyReLU, LeakyReLUOptions, Linear, LinearOptions, Loss, MaxPool2d, MaxPoolOptions,
    PadMode, Padding, Sequential, sequential,
};
use rushlight::optim::{AdamW, AdamWOptions};
use rushlight::prelude::*;
use serde::{Deserialize, Serialize};

/// What a small image classifier is made with.
#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Config {
    channels: Vec<usize>,
    conv: ConvOptions,
    norm: BatchNormOptions,
    activation: LeakyReLUOptions,
    pool: MaxPoolOptions,
    head: LinearOptions,
    loss: CrossEntropyLossOptions,
    optimizer: AdamWOptions,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            channels: vec![1, 4, 6],
            conv: ConvOptions::new()
                .padding(Padding::Same)
                .padding_mode(PadMode::Reflect)
                .bias(false),
            norm: BatchNormOptions::new().eps(1e-3),
            activation: LeakyReLUOptions::new().negative_slope(0.2),
            pool: MaxPoolOptions::new().stride(2),
            head: LinearOptions::new().bias(false),
            loss: CrossEntropyLossOptions::new()
                .weight(tensor!([0.5, 1.0, 2.0]))
                .label_smoothing(0.1),
            optimizer: AdamWOptions::new(3e-3).weight_decay(0.05),
        }
    }
}

impl Config {
    fn model(&self) -> Result<Sequential> {
        manual_seed(7);
        let mut model = sequential![];
        for pair in self.channels.windows(2) {
            model.push(Conv2d::with(pair[0], pair[1], 3, &self.conv)?);
            model.push(BatchNorm2d::with(pair[1], &self.norm)?);
            model.push(LeakyReLU::with(self.activation));
            model.push(MaxPool2d::with(2, &self.pool));
        }
        model.push(Flatten::new());
        let features = 4 * self.channels[self.channels.len() - 1];
        model.push(Linear::with(features, 3, &self.head)?);
        Ok(model)
    }

    /// The loss after three steps.
    fn trained(&self) -> Result<f32> {
        let model = self.model()?;
        let criterion = CrossEntropyLoss::with(&self.loss);
        let mut optimizer = AdamW::new(model.parameters(), self.optimizer)?;
        let (x, y) = (
            Tensor::randn([6, 1, 8, 8], ())?,
            tensor!([0, 1, 2, 0, 1, 2]),
        );
        for _ in 0..3 {
            optimizer.zero_grad();
            criterion.call(&model.call(&x)?, &y)?.backward()?;
            optimizer.step()?;
        }
        criterion.call(&model.call(&x)?, &y)?.item()
    }
}

#[test]
fn a_configuration_round_trips_through_json() -> Result<()> {
    on_own_generator(|| {
        let config = Config::default();
        let text = serde_json::to_string_pretty(&config).expect("JSON");
        let read: Config = serde_json::from_str(&text).expect("the configuration");
        assert_eq!(serde_json::to_string_pretty(&read).expect("JSON"), text);
        assert_eq!(read.model()?.to_string(), config.model()?.to_string());
        assert_eq!(read.trained()?.to_bits(), config.trained()?.to_bits());
        Ok(())
    })
}

#[test]
fn a_configuration_says_only_what_differs() -> Result<()> {
    let text = r#"{
        "channels": [3, 8],
        "conv": {"stride": 2, "padding": [1, 1]},
        "optimizer": {"lr": 0.01, "betas": [0.8, 0.9], "eps": 1e-8, "weight_decay": 0.0, "amsgrad": false, "maximize": false}
    }"#;
    let config: Config = serde_json::from_str(text).expect("the configuration");
    let printed = config.model()?.to_string();
    assert!(
        printed.contains("(0): Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))"),
        "{printed}"
    );
    assert!(printed.contains("negative_slope=0.2"), "{printed}");
    let error = serde_json::from_str::<Config>(r#"{"conv": {"strides": 2}}"#)
        .err()
        .expect("an error")
        .to_string();
    assert!(error.contains("unknown field `strides`"), "{error}");
    Ok(())
}
