//! Invariants of segmentation and alignment on generated and on hostile documents.
#![allow(
    clippy::panic,
    clippy::format_push_string,
    clippy::naive_bytecount,
    clippy::collapsible_match,
    clippy::single_char_pattern,
    clippy::manual_assert,
    reason = "a test or an example stops where it cannot go on, and says why"
)]

use std::collections::BTreeSet;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use termsift::align::{Alignment, ClauseChange, Op, Redline, align};
use termsift::segment::{ClauseKind, FurnitureKind, Segmentation, segment, segment_after};

// ---------------------------------------------------------------------------------------------
// Invariants of a segmentation.

/// Clauses and furniture cover the text exactly once, in order, and say where they stand.
fn tiles(text: &str, cut: &Segmentation) -> Result<(), String> {
    if cut.len != text.len() {
        return Err(format!("len is {}, the text has {} bytes", cut.len, text.len()));
    }
    let mut spans: Vec<(u32, u32)> = cut.clauses.iter().map(|clause| (clause.span.start, clause.span.end)).collect();
    if spans.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return Err("clauses are not in the order of the text".into());
    }
    spans.extend(cut.furniture.iter().map(|furniture| (furniture.span.start, furniture.span.end)));
    spans.sort_unstable();
    let mut at = 0;
    for (start, end) in spans {
        if start != at || end < start {
            return Err(format!("a span {start}..{end} follows byte {at}"));
        }
        if !text.is_char_boundary(start as usize) || !text.is_char_boundary(end as usize) {
            return Err(format!("a span {start}..{end} cuts a character"));
        }
        at = end;
    }
    if at as usize != text.len() {
        return Err(format!("the spans end at {at} of {}", text.len()));
    }
    let (mut line, mut counted) = (1, 0);
    for (index, clause) in cut.clauses.iter().enumerate() {
        line += text.as_bytes()[counted..clause.span.start as usize].iter().filter(|&&byte| byte == b'\n').count();
        counted = clause.span.start as usize;
        if clause.line as usize != line {
            return Err(format!("clause {index} stands on line {line}, says {}", clause.line));
        }
        if clause.span.is_empty() {
            return Err(format!("clause {index} covers nothing"));
        }
        let plain = clause.text.of(&cut.plain);
        if plain.trim().is_empty() || plain.trim() != plain || plain.contains('\n') || plain.contains("  ") {
            return Err(format!("clause {index} has the text {plain:?}"));
        }
        if let Some(heading) = clause.heading {
            let above = cut.clauses.get(heading as usize).map(|above| above.kind);
            if heading as usize >= index || !matches!(above, Some(ClauseKind::Heading(_) | ClauseKind::TableHeader)) {
                return Err(format!("clause {index} stands under {heading}, a {above:?}"));
            }
        }
        if let Some((first, end)) = clause.lead_in
            && (first >= end || end as usize > index)
        {
            return Err(format!("clause {index} is introduced by {first}..{end}"));
        }
    }
    for furniture in &cut.furniture {
        let blank = furniture.span.of(text).chars().all(char::is_whitespace);
        if blank != (furniture.kind == FurnitureKind::Space) {
            return Err(format!("furniture {:?} is said to be {:?}", furniture.span.of(text), furniture.kind));
        }
    }
    Ok(())
}

/// What a reader of the rendered page sees: its letters and digits, and where they stand in the source.
///
/// Raw HTML counts outside tags; documents with comments, scripts or styles are not asked about.
fn seen(text: &str) -> (String, Vec<usize>) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let (mut words, mut places) = (String::new(), Vec::new());
    let (mut images, mut in_tag) = (0, false);
    // A byte order mark is no word that a block could start with.
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start = text.len() - body.len();
    for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
        let range = start + range.start..start + range.end;
        match event {
            Event::Start(Tag::Image { .. }) => images += 1,
            Event::End(TagEnd::Image) => images -= 1,
            Event::Start(Tag::HtmlBlock) => in_tag = false,
            Event::Text(rendered) | Event::Code(rendered) if images == 0 => {
                if rendered.contains(char::is_alphanumeric) {
                    words.extend(rendered.chars().filter(|c| c.is_alphanumeric()));
                    places.extend(alphanumeric(text, range));
                }
            }
            Event::Html(source) => {
                let (seen, at) = seen_of_html(&source, &mut in_tag);
                words.push_str(&seen);
                places.extend(at.iter().map(|at| range.start + at));
            }
            _ => {}
        }
    }
    (words, places)
}

