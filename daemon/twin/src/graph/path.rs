//! Paths as clients write them, in one form: slashes collapsed, percent decoded, `users('id')` split into
//! a name and a key, type casts and the `microsoft.graph.` prefix of actions taken off.

use super::error::GraphError;

/// Most segments of any path we serve; longer ones are refused.
const MAX_SEGMENTS: usize = 16;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// A name or a plain key.
    Plain(String),
    /// An alternate key such as `(appId='…')`.
    Alternate { property: String, value: String },
}

/// A path without its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    /// `v1.0` or `beta`.
    pub(crate) version: String,
    /// The steps after the version.
    pub(crate) segments: Vec<Segment>,
}

/// Reads the path part of a request target.
pub(crate) fn parse(raw: &str) -> Result<Path, GraphError> {
    let mut pieces = raw.split('/').filter(|piece| !piece.is_empty());
    let version = pieces.next().unwrap_or_default();
    if version != "v1.0" && version != "beta" {
        return Err(GraphError::invalid(format!("Invalid version: {version}")));
    }
    let mut segments = Vec::new();
    for piece in pieces {
        let decoded = decode(piece)?;
        split_keys(&decoded, &mut segments)?;
        if segments.len() > MAX_SEGMENTS {
            return Err(GraphError::invalid("The request URI has too many segments."));
        }
    }
    Ok(Path { version: version.to_owned(), segments })
}

/// Percent decoding of one piece; the result must be UTF-8.
pub(crate) fn decode(piece: &str) -> Result<String, GraphError> {
    let bytes = piece.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'%' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let byte = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        let Some(byte) = byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
            return Err(GraphError::invalid("The request URI is not valid."));
        };
        out.push(byte);
        at += 3;
    }
    String::from_utf8(out).map_err(|_| GraphError::invalid("The request URI is not valid."))
}

fn split_keys(piece: &str, segments: &mut Vec<Segment>) -> Result<(), GraphError> {
    // The older alternate key form stands alone: /directoryRoles/roleTemplateId=…
    if let Some((property, value)) = piece.split_once('=').filter(|_| !piece.contains('(')) {
        segments.push(Segment::Alternate { property: property.to_owned(), value: unquote(value) });
        return Ok(());
    }
    let Some((name, rest)) = piece.split_once('(') else {
        segments.push(Segment::Plain(strip_namespace(piece).to_owned()));
        return Ok(());
    };
    let Some(inner) = rest.strip_suffix(')') else {
        return Err(GraphError::invalid(format!("Bad request: '{piece}' is not closed.")));
    };
    segments.push(Segment::Plain(strip_namespace(name).to_owned()));
    match inner.split_once('=') {
        Some((property, value)) => {
            segments.push(Segment::Alternate { property: property.to_owned(), value: unquote(value) });
        }
        None if inner.is_empty() => {}
        None => segments.push(Segment::Plain(unquote(inner))),
    }
    Ok(())
}

fn strip_namespace(name: &str) -> &str {
    name.strip_prefix("microsoft.graph.").or_else(|| name.strip_prefix("graph.")).unwrap_or(name)
}

fn unquote(text: &str) -> String {
    let inner = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    inner.map_or_else(|| text.to_owned(), |inner| inner.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::{Segment, parse};

    fn plain(text: &str) -> Segment {
        Segment::Plain(text.to_owned())
    }

    #[test]
    fn double_slashes_and_percent_signs_mean_the_same_path() {
        let wanted = vec![plain("users"), plain("$count")];
        assert_eq!(parse("/v1.0//users/%24count").expect("a path").segments, wanted);
        assert_eq!(parse("//v1.0/users//$count").expect("a path").segments, wanted);
    }

    #[test]
    fn key_forms_are_split() {
        let path =
            parse("/v1.0/servicePrincipals(appId='a''b')/microsoft.graph.addPassword").expect("a path");
        let key = Segment::Alternate { property: "appId".into(), value: "a'b".into() };
        assert_eq!(path.segments, vec![plain("servicePrincipals"), key, plain("addPassword")]);
        let path = parse("/v1.0/users('x')/delta()").expect("a path");
        assert_eq!(path.segments, vec![plain("users"), plain("x"), plain("delta")]);
        let path = parse("/v1.0/directoryRoles/roleTemplateId=abc").expect("a path");
        let key = Segment::Alternate { property: "roleTemplateId".into(), value: "abc".into() };
        assert_eq!(path.segments, vec![plain("directoryRoles"), key]);
    }

    #[test]
    fn what_is_not_a_path_is_refused() {
        for raw in ["/", "/v2.0/users", "/v1.0/users('x'", "/v1.0/%zz", "/v1.0/%ff"] {
            assert_eq!(parse(raw).expect_err(raw).status, 400, "{raw}");
        }
        assert!(parse(&format!("/v1.0{}", "/a".repeat(40))).is_err());
    }
}
