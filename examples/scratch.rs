use std::io::Read;
fn main() {
    let mut t = String::new();
    std::io::stdin().read_to_string(&mut t).unwrap();
    let s = termsift::segment::segment(&t);
    for (i, c) in s.clauses.iter().enumerate() {
        println!("{:4} L{} {:?} <{}> [{}] {:?}", i, c.line, c.kind, s.headings(i as u32).join(" > "), s.lead_in(i as u32), s.text(i as u32));
    }
}
