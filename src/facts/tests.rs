//! Tables of texts, and the laws every clause obeys.

use proptest::prelude::*;

use super::*;

fn changed(before: &str, after: &str) -> Facts {
    facts(&ClauseTexts { before: Some(before), after: Some(after), headings: &[], lead_in: "" })
}

#[test]
fn parties_come_and_go() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "We share it with LinkedIn Singapore and Microsoft Corporation.",
            "We share it with Microsoft Corporation or any of its subsidiaries (e.g., GitHub, Inc.).",
            &["GitHub, Inc."],
        ),
        ("GitHub may act.", "GitHub, Inc. may act.", &[]),
        ("See our Privacy Policy.", "You and the Company agree to Section 4 of the Terms.", &[]),
        ("The operator is us.", "The operator is TikTok Technology Limited.", &["TikTok Technology Limited"]),
        ("", "You pay Oskelund Pay AS.", &["Oskelund Pay AS"]),
        ("", "You pay Oskelund Pay Inc.", &["Oskelund Pay Inc."]),
        ("", "Tarnwick Networks Pte. Ltd. hosts it.", &["Tarnwick Networks Pte. Ltd."]),
        ("", "Quillmere Intelligence Co., Ltd. hosts it.", &["Quillmere Intelligence Co., Ltd."]),
        ("", "We name F.T. Marrowgate Inc. here.", &["F.T. Marrowgate Inc."]),
        ("", "Copyright Notice © 1999-2014 Marrowgate Limited.", &["Marrowgate Limited"]),
        ("", "TO NOT ONLY MARROWGATE CABLE, LLC BUT ALSO OTHERS.", &["MARROWGATE CABLE, LLC"]),
        ("", "IF YOU ARE DEALING WITH MARROWGATE INC., THEN YOU AND MARROWGATE INC. AGREE.", &["MARROWGATE INC."]),
        ("", "By Tarnwick Ireland Limited (“Tarnwick”), we mean it.", &["Tarnwick Ireland Limited"]),
        ("", "By Oskelund Pay AB (“Oskelund”), we mean it.", &["Oskelund Pay AB"]),
        ("", "Get the Marrowgate Limited Edition.", &[]),
        ("Marrowgate Corp. offers it.", "Marrowgate LLC, a company of Nevada, offers it.", &["Marrowgate LLC"]),
        ("Marrowgate LLC offers it.", "Marrowgate offers it.", &[]),
        ("Marrowgate Ltd. offers it.", "Marrowgate Limited offers it to you.", &[]),
        ("Marrowgate, L.L.C. offers it.", "Marrowgate LLC offers it to you.", &[]),
        ("Marrowgate, Inc. offers it.", "Marrowgate Incorporated offers it to you.", &[]),
        ("Marrowgate Corp. offers it.", "MARROWGATE CORPORATION offers it to you.", &[]),
        ("", "4 Grand Canal Square, Dublin 2", &[]),
        ("", "20 Main Street, Henderson, NV 89012", &[]),
    ];
    for (before, after, added) in cases {
        assert_eq!(changed(before, after).parties_added, *added, "{after}");
    }
}

#[test]
fn places_in_the_clause_and_its_lead_in() {
    assert!(changed("If you are abroad:", "If you are in the UK:").jurisdictions.contains(&"UK"));
    let texts =
        ClauseTexts { before: None, after: Some("You may withdraw."), headings: &[], lead_in: "If you are in the UK:" };
    assert_eq!(facts(&texts).jurisdictions, ["UK"]);
    let menu = "English (US)Español (España)Français (France)中文（台灣）";
    for none in [menu, "CONTACT US", "a non-English version", "Bahasa Indonesia", "251 Rhode Island Street"] {
        assert!(changed("Write to us.", none).jurisdictions.is_empty(), "{none}");
    }
    assert_eq!(changed("", "by the laws of the Republic of China").jurisdictions, ["TW"]);
}

