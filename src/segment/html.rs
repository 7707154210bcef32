//! Raw HTML that the recorder left in a version: which parts of it a reader sees.

use std::ops::Range;

/// What a stretch of raw HTML is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Html {
    /// Text between tags.
    Text(Range<usize>),
    /// A tag that ends a line or a block.
    Break(Range<usize>),
}

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
/// `hidden` carries an unclosed comment, script or style from one call to the next: the parser
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
        let open = rest.find('<').unwrap_or(rest.len());
        if open > 0 {
            found.push(Html::Text(at..at + open));
            at += open;
            continue;
        }
        *hidden = opens_hidden(rest);
        if hidden.is_some() {
            at += 1;
            continue;
        }
        let Some(close) = rest.find('>') else { return found };
        if is_break(rest.get(..=close).unwrap_or_default()) {
            found.push(Html::Break(at..at + close + 1));
        }
        at += close + 1;
    }
    found
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

    #[test]
    fn what_a_reader_sees_of_raw_html() {
        let source = "<div>One<!-- two --> three<br/>four</div><STYLE>p{}</style>five <b>six";
        let texts: Vec<&str> = visible(source, &mut None)
            .into_iter()
            .map(|piece| match piece {
                Html::Text(range) => &source[range],
                Html::Break(_) => "|",
            })
            .collect();
        assert_eq!(texts, ["|", "One", " three", "|", "four", "|", "five ", "six"]);
    }
}
