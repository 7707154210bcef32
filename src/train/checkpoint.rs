//! What a run needs to go on after it was killed.
//!
//! One file, replaced whole: parameters, the optimiser's memory, the best parameters so far, and where the run stands
//! with its fingerprint: a run with other data, options or weights to start from refuses it.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::error::TrainError;
use super::fit::EpochReport;
use super::optimise::{AdamW, Gradients};
use crate::model::reference::Parameters;
use crate::model::{ModelError, beside, remove_left_over};

/// Where a run stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Standing {
    /// What data, options and weights to start from the run has.
    pub(super) fingerprint: String,
    /// Steps done.
    pub(super) step: usize,
    /// Epochs done, with what was measured.
    pub(super) reports: Vec<EpochReport>,
    /// Sum of losses in the epoch under way.
    pub(super) loss: f64,
}

/// The best parameters so far.
pub(super) type Best = BTreeMap<String, Tensor>;

const FILE: &str = "checkpoint.safetensors";

/// Writes a checkpoint into `folder`.
pub(super) fn save(
    folder: &Path,
    standing: &Standing,
    parameters: &Parameters,
    adam: &AdamW,
    best: &Best,
) -> Result<(), TrainError> {
    let mut tensors: Vec<(String, Tensor)> = Vec::new();
    for (name, var) in parameters {
        tensors.push((format!("parameter/{name}"), var.as_tensor().clone()));
    }
    for (prefix, memory) in [("first", &adam.first), ("second", &adam.second)] {
        for (name, values) in memory {
            tensors.push((format!("{prefix}/{name}"), Tensor::from_slice(values, values.len(), &Device::Cpu)?));
        }
    }
    for (name, tensor) in best {
        tensors.push((format!("best/{name}"), tensor.clone()));
    }
    let text = serde_json::to_string(standing).map_err(|error| ModelError::Weights(error.to_string()))?;
    let about = HashMap::from([("standing".to_owned(), text)]);
    let bytes = safetensors::serialize(tensors.iter().map(|(name, tensor)| (name, tensor)), Some(about))
        .map_err(|error| ModelError::Weights(error.to_string()))?;
    let path = folder.join(FILE);
    let io = |source| TrainError::Io { path: path.clone(), source };
    let file = beside(folder, &bytes).map_err(io)?;
    file.persist(&path).map_err(|error| io(error.error))?;
    Ok(())
}

/// Takes up the checkpoint in `folder`, if there is one of this run. What a run that was killed has half written there
/// is removed.
pub(super) fn load(
    folder: &Path,
    fingerprint: &str,
    parameters: &Parameters,
) -> Result<Option<(Standing, AdamW, Best)>, TrainError> {
    remove_left_over(folder);
    let path: PathBuf = folder.join(FILE);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(TrainError::Io { path, source }),
    };
    let broken = |why: String| TrainError::Model(ModelError::Weights(format!("{}: {why}", path.display())));
    let (_, metadata) = safetensors::SafeTensors::read_metadata(&bytes).map_err(|error| broken(error.to_string()))?;
    let text = metadata.metadata().as_ref().and_then(|about| about.get("standing")).cloned().unwrap_or_default();
    let standing: Standing = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
    if standing.fingerprint != fingerprint {
        return Err(TrainError::OtherRun { path: folder.into() });
    }
    let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)?;
    let mut adam = AdamW { step: standing.step, ..AdamW::default() };
    let mut best = Best::new();
    let tensors: BTreeMap<String, Tensor> = tensors.into_iter().collect();
    for (name, tensor) in tensors {
        match name.split_once('/') {
            Some(("parameter", name)) => {
                if let Some(var) = parameters.get(name) {
                    var.set(&tensor)?;
                }
            }
            Some(("first", name)) => remember(&mut adam.first, name, &tensor)?,
            Some(("second", name)) => remember(&mut adam.second, name, &tensor)?,
            Some(("best", name)) => {
                best.insert(name.to_owned(), tensor);
            }
            _ => {}
        }
    }
    Ok(Some((standing, adam, best)))
}

fn remember(memory: &mut Gradients, name: &str, tensor: &Tensor) -> Result<(), TrainError> {
    memory.insert(name.to_owned(), tensor.to_vec1()?);
    Ok(())
}

/// Whether there is a checkpoint in `folder`, of whatever run.
#[must_use]
pub fn has_checkpoint(folder: &Path) -> bool {
    folder.join(FILE).exists()
}

/// Removes the checkpoint in `folder`: what came of the run is written.
pub fn remove_checkpoint(folder: &Path) {
    // Nothing hangs on it: a checkpoint that stays is refused by any other run.
    let _ = std::fs::remove_file(folder.join(FILE));
}