/// What a reader sees of a line of raw HTML, and where: what stands outside tags, entities as what they stand for.
/// A tag that is open at the end of the line goes on in the next.
fn seen_of_html(source: &str, in_tag: &mut bool) -> (String, Vec<usize>) {
    let (mut words, mut places) = (String::new(), Vec::new());
    let mut next = 0;
    for (at, c) in source.char_indices() {
        if at < next {
            continue;
        }
        match c {
            '>' if *in_tag => *in_tag = false,
            _ if *in_tag => {}
            '<' => *in_tag = source[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)),
            '&' => {
                if let Some((len, text)) = entity(&source[at..]) {
                    let shown = words.len();
                    words.extend(text.chars().filter(|c| c.is_alphanumeric()));
                    places.extend((words.len() > shown).then_some(at));
                    next = at + len;
                }
            }
            _ if c.is_alphanumeric() => {
                words.push(c);
                places.push(at);
            }
            _ => {}
        }
    }
    (words, places)
}

/// The length of the entity that `text` starts with, and what it stands for, as in a paragraph.
fn entity(text: &str) -> Option<(usize, String)> {
    let letters = text[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '#')?;
    let entity = text.get(..letters + 2).filter(|entity| entity.ends_with(';'))?;
    let read: String = Parser::new(entity)
        .filter_map(|event| match event {
            Event::Text(text) => Some(text.into_string()),
            _ => None,
        })
        .collect();
    (read != entity).then_some((entity.len(), read))
}

fn alphanumeric(text: &str, range: std::ops::Range<usize>) -> Vec<usize> {
    text[range.clone()].char_indices().filter(|(_, c)| c.is_alphanumeric()).map(|(at, _)| range.start + at).collect()
}

/// No furniture holds words that a reader sees, and the clauses hold these words and no others.
fn nothing_is_lost(text: &str, cut: &Segmentation) -> Result<(), String> {
    let lower = text.to_lowercase();
    let (words, places) = seen(text);
    for at in places {
        let next = cut.clauses.partition_point(|clause| clause.span.start as usize <= at);
        let inside = next.checked_sub(1).is_some_and(|clause| at < cut.clauses[clause].span.end as usize);
        if !inside && !hides(&lower) {
            let end = text[at..].char_indices().nth(20).map_or(text.len(), |(end, _)| at + end);
            return Err(format!("a reader sees byte {at} ({:?}…), no clause holds it", &text[at..end]));
        }
    }
    let held: String = cut.plain.chars().filter(|c| c.is_alphanumeric()).collect();
    if held != words && !hides(&lower) {
        return Err(format!("a reader sees {words:?}, the clauses hold {held:?}"));
    }
    Ok(())
}

/// A clause that starts with a word starts on the line of that word.
fn lines_are_those_of_words(text: &str, cut: &Segmentation) -> Result<(), String> {
    let (_, places) = seen(text);
    for (index, clause) in cut.clauses.iter().enumerate() {
        let (start, end) = (clause.span.start as usize, clause.span.end as usize);
        let word = places.partition_point(|&at| at < start);
        if let Some(&word) = places.get(word).filter(|&&at| at < end)
            && clause.text.of(&cut.plain).starts_with(char::is_alphanumeric)
            && text[start..word].contains('\n')
            && !hides(&text.to_lowercase())
        {
            return Err(format!("clause {index} says line {}, its first word stands below", clause.line));
        }
    }
    Ok(())
}

fn hides(lower: &str) -> bool {
    ["<!", "<script", "<style", "<?"].iter().any(|open| lower.contains(open))
}

fn check(text: &str) -> Result<Segmentation, TestCaseError> {
    let cut = segment(text);
    tiles(text, &cut).map_err(TestCaseError::fail)?;
    nothing_is_lost(text, &cut).map_err(TestCaseError::fail)?;
    lines_are_those_of_words(text, &cut).map_err(TestCaseError::fail)?;
    Ok(cut)
}

// ---------------------------------------------------------------------------------------------
// Generated documents.

