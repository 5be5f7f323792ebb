#![allow(missing_docs)]
fn main() {
    let (mut good, mut bad) = (0, 0);
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).unwrap();
        let list: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        for value in list {
            let case = match gatekey_analysis::cases::from_value(&value) {
                Ok(c) => c,
                Err(e) => {
                    bad += 1;
                    println!("{path}: {} NOT TAKEN {} {}", value["name"], e.message, e.pointer);
                    continue;
                }
            };
            let r = case.run();
            let msg = case.with_question(|q, p| {
                let v = gatekey_policy::decide(q, p);
                (!v.is_allowed()).then(|| v.message(q, p))
            });
            let because = value["expect"]["because"].as_str();
            let wrong: Vec<_> = r.mismatches.iter().filter(|m| m.what != "because").collect();
            let because_ok = because.is_none_or(|b| msg.as_deref().unwrap_or("").contains(b));
            if wrong.is_empty() && because_ok {
                good += 1
            } else {
                bad += 1;
                println!("{path}: {}\n   {:?} {:?}\n   {:?}", case.name, wrong, because, msg)
            }
        }
    }
    println!("{good} good {bad} bad");
}
