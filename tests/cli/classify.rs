//! `termsift classify`, as a user runs it.

use super::{records, run_with_input};

fn line(id: usize, after: &str) -> String {
    format!(r#"{{"id":"{id}","before":null,"after":"{after}","headings":["Terms"],"terms_type":"Terms of Service"}}"#)
}

#[test]
fn order_is_kept_and_a_bad_line_holds_its_place() {
    let mut input = String::new();
    for id in 0..150 {
        let text = if id % 2 == 0 { "We may share your data with partners for advertising." } else { "Thank you." };
        input.push_str(&if id == 70 { "{\"id\":\"70\",\"before\":7}".to_owned() } else { line(id, text) });
        input.push('\n');
    }
    let ran = run_with_input(&["classify"], &input);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("1 of 150 lines"), "{}", ran.err);
    let answers = records(&ran.out);
    assert_eq!(answers.len(), 150);
    for (id, answer) in answers.iter().enumerate() {
        assert_eq!(answer["id"], id.to_string());
        assert_eq!(answer["error"].is_string(), id == 70);
        assert_eq!(answer["materiality"]["score"].is_number(), id != 70);
    }
    // The same change has the same answer wherever it stands.
    assert_eq!(answers[0]["categories"], answers[148]["categories"]);
}

#[test]
fn all_scores_are_probabilities() {
    let ran = run_with_input(&["classify", "--all-scores", "--threads", "1"], &line(1, "Disputes go to arbitration."));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let answer = &records(&ran.out)[0];
    assert_eq!(answer["scores"]["categories"].as_object().map(serde_json::Map::len), Some(26));
    let sum: f64 = ["cosmetic", "clarifying", "substantive"]
        .iter()
        .filter_map(|id| answer["scores"]["materiality"][id].as_f64())
        .sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");
}

#[test]
fn neither_threads_nor_company_change_an_answer() {
    let texts = ["We keep logs for 30 days.", "You must be 18.", "We sell no data.", "Fees are due monthly."];
    let input: String = (0..40).map(|id| line(id, texts[id % 4]) + "\n").collect();
    let one = run_with_input(&["classify", "--threads", "1"], &input);
    let four = run_with_input(&["classify", "--threads", "4"], &input);
    assert_eq!(one.out, four.out);
}
