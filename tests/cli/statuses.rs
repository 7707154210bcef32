//! What a document change is said to be, from versions to records.

use serde_json::Value;

use super::sources::{field, scan, versions};
use super::text;

fn paragraphs(count: u32) -> String {
    let about = |at| format!("Part {at} of the service is offered as it stands in chapter {at} of our handbook.\n\n");
    (1..=count).map(about).collect()
}

/// A page of a hundred paragraphs with `last` below them.
fn page(last: &str) -> String {
    paragraphs(100) + last
}

/// The records of a document with these versions, in order.
fn recorded(texts: &[&str]) -> Vec<Value> {
    let root = tempfile::tempdir().expect("a folder");
    let bytes: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    versions(root.path(), &bytes);
    scan(&[text(root.path())]).records()
}

const JUST_A_MOMENT: &str = "# Just a moment...\n\nEnable JavaScript and cookies to continue\n";
const FORBIDDEN: &str = "# 403 Forbidden\n\nnginx\n";
/// A bot wall of about a hundred words.
const CHECK: &str = "# One more step\n\n\
    Please wait while we are checking your browser before we show you the page that you asked for.\n\n\
    This helps us to verify you are human, and to keep the site fast for everybody who comes here. It happens by \
    itself and mostly takes a few seconds only. Your browser will be sent on to the page as soon as we are done.\n\n\
    If nothing happens, allow scripts for this site, turn off what blocks them, and load the page anew. If you meet \
    this page again and again, write to the people who run the site and tell them the number below, the time, and \
    what you did.\n\nRay ID: 7c1\n";

