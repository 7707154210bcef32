//! What a parser says of a line of JSON Lines.

/// Why a line is not the JSON that is wanted.
///
/// The parser counts its place from the start of the one line it was given. Beside the number of the line in its file
/// that misleads, so it is left out.
#[derive(Debug, thiserror::Error)]
#[error("{}", without_place(.0))]
pub struct JsonFault(serde_json::Error);

impl From<serde_json::Error> for JsonFault {
    fn from(error: serde_json::Error) -> Self {
        Self(error)
    }
}

fn without_place(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let end = said.rfind(" at line ").unwrap_or(said.len());
    said.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_in_the_one_line_is_left_out() {
        let said = |line: &str| JsonFault::from(serde_json::from_str::<u32>(line).unwrap_err()).to_string();
        assert_eq!(said("\"at line 3\""), "invalid type: string \"at line 3\", expected u32");
        assert_eq!(said("[1"), "invalid type: sequence, expected u32");
        assert_eq!(said(""), "EOF while parsing a value");
    }
}