#[test]
fn the_united_states_and_the_pronoun() {
    let places = [
        "users in the EU, UK, US and Canada",
        "the EU-US Data Privacy Framework",
        "UK/US",
        "US/EEA residents",
        "the US CLOUD Act",
        "the US (CLOUD Act)",
    ];
    for text in places {
        assert!(changed("", text).jurisdictions.contains(&"US"), "{text}");
    }
    let pronouns = [
        "CONTACT US IF YOU HAVE QUESTIONS",
        "YOU AGREE TO INDEMNIFY US AND OUR AFFILIATES",
        "YOU MAY SEND US DMCA NOTICES",
        "TELL US, US AND US",
    ];
    for text in pronouns {
        assert!(!changed("", text).jurisdictions.contains(&"US"), "{text}");
    }
}

#[test]
fn numbers_that_changed() {
    type Case = (&'static str, &'static str, NumberKind, Option<&'static str>, Option<&'static str>);
    let cases: &[Case] = &[
        ("kept for 30 days", "kept for 60 days", NumberKind::Duration, Some("30 days"), Some("60 days")),
        (
            "kept thirty (30) days",
            "kept for ninety (90) days",
            NumberKind::Duration,
            Some("thirty (30) days"),
            Some("ninety (90) days"),
        ),
        ("a fee of $5", "a fee of $10", NumberKind::Amount, Some("$5"), Some("$10")),
        ("You must be at least 13.", "You must be at least 16.", NumberKind::Age, Some("13"), Some("16")),
        ("a fee", "a fee of 5%", NumberKind::Percentage, None, Some("5%")),
        ("up to 3 devices", "up to 5 devices", NumberKind::Count, Some("3 devices"), Some("5 devices")),
        (
            "within twenty-four (24) hours",
            "within seventy-two (72) hours",
            NumberKind::Duration,
            Some("twenty-four (24) hours"),
            Some("seventy-two (72) hours"),
        ),
        (
            "thirty (30) days",
            "forty-five (45) days",
            NumberKind::Duration,
            Some("thirty (30) days"),
            Some("forty-five (45) days"),
        ),
        (
            "one hundred eighty (180) days",
            "one hundred and twenty (120) days",
            NumberKind::Duration,
            Some("one hundred eighty (180) days"),
            Some("one hundred and twenty (120) days"),
        ),
        (
            "45 (forty-five) days",
            "60 (sixty) days",
            NumberKind::Duration,
            Some("45 (forty-five) days"),
            Some("60 (sixty) days"),
        ),
        ("a fee of US$100", "a fee of CA$100", NumberKind::Amount, Some("US$100"), Some("CA$100")),
        ("a fee of R$ 100", "a fee of A$ 100", NumberKind::Amount, Some("R$ 100"), Some("A$ 100")),
        ("a fee of 1,5 %", "a fee of 15 %", NumberKind::Percentage, Some("1,5 %"), Some("15 %")),
    ];
    for (before, after, kind, from, to) in cases {
        let expected = NumberChange { kind: *kind, from: from.map(str::to_owned), to: to.map(str::to_owned) };
        assert_eq!(changed(before, after).numbers, [expected], "{after}");
    }
}

#[test]
fn numbers_that_are_none() {
    for none in [
        "235 Second Street",
        "3.7 Complaints and disputes",
        "in all Microsoft 365 apps",
        "Microsoft 365 apps",
        "the M365 apps",
        "with Quillmere 11 devices",
    ] {
        assert!(changed("", none).numbers.is_empty(), "{none}");
    }
    for one in ["Add 5 users", "ADD UP TO 5 USERS", "Up To 3 Devices", "in the office 3 users sit", "最多5 devices"] {
        assert_eq!(changed("", one).numbers.len(), 1, "{one}");
    }
}

#[test]
fn numbers_that_are_only_written_otherwise() {
    let cases = [
        ("kept for 45 days", "kept for forty-five (45) days"),
        ("a fee of $100", "a fee of US$100"),
        ("a fee of 1,000.50 €", "a fee of 1.000,50 €"),
        ("a fee of 1,000,000 €", "a fee of 1000000 €"),
    ];
    for (before, after) in cases {
        assert!(changed(before, after).numbers.is_empty(), "{after}");
    }
}

