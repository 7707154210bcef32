//! `termsift classify`, as a user runs it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{records, run_with_input, termsift};

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
    let categories = answer["scores"]["categories"].as_object().expect("scores of categories");
    assert_eq!(categories.len(), 26);
    // Each stands by itself as well, beside what is no category.
    let mut scores = answer["scores"].as_object().expect("scores").clone();
    scores.retain(|name, _| !["categories", "materiality", "effect"].contains(&name.as_str()));
    assert_eq!(&scores, categories);
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

#[test]
fn an_id_is_given_back_as_it_was_given() {
    let ids = [json!(7), json!(-1.5), json!("7"), json!(""), json!(true), Value::Null];
    let mut input = String::new();
    for id in &ids {
        input.push_str(&format!("{{\"id\":{id},\"before\":null,\"after\":\"We sell no data.\"}}\n"));
        input.push_str(&format!("{{\"id\":{id},\"before\":null,\"after\":null}}\n"));
        input.push_str(&format!("{{\"id\":{id},\"before\":7}}\n"));
    }
    let ran = run_with_input(&["classify"], &input);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let answers = records(&ran.out);
    for (answers, id) in answers.chunks(3).zip(&ids) {
        assert!(answers.iter().all(|answer| answer["id"] == *id), "{id}: {answers:?}");
        assert_eq!(answers.iter().map(|answer| answer["error"].is_string()).collect::<Vec<_>>(), [false, true, true]);
    }
    assert_eq!(answers.len(), 3 * ids.len());
}

#[test]
fn null_is_absent_and_a_list_is_no_object() {
    let nothing =
        r#"{"id":1,"before":"a b","after":"a c","headings":null,"lead_in":null,"service":null,"terms_type":null}"#;
    let ran = run_with_input(&["classify"], &format!("{nothing}\n{{\"id\":1,\"before\":\"a b\",\"after\":\"a c\"}}\n"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let answers = records(&ran.out);
    assert_eq!(answers[0], answers[1]);

    let ran = run_with_input(&["classify"], "[\"1\",\"a\",\"b\",[],\"\",\"\",\"\"]\n{\"id\":[1],\"after\":\"x\"}\n");
    assert_eq!(ran.code, 3, "{}", ran.err);
    for (answer, why) in records(&ran.out).iter().zip(["line 1: not a JSON object", "line 2: the id is a list"]) {
        assert_eq!(answer["id"], Value::Null);
        assert!(answer["error"].as_str().is_some_and(|error| error.starts_with(why)), "{answer}");
    }
}

#[test]
fn what_has_come_in_is_answered_before_more_is_waited_for() {
    let mut child = termsift(&["classify", "--threads", "1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut input = child.stdin.take().expect("a pipe");
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    // Read beside, so that an answer that does not come is told and not waited for.
    let (sender, answers) = mpsc::channel();
    let reader = std::thread::spawn(move || output.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
    let mut id = 0;
    for together in [1, 3, 1] {
        let lines: String = (id..id + together).map(|id| line(id, "We keep logs for 30 days.") + "\n").collect();
        // The beginning of the next line does not hold up those before it.
        input.write_all(lines.as_bytes()).and_then(|()| input.write_all(b" ")).expect("it reads");
        for id in id..id + together {
            let answer = answers.recv_timeout(Duration::from_secs(120)).expect("an answer while more is waited for");
            assert_eq!(records(&answer)[0]["id"], id.to_string());
        }
        id += together;
    }
    drop(input);
    assert!(child.wait().expect("it ends").success());
    assert!(reader.join().expect("it reads to the end"));
}