fn word() -> impl Strategy<Value = String> {
    let plain = select(vec![
        "we",
        "may",
        "share",
        "your",
        "data",
        "with",
        "partners",
        "service",
        "not",
        "Inc.",
        "e.g.",
        "30 days.",
        "1,000.50",
        "user’s",
        "naïve",
        "条款",
        "利用规約。",
        "개인정보",
        "a\u{200b}b",
        "c\u{a0}d",
        "soft\u{ad}hyphen",
        "e\u{301}te",
        "Terms.",
        "Why?",
        "privacy;",
        "(a)",
        "(ii)",
        "•",
        "§ 4.2",
        "1.",
        "U.S.",
        "\u{feff}",
        "🙂",
        "end:",
        "ﬁne",
        "٣٤",
    ]);
    let marked = select(vec![
        "*may*",
        "**must**",
        "***both***",
        "_under_",
        "~~gone~~",
        "`code`",
        "``a ` b``",
        "[link](https://a.example/x)",
        "[**bold** link](</y z> \"title\")",
        "![picture text](https://a.example/p.png)",
        "[![in](i.png)](https://a.example)",
        "[ref]",
        "[text][ref]",
        "<br>",
        "<br/>",
        "<b>bold</b>",
        "<span class=\"x\">in</span>",
        "&amp;",
        "&eacute;t&eacute;",
        "&nbsp;",
        "&#8217;",
        "&nosuch;",
        "\\*",
        "\\[not\\]",
        "https://a.example/page",
        "<https://a.example/auto>",
        "**",
        "*",
        "`",
        "[",
        "](",
        "!",
        "<",
        ">",
        "#",
        "|",
        "\\|",
        "--",
        "**Bold.** Then",
        "word**in**word",
    ]);
    prop_oneof![5 => plain.prop_map(str::to_owned), 2 => marked.prop_map(str::to_owned)]
}

fn sentence() -> impl Strategy<Value = String> {
    (
        prop::collection::vec(word(), 1..10),
        select(vec![" ", " ", " ", " ", "  ", "\n", "  \n", "\\\n", "\t"]),
        select(vec![".", "", ":", "!", " .", "…", "。"]),
    )
        .prop_map(|(words, glue, end)| {
            let head = words.join(" ");
            format!("{head}{glue}and so on{end}")
        })
}

fn line() -> impl Strategy<Value = String> {
    sentence().prop_map(|sentence| sentence.replace(['\n', '\t'], " "))
}

fn paragraph() -> impl Strategy<Value = String> {
    prop::collection::vec(sentence(), 1..4).prop_map(|sentences| sentences.join(" "))
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{}{line}", " ".repeat(by))).collect::<Vec<_>>().join("\n")
}

/// Text between tags, with what looks like one and with entities.
fn html_text() -> impl Strategy<Value = String> {
    let marked = select(vec![
        "aged < 13 or <13",
        "terms &amp; conditions",
        "&eacute;t&eacute;&nbsp; &lt;b&gt; &#8217;",
        "&nosuch; & co; &amp",
        "one <a\nhref=x>two</a\n> three",
        "a<b or c",
        "1 <",
    ]);
    prop_oneof!["[a-z ]{1,30}", marked.prop_map(str::to_owned)]
}

fn block() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        6 => paragraph(),
        2 => (1..7_usize, line(), any::<bool>()).prop_map(|(level, line, closed)| {
            let marks = "#".repeat(level);
            if closed { format!("{marks} {line} {marks}") } else { format!("{marks} {line}") }
        }),
        1 => (line(), select(vec!["===", "---", "=", "-"])).prop_map(|(line, rule)| format!("{line}\n{rule}")),
        1 => line().prop_map(|line| format!("**{}**", line.replace('*', ""))),
        2 => (prop::collection::vec((line(), line(), line()), 1..5), select(vec!["<br>", "<br/>- ", " "])).prop_map(|(rows, glue)| {
            let cell = |text: &str| text.replace('|', "\\|");
            let mut table = String::from("| Purpose | Basis |\n| --- | :-: |");
            for (a, b, c) in rows {
                table.push_str(&format!("\n| {} | {}{glue}{} |", cell(&a), cell(&b), cell(&c)));
            }
            table
        }),
        1 => prop::collection::vec(line(), 1..4).prop_map(|lines| format!("```text\n{}\n```", lines.join("\n"))),
        1 => prop::collection::vec(line(), 1..4).prop_map(|lines| indented(&lines.join("\n"), 4)),
        1 => (select(vec!["div", "p", "table", "li", "details"]), html_text(), any::<bool>()).prop_map(|(tag, text, closed)| {
            if closed { format!("<{tag}\n class=\"box\">\n{text}<br>more\n</{tag}>") } else { format!("<{tag}>{text}") }
        }),
        1 => select(vec![
            "- - -", "* * *", "---", "___", "[ref]: https://a.example/ref \"title\"", "<!-- note -->", "<script>let x = 1;</script>", "- ", "1.", "> ", "#",
            "### **", "&nbsp;", "|", "| a |\n|---|", "\u{200b}", "```", "<style>\np { }\n</style>", "*[x]*",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,40}",
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        1 => "[-*_`\\[\\]()<>!#|:&; \\n\\ta1\\\\~.]{0,40}",
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 1..4), select(vec!["- ", "* ", "+ ", "1. ", "12) "]), any::<bool>())
                .prop_map(|(items, marker, tight)| {
                    let items: Vec<String> = items
                        .iter()
                        .map(|item| {
                            let body = indented(item, marker.len());
                            format!("{marker}{}", body.get(marker.len()..).unwrap_or_default())
                        })
                        .collect();
                    items.join(if tight { "\n" } else { "\n\n" })
                }),
            prop::collection::vec(inner, 1..3).prop_map(|blocks| {
                blocks.join("\n\n").lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
            }),
        ]
    })
}

