//! Files that are written beside what they will replace, so that a disk that is full, or an end at any moment, leaves
//! what was there before.

use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// How the names of such files begin.
const PREFIX: &str = ".termsift-model-";

/// A new file in `folder` that holds `bytes`, on the disk, and has no name of its own yet.
pub(crate) fn beside(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    // As any other new file has them.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Removes the files that a run has left in `folder` which was killed before they had a name.
pub(crate) fn remove_left_over(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            // One that cannot be removed takes room and does no other harm.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_name_yet_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("named");
        beside(folder.path(), b"whole").unwrap().persist(&named).unwrap();
        let (_, left) = beside(folder.path(), b"half").unwrap().keep().unwrap();
        assert!(left.exists());
        remove_left_over(folder.path());
        assert!(!left.exists());
        assert_eq!(std::fs::read(&named).unwrap(), b"whole");
        // A folder that is not there has nothing to remove.
        remove_left_over(&folder.path().join("none"));
    }
}