#[test]
fn modals_that_stayed() {
    let cases = [
        ("You can’t resell it.", "You can't resell it."),
        ("We may not.", "We may NOT."),
        ("You may end it when you can.", "You may end it at will."),
        ("He signs as he may.", "He signs of his own will."),
        ("It is as the user may wish.", "It is the user’s own will."),
    ];
    for (before, after) in cases {
        assert!(changed(before, after).modal_shifts.is_empty(), "{after}");
    }
}

#[test]
fn modals_that_shifted() {
    let cases = [
        ("We may share it.", "We will share it.", "may", "will", Shift::Strengthened),
        ("We will tell you.", "We may tell you.", "will", "may", Shift::Weakened),
        ("You may resell it.", "You may not resell it.", "may", "may not", Shift::Forbidden),
        ("You cannot resell it.", "You can resell it.", "cannot", "can", Shift::Allowed),
        (
            "Content you own may be used to train our models.",
            "Content you own will be used to train our models.",
            "may",
            "will",
            Shift::Strengthened,
        ),
        ("What is free may stay so.", "What is free must stay so.", "may", "must", Shift::Strengthened),
    ];
    for (before, after, from, to, direction) in cases {
        let expected = ModalShift { from: from.to_owned(), to: to.to_owned(), direction };
        assert_eq!(changed(before, after).modal_shifts, [expected], "{after}");
    }
}

#[test]
fn a_document_dates_itself() {
    let cases = [
        ("Last updated: November 3, 2025", true),
        ("Last updated on 3 November 2025", true),
        ("Last Updated\nNov. 3, 2025", true),
        ("Last modified: 2025-11-03", true),
        ("Stand: 3. November 2025", true),
        ("Dernière mise à jour le 3 novembre 2025", true),
        ("更新日期：2025年11月3日", true),
        ("UpdatedNovember 3, 2025", true),
        ("Last updatedNovember 3, 2025", true),
        ("Dismaynovember 3, 2025", false),
        ("Effective: January 1, 2020\nUpdated: November 3, 2025", true),
        ("On November 3, 2025 we met.", false),
    ];
    for (text, dated) in cases {
        let found = document_date(text).map(|found| found.date);
        assert_eq!(found, dated.then(|| jiff::civil::date(2025, 11, 3)), "{text}");
    }
    let days = [
        ("Last updated: 03/11/2025", "2025-03-11 to 2025-11-03, 03/11/2025"),
        ("Last Updated: February 2024", "2024-02-01 to 2024-02-29, February 2024"),
        ("Updated\nNov. 2025", "2025-11-01 to 2025-11-30, Nov. 2025"),
        ("Last updated: 11/03/25", ""),
        ("As of May 2018 we ask all who use what we offer in Europe for their consent.", ""),
    ];
    for (text, expected) in days {
        let found = document_date(text).map(|it| format!("{} to {}, {it}", it.date, it.last)).unwrap_or_default();
        assert_eq!(found, expected, "{text}");
    }
    let applies = [
        ("Effective Date: November 3, 2025", true),
        ("Version effective date: November 3, 2025", true),
        ("Effective as of November 3, 2025", true),
        ("Last updated date: November 3, 2025", false),
        ("Date: November 3, 2025", false),
        ("Effective Date: January 1, 2026. Last updated: November 3, 2025", false),
    ];
    for (text, takes_effect) in applies {
        assert_eq!(document_date(text).map(|found| found.takes_effect), Some(takes_effect), "{text}");
    }
}

#[test]
fn a_date_of_effect_is_found_beside_another() {
    for (text, day) in [
        ("Updated: May 3, 2025. Effective: June 3, 2025", Some(3)),
        ("更新日期：2025年5月9日生效日期：2025年6月3日", Some(3)),
        ("Effective and last updated on June 3, 2025", Some(3)),
        ("Last updated and effective on June 3, 2025", Some(3)),
        ("Updated: May 9, 2025\nWe keep it.\nEffective\nJune 3, 2025", Some(3)),
        ("Last updated on June 3, 2025", None),
        ("Effective when we say so. Last updated on June 3, 2025", None),
    ] {
        let expected = day.map(|day| jiff::civil::date(2025, 6, day));
        assert_eq!(effect_date(text).map(|found| found.date), expected, "{text}");
    }
}

