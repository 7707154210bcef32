//! The encoder's weights as they lie in `model.safetensors`.

use half::f16;
use half::slice::HalfFloatSliceExt;
use safetensors::{Dtype, SafeTensors};

use super::config::EncoderDims;
use super::error::ModelError;

/// Weights in 16 or 32 bits, under the names that published BERT models give them.
#[derive(Debug)]
pub struct EncoderWeights<'a> {
    tensors: SafeTensors<'a>,
    dims: EncoderDims,
}

impl<'a> EncoderWeights<'a> {
    /// Finds the tensors in the bytes of a safetensors file; reads none of them yet.
    ///
    /// # Errors
    /// When the bytes are no such file.
    pub fn from_safetensors(bytes: &'a [u8], dims: &EncoderDims) -> Result<Self, ModelError> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| ModelError::Weights(error.to_string()))?;
        Ok(Self { tensors, dims: dims.clone() })
    }

    /// The sizes that the tensors should have.
    #[must_use]
    pub fn dims(&self) -> &EncoderDims {
        &self.dims
    }

    /// The values of a tensor.
    ///
    /// # Errors
    /// When there is none of that name, or it has another shape or another type than 16 or 32 bits of
    /// floating point, or holds a value that is no number.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let (bytes, half) = self.bytes(name, shape)?;
        let values: Vec<f32> = if half {
            let halves: Vec<f16> = bytes.as_chunks::<2>().0.iter().map(|two| f16::from_le_bytes(*two)).collect();
            let mut values = vec![0.0; halves.len()];
            halves.convert_to_f32_slice(&mut values);
            values
        } else {
            bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
        };
        // Zero times what is no finite number is none: one pass without a branch.
        if values.iter().fold(0.0, |sum: f32, x| sum + x * 0.0) == 0.0 {
            Ok(values)
        } else {
            Err(ModelError::Weights(format!("tensor {name} holds a value that is no number")))
        }
    }

    /// Whether there is a tensor of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.tensor(name).is_ok()
    }

    /// The bytes of a tensor, and whether they are 16-bit numbers rather than 32-bit ones.
    pub(super) fn bytes(&self, name: &str, shape: &[usize]) -> Result<(&'a [u8], bool), ModelError> {
        let view = self.tensors.tensor(name).map_err(|_| ModelError::Weights(format!("there is no tensor {name}")))?;
        if view.shape() != shape {
            let found = view.shape();
            return Err(ModelError::Weights(format!("tensor {name} has the shape {found:?}, not {shape:?}")));
        }
        match view.dtype() {
            Dtype::F16 => Ok((view.data(), true)),
            Dtype::F32 => Ok((view.data(), false)),
            other => Err(ModelError::Weights(format!("tensor {name} is of type {other}, not F16 or F32"))),
        }
    }
}
