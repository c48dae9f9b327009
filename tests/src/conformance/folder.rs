//! Reading a folder of cases: lines of JSON next to tensors in safetensors files.

use rushlight::{Result, Tensor, nn};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One file of cases with its tensors.
pub struct File {
    tensors: nn::StateDict,
    /// Why the tensors could not be read: cut short, or of a dtype that the library does not have.
    pub unreadable: Option<String>,
    /// The cases, one per line.
    pub cases: Vec<Json>,
}

/// Arguments in order and by name.
pub type Named = serde_json::Map<String, Json>;

/// A call of an operation. A refused one has the same form, without the answer.
#[derive(Deserialize)]
#[allow(missing_docs)]
pub struct OpCase {
    pub id: String,
    pub op: String,
    #[serde(default)]
    pub variant: String,
    #[serde(default)]
    pub tier: u8,
    pub args: Vec<Json>,
    pub kwargs: Named,
    #[serde(default)]
    pub outputs: Vec<String>,
    #[serde(default)]
    pub cotangents: BTreeMap<usize, String>,
    #[serde(default)]
    pub grads: BTreeMap<String, Option<String>>,
    #[serde(default)]
    pub compare: Option<String>,
    /// A relative tolerance that stands alone: for answers that are very small or very large.
    #[serde(default)]
    pub relative: Option<f64>,
}

/// A call that PyTorch refuses.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct RefusedCase(pub OpCase);

/// A module, made, loaded and called.
#[derive(Deserialize)]
#[allow(missing_docs)]
pub struct ModuleCase {
    pub id: String,
    pub module: String,
    pub training: bool,
    pub init_args: Vec<Json>,
    pub init_kwargs: Named,
    pub state: BTreeMap<String, String>,
    pub args: Vec<Json>,
    pub kwargs: Named,
    pub outputs: Vec<String>,
    pub state_after: BTreeMap<String, String>,
    #[serde(default)]
    pub cotangents: BTreeMap<usize, String>,
    #[serde(default)]
    pub grads: BTreeMap<String, Option<String>>,
    #[serde(default)]
    pub param_grads: BTreeMap<String, Option<String>>,
}

/// Twelve steps of an optimizer.
#[derive(Deserialize)]
#[allow(missing_docs)]
pub struct OptimizerCase {
    pub id: String,
    pub optimizer: String,
    pub kwargs: Named,
    pub params: Vec<String>,
    pub steps: Vec<OptimizerStep>,
}

/// The gradients of one step and what the parameters are afterwards.
#[derive(Deserialize)]
#[allow(missing_docs)]
pub struct OptimizerStep {
    pub grads: Vec<Option<String>>,
    pub params: Vec<String>,
}

/// Learning rates and momenta before the first step and after each.
#[derive(Deserialize)]
#[allow(missing_docs)]
pub struct SchedulerCase {
    pub id: String,
    pub scheduler: String,
    pub kwargs: Named,
    pub base_lr: f64,
    pub base_momentum: f64,
    #[serde(default)]
    pub metrics: Vec<Json>,
    pub lrs: Vec<f64>,
    #[serde(default)]
    pub momenta: Vec<Option<f64>>,
}

/// Draws after a seed, in order.
#[derive(Deserialize)]
#[allow(missing_docs)]
pub struct RandomCase {
    pub id: String,
    pub seed: u64,
    pub draws: Vec<Draw>,
}

/// One draw.
#[derive(Deserialize)]
#[allow(missing_docs)]
pub struct Draw {
    pub call: String,
    pub kwargs: Named,
    pub output: String,
}

impl File {
    /// Reads `NAME.jsonl`, and `NAME.safetensors` if there is one.
    pub fn read(path: &Path) -> std::result::Result<File, String> {
        let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let lines = text
            .lines()
            .enumerate()
            .filter(|(_, l)| !l.trim().is_empty());
        let cases = lines
            .map(|(i, l)| {
                serde_json::from_str(l)
                    .map_err(|e| format!("{}, line {}: {e}", path.display(), i + 1))
            })
            .collect::<std::result::Result<_, _>>()?;
        let tensors = path.with_extension("safetensors");
        let mut file = File {
            tensors: nn::StateDict::new(),
            unreadable: None,
            cases,
        };
        if tensors.exists() {
            match nn::load_tensors(&tensors) {
                Ok(saved) => file.tensors = saved.tensors,
                Err(e) => file.unreadable = Some(e.message().to_owned()),
            }
        }
        Ok(file)
    }

    /// The tensor of a key, in memory of its own.
    pub fn tensor(&self, key: &str) -> Result<Tensor> {
        self.tensors.require(key)?.copy()
    }
}

/// The files of a section in order of their names; none if the folder has no such section.
pub fn files(folder: &Path, section: &str) -> std::result::Result<Vec<PathBuf>, String> {
    let section = folder.join(section);
    if !section.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(&section).map_err(|e| format!("{}: {e}", section.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|e| format!("{}: {e}", section.display()))?
            .path();
        if path.extension().is_some_and(|e| e == "jsonl") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