#[test]
fn laws_of_one_name_in_several_countries() {
    let cases: &[(&str, &[&str])] = &[
        ("the Personal Information Protection Act", &[]),
        ("the Personal Information Protection Act of Korea", &["KR-PIPA"]),
        ("in Canada, the Personal Information Protection Act", &["CA-PIPA"]),
        ("the Personal Data Protection Law", &[]),
        ("in Indonesia, the Personal Data Protection Law", &["ID-PDP"]),
        ("Law No. 27 of 2022", &["ID-PDP"]),
        ("the General Personal Data Protection Law", &["LGPD"]),
    ];
    for (text, laws) in cases {
        assert_eq!(changed("", text).laws, *laws, "{text}");
    }
}

#[test]
fn what_rolls() {
    let cases = [
        ("Updated May 3, 2024", "Updated June 4, 2024", Some(RollingKind::Date)),
        ("9 months ago", "10 months ago", Some(RollingKind::Age)),
        ("12 out of 40 found this helpful", "13 out of 42 found this helpful", Some(RollingKind::Counter)),
        ("© 2023 Example", "© 2024 Example", Some(RollingKind::Year)),
        ("within 30 days", "within 60 days", None),
        ("costs $5", "costs $6", None),
        ("aged 13", "aged 16", None),
        ("© 2023 Example", "© 2024 Sample", None),
        ("1,906 customers found it helpful", "1,911 customers found it helpful", Some(RollingKind::Counter)),
        ("3 comments", "4 comments", Some(RollingKind::Counter)),
        ("1.2k likes", "1.3k likes", Some(RollingKind::Counter)),
        ("Viewed 523 times", "Viewed 524 times", Some(RollingKind::Counter)),
        ("Viewed 3 times today", "Viewed 11 times today", Some(RollingKind::Counter)),
        ("This page has been viewed 523 times.", "This page has been viewed 524 times.", Some(RollingKind::Counter)),
        ("UpdatedMay 3, 2024", "UpdatedJune 4, 2024", Some(RollingKind::Date)),
        ("Updated May 3, 2024", "Updated on 3rd May 2024", None),
        ("Friday, May 3, 2024", "May 03, 2024", None),
        ("May 3, 2025 · 12 views · 3 comments", "May 3, 2025 · 14 views · 4 comments", Some(RollingKind::Counter)),
        ("Free accounts may post 10 comments per day.", "Free accounts may post 3 comments per day.", None),
        ("Free accounts have 10 comments.", "Free accounts have 3 comments.", None),
        ("10 votes per person", "3 votes per person", None),
        ("up to 10 comments", "up to 3 comments", None),
        ("A rented title may be viewed 5 times.", "A rented title may be viewed 2 times.", None),
        ("We found it helpful to keep it 30 days.", "We found it helpful to keep it 60 days.", None),
        ("10 people must have found it helpful.", "20 people must have found it helpful.", None),
    ];
    for (before, after, kind) in cases {
        assert_eq!(only_rolling_differs(before, after), kind, "{after}");
    }
}

#[test]
fn what_is_nothing_but_rolling() {
    let cases = [
        ("9 months ago", Some(RollingKind::Age)),
        ("Updated a year ago", Some(RollingKind::Age)),
        ("May 5, 2025", Some(RollingKind::Date)),
        ("Last updated: May 5, 2025", Some(RollingKind::Date)),
        ("Effective as of May 5, 2025.", Some(RollingKind::Date)),
        ("128 people found this helpful", Some(RollingKind::Counter)),
        ("12 out of 40 found this helpful", Some(RollingKind::Counter)),
        ("Viewed 523 times", Some(RollingKind::Counter)),
        ("12 views", Some(RollingKind::Counter)),
        ("", None),
        ("13", None),
        ("2025", None),
        ("Last updated", None),
        ("We keep data for 9 months.", None),
        ("You may post 10 comments.", None),
        ("On May 5, 2025 we met.", None),
        ("May 5, 2025 or June 6, 2025", None),
        ("May 5, 2025, June 6, 2025", None),
    ];
    for (text, kind) in cases {
        assert_eq!(only_rolling(text), kind, "{text}");
    }
}

