//! What a document change is said to be, from versions to records.

use super::sources::{field, scan, versions};
use super::text;

/// A page of a hundred paragraphs with `last` below them.
fn page(last: &str) -> String {
    let about = |at| format!("Part {at} of the service is offered as it stands in chapter {at} of our handbook.\n\n");
    (1..=100).map(about).chain([last.to_owned()]).collect()
}

#[test]
fn a_page_back_from_behind_a_wall_hides_no_change_that_matters() {
    const WALL: &str = "# Just a moment...\n\nEnable JavaScript and cookies to continue\n";
    let before = page("We keep your personal data for 30 days. Recieve our news.");
    let cases = [
        (before.clone(), "page-replaced", "the document is back, as it was,"),
        (page("We keep your personal data for 30 days. Receive our news."), "page-replaced", "back, nearly as it was,"),
        (page("We keep your personal data for 90 days. Recieve our news."), "change", "compared with the last version"),
    ];
    for (after, status, reason) in cases {
        let root = tempfile::tempdir().expect("a folder");
        versions(root.path(), &[before.as_bytes(), WALL.as_bytes(), after.as_bytes()]);
        let found = scan(&[text(root.path())]).records();
        assert_eq!(field(&found, "status"), ["first-record", "page-replaced", status], "{reason}");
        let said = field(&found, "status_reason")[2];
        assert!(said.contains(reason), "{said}");
    }
}