#[test]
fn a_page_back_from_behind_a_wall_hides_no_change_that_matters() {
    const KEEP: &str = "We keep your personal data for 30 days.";
    const NEWS: &str = "Read our news about the orchard.";
    let before = page(&format!("{KEEP} {NEWS}"));
    let cases = [
        (before.clone(), "reversion", "returns to the version of 2025-01-01"),
        // The same words in another order.
        (format!("{KEEP}\n\n{}", page(NEWS)), "page-replaced", "the document is back, as it was,"),
        (before.replace("our news", "our News"), "page-replaced", "the document is back, nearly as it was,"),
        (before.replace("30 days", "90 days"), "change", "compared with the last version"),
    ];
    for (after, status, reason) in cases {
        let found = recorded(&[&before, JUST_A_MOMENT, &after]);
        assert_eq!(field(&found, "status"), ["first-record", "page-replaced", status], "{reason}");
        let said = field(&found, "status_reason")[2];
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn a_wall_after_a_wall_is_no_document_and_a_rewrite_after_both_is_one() {
    let before = page("We keep your personal data for 30 days.");
    let rule = |at| format!("You must not tell anyone what you have read on shelf {at}, and we will not tell it.\n\n");
    let rewritten = "# Privacy policy\n\n".to_owned() + &(1..=90).map(rule).collect::<String>();
    let found = recorded(&[&before, FORBIDDEN, CHECK, &rewritten]);
    assert_eq!(field(&found, "status"), ["first-record", "page-replaced", "page-replaced", "change"]);
    let said = field(&found, "status_reason");
    assert!(said[2].contains("checking your browser") || said[2].contains("verify you are human"), "{}", said[2]);
    assert!(said[3].contains("compared with the last version before a bot wall"), "{}", said[3]);
    assert_eq!(found[3]["previous_commit"], found[0]["commit"]);
}

#[test]
fn a_wall_that_is_edited_is_still_a_wall() {
    let before = page("We keep your personal data for 30 days.");
    let denied = |nth: u32| {
        format!("# Access Denied\n\nYou don't have permission to access this page.\n\nReference #18.9d{nth}.1764\n")
    };
    // Three of five clauses stay.
    let at = |nth: u32| format!("{}\nThe edge answers.\n\nIt is minute {nth} of the log.\n", denied(nth));
    let after = page("We keep your personal data for 90 days.");
    for [first, second, third] in [[denied(1), denied(2), denied(3)], [at(1), at(2), at(3)]] {
        let found = recorded(&[&before, &first, &second, &third, &after]);
        let walled = "page-replaced";
        assert_eq!(field(&found, "status"), ["first-record", walled, walled, walled, "change"], "{first}");
        assert_eq!(found[4]["previous_commit"], found[0]["commit"]);
    }
}

#[test]
fn a_document_that_holds_all_of_the_page_before_it_is_back() {
    const MENU: &str = "Shop\n\nHelp\n\nAbout us\n\n";
    let keep = |days: u32| page(&format!("We keep your personal data for {days} days."));
    let (back, later) = (format!("{MENU}{}", keep(90)), format!("{MENU}{}", keep(365)));
    let found = recorded(&[&keep(30), MENU, &back, &later]);
    assert_eq!(field(&found, "status"), ["first-record", "page-replaced", "change", "change"]);
    assert_eq!(found[2]["previous_commit"], found[0]["commit"]);
    assert_eq!(found[3]["previous_commit"], found[2]["commit"]);
}

#[test]
fn edits_of_another_document_with_a_text_of_its_own_are_told() {
    let before = paragraphs(700);
    let shelf = |at| format!("Shelf {at} of the library holds what was written about house {at}.\n\n");
    let other: String = (1..=40).map(shelf).collect();
    let edited = format!("{other}You may not take books home from the new shelf any more.\n");
    let found = recorded(&[&before, &other, &edited]);
    assert_eq!(field(&found, "status"), ["first-record", "page-replaced", "change"]);
    assert_eq!(found[2]["counts"], serde_json::json!({"added": 1, "unchanged": 40}));
}

#[test]
fn the_other_language_after_a_wall_is_told() {
    const ENGLISH: &str = "When you pick apples with us, we write down how many baskets you carried home and who came \
        along. We will not tell anybody.\n\n";
    const FRENCH: &str = "Lorsque vous cueillez des pommes avec nous, nous notons combien de paniers vous avez \
        emportés et qui vous accompagnait. Nous ne le dirons à personne.\n\n";
    let found = recorded(&[&ENGLISH.repeat(20), FORBIDDEN, &FRENCH.repeat(20)]);
    assert_eq!(field(&found, "status"), ["first-record", "page-replaced", "language-swapped"]);
}

#[test]
fn a_date_that_moves_back_is_news_whatever_else_changed() {
    let dated = |date: &str, thanks: &str| {
        page(&format!("This notice was last updated on {date} and stands until we change it.\n\n{thanks}\n"))
    };
    let before = dated("November 3, 2025", "Thank you for reading this notice.");
    let cases = [
        (dated("November 9, 2025", "Thank you for reading this notice."), "rolling"),
        (dated("October 1, 2025", "Thank you for reading this notice."), "change"),
        (dated("October 1, 2025", "Thank you for reading this Notice!"), "change"),
    ];
    for (after, status) in cases {
        let found = recorded(&[&before, &after]);
        assert_eq!(field(&found, "status")[1], status, "{}", found[1]["status_reason"]);
        let is_back = status == "change";
        assert_eq!(found[1]["facts"]["back_dated"] == "2025-11-03 → 2025-10-01", is_back, "{}", found[1]["facts"]);
        assert_eq!(field(&found, "status_reason")[1].contains("its own date moved back"), is_back);
    }
}

#[test]
fn a_party_is_new_or_gone_where_no_clause_names_it_in_whole_words() {
    const KEPT: &str = "We keep Metadata in good order. GitHub stores our pages for us.";
    let before = page(KEPT);
    let after = page(&format!("{KEPT} We pass on your messages to Meta and to GitHub, Inc. when you ask for that."));
    for (old, new, fact) in [(&before, &after, "parties_added"), (&after, &before, "parties_dropped")] {
        let found = recorded(&[old, new]);
        assert_eq!(found[1]["facts"][fact], serde_json::json!(["Meta"]), "{fact}: {}", found[1]["facts"]);
    }
}
