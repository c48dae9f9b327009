//! Files and states that are damaged, foreign or made up: CSV, safetensors, and the JSON of optimizers, schedules and preprocessing.
//!
//! What loads must go on without a panic, and be saved and loaded again as it is. What is refused must have changed nothing.

use crate::fuzz::harness::{Rng, run};
use rushlight::Result;
use rushlight::lr_scheduler::{
    ChainedScheduler, CosineAnnealingLR, CosineAnnealingWarmRestarts, CyclicLR, ExponentialLR,
    LRScheduler, LinearLR, LinearLROptions, MultiStepLR, OneCycleLR, PolynomialLR,
    PolynomialLROptions, ReduceLROnPlateau, SequentialLR, StepLR,
};
use rushlight::nn::{Parameter, StateDict, load_tensors, save_tensors};
use rushlight::optim::{
    ASGD, Adafactor, Adam, AdamOptions, Muon, NAdam, Optimizer, OptimizerState, SGD, SGDOptions,
};
use rushlight::prelude::*;
use rushlight_data::{
    Column, ColumnTransformer, CsvOptions, MinMaxScaler, OneHotEncoder, OrdinalEncoder, Select,
    StandardScaler, Table, Transformer,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CELLS: [&[u8]; 24] = [
    b"a",
    b"1",
    b"-1.5e3",
    b"1e999",
    b"nan",
    b"-inf",
    b"",
    b" ",
    b",",
    b",",
    b",",
    b";",
    b"\n",
    b"\n",
    b"\r\n",
    b"\r",
    b"\"",
    b"\"\"",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\0",
    b"\xc3\xa9",
    b"?",
    b"00012",
];

#[test]
fn csv() {
    run("csv", 3000, |seed| {
        let mut rng = Rng::new(seed ^ 5 << 40);
        let mut text: Vec<u8> = Vec::new();
        if rng.once_in(2) {
            text.extend(b"a,b,c\n");
        }
        for _ in 0..rng.below(40) {
            text.extend(rng.pick(&CELLS));
        }
        let mut options = CsvOptions::new().trim(rng.once_in(2));
        if rng.once_in(4) {
            options = options.delimiter(rng.pick(&[b';', b'"', b'\n', b'\r', 0, 255, b'a']));
        }
        if rng.once_in(4) {
            options = options.missing(["", "?", "nan"]);
        }
        if rng.once_in(4) {
            let names = ["a", "b", "a", "c"];
            options = options.names(names[..rng.below(5)].iter().copied());
        }
        match rng.below(6) {
            0 => options = options.numbers(["a"]),
            1 => options = options.texts(["b"]),
            2 => options = options.one_of("a", ["1", "a"]),
            _ => {}
        }
        let table = options.parse(&text[..], "fuzz.csv").ok()?;
        let uneven = table
            .columns()
            .any(|(_, column)| column.len() != table.n_rows());
        (uneven || table.n_rows() == 0).then(|| format!("{:?}", String::from_utf8_lossy(&text)))
    });
}

const NAMES: [&str; 8] = [
    "a",
    "",
    "__metadata__",
    "a.b",
    "\u{0}",
    "\"",
    "ü",
    "state.0.exp_avg",
];

/// A state dict of any names, dtypes and shapes.
fn any_tensors(rng: &mut Rng) -> Result<StateDict> {
    let mut state = StateDict::new();
    for _ in 0..rng.below(4) {
        let shape: Vec<usize> = (0..rng.below(4)).map(|_| rng.below(4)).collect();
        let mut tensor = Tensor::randn(&shape[..], ())?.to(rng.pick(&DType::ALL))?;
        if shape.len() == 2 && rng.once_in(2) {
            tensor = tensor.t()?;
        }
        state.insert(rng.pick(&NAMES), tensor);
    }
    Ok(state)
}

#[test]
fn safetensors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    run("safetensors", 1500, |seed| {
        let mut rng = Rng::new(seed ^ 6 << 40);
        let state = any_tensors(&mut rng).ok()?;
        let metadata = BTreeMap::from([(rng.pick(&NAMES).to_owned(), "x".repeat(rng.below(9)))]);
        if save_tensors(&path, &state, &metadata).is_err() {
            return (!state.contains_key("__metadata__")).then(|| format!("refused: {state:?}"));
        }
        let loaded = match load_tensors(&path) {
            Ok(loaded) => loaded,
            Err(e) => return Some(format!("saved, and not loaded: {e}")),
        };
        let same = state.iter().all(|(name, tensor)| {
            let bytes = |t: &Tensor| t.bytes().unwrap_or_default();
            loaded
                .tensors
                .get(name)
                .is_some_and(|t| bytes(t) == bytes(tensor))
        });
        if !same || loaded.tensors.len() != state.len() || loaded.metadata != metadata {
            return Some(format!("another state: {state:?}"));
        }
        // Then damage: bytes, numbers of the header, the length.
        let mut bytes = std::fs::read(&path).unwrap_or_default();
        for _ in 0..1 + rng.below(4) {
            let at = rng.below(bytes.len().min(300));
            match rng.below(4) {
                0 => bytes[at] = rng.below(256) as u8,
                1 => bytes[at] = rng.pick(b"0123456789[]{}\",:"),
                2 => bytes.truncate(rng.below(bytes.len()).max(1)),
                _ => {
                    let digits = rng.pick(&[&b"18446744073709551615"[..], b"-1", b"null", b"[]"]);
                    bytes.splice(at..at, digits.iter().copied());
                }
            }
        }
        std::fs::write(&path, &bytes).ok()?;
        let loaded = load_tensors(&path).ok()?;
        let elements: usize = loaded.tensors.iter().map(|(_, t)| t.numel()).sum();
        (elements > bytes.len()).then(|| format!("{elements} elements of {} bytes", bytes.len()))
    });
}