fn blocks() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(block(), 0..12)
}

fn document(blocks: &[String]) -> String {
    let mut text = blocks.join("\n\n");
    text.push('\n');
    text
}

/// What an edit does to a list of blocks.
fn edited(mut blocks: Vec<String>, edits: &[(u8, Index, Index, String)]) -> Vec<String> {
    for (what, here, there, fresh) in edits {
        if blocks.is_empty() {
            blocks.push(fresh.clone());
            continue;
        }
        let (at, other) = (here.index(blocks.len()), there.index(blocks.len()));
        match what {
            0 => drop(blocks.remove(at)),
            1 => blocks.insert(other, blocks[at].clone()),
            2 => blocks.swap(at, other),
            3 => {
                let words: Vec<&str> = blocks[at].split(' ').collect();
                let place = there.index(words.len());
                let mut reworded: Vec<&str> = words.clone();
                reworded[place] = fresh;
                blocks[at] = reworded.join(" ");
            }
            4 => {
                let half = (blocks[at].len() / 2..blocks[at].len())
                    .find(|&half| blocks[at].is_char_boundary(half))
                    .unwrap_or(0);
                let tail = blocks[at].split_off(half);
                blocks.insert(at + 1, tail);
            }
            5 => blocks[at] = blocks[at].replacen(" and ", ". And ", 1),
            6 => blocks[at] = blocks[at].replace("a.example", "b.example"),
            _ => blocks.insert(at, fresh.clone()),
        }
    }
    blocks
}

fn edits() -> impl Strategy<Value = Vec<(u8, Index, Index, String)>> {
    prop::collection::vec((0..8_u8, any::<Index>(), any::<Index>(), word()), 0..8)
}

// ---------------------------------------------------------------------------------------------
// Invariants of an alignment.

/// Texts of some clauses, joined as a regrouped clause joins them.
fn joined(cut: &Segmentation, clauses: std::ops::Range<u32>) -> String {
    clauses.map(|at| cut.text(at)).collect::<Vec<_>>().join(" ")
}

/// Every clause is covered once, and the changes lead from the old texts to the new ones.
fn applies(old: &Segmentation, new: &Segmentation, found: &Alignment) -> Result<(), String> {
    let mut covered = (vec![0; old.clauses.len()], vec![0; new.clauses.len()]);
    let mut take = |olds: std::ops::Range<u32>, news: std::ops::Range<u32>| -> Result<(), String> {
        for at in olds {
            *covered.0.get_mut(at as usize).ok_or(format!("there is no old clause {at}"))? += 1;
        }
        for at in news {
            *covered.1.get_mut(at as usize).ok_or(format!("there is no new clause {at}"))? += 1;
        }
        Ok(())
    };
    for &(a, b) in &found.unchanged {
        take(a..a + 1, b..b + 1)?;
        if old.text(a) != new.text(b) || old.targets_of(a).ne(new.targets_of(b)) {
            return Err(format!("unchanged {a} and {b}: {:?}, {:?}", old.text(a), new.text(b)));
        }
    }
    for change in &found.changes {
        match change {
            ClauseChange::Added { new: b } => take(0..0, *b..b + 1)?,
            ClauseChange::Removed { old: a } => take(*a..a + 1, 0..0)?,
            ClauseChange::Moved { old: a, new: b } => {
                take(*a..a + 1, *b..b + 1)?;
                if old.text(*a) != new.text(*b) || old.targets_of(*a).ne(new.targets_of(*b)) {
                    return Err(format!("moved {a} and {b}: {:?}, {:?}", old.text(*a), new.text(*b)));
                }
            }
            ClauseChange::Modified { old: a, new: b, redline, .. } => {
                take(a.clone(), b.clone())?;
                if a.is_empty() || b.is_empty() || (a.len() > 1 && b.len() > 1) {
                    return Err(format!("modified {a:?} to {b:?}"));
                }
                let (before, after) = (joined(old, a.clone()), joined(new, b.clone()));
                let steps = steps(redline, &before, &after);
                let side = |without: Op| {
                    steps.iter().filter(|(op, _)| *op != without).map(|(_, text)| text.as_str()).collect::<String>()
                };
                if side(Op::Insert) != before || side(Op::Delete) != after {
                    return Err(format!("the redline {steps:?} does not lead from {before:?} to {after:?}"));
                }
                let relinked = old.targets_of(a.start).ne(new.targets_of(b.start));
                if before == after && a.len() == 1 && b.len() == 1 && !relinked {
                    return Err(format!("modified {a:?} to {b:?}, but nothing differs: {before:?}"));
                }
            }
        }
    }
    for (side, counts) in [("old", covered.0), ("new", covered.1)] {
        if let Some(at) = counts.iter().position(|&count| count != 1) {
            return Err(format!("{side} clause {at} is covered {} times", counts[at]));
        }
    }
    Ok(())
}

