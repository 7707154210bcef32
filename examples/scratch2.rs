use termsift::source::*;
use termsift::segment::*;
use rayon::prelude::*;
fn main() {
    let p = std::env::args().nth(1).unwrap();
    let t = std::time::Instant::now();
    let c = open(&SourceSpec::parse(&p), &OpenOptions::default()).unwrap();
    eprintln!("{} docs {} revs {} in {:?}", c.name, c.documents.len(), c.revision_count(), t.elapsed());
    let t = std::time::Instant::now();
    let (n, b): (usize, usize) = c.documents.par_iter().map(|d| {
        let mut r = c.reader().unwrap();
        let mut n = (0, 0);
        let mut last: Option<Segmentation> = None;
        for v in &d.revisions { if let Some(id) = v.new { let t = r.version(id).unwrap(); n.1 += t.text.len();
            let s = segment(&t.text);
            if let Some(l) = &last { n.0 += termsift::align::align(l, &s).changes.len(); }
            last = Some(s); } }
        n
    }).reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    eprintln!("{n} changes {b} bytes {:?}", t.elapsed());
}