/// Replaces some places of a JSON value.
fn damage(value: &mut Value, rng: &mut Rng) {
    let leaves = |rng: &mut Rng| match rng.below(17) {
        0 => json!(0),
        1 => json!(1),
        2 => json!(-1),
        3 => json!(0.5),
        4 => json!(1e308),
        5 => json!(-1e-310),
        6 => json!(1u64 << 63),
        7 => json!(u64::MAX),
        8 => json!("inf"),
        9 => json!("-inf"),
        10 => json!("nan"),
        11 => json!("x"),
        12 => json!(null),
        13 => json!(true),
        14 => json!([]),
        15 => json!({}),
        _ => json!([1, 0.5]),
    };
    match value {
        Value::Array(list) if !list.is_empty() && !rng.once_in(4) => match rng.below(8) {
            0 => {
                list.pop();
            }
            1 => list.extend_from_within(..1),
            _ => {
                let at = rng.below(list.len());
                damage(&mut list[at], rng);
            }
        },
        Value::Object(map) if !map.is_empty() && !rng.once_in(12) => {
            let at = rng.below(map.len());
            let Some(key) = map.keys().nth(at).cloned() else {
                return;
            };
            match map.get_mut(&key) {
                Some(value) if !rng.once_in(8) => damage(value, rng),
                _ => {
                    map.remove(&key);
                }
            }
        }
        value => *value = leaves(rng),
    }
}

fn params() -> Result<Vec<Parameter>> {
    let params = vec![
        Parameter::new(Tensor::ones([2, 3], ())?)?,
        Parameter::new(Tensor::ones([2, 2], ())?)?,
    ];
    for param in &params {
        param.set_grad(Some(param.detach().copy()?))?;
    }
    Ok(params)
}

/// What an input found; an error that should not have been is a finding too.
fn attempt(input: impl FnOnce() -> Result<Option<String>>) -> Option<String> {
    input().unwrap_or_else(|e| Some(e.to_string()))
}

type MakeOptimizer = fn() -> Result<Box<dyn Optimizer>>;

const OPTIMIZERS: [MakeOptimizer; 6] = [
    || {
        Ok(Box::new(SGD::new(
            params()?,
            SGDOptions::new(0.1).momentum(0.9).nesterov(true),
        )?))
    },
    || {
        Ok(Box::new(Adam::new(
            params()?,
            AdamOptions::new(0.1).amsgrad(true),
        )?))
    },
    || Ok(Box::new(NAdam::new(params()?, 0.1)?)),
    || Ok(Box::new(ASGD::new(params()?, 0.1)?)),
    || Ok(Box::new(Adafactor::new(params()?, 0.1)?)),
    || Ok(Box::new(Muon::new(params()?, 0.1)?)),
];