#[test]
fn words_beside_a_hit_in_a_stretch_without_spaces() {
    use super::gazetteer::Neighbours;

    let text = "  (not,may,must!) US, 3";
    let mut words = Neighbours::new(text);
    let (before, after) = (words.before(7), words.after(10));
    assert_eq!((before.word, before.start, after.word, after.start), ("not,", 3, ",must", 10));
    assert_eq!((words.before(18).word, words.after(20).word), ("not,may,must!)", ""));
    assert_eq!((words.after(21).word, words.before(0).word, words.after(text.len()).word), ("3", "", ""));
    for (text, shouted) in [("EA,US,x", [true, false]), ("a,US,EA", [false, true]), ("a US A", [false, true])] {
        let mut words = Neighbours::new(text);
        assert_eq!([words.before(text.len() - 4).shouted(), words.after(2).shouted()], shouted, "{text}");
    }
}

#[test]
fn a_word_too_long_for_the_lists_is_a_word_still() {
    let long = "ä".repeat(100);
    // "May" after any word is the month; after none it is the modal.
    assert!(changed(&format!("{long} May resell it."), &format!("{long} will resell it.")).modal_shifts.is_empty());
    assert_eq!(changed("You may resell it.", &format!("You will {long} it.")).modal_shifts.len(), 1);
    assert!(changed("", &format!("{long}, US {long}")).jurisdictions.contains(&"US"));
    assert!(changed("", &format!("{} US", long.to_uppercase())).jurisdictions.is_empty());
    assert_eq!(changed("", &format!("Gibraltar, Georgia or {long}")).jurisdictions, ["GE", "GI"]);
}

#[test]
fn signs_and_words_without_end_between_a_label_and_its_date() {
    for between in [" .".repeat(100), " effective".repeat(100), " | --- |".repeat(30)] {
        let text = format!("Valid from{between} November 3, 2025");
        let found = document_date(&text).map(|found| (found.date, found.label));
        assert_eq!(found, Some((jiff::civil::date(2025, 11, 3), "Valid from".to_owned())), "{text}");
    }
}

#[test]
fn organisations_and_companies_overlap() {
    let cases: &[(&str, &[&str])] = &[
        ("We name Google LLC, Google and Apple here.", &["Google LLC", "Apple"]),
        (
            "We name Apple, Google Ireland Limited, Apple Inc. and Microsoft here.",
            &["Apple", "Google Ireland Limited", "Microsoft"],
        ),
    ];
    for (text, added) in cases {
        assert_eq!(changed("", text).parties_added, *added, "{text}");
    }
}

#[test]
fn no_clause_takes_more_than_linear_time() {
    // Quadratic work on this much would not end within the limit of any test runner.
    const LENGTH: usize = 600_000;
    let cases = [
        ("", "Germany, Georgia, "),
        ("", "Germany,France,"),
        ("", "US,"),
        ("", "Google, Apple, "),
        ("", "Google LLC, Germany, "),
        ("a ", "Co. "),
        ("a ", "S A "),
        ("a ", "Ltd "),
        ("", "Pty. Ltd., "),
        ("may ", "may,must,services,"),
        ("must ", "may,must,services,"),
        ("not", "may"),
        ("may", ","),
        ("", "UK, US/"),
        ("", "own will may "),
        ("", "one-"),
        ("", "45 (one-"),
    ];
    for (start, unit) in cases {
        let text = format!("{start}{}", unit.repeat(LENGTH / unit.len()));
        let found = changed(&text.replacen("must", "should", usize::MAX), &text);
        assert!(found.modal_shifts.is_empty(), "{unit:?}");
        changed("", &text);
    }
    let long = format!("{}x {}", "x".repeat(LENGTH / 2), "Apple ".repeat(LENGTH / 12));
    assert!(changed("", &long).parties_added.len() <= 1);
    for unit in ["effective ", "effective date ", "date of effect ", "and updated on ", "on ", "- "] {
        let text = format!("Effective {}5", unit.repeat(LENGTH / unit.len()));
        assert_eq!((document_date(&text), effect_date(&text)), (None, None), "{unit:?}");
    }
    for unit in ["Marrowgate,", "Marrowgate ", "Marrowgate Co. ", "Marrowgate Ireland "] {
        let text = unit.repeat(LENGTH / unit.len());
        assert!(PartyName::of("Marrowgate, Inc.").stands_in(&text), "{unit:?}");
    }
}

fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "may",
        "may not",
        "will",
        "GitHub, Inc.",
        "Google",
        "30 days",
        "$5",
        "not",
        "UK",
        "in Georgia",
        "GDPR",
        "no. 5",
        "Foo Pte. Ltd.",
        "©",
        "2024",
        "年",
        "May 3, 2025",
        "é",
        ",",
        ".",
        "(",
        "13 years old",
        "US law",
        "\n",
    ]);
    prop_oneof![any::<String>(), prop::collection::vec(words, 0..20).prop_map(|words| words.join(" "))]
}

proptest! {
    #[test]
    fn the_same_text_has_no_change(text in text()) {
        let found = changed(&text, &text);
        let still = Facts { jurisdictions: found.jurisdictions.clone(), laws: found.laws.clone(), ..Facts::default() };
        prop_assert_eq!(found, still);
    }

    #[test]
    fn swapping_sides_swaps_what_came_and_went(before in text(), after in text()) {
        let (there, back) = (changed(&before, &after), changed(&after, &before));
        prop_assert_eq!(there.parties_added, back.parties_dropped);
        prop_assert_eq!(there.laws_added, back.laws_dropped);
        prop_assert_eq!(there.jurisdictions_added, back.jurisdictions_dropped);
        prop_assert_eq!(there.negations_added, back.negations_dropped);
    }

    #[test]
    fn nothing_panics(before in text(), after in text()) {
        let _ = only_rolling_differs(&before, &after);
        let _ = only_rolling(&before);
        let _ = only_date_form_differs(&before, &after);
        let _ = document_date(&before);
        let _ = effect_date(&before);
    }
}

#[test]
fn a_party_is_named_by_whole_words_with_or_without_its_legal_form() {
    const WORDS: &str = "We keep Metadata, Snapchats and Boxes.";
    const PARTS: &str = "Snap helps us. GitHub and Oskelund Pay GmbH do, too. So do Marrowgate and Atlassian.";
    const NAMES: &str = "By Tarnwick Networks Ireland Limited we mean it. Quillmere LLC (“Quillmere”) and GitHub, \
                         Microsoft Corporation help.";
    for (text, party, expected) in [
        (WORDS, "Meta", false),
        (WORDS, "Snap", false),
        (WORDS, "Box", false),
        (PARTS, "Snap", true),
        (PARTS, "GitHub, Inc.", true),
        (PARTS, "Oskelund Pay", true),
        (PARTS, "Oskelund Pay Co., Ltd.", false),
        (PARTS, "Oskelund Pay Co.", true),
        (NAMES, "Tarnwick Networks, Inc.", false),
        (NAMES, "Tarnwick Networks", true),
        (NAMES, "Tarnwick Networks Ireland Ltd.", true),
        (NAMES, "Quillmere, Inc.", false),
        (NAMES, "Quillmere L.L.C.", true),
        (NAMES, "GitHub, Inc.", true),
        (PARTS, "Oskelund Ship GmbH", false),
        (PARTS, "Marrowgate S.p.A.", true),
        (PARTS, "Atlassian Pty Ltd", true),
        (PARTS, "Atlassian Sdn Bhd", true),
        (PARTS, "Inc.", false),
        (PARTS, "Limited", false),
        ("Metaはデータを集めます。", "Meta", true),
        ("", "Meta", false),
    ] {
        assert_eq!(PartyName::of(party).stands_in(text), expected, "{party} in {text}");
    }
}

#[test]
fn a_party_goes_by_its_short_name_only_where_no_other_has_it() {
    let named = |texts: &[&str]| PartyName::of("Quillmere, Inc.").stands_in_any(texts.iter().copied());
    assert!(named(&["Quillmere helps.", "Ask Quillmere Ireland Limited."]));
    assert!(named(&["Quillmere LLC helps.", "Ask Quillmere Inc. today."]));
    assert!(!named(&["Quillmere LLC helps.", "Ask Quillmere today."]));
    assert!(!named(&[]));
}