/// The edits of a redline with their texts.
fn steps(redline: &Redline, before: &str, after: &str) -> Vec<(Op, String)> {
    redline
        .edits()
        .iter()
        .map(|edit| (edit.op, if edit.op == Op::Delete { edit.old.of(before) } else { edit.new.of(after) }.to_owned()))
        .collect()
}

/// The alignment as a set of lines; with `swapped`, as it would be seen from the other side.
fn described(old: &Segmentation, new: &Segmentation, found: &Alignment, swapped: bool) -> BTreeSet<String> {
    let order = |a: String, b: String| if swapped { format!("{b} → {a}") } else { format!("{a} → {b}") };
    let mut lines: BTreeSet<String> =
        found.unchanged.iter().map(|(a, b)| format!("unchanged {}", order(a.to_string(), b.to_string()))).collect();
    for change in &found.changes {
        lines.insert(match change {
            ClauseChange::Added { new } => format!("{} {new}", if swapped { "removed" } else { "added" }),
            ClauseChange::Removed { old } => format!("{} {old}", if swapped { "added" } else { "removed" }),
            ClauseChange::Moved { old, new } => format!("moved {}", order(old.to_string(), new.to_string())),
            ClauseChange::Modified { old: a, new: b, redline, moved } => {
                let mut steps = steps(redline, &joined(old, a.clone()), &joined(new, b.clone()));
                if swapped {
                    for (op, _) in &mut steps {
                        *op = match op {
                            Op::Equal => Op::Equal,
                            Op::Delete => Op::Insert,
                            Op::Insert => Op::Delete,
                        };
                    }
                    for at in 1..steps.len() {
                        if steps[at - 1].0 == Op::Insert && steps[at].0 == Op::Delete {
                            steps.swap(at - 1, at);
                        }
                    }
                }
                format!("modified {} moved {moved} {steps:?}", order(format!("{a:?}"), format!("{b:?}")))
            }
        });
    }
    lines
}

/// All that a segmentation shows, as text.
fn shown(cut: &Segmentation) -> String {
    format!(
        "{:#?}\n{:#?}\n{:?}\n{:?}\n{:?}\n{}",
        cut.clauses, cut.furniture, cut.plain, cut.links, cut.targets, cut.len
    )
}

/// Segmenting after an earlier version gives what segmenting alone gives, along a chain of versions.
fn check_chain(texts: &[&str]) -> Result<(), TestCaseError> {
    let mut last: Option<(&str, Segmentation)> = None;
    for text in texts {
        let alone = segment(text);
        let after = match &last {
            Some((old_text, old)) => segment_after(old_text, old, text),
            None => segment(text),
        };
        prop_assert_eq!(shown(&after), shown(&alone), "{:?} after {:?}", text, last.map(|(text, _)| text));
        last = Some((text, after));
    }
    Ok(())
}

/// Found by `examples/hunt.rs`: a block that starts at the same bytes, but indented; one clause that both introduced a
/// list and ended with a colon, where two do so after.
#[test]
fn a_version_after_one_that_only_looks_like_it() {
    let list = "* is published;\n* recent; or\n*  must be.\n\n5\\. Property\n-\n\nWe keep all rights in";
    let rules = "*   incitement to violence;\n\n*   addresses.\n\n\n\nD. Rules\n\n--------\n\n\n\nWe do not allow:\n\n\n\n*   more";
    for (old, new) in [
        (format!(":\n{list}"), format!(":\n\n\t{list}")),
        (format!(":\n\n\t{list}"), format!(":\n{list}")),
        (format!("-\n:\n{rules}"), format!("-\nw:\n* t\n\nD.e\n{rules}")),
        (format!("-\nw:\n* t\n\nD.e\n{rules}"), format!("-\n:\n{rules}")),
    ] {
        check_chain(&[&old, &new]).expect("the same as alone");
    }
}

