//! The encoder's weights as they lie in `model.safetensors`.

use half::f16;
use half::slice::HalfFloatSliceExt;
use safetensors::{Dtype, SafeTensors};

use super::config::EncoderDims;
use super::error::ModelError;

/// The greatest number in 16 bits, as 32 bits hold it. Models are written in 16 bits, so no more is needed; and with
/// weights up to it no sum on the way to a score leaves what 32 bits hold.
const GREATEST: f32 = 65_504.0;

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
    /// floating point, or holds a value that 16 bits cannot, or that is no number.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let (bytes, half) = self.bytes(name, shape)?;
        let mut values = vec![0.0; bytes.len() / if half { 2 } else { 4 }];
        decode(bytes, half, &mut values);
        Ok(values)
    }

    /// The rows of a tensor of two dimensions, to be read one by one.
    pub(super) fn rows(&self, name: &str, [rows, width]: [usize; 2]) -> Result<Rows<'a>, ModelError> {
        let (bytes, half) = self.bytes(name, &[rows, width])?;
        Ok(Rows { bytes, half, width })
    }

    /// The bytes of a tensor, and whether they are 16-bit numbers rather than 32-bit ones. All are looked at: what is
    /// no number must not reach the kernels, and one pass over all weights costs next to nothing.
    pub(super) fn bytes(&self, name: &str, shape: &[usize]) -> Result<(&'a [u8], bool), ModelError> {
        let view = self.tensors.tensor(name).map_err(|_| ModelError::Weights(format!("there is no tensor {name}")))?;
        if view.shape() != shape {
            let found = view.shape();
            return Err(ModelError::Weights(format!("tensor {name} has the shape {found:?}, not {shape:?}")));
        }
        let half = match view.dtype() {
            Dtype::F16 => true,
            Dtype::F32 => false,
            other => return Err(ModelError::Weights(format!("tensor {name} is of type {other}, not F16 or F32"))),
        };
        if all_usable(view.data(), half) {
            Ok((view.data(), half))
        } else {
            Err(ModelError::Weights(format!("tensor {name} holds a value that is no number of at most {GREATEST}")))
        }
    }
}

/// The rows of a tensor as they lie in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    bytes: &'a [u8],
    half: bool,
    width: usize,
}

impl Rows<'_> {
    /// Writes row `row` to `to`, which has the rows' width; what is not there is left as it is.
    pub(super) fn read(&self, row: usize, to: &mut [f32]) {
        let bytes = self.width * if self.half { 2 } else { 4 };
        if let Some(from) = self.bytes.get(row * bytes..(row + 1) * bytes) {
            decode(from, self.half, to);
        }
    }
}

/// Writes the numbers in `bytes` to `to`.
pub(super) fn decode(bytes: &[u8], half: bool, to: &mut [f32]) {
    const SOME: usize = 64;
    if !half {
        to.iter_mut().zip(bytes.as_chunks::<4>().0).for_each(|(to, four)| *to = f32::from_le_bytes(*four));
        return;
    }
    // The bytes need not lie where 16-bit numbers may: some at a time are brought to a place that is.
    let mut halves = [f16::ZERO; SOME];
    for (to, from) in to.chunks_mut(SOME).zip(bytes.chunks(2 * SOME)) {
        halves.iter_mut().zip(from.as_chunks::<2>().0).for_each(|(half, two)| *half = f16::from_le_bytes(*two));
        if let Some(halves) = halves.get(..to.len()) {
            halves.convert_to_f32_slice(to);
        }
    }
}

/// Whether all values in `bytes` are numbers of at most [`GREATEST`]; by their bits, in whose order infinity and what
/// is no number come last, and without a branch, so that many are looked at at once.
fn all_usable(bytes: &[u8], half: bool) -> bool {
    const MOST_HALF: u16 = f16::MAX.to_bits();
    const MOST: u32 = GREATEST.to_bits();
    if half {
        let most = |most: u16, two: &[u8; 2]| most.max(u16::from_le_bytes(*two) & 0x7fff);
        bytes.as_chunks::<2>().0.iter().fold(0, most) <= MOST_HALF
    } else {
        let most = |most: u32, four: &[u8; 4]| most.max(u32::from_le_bytes(*four) & 0x7fff_ffff);
        bytes.as_chunks::<4>().0.iter().fold(0, most) <= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_and_floats_are_decoded_whatever_their_number() {
        for count in [0, 1, 16, 63, 64, 65, 200] {
            let values: Vec<f32> = (0_u8..200).take(count).map(|at| f32::from(at) - 30.5).collect();
            let halves: Vec<u8> = values.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect();
            let floats: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
            for (bytes, half) in [(&halves, true), (&floats, false)] {
                let mut found = vec![f32::NAN; count];
                decode(bytes, half, &mut found);
                assert_eq!(found, values);
            }
        }
    }

    #[test]
    fn what_is_no_number_or_too_great_is_found_wherever_it_lies() {
        let usable = |values: &[f32]| {
            let halves: Vec<u8> = values.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect();
            let floats: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
            [all_usable(&halves, true), all_usable(&floats, false)]
        };
        let fine = [0.0, -0.0, 1e-40, -1.5, GREATEST, -GREATEST].repeat(9);
        assert_eq!(usable(&[]), [true; 2]);
        assert_eq!(usable(&fine), [true; 2]);
        for bad in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e5, -3e38] {
            for at in [0, 1, 31, fine.len() - 1] {
                let mut values = fine.clone();
                values[at] = bad;
                assert_eq!(usable(&values), [false; 2], "{bad} at {at}");
            }
        }
    }
}
