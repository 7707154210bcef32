//! Raw HTML that the recorder left in a version: which parts of it a reader sees.

use std::ops::Range;

use pulldown_cmark::{Event, Parser};

/// What a stretch of raw HTML is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Html {
    /// Text between tags.
    Text(Range<usize>),
    /// An entity of the text, and what it stands for.
    Entity(Range<usize>, String),
    /// A tag that ends a line or a block.
    Break(Range<usize>),
}

/// The longest entity has 31 letters.
const LONGEST_ENTITY: usize = 40;

/// Whether the inline tag `tag` (`<br>`, `<br/>`, …) breaks the line.
pub(super) fn is_break(tag: &str) -> bool {
    let name = tag.trim_start_matches(['<', '/']);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    let name = name.get(..end).unwrap_or_default();
    ["br", "p", "div", "li", "ul", "ol", "tr", "td", "th", "table", "hr", "h1", "h2", "h3", "h4", "h5", "h6"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// The visible stretches of the raw HTML `source`, in order. Comments, scripts and styles are not.
///
/// `hidden` carries an unclosed comment, script, style or tag from one call to the next: the parser
/// hands out raw blocks line by line.
pub(super) fn visible(source: &str, hidden: &mut Option<&'static str>) -> Vec<Html> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(end) = *hidden {
            let Some(stop) = find_ignoring_case(rest, end) else { return found };
            *hidden = None;
            at += stop + end.len();
            continue;
        }
        let open = tag_start(rest);
        if open > 0 {
            push_text(source, at..at + open, &mut found);
            at += open;
            continue;
        }
        *hidden = opens_hidden(rest);
        if hidden.is_some() {
            at += 1;
            continue;
        }
        let close = rest.find('>');
        let end = close.map_or(source.len(), |close| at + close + 1);
        if is_break(rest) {
            found.push(Html::Break(at..end));
        }
        if close.is_none() {
            *hidden = Some(">");
        }
        at = end;
    }
    found
}

/// Where the first tag of `text` starts, or where the text ends. Before anything else a `<` is text.
fn tag_start(text: &str) -> usize {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', bytes)
        .find(|&at| matches!(bytes.get(at + 1), Some(b'A'..=b'Z' | b'a'..=b'z' | b'/' | b'!' | b'?')))
        .unwrap_or(bytes.len())
}

/// Adds the text that stands in `range` of `source` to `found`, its entities apart.
fn push_text(source: &str, range: Range<usize>, found: &mut Vec<Html>) {
    let (mut from, mut at) = (range.start, range.start);
    while let Some(rest) = source.get(at..range.end) {
        let Some(start) = rest.find('&').map(|ampersand| at + ampersand) else { break };
        at = start + 1;
        let Some((len, text)) = entity(source.get(start..range.end).unwrap_or_default()) else { continue };
        if from < start {
            found.push(Html::Text(from..start));
        }
        at = start + len;
        from = at;
        found.push(Html::Entity(start..at, text));
    }
    if from < range.end {
        found.push(Html::Text(from..range.end));
    }
}

/// The entity that `text` starts with: its length, and what it stands for.
fn entity(text: &str) -> Option<(usize, String)> {
    let letters = text.bytes().skip(1).take(LONGEST_ENTITY);
    let len = letters.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
    // With its `&` and `;`.
    let entity = text.get(..len + 2).filter(|entity| entity.ends_with(';'))?;
    // The table of entities is that of the parser: alone in a paragraph an entity is read as anywhere.
    let mut read = String::new();
    for event in Parser::new(entity) {
        if let Event::Text(text) = event {
            read.push_str(&text);
        }
    }
    (read != entity).then_some((entity.len(), read))
}

fn opens_hidden(rest: &str) -> Option<&'static str> {
    [("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>")]
        .into_iter()
        .find(|(open, _)| rest.get(..open.len()).is_some_and(|head| head.eq_ignore_ascii_case(open)))
        .map(|(_, close)| close)
}

fn find_ignoring_case(text: &str, ascii: &str) -> Option<usize> {
    text.as_bytes().windows(ascii.len()).position(|window| window.eq_ignore_ascii_case(ascii.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is seen of raw HTML that comes in `lines`; `|` stands for a break.
    fn seen(lines: &[&str]) -> Vec<String> {
        let mut hidden = None;
        let mut found = Vec::new();
        for line in lines {
            found.extend(visible(line, &mut hidden).into_iter().map(|piece| match piece {
                Html::Text(range) => line[range].to_owned(),
                Html::Entity(range, text) => format!("{}={text}", &line[range]),
                Html::Break(_) => "|".to_owned(),
            }));
        }
        found
    }

    #[test]
    fn what_a_reader_sees_of_raw_html() {
        let source = "<div>One<!-- two --> three<br/>four</div><STYLE>p{}</style>five <b>six";
        assert_eq!(seen(&[source]), ["|", "One", " three", "|", "four", "|", "five ", "six"]);
    }

    #[test]
    fn a_tag_starts_before_a_letter_or_a_mark_only() {
        assert_eq!(seen(&["Users aged < 13 or <13, 1<2<", "<"]), ["Users aged < 13 or <13, 1<2<", "<"]);
        assert_eq!(seen(&["a<b>b</b>c<!DOCTYPE html>d<?php?>e"]), ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn a_tag_may_go_on_in_the_next_line() {
        assert_eq!(seen(&["<div\n", " class=\"note\">Text</div>\n"]), ["|", "Text", "|", "\n"]);
        assert_eq!(seen(&["One <a\n", "\n", "href=x\n", ">two</a>"]), ["One ", "two"]);
        assert_eq!(seen(&["<!-- one <b\n", "> two --> three"]), [" three"]);
    }

    #[test]
    fn entities_are_what_they_stand_for() {
        assert_eq!(seen(&["<td>Terms &amp; Conditions</td>"]), ["|", "Terms ", "&amp;=&", " Conditions", "|"]);
        assert_eq!(seen(&["&lt;b&gt;&nbsp;&#233;"]), ["&lt;=<", "b", "&gt;=>", "&nbsp;=\u{a0}", "&#233;=é"]);
        let none = "AT&T & co; &nosuch; &; &#; &amp &é;";
        assert_eq!(seen(&[none]), [none]);
    }
}