/// The state of an optimizer as one text.
fn text_of(state: &OptimizerState) -> String {
    let tensors: Vec<String> = state
        .tensors()
        .iter()
        .map(|(n, t)| format!("{n} {t}"))
        .collect();
    format!("{:?} {tensors:?}", state.param_groups)
}

#[test]
fn optimizers() {
    run("optimizers", 1500, |seed| {
        let mut rng = Rng::new(seed ^ 7 << 40);
        attempt(|| {
            let mut optimizer = rng.pick(&OPTIMIZERS)()?;
            optimizer.step()?;
            let good = optimizer.state_dict()?;
            let before = text_of(&good);
            let mut metadata = good.metadata()?;
            let Some(text) = metadata.get_mut("param_groups") else {
                return Ok(Some("a state without groups".into()));
            };
            let mut groups: Value = serde_json::from_str(text).unwrap_or_default();
            damage(&mut groups, &mut rng);
            *text = groups.to_string();
            let mut tensors = StateDict::new();
            for (name, tensor) in good.tensors().iter() {
                match rng.below(24) {
                    0 => {}
                    1 => drop(tensors.insert(name, tensor.flatten(0, -1)?)),
                    2 => drop(tensors.insert(name, tensor.mul(f64::NAN)?)),
                    3 => drop(
                        tensors.insert(name.replace('0', "18446744073709551615"), tensor.clone()),
                    ),
                    4 => drop(tensors.insert(name, tensor.to(DType::I64)?)),
                    _ => drop(tensors.insert(name, tensor.clone())),
                }
            }
            let loaded = OptimizerState::from_parts(tensors, &metadata)
                .and_then(|state| optimizer.load_state_dict(&state));
            let after = optimizer.state_dict()?;
            if let Err(e) = loaded {
                return Ok((text_of(&after) != before).then(|| format!("refused half: {e}")));
            }
            let expected = text_of(&after);
            let parts = OptimizerState::from_parts(after.tensors(), &after.metadata()?)?;
            let mut other = OPTIMIZERS
                .iter()
                .map(|make| make())
                .find(|other| other.as_ref().is_ok_and(|o| o.name() == optimizer.name()))
                .unwrap_or_else(|| Err(rushlight::Error::value("no such optimizer")))?;
            other.load_state_dict(&parts)?;
            let _ = optimizer.step();
            Ok((text_of(&other.state_dict()?) != expected).then_some(expected))
        })
    });
}

type MakeSchedule = fn(&mut dyn Optimizer) -> Result<Box<dyn LRScheduler>>;

const SCHEDULES: [MakeSchedule; 11] = [
    |o| Ok(Box::new(StepLR::with(o, 2, 0.5)?)),
    |o| Ok(Box::new(MultiStepLR::with(o, &[1, 3], 0.5)?)),
    |o| Ok(Box::new(ExponentialLR::new(o, 0.5)?)),
    |o| {
        Ok(Box::new(PolynomialLR::with(
            o,
            PolynomialLROptions::from(5).power(2.0),
        )?))
    },
    |o| {
        Ok(Box::new(LinearLR::with(
            o,
            LinearLROptions::new().start_factor(0.1),
        )?))
    },
    |o| Ok(Box::new(CosineAnnealingLR::new(o, 5)?)),
    |o| Ok(Box::new(CosineAnnealingWarmRestarts::with(o, 2, 2)?)),
    |o| Ok(Box::new(CyclicLR::with(o, 0.1, 0.2, 3)?)),
    |o| Ok(Box::new(OneCycleLR::new(o, 0.1, 9)?)),
    |o| {
        let (first, second) = (
            LinearLR::with(o, LinearLROptions::new().start_factor(0.1).total_iters(2))?,
            StepLR::with(o, 1, 0.5)?,
        );
        Ok(Box::new(ChainedScheduler::new(
            o,
            vec![Box::new(first), Box::new(second)],
        )?))
    },
    |o| {
        let (first, second) = (
            LinearLR::with(o, LinearLROptions::new().start_factor(0.1).total_iters(2))?,
            ExponentialLR::new(o, 0.5)?,
        );
        Ok(Box::new(SequentialLR::new(
            o,
            vec![Box::new(first), Box::new(second)],
            &[2],
        )?))
    },
];

