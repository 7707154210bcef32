//! `termsift dataset`: from a collection to labels without texts, and back.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use termsift::dataset::Split;

use super::{records, run, text};

const BEFORE: &str = "# Terms\n\n## Baskets\n\nWe keep the baskets that you bring for 30 days.\n\nYou may pick apples in all of our orchards.\n\nWe do not pass on your name to anybody else.\n";
const AFTER: &str = "# Terms\n\n## Baskets\n\nWe keep the baskets that you bring for 90 days and may sell them.\n\nYou must not pick apples in any of our orchards.\n\nWe do not pass on your name to anybody else.\n\nWho picks pears pays for them at the gate.\n";

/// Writes the collection `orchard` with one document change, whose later version is `after`.
fn collection(root: &Path, after: &str) -> PathBuf {
    let orchard = root.join("orchard");
    let document = orchard.join("Appleton/Terms of Service");
    fs::create_dir_all(&document).expect("a folder can be made");
    fs::write(document.join("2025-01-01T10-00-00Z.md"), BEFORE).expect("a file can be written");
    fs::write(document.join("2025-02-01T10-00-00Z.md"), after).expect("a file can be written");
    orchard
}

/// Samples the collection and labels what is drawn: the items, and the file of their labels.
fn labelled(root: &Path, orchard: &Path) -> (Vec<Value>, PathBuf) {
    let [items, annotations, labels] = ["items.jsonl", "annotations.jsonl", "labels.jsonl"].map(|name| root.join(name));
    let split = Split::of_service("Appleton").id();
    let draw = ["--split", split, "--per-service", "1", "--output", text(&items)];
    let drawn = run(&[&["dataset", "sample", text(orchard)][..], &draw].concat());
    assert_eq!((drawn.code, drawn.err.as_str()), (0, "3 of 3 clause changes chosen\n"));
    let drawn = records(&fs::read_to_string(&items).expect("items"));
    let said = |item: &Value| {
        json!({"id": item["id"], "materiality": "substantive", "categories": ["minors", "data-use"], "effect": "adverse"})
            .to_string()
    };
    fs::write(&annotations, drawn.iter().map(said).collect::<Vec<_>>().join("\n")).expect("a file can be written");
    let args = ["dataset", "label", text(&items), text(&annotations), "--annotator", "A. Reader", "--output"];
    let made = run(&[&args[..], &[text(&labels)]].concat());
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    (drawn, labels)
}

#[test]
fn labels_hold_no_text_and_get_it_back() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let orchard = collection(root.path(), AFTER);
    let (drawn, labels) = labelled(root.path(), &orchard);
    let kept = fs::read_to_string(&labels).expect("labels");
    for word in ["pears", "apples", "baskets", "Baskets"] {
        assert!(!kept.contains(word), "{word} in {kept}");
    }
    assert_eq!(records(&kept)[0]["categories"], json!(["data-use", "minors"]), "in the order of the taxonomy");
    let back = run(&["dataset", "materialise", text(&labels), text(&orchard)]);
    assert_eq!((back.code, back.err.as_str()), (0, "3 of 3 items have their texts back\n"));
    let back = records(&back.out);
    assert_eq!(back.len(), drawn.len());
    for (item, back) in drawn.iter().zip(&back) {
        assert_eq!(back["materiality"], "substantive");
        for (field, value) in item.as_object().expect("an object") {
            assert_eq!(&back[field], value, "{field} as it was annotated");
        }
    }
}

#[test]
fn what_is_not_found_is_told() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let orchard = collection(root.path(), AFTER);
    let (_, labels) = labelled(root.path(), &orchard);
    let materialise = |labels: &Path, orchard: &Path| run(&["dataset", "materialise", text(labels), text(orchard)]);

    // One clause has other words of the same length; all stand under another heading.
    let changed = collection(&root.path().join("changed"), &AFTER.replace("pears", "plums").replace("## B", "## T"));
    let part = materialise(&labels, &changed);
    assert_eq!((part.code, records(&part.out).len()), (3, 2), "{}", part.err);
    for said in ["2 of 3 items", "2 stand under other headings", "hold another text"] {
        assert!(part.err.contains(said), "{said}: {}", part.err);
    }

    fs::remove_file(changed.join("Appleton/Terms of Service/2025-01-01T10-00-00Z.md")).expect("it was there");
    let none = materialise(&labels, &changed);
    assert_eq!((none.code, none.out.as_str()), (3, ""), "{}", none.err);
    let said = "  2 not found, the first of them ";
    let why = "no version of Appleton/Terms of Service.md was recorded by 2025-01-01T10-00-00Z\n";
    assert!(none.err.contains(said) && none.err.contains(why), "{}", none.err);

    let elsewhere = root.path().join("elsewhere.jsonl");
    let other = fs::read_to_string(&labels).expect("labels").replace("\"orchard\"", "\"meadow\"");
    fs::write(&elsewhere, other).expect("a file can be written");
    let absent = materialise(&elsewhere, &orchard);
    assert_eq!(absent.code, 3);
    assert!(absent.err.contains("  3 not found, the first of them ") && absent.err.contains("meadow was not given"));
}

#[test]
fn no_file_is_replaced_by_what_is_made_of_it() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let orchard = collection(root.path(), AFTER);
    let (_, labels) = labelled(root.path(), &orchard);
    let (items, annotations) = (root.path().join("items.jsonl"), root.path().join("annotations.jsonl"));
    let cases: [(Vec<&str>, &Path); 6] = [
        (vec!["dataset", "materialise", text(&labels), text(&orchard)], &labels),
        (vec!["dataset", "label", text(&items), text(&annotations), "--annotator", "x"], &annotations),
        (vec!["eval", "clauses", "--labels", text(&items), "--resamples", "0"], &items),
        (vec!["eval", "precision", "--labels", text(&items), "--resamples", "0"], &items),
        (vec!["eval", "agreement", text(&labels), text(&items)], &labels),
        (vec!["eval", "ranking", "--memos", text(&annotations), text(&orchard)], &annotations),
    ];
    // Labels and texts in one file, as `eval` reads them.
    let whole = run(&["dataset", "materialise", text(&labels), text(&orchard)]);
    fs::write(&items, whole.out).expect("a file can be written");
    for (args, input) in cases {
        let before = fs::read(input).expect("an input");
        let refused = run(&[&args[..], &["--output", text(input)]].concat());
        assert_eq!(refused.code, 2, "{args:?}: {}", refused.err);
        assert!(refused.err.contains("an input of this command"), "{args:?}: {}", refused.err);
        assert_eq!(fs::read(input).expect("an input"), before, "{args:?}");
    }
    let both = text(&root.path().join("both")).to_owned();
    let one = run(&["eval", "clauses", "--labels", text(&items), "--output", &both, "--per-item", &both]);
    assert_eq!(one.code, 2);
    assert!(one.err.contains("another output of this command"), "{}", one.err);
}
