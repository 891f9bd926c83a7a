//! Words that leave the house: what a sentence quotes of the tenant or of an error is hostile until shown otherwise.

/// Longest sentence, in characters.
const LONGEST: usize = 600;
/// What stands in the place of a secret.
const HIDDEN: &str = "[hidden]";
/// Names of values that are secrets, in lower case.
const SECRET_NAMES: [&str; 8] =
    ["secret", "password", "passwd", "token", "assertion", "signature", "apikey", "api_key"];
/// How well-known secrets begin.
const SECRET_STARTS: [&str; 4] = ["eyJ", "whsec_", "AGE-SECRET-KEY-", "xox"];
/// Shortest word that can be a secret by its looks.
const SHORTEST_SECRET: usize = 32;

/// A sentence as it may be shown by any receiver: on one line, without control and direction signs, bounded, and
/// without what looks like a secret or holds one by name.
pub fn harmless(text: &str) -> String {
    let mut shown = Vec::new();
    let mut hides_next = false;
    for word in text.split(|sign: char| sign.is_whitespace() || sign.is_control()) {
        let word: String = word.chars().filter(|sign| !is_invisible(*sign)).collect();
        if word.is_empty() {
            continue;
        }
        let hidden = hides_next;
        hides_next = matches!(&*word.to_ascii_lowercase(), "bearer" | "bearer:");
        shown.push(if hidden { HIDDEN.to_owned() } else { without_secret(&word) });
    }
    bounded(&shown.join(" "))
}

fn without_secret(word: &str) -> String {
    if looks_secret(word) {
        return HIDDEN.to_owned();
    }
    // A query may hold page tokens and signatures; the path says enough.
    if let Some((path, _)) = word.split_once('?').filter(|_| word.contains("://")) {
        return format!("{path}?{HIDDEN}");
    }
    let name = word.split_once(['=', ':']).filter(|(name, value)| {
        let name = name.to_ascii_lowercase();
        !value.is_empty() && SECRET_NAMES.iter().any(|word| name.contains(word))
    });
    name.map_or_else(|| word.to_owned(), |(name, _)| format!("{name}={HIDDEN}"))
}

fn looks_secret(word: &str) -> bool {
    let bare = word.trim_matches(|sign: char| "\"'`,;()[]{}<>".contains(sign));
    if bare.len() < SHORTEST_SECRET {
        return false;
    }
    // A client secret of Entra is 40 characters long and holds `Q~` near its beginning.
    SECRET_STARTS.iter().any(|start| bare.starts_with(start)) || bare.contains("Q~")
}

/// Signs that change what is shown around them: direction marks, zero width, tags, byte order.
fn is_invisible(sign: char) -> bool {
    matches!(sign, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
