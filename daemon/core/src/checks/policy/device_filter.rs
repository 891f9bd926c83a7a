//! Device filters: whether a filter leaves unmanaged devices to a policy. The rule language is
//! read as far as comparisons of `isCompliant` and `trustType`; whatever else a rule says may be
//! true or false, and then nothing is certain.

use serde_json::Value;

/// A rule longer than this is not read; Entra allows 3,072 characters.
const MAX_CHARACTERS: usize = 4_096;

/// Brackets inside each other that are followed.
const MAX_DEPTH: usize = 32;

/// What a device may be without being managed: not compliant, and not hybrid joined. An
/// unregistered device has neither property.
const UNMANAGED: [(Option<&str>, Option<&str>); 6] = [
    (None, None),
    (None, Some("AzureAD")),
    (None, Some("Workplace")),
    (Some("False"), None),
    (Some("False"), Some("AzureAD")),
    (Some("False"), Some("Workplace")),
];

/// Whether a policy with this filter applies to every unmanaged device.
pub(super) fn covers_unmanaged(filter: &Value) -> bool {
    let text = |key: &str| filter.get(key).and_then(Value::as_str);
    let (Some(mode), Some(rule)) = (text("mode"), text("rule")) else { return false };
    let matching = match mode.to_ascii_lowercase().as_str() {
        "include" => true,
        "exclude" => false,
        _ => return false,
    };
    let Some(tokens) = tokens(rule) else { return false };
    UNMANAGED.iter().all(|(compliant, trust)| {
        let mut reader = Reader { tokens: &tokens, at: 0, compliant: *compliant, trust: *trust };
        let answer = reader.disjunction(0);
        reader.at == tokens.len() && answer == Some(Some(matching))
    })
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Word(String),
    Text(String),
}

fn tokens(rule: &str) -> Option<Vec<Token>> {
    if rule.len() > MAX_CHARACTERS {
        return None;
    }
    let mut found = Vec::new();
    let mut rest = rule.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '"' | '\'' => {
                let inner = rest.get(1..)?;
                let end = inner.find(first)?;
                (Token::Text(inner.get(..end)?.to_owned()), end + 2)
            }
            '[' => {
                let end = rest.find(']')?;
                (Token::Text(rest.get(..end)?.to_owned()), end + 1)
            }
            _ => {
                let end =
                    rest.find(|c: char| c.is_whitespace() || c == '(' || c == ')').unwrap_or(rest.len());
                (Token::Word(rest.get(..end)?.to_owned()), end)
            }
        };
        found.push(token);
        rest = rest.get(length..)?.trim_start();
    }
    Some(found)
}

/// Reads a rule for one device. The outer option says whether the rule could be read, the inner
/// one whether the answer is known.
struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    compliant: Option<&'t str>,
    trust: Option<&'t str>,
}

type Answer = Option<Option<bool>>;

impl Reader<'_> {
    fn disjunction(&mut self, depth: usize) -> Answer {
        let mut answer = self.conjunction(depth)?;
        while self.takes("or") {
            answer = either(answer, self.conjunction(depth)?);
        }
        Some(answer)
    }

    fn conjunction(&mut self, depth: usize) -> Answer {
        let mut answer = self.factor(depth)?;
        while self.takes("and") {
            answer = both(answer, self.factor(depth)?);
        }
        Some(answer)
    }

    fn factor(&mut self, depth: usize) -> Answer {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.takes("not") {
            return Some(self.factor(depth + 1)?.map(|answer| !answer));
        }
        if self.tokens.get(self.at) == Some(&Token::Open) {
            self.at += 1;
            let answer = self.disjunction(depth + 1)?;
            return (self.next()? == Token::Close).then_some(answer);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Answer {
        let (Token::Word(property), Token::Word(operator)) = (self.next()?, self.next()?) else {
            return None;
        };
        let wanted = match self.next()? {
            Token::Word(word) | Token::Text(word) => word,
            Token::Open | Token::Close => return None,
        };
        let actual = match property.to_ascii_lowercase().as_str() {
            "device.iscompliant" => self.compliant,
            "device.trusttype" => self.trust,
            _ => return Some(None),
        };
        let same = actual.is_some_and(|actual| actual.eq_ignore_ascii_case(&wanted));
        Some(match operator.trim_start_matches('-').to_ascii_lowercase().as_str() {
            "eq" => Some(same),
            "ne" => Some(!same),
            _ => None,
        })
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at)?.clone();
        self.at += 1;
        Some(token)
    }

    /// Takes a word such as `-and` or `and`, if it stands here.
    fn takes(&mut self, word: &str) -> bool {
        let here = matches!(self.tokens.get(self.at), Some(Token::Word(found))
            if found.trim_start_matches('-').eq_ignore_ascii_case(word));
        self.at += usize::from(here);
        here
    }
}

fn both(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn either(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    both(left.map(|one| !one), right.map(|one| !one)).map(|one| !one)
}

#[cfg(test)]
mod tests {
    use super::covers_unmanaged;
    use serde_json::json;

    #[test]
    fn filters_that_leave_managed_devices_out_cover_unmanaged_ones() {
        for (mode, rule) in [
            ("exclude", r#"device.isCompliant -eq True -or device.trustType -eq "ServerAD""#),
            ("include", r#"device.isCompliant -ne True -and device.trustType -ne "ServerAD""#),
            ("exclude", r#"(device.isCompliant -eq True) -or (device.trustType -eq "ServerAD")"#),
            ("exclude", "device.isCompliant -eq True"),
            ("include", r#"-not (device.isCompliant -eq True) -and device.trustType -ne "ServerAD""#),
            ("exclude", r#"device.isCompliant -eq True -and device.displayName -startsWith "PAW""#),
        ] {
            assert!(covers_unmanaged(&json!({"mode": mode, "rule": rule})), "{mode} {rule}");
        }
    }

    #[test]
    fn what_is_not_certain_covers_nothing() {
        for (mode, rule) in [
            ("include", r#"device.isCompliant -eq True"#),
            ("exclude", r#"device.trustType -eq "Workplace""#),
            ("exclude", r#"device.displayName -startsWith "PAW""#),
            ("include", r#"device.isCompliant -ne True -and device.model -ne "x""#),
            ("include", r#"device.isCompliant -eq False"#),
            ("exclude", "device.isCompliant -eq"),
            ("exclude", "((device.isCompliant -eq True)"),
            ("exclude", "device.isCompliant -eq True nonsense"),
            ("unknownFutureValue", "device.isCompliant -eq True"),
            ("exclude", ""),
        ] {
            assert!(!covers_unmanaged(&json!({"mode": mode, "rule": rule})), "{mode} {rule}");
        }
        assert!(!covers_unmanaged(&json!(7)) && !covers_unmanaged(&json!({"mode": "exclude"})));
        let deep = "(".repeat(4_000);
        assert!(!covers_unmanaged(&json!({"mode": "exclude", "rule": deep})));
    }
}