/// Lines are counted on from the clauses taken over: those after a break must not be counted twice.
#[test]
fn lines_after_breaks_are_those_of_the_whole_version() {
    let version = |word: &str| {
        let breaks = format!("You may:\\\nread it;<br>\nkeep it;\n\n<div>\nWe {word} it.\n</div>\n\n");
        format!("# Terms\n\nAll of it.\n\n{breaks}Then we {word} it.\n\n{breaks}The end.\n\n{breaks}")
    };
    let (sold, kept) = (version("sell"), version("keep"));
    let changed = sold.replace("The end.", "No end:\\\nnone.");
    check_chain(&[&sold, &kept, &sold, &changed, &sold]).expect("the same as alone");
    for text in [sold, kept, changed] {
        check(&text).expect("lines are those of words");
    }
}

fn check_pair(a: &str, b: &str) -> Result<(), TestCaseError> {
    let (old, new) = (segment(a), segment(b));
    let there = align(&old, &new);
    applies(&old, &new, &there).map_err(TestCaseError::fail)?;
    let back = align(&new, &old);
    applies(&new, &old, &back).map_err(TestCaseError::fail)?;
    prop_assert_eq!(described(&old, &new, &there, false), described(&new, &old, &back, true));
    for side in [&old, &new] {
        let same = align(side, side);
        prop_assert!(same.changes.is_empty(), "a version differs from itself: {:?}", same.changes);
        prop_assert_eq!(same.unchanged.len(), side.clauses.len());
    }
    Ok(())
}