#[test]
fn schedules() {
    run("schedules", 4000, |seed| {
        let mut rng = Rng::new(seed ^ 8 << 40);
        attempt(|| {
            let mut optimizer = SGD::new(params()?, SGDOptions::new(0.1).momentum(0.9))?;
            let make = rng.pick(&SCHEDULES);
            let mut scheduler = make(&mut optimizer)?;
            scheduler.step(&mut optimizer)?;
            let good = scheduler.state_dict()?;
            let mut state = good.clone();
            for _ in 0..1 + rng.below(3) {
                damage(&mut state, &mut rng);
            }
            if let Err(e) = scheduler.load_state_dict(&state) {
                let same = scheduler.state_dict()? == good;
                return Ok((!same).then(|| format!("refused half: {e}")));
            }
            for _ in 0..5 {
                let saved = scheduler.state_dict()?;
                let mut other = make(&mut SGD::new(
                    params()?,
                    SGDOptions::new(0.1).momentum(0.9),
                )?)?;
                let text: Value = serde_json::from_str(&saved.to_string()).unwrap_or_default();
                if let Err(e) = other.load_state_dict(&text) {
                    return Ok(Some(format!("saved, and not loaded: {e}: {saved}")));
                }
                if other.state_dict()? != saved {
                    return Ok(Some(format!("another state: {saved}")));
                }
                let _ = scheduler.step(&mut optimizer);
            }
            Ok(None)
        })
    });
}

#[test]
fn plateaus() {
    run("plateaus", 1000, |seed| {
        let mut rng = Rng::new(seed ^ 9 << 40);
        attempt(|| {
            let mut optimizer = SGD::new(params()?, 0.1)?;
            let mut scheduler = ReduceLROnPlateau::new(&mut optimizer)?;
            scheduler.step(
                &mut optimizer,
                rng.pick(&[1.0, f64::NEG_INFINITY, f64::NAN]),
            )?;
            let good = scheduler.state_dict()?;
            let mut state = good.clone();
            damage(&mut state, &mut rng);
            if let Err(e) = scheduler.load_state_dict(&state) {
                let same = scheduler.state_dict()? == good;
                return Ok((!same).then(|| format!("refused half: {e}")));
            }
            for metric in [0.5, f64::NAN, f64::INFINITY, -1e308] {
                let _ = scheduler.step(&mut optimizer, metric);
            }
            let saved = scheduler.state_dict()?;
            scheduler
                .load_state_dict(&serde_json::from_str(&saved.to_string()).unwrap_or_default())?;
            Ok((scheduler.state_dict()? != saved).then(|| saved.to_string()))
        })
    });
}

#[test]
fn preprocessing() {
    let numbers = [0.0, 1.0, -2.5, 1e308, -1e308, 5e-324, f64::NAN];
    let texts = ["a", "b", "", "nan", "b_c"];
    run("preprocessing", 1500, |seed| {
        let mut rng = Rng::new(seed ^ 10 << 40);
        attempt(|| {
            let rows = 1 + rng.below(5);
            let column: Vec<f64> = (0..rows).map(|_| rng.pick(&numbers)).collect();
            let text: Vec<&str> = (0..rows).map(|_| rng.pick(&texts)).collect();
            let table = Table::new([("x", Column::from(column)), ("y", Column::from(&text[..]))])?;
            let mut both = ColumnTransformer::new()
                .with("standard", StandardScaler::new(), Select::Numbers)
                .with("range", MinMaxScaler::new(), Select::Numbers)
                .with("one_hot", OneHotEncoder::new(), Select::NotNumbers)
                .with("ordinal", OrdinalEncoder::new(), Select::NotNumbers);
            // Of a column without values nothing can be learned.
            let Ok(before) = both.fit_transform(&table) else {
                return Ok(None);
            };
            let saved = serde_json::to_string(&both).unwrap_or_default();
            let loaded: ColumnTransformer = match serde_json::from_str(&saved) {
                Ok(loaded) => loaded,
                Err(e) => return Ok(Some(format!("saved, and not loaded: {e}: {saved}"))),
            };
            let bits = |x: &[f64]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            if bits(loaded.transform(&table)?.data()) != bits(before.data()) {
                return Ok(Some(format!("another transformer: {saved}")));
            }
            let mut state: Value = serde_json::from_str(&saved).unwrap_or_default();
            damage(&mut state, &mut rng);
            if let Ok(loaded) = serde_json::from_value::<ColumnTransformer>(state) {
                let _ = loaded.transform(&table);
                let _ = loaded.feature_names_out();
            }
            Ok(None)
        })
    });
}
