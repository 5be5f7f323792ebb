//! A decision as a tree.

use crate::policy::{
    explain::{listed, pretty},
    style::{Style, Tone, harmless},
    tree::Branch,
};
use gatekey_model::gatekey::{
    Condition, Decision, EffectType, Fix, GrantTrace, Layer, Outcome, PolicyTrace, Statement, TruthType,
};

/// The decision, layer by layer.
pub(in crate::commands) fn tree(decision: &Decision, style: Style) -> Branch {
    let drawing = Drawing { style };
    let mut below = drawing.outcome(decision);
    below.extend(decision.layers.iter().flatten().map(|layer| drawing.layer(layer)));
    below.extend(drawing.group("grants", decision.grants.iter().flatten().map(|grant| drawing.grant(grant))));
    below.extend(
        drawing.group("what would allow it", decision.fixes.iter().flatten().map(|fix| drawing.fix(fix))),
    );
    below.extend(
        drawing.group("notes", decision.notes.iter().flatten().map(|note| Branch::leaf(harmless(note)))),
    );
    let asked = format!("{} asks for {} on {}", decision.principal, decision.action, decision.resource);
    Branch::new(style.paint(Tone::Strong, &harmless(&asked)), below)
}

struct Drawing {
    style: Style,
}

impl Drawing {
    fn mark(&self, truth: &TruthType) -> String {
        match truth {
            TruthType::True => self.style.paint(Tone::Good, "✓"),
            TruthType::False => self.style.paint(Tone::Bad, "✗"),
            TruthType::Unknown => self.style.paint(Tone::Careful, "?"),
        }
    }

    fn of(&self, holds: bool) -> String {
        self.mark(if holds { &TruthType::True } else { &TruthType::False })
    }

    fn decides(&self, decides: bool) -> String {
        if decides { self.style.paint(Tone::Strong, "  ← decides") } else { String::new() }
    }

    fn group(&self, name: &str, below: impl Iterator<Item = Branch>) -> Option<Branch> {
        let below: Vec<Branch> = below.collect();
        (!below.is_empty()).then(|| Branch::new(name, below))
    }

    fn outcome(&self, decision: &Decision) -> Vec<Branch> {
        let (tone, word) = match (&decision.outcome, decision.explicit_deny) {
            (Outcome::Allowed, _) => (Tone::Good, "allowed"),
            (Outcome::Denied, true) => (Tone::Bad, "denied explicitly"),
            (Outcome::Denied, false) => (Tone::Bad, "denied: nothing allows it"),
        };
        let word = self.style.paint(tone, word);
        let decided = Branch::leaf(format!("{word}, decided by {}", harmless(&decision.decided_by)));
        let told = decision.message.iter();
        let told = told.map(|text| Branch::leaf(self.style.paint(Tone::Faint, &harmless(text))));
        std::iter::once(decided).chain(told).collect()
    }

    fn layer(&self, layer: &Layer) -> Branch {
        let name = harmless(&layer.name);
        match &layer.not_asked {
            Some(why) => {
                Branch::leaf(self.style.paint(Tone::Faint, &format!("{name}: not asked, {}", harmless(why))))
            }
            None if layer.hidden => {
                Branch::leaf(format!("{name}: not yours to read{}", self.decides(layer.decides)))
            }
            None => Branch::new(
                format!("{name}{}", self.decides(layer.decides)),
                layer.policies.iter().flatten().map(|policy| self.policy(policy)),
            ),
        }
    }

    fn policy(&self, policy: &PolicyTrace) -> Branch {
        let name = harmless(&policy.name);
        match policy.hidden {
            true => Branch::leaf(format!("{name}: not yours to read")),
            false => Branch::new(name, policy.statements.iter().flatten().map(|one| self.statement(one))),
        }
    }

    /// A statement is one line, then its parts.
    fn statement(&self, statement: &Statement) -> Branch {
        let effect = if statement.effect == EffectType::Allow { "Allow" } else { "Deny" };
        let sid = statement.sid.as_ref().map(|sid| format!(" \"{}\"", harmless(sid))).unwrap_or_default();
        let by = statement.principal_matched_by.as_ref();
        let by = by.map(|by| format!(", by {}", harmless(by))).unwrap_or_default();
        let applies = match (&statement.applies, &statement.near_miss) {
            (TruthType::True, _) => format!("applies{by}"),
            (TruthType::Unknown, _) => "may apply".to_owned(),
            (TruthType::False, Some(only)) => format!("does not apply, only because of {}", harmless(only)),
            (TruthType::False, None) => "does not apply".to_owned(),
        };
        let (mark, number) = (self.mark(&statement.applies), statement.number);
        let decides = self.decides(statement.decides);
        Branch::new(format!("{mark} {effect} {number}{sid}: {applies}{decides}"), self.parts(statement))
    }

    fn parts(&self, statement: &Statement) -> Vec<Branch> {
        let principal = statement.principal_matches.map(|holds| format!("{} Principal", self.of(holds)));
        let action = statement.action_matches.map(|holds| format!("{} Action", self.of(holds)));
        let resource =
            statement.resource_matches.as_ref().map(|truth| format!("{} Resource", self.mark(truth)));
        let line: Vec<String> = [principal, action, resource].into_iter().flatten().collect();
        let conditions = statement.conditions.iter().flatten().map(|condition| self.condition(condition));
        std::iter::once(Branch::leaf(line.join("  "))).chain(conditions).collect()
    }

    fn condition(&self, condition: &Condition) -> Branch {
        let saw = match (&condition.seen, condition.present) {
            (Some(values), _) => format!("saw {}", listed(values)),
            (None, Some(false)) => "it is absent".to_owned(),
            (None, _) => "it is not known".to_owned(),
        };
        let wanted = listed(condition.wanted.as_deref().unwrap_or_default());
        let text = format!("{} {}: wants {wanted}, {saw}", condition.operator, condition.key);
        Branch::leaf(format!("{} {}", self.mark(&condition.holds), harmless(&text)))
    }

    fn grant(&self, grant: &GrantTrace) -> Branch {
        let parts = [
            format!("{} grantee", self.of(grant.matched_by.is_some())),
            format!("{} operation", self.of(grant.holds_operation)),
            format!("{} in effect", self.of(grant.in_effect)),
            format!("{} constraints", self.mark(&grant.constraints)),
        ];
        let name = format!("{}{}", harmless(&grant.grant_id), self.decides(grant.decides));
        Branch::new(name, [Branch::leaf(parts.join("  "))])
    }

    fn fix(&self, fix: &Fix) -> Branch {
        let document = fix.document.as_deref().map(pretty).unwrap_or_default();
        let who = fix.allowed_to.as_ref().map(|who| match who.as_slice() {
            [] => "nobody of this account may do that".to_owned(),
            who => format!("may be done by {}", listed(who)),
        });
        let who = who.map(|who| Branch::leaf(self.style.paint(Tone::Faint, &harmless(&who))));
        Branch::new(format!("{}{document}", harmless(&fix.what)), who)
    }
}