/// Sentences of few words, so that many resemble one another.
fn prose() -> impl Strategy<Value = Vec<String>> {
    let words = select(vec![
        "we",
        "may",
        "share",
        "your",
        "data",
        "with",
        "our",
        "partners",
        "for",
        "advertising",
        "unless",
        "you",
        "object",
    ]);
    let sentence = prop::collection::vec(words, 2..12).prop_map(|words| format!("Then {}.", words.join(" ")));
    let block = prop_oneof![
        5 => prop::collection::vec(sentence.clone(), 1..4).prop_map(|sentences| sentences.join(" ")),
        1 => sentence.clone().prop_map(|heading| format!("## {heading}")),
        2 => prop::collection::vec(sentence, 1..5).prop_map(|items| items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n")),
    ];
    prop::collection::vec(block, 0..16)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn clauses_and_furniture_tile_generated_documents(blocks in blocks()) {
        check(&document(&blocks))?;
    }

    #[test]
    fn clauses_and_furniture_tile_blocks_run_together(blocks in blocks()) {
        check(&blocks.join("\n"))?;
        check(&document(&blocks).replace('\n', "\r\n"))?;
    }

    #[test]
    fn clauses_and_furniture_tile_any_text(text in "(\\PC|[-*_`\\[\\]()<>!#|:&; \\n\\t\\\\~])*") {
        check(&text)?;
    }

    #[test]
    fn segmenting_after_another_version_changes_nothing(blocks in blocks(), one in edits(), other in edits()) {
        let middle = edited(blocks.clone(), &one);
        let last = edited(middle.clone(), &other);
        let texts = [document(&blocks), document(&middle), document(&last), document(&blocks)];
        check_chain(&texts.each_ref().map(String::as_str))?;
    }

    #[test]
    fn segmenting_after_a_cut_anywhere_changes_nothing(blocks in blocks(), from in any::<Index>(), to in any::<Index>(), fresh in block()) {
        let text = document(&blocks);
        let at = |index: &Index| (0..=index.index(text.len() + 1)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let (from, to) = (at(&from).min(at(&to)), at(&from).max(at(&to)));
        let cut = format!("{}{fresh}{}", &text[..from], &text[to..]);
        check_chain(&[&text, &cut, &text])?;
    }

    #[test]
    fn alignments_of_edited_documents_apply_and_mirror(blocks in blocks(), edits in edits()) {
        let after = edited(blocks.clone(), &edits);
        check_pair(&document(&blocks), &document(&after))?;
    }

    #[test]
    fn alignments_of_edited_prose_apply_and_mirror(blocks in prose(), edits in edits()) {
        let after = edited(blocks.clone(), &edits);
        check_pair(&document(&blocks), &document(&after))?;
    }

    #[test]
    fn alignments_of_unrelated_documents_apply_and_mirror(a in prose(), b in prose()) {
        check_pair(&document(&a), &document(&b))?;
    }
}

// ---------------------------------------------------------------------------------------------
// Hostile documents.

/// Runs `work` and says so when it hangs, instead of hanging with it.
fn guarded<T: Send + 'static>(what: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, finished) = mpsc::channel();
    let worker = thread::spawn(move || {
        let result = work();
        // Nobody listens any more when the guard has given up.
        let _ = done.send(());
        result
    });
    if finished.recv_timeout(Duration::from_secs(20)) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("{what}: not done after 20 s");
    }
    worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// A hostile document is cut like any other, into no more than it holds.
fn survives(what: &'static str, text: String) {
    guarded(what, move || {
        let cut = segment(&text);
        if let Err(error) = tiles(&text, &cut) {
            panic!("{what}: {error}");
        }
        if let Err(error) = nothing_is_lost(&text, &cut) {
            panic!("{what}: {error}");
        }
        let size = text.len();
        assert!(cut.clauses.len() <= size, "{what}: {} clauses of {size} bytes", cut.clauses.len());
        assert!(cut.furniture.len() <= cut.clauses.len() + 1, "{what}: {} pieces of furniture", cut.furniture.len());
        // A NUL renders as three bytes; nothing grows more.
        assert!(cut.plain.len() <= 3 * size, "{what}: {} bytes rendered of {size}", cut.plain.len());
        assert!(cut.links.len() <= size, "{what}: {} links of {size} bytes", cut.links.len());
        assert!(cut.targets.len() <= 2 * size + 200_000, "{what}: {} bytes of targets of {size}", cut.targets.len());
    });
}

/// Two hostile documents align, there and back.
fn aligns(what: &'static str, a: String, b: String) {
    guarded(what, move || {
        let (old, new) = (segment(&a), segment(&b));
        let (there, back) = (align(&old, &new), align(&new, &old));
        if let Err(error) = applies(&old, &new, &there) {
            panic!("{what}: {error}");
        }
        assert_eq!(described(&old, &new, &there, false), described(&new, &old, &back, true), "{what}");
        assert!(there.changes.len() + there.unchanged.len() <= old.clauses.len() + new.clauses.len(), "{what}");
    });
}

fn rows(count: usize, seed: usize) -> String {
    let mut table = String::from("| Partner | Purpose |\n| --- | --- |\n");
    for row in 0..count {
        table.push_str(&format!("| Partner {} | purpose {} and {} |\n", row + seed, row * 7 + seed, row % 13));
    }
    table
}

#[test]
fn deep_lists_are_cut() {
    survives("a list 1500 deep on one line", "- ".repeat(1500) + "item");
    survives(
        "a list 1200 deep, a line a level",
        (0..1200).map(|depth| format!("{}- item {depth}\n", "  ".repeat(depth))).collect(),
    );
    survives("numbered lists 1500 deep", "1. ".repeat(1500) + "item");
}

#[test]
fn deep_quotes_are_cut() {
    survives("a quote 5000 deep", "> ".repeat(5000) + "words");
    survives(
        "a quote 1500 deep, a line a level",
        (1..1500).map(|depth| format!("{} words {depth}\n", ">".repeat(depth))).collect(),
    );
    survives("quotes and lists 1500 deep", "> - ".repeat(1500) + "words");
}

#[test]
fn one_very_long_line_is_cut() {
    survives("5 MB of one word", "a".repeat(5 << 20));
    survives("5 MB of sentences in a line", "We keep it. ".repeat((5 << 20) / 12));
    survives("5 MB of spaces", " ".repeat(5 << 20));
    survives("5 MB of an ideograph", "条".repeat((5 << 20) / 3));
    survives("1 MB of emphasis", "**a** ".repeat(1 << 18));
}

#[test]
fn long_tables_are_cut() {
    survives("a table of 20000 rows", rows(20_000, 0));
    survives("a cell of 100000 breaks", format!("| a |\n|---|\n| {} |", "x<br>".repeat(100_000)));
    survives(
        "a row of 20000 cells",
        format!("{}|\n{}|\n{}|", "| a ".repeat(20_000), "|---".repeat(20_000), "| b ".repeat(20_000)),
    );
}

#[test]
fn unclosed_marks_are_cut() {
    for mark in [
        "[", "]", "`", "*", "_", "**a", "<", "<a ", "![", "(", "[a](", "~~", "&", "\\", "<!--", "` ", "``` ", "|", "#",
        "<div>", "[a]: ", "\"", "“",
    ] {
        let text = mark.repeat(100_000);
        guarded(&format!("100000 of {mark:?}"), move || survives("an unclosed mark", text));
    }
    survives("backtick runs of growing length", (1..450).map(|n| "`".repeat(n) + " ").collect());
    survives(
        "one definition, 20000 uses",
        format!("[a]: https://a.example/{}\n\n{}", "x".repeat(10_000), "[a] ".repeat(20_000)),
    );
}

#[test]
fn documents_of_next_to_nothing_are_cut() {
    for text in [
        "",
        "\u{feff}",
        " ",
        "\n",
        "\r\n",
        "\r",
        "\t\n \u{a0}\n\u{200b}",
        "\0",
        "\0\0\0words\0",
        "\u{feff}# Terms\n",
        "\u{2028}",
        "\\",
        "&",
    ] {
        survives("next to nothing", text.to_owned());
    }
    survives("100000 blank lines", "\n".repeat(100_000));
    survives("100000 NULs", "\0".repeat(100_000));
    assert!(segment("").clauses.is_empty() && segment("").furniture.is_empty());
    assert!(segment(" \n\t").clauses.is_empty());
    assert!(align(&segment(""), &segment("")).changes.is_empty());
}

#[test]
fn many_headings_are_cut() {
    survives("10000 headings", (0..10_000).map(|n| format!("{} Section {n}\n\n", "#".repeat(n % 6 + 1))).collect());
    survives("10000 underlined headings", (0..10_000).map(|n| format!("Section {n}\n---\n")).collect());
    survives("10000 bold paragraphs", (0..10_000).map(|n| format!("**Section {n}**\n\n")).collect());
}

#[test]
fn hostile_pairs_are_aligned() {
    aligns("a long table, every row changed", rows(20_000, 0), rows(20_000, 1_000_000));
    aligns("a long table, a row dropped", rows(20_000, 0), rows(19_999, 0));
    aligns("one sentence 20000 and 15000 times", "We keep it.\n\n".repeat(20_000), "We keep it.\n\n".repeat(15_000));
    aligns(
        "two sentences in turn",
        "We keep it.\n\nYou may not.\n\n".repeat(5_000),
        "You may not.\n\nWe keep it.\n\n".repeat(5_001),
    );
    aligns(
        "one clause of 20000 words",
        (0..20_000).map(|n| format!("w{n} ")).collect(),
        (0..20_000).map(|n| format!("w{} ", n * 2)).collect(),
    );
    aligns("nothing and much", String::new(), rows(5_000, 0));
    aligns(
        "all in reverse",
        (0..5_000).map(|n| format!("Partner {n} may read the part {n} of it.\n\n")).collect(),
        (0..5_000).rev().map(|n| format!("Partner {n} may read the part {n} of it.\n\n")).collect(),
    );
}

// ---------------------------------------------------------------------------------------------
// The checks themselves can fail.

#[test]
fn the_checks_see_what_is_wrong() {
    let text = "# Terms\n\nWe keep it. You may not.\n";
    let good = segment(text);
    assert_eq!(tiles(text, &good), Ok(()));
    assert_eq!(nothing_is_lost(text, &good), Ok(()));

    let mut wrong_line = good.clone();
    wrong_line.clauses[1].line = 2;
    assert!(tiles(text, &wrong_line).is_err());

    let mut overlap = good.clone();
    overlap.clauses[1].span.end += 2;
    assert!(tiles(text, &overlap).is_err());

    let mut lost = good.clone();
    lost.clauses.remove(1);
    assert!(tiles(text, &lost).is_err());
    assert!(nothing_is_lost(text, &lost).is_err());

    let mut under_itself = good.clone();
    under_itself.clauses[1].heading = Some(1);
    assert!(tiles(text, &under_itself).is_err());

    let other = segment("# Terms\n\nWe keep it. You may always.\n");
    let right = align(&good, &other);
    assert_eq!(applies(&good, &other, &right), Ok(()));
    let mut twice = right.clone();
    twice.changes.push(ClauseChange::Removed { old: 0 });
    assert!(applies(&good, &other, &twice).is_err());
    let mut equal = right;
    equal.changes.clear();
    assert!(applies(&good, &other, &equal).is_err());
}
